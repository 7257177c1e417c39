// Kinds of customers over HTTP: the groups of cluster_map.h, made on demand, version by version, with their people.
// Threads: any, on the pool; a run has a thread of its own (report_job.h).
#pragma once
#include "app/cluster_map.h"
#include "app/report_job.h"
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

class ClustersApi {
 public:
  ClustersApi(const std::filesystem::path& data_dir, const pipeline::Pipeline& pipeline, const Clock& clock)
      : map_(data_dir / "clusters"), pipeline_(pipeline), clock_(clock), job_(data_dir / "reports" / "clusters.json", clock) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> show(http::Request& request) const;
  Result<std::string> make(http::Request& request);
  Result<std::string> people(http::Request& request) const;

  const ClusterMap map_;
  const pipeline::Pipeline& pipeline_;
  const Clock& clock_;
  ReportJob job_;
};

}  // namespace furrow::app
