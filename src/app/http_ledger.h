// The ledger over HTTP: decisions, placements, segments, experiments.
// Every placement with a hold-out is an experiment by itself; declared experiments name and describe it.
// Threads: any; what reads the store runs on the pool.
#pragma once
#include "app/workspace.h"
#include "decide/engine.h"
#include "http/router.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

class LedgerApi {
 public:
  LedgerApi(const pipeline::Pipeline& pipeline, const decide::LiveEngine& engine, std::vector<ExperimentDeclaration> experiments)
      : pipeline_(pipeline), engine_(engine), experiments_(std::move(experiments)) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> list(http::Request& request) const;
  Result<std::string> one(http::Request& request) const;
  Result<std::string> placements(http::Request& request) const;
  Result<std::string> placement(http::Request& request) const;
  Result<std::string> experiments(http::Request& request) const;
  Result<std::string> experiment(http::Request& request) const;
  void write_experiment(JsonWriter& writer, const ExperimentDeclaration& experiment, const decide::PlacementDeclaration& placement) const;
  void write_features(JsonWriter& writer, const DecisionRecord& decision) const;

  const pipeline::Pipeline& pipeline_;
  const decide::LiveEngine& engine_;
  std::vector<ExperimentDeclaration> experiments_;
};

}  // namespace furrow::app
