// Models over HTTP: versions, quality, calibration, reasons, lineage; promote and roll back.
// What is shown comes from the files of the version's folder (learn/model.h), given out as openapi.json describes.
// Threads: any, on the pool.
#pragma once
#include "app/http_router.h"
#include "app/model_shelf.h"

namespace furrow::app {

class ModelsApi {
 public:
  ModelsApi(const Workspace& workspace, ModelShelf& shelf, decide::LiveEngine& engine) : workspace_(workspace), shelf_(shelf), engine_(engine) {}
  void add_routes(Router& router);

 private:
  Result<std::string> list(Request& request) const;
  Result<std::string> one(Request& request) const;
  Result<std::string> promote(Request& request) const;
  Result<std::string> roll_back(Request& request) const;

  const Workspace& workspace_;
  ModelShelf& shelf_;
  decide::LiveEngine& engine_;
};

}  // namespace furrow::app
