// Models over HTTP: versions, quality, calibration, reasons, lineage, stages, approvals, health in service; promote and roll back,
// shadow, canary, approve.
// What is shown comes from the files of the version's folder (learn/model.h), given out as openapi.json describes.
// Threads: any, on the pool.
#pragma once
#include "app/http_router.h"
#include "app/model_life.h"

namespace furrow::app {

class ModelsApi {
 public:
  ModelsApi(const Workspace& workspace, ModelShelf& shelf, decide::LiveEngine& engine, const ModelLife& life)
      : workspace_(workspace), shelf_(shelf), engine_(engine), life_(life) {}
  void add_routes(Router& router);

 private:
  Result<std::string> list(Request& request) const;
  Result<std::string> one(Request& request) const;
  Result<std::string> promote(Request& request) const;
  Result<std::string> roll_back(Request& request) const;
  Result<std::string> shadow(Request& request) const;
  Result<std::string> canary(Request& request) const;
  Result<std::string> approve(Request& request) const;

  const Workspace& workspace_;
  ModelShelf& shelf_;
  decide::LiveEngine& engine_;
  const ModelLife& life_;
};

}  // namespace furrow::app
