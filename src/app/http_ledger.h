// The ledger over HTTP: decisions, placements, segments, experiments.
// Every placement with a hold-out is an experiment by itself; declared experiments name and describe it.
// Threads: any; what reads the store runs on the pool.
#pragma once
#include "app/http_router.h"
#include "app/pipeline.h"
#include "app/workspace.h"
#include "decide/engine.h"

namespace furrow::app {

class LedgerApi {
 public:
  LedgerApi(const Pipeline& pipeline, const decide::LiveEngine& engine, std::vector<ExperimentDeclaration> experiments)
      : pipeline_(pipeline), engine_(engine), experiments_(std::move(experiments)) {}
  void add_routes(Router& router);

 private:
  Result<std::string> list(Request& request) const;
  Result<std::string> one(Request& request) const;
  Result<std::string> placements(Request& request) const;
  Result<std::string> experiments(Request& request) const;
  void write_features(JsonWriter& writer, const DecisionRecord& decision) const;

  const Pipeline& pipeline_;
  const decide::LiveEngine& engine_;
  std::vector<ExperimentDeclaration> experiments_;
};

}  // namespace furrow::app
