// Models over HTTP: versions, quality, calibration, reasons, lineage, stages, approvals, health in service; train, promote and
// roll back, shadow, canary, approve.
// What is shown comes from the files of the version's folder (learn/model.h), given out as openapi.json describes.
// Threads: any, on the pool.
#pragma once
#include "app/model_life.h"
#include "http/router.h"

namespace furrow::app {

class ModelsApi {
 public:
  ModelsApi(const Workspace& workspace, ModelShelf& shelf, ModelTrainer& trainer, decide::LiveEngine& engine, const ModelLife& life)
      : workspace_(workspace), shelf_(shelf), trainer_(trainer), engine_(engine), life_(life) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> list(http::Request& request) const;
  Result<std::string> one(http::Request& request) const;
  Result<std::string> train(http::Request& request) const;
  Result<std::string> promote(http::Request& request) const;
  Result<std::string> roll_back(http::Request& request) const;
  Result<std::string> shadow(http::Request& request) const;
  Result<std::string> canary(http::Request& request) const;
  Result<std::string> approve(http::Request& request) const;

  const Workspace& workspace_;
  ModelShelf& shelf_;
  ModelTrainer& trainer_;
  decide::LiveEngine& engine_;
  const ModelLife& life_;
};

}  // namespace furrow::app
