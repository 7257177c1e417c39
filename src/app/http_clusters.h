// Kinds of customers over HTTP: the groups of cluster_map.h, made on demand, version by version, with their people.
// Threads: any, on the pool; a run has a thread of its own (report_job.h).
#pragma once
#include "app/cluster_map.h"
#include "app/http_router.h"
#include "app/pipeline.h"
#include "app/report_job.h"

namespace furrow::app {

class ClustersApi {
 public:
  ClustersApi(const std::filesystem::path& data_dir, const Pipeline& pipeline, const Clock& clock)
      : map_(data_dir / "clusters"), pipeline_(pipeline), clock_(clock), job_(data_dir / "reports" / "clusters.json", clock) {}
  void add_routes(Router& router);

 private:
  Result<std::string> show(Request& request) const;
  Result<std::string> make(Request& request);
  Result<std::string> people(Request& request) const;

  const ClusterMap map_;
  const Pipeline& pipeline_;
  const Clock& clock_;
  ReportJob job_;
};

}  // namespace furrow::app
