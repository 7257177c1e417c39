// Declared features for the dashboard and for programs: what each means and who uses it, how it is spread among people now and
// in the weeks before, and whether live and batch agree.
//
// Who uses a feature: models that are declared with it, segments and placements' rules that name it, features derived from
// it. A feature is frozen when a deciding version of a model learnt from it: changed, it needs a new version
// (features_in_use.h).
// A survey is kept for kSurveyFresh, since it visits everybody. Threads: any; all but parity's start runs on the pool.
#pragma once
#include <filesystem>
#include <mutex>

#include "app/report_job.h"
#include "app/workspace.h"
#include "http/router.h"
#include "pipeline/feature_survey.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

inline constexpr Duration kSurveyFresh = seconds(30);
inline constexpr size_t kParitySample = 1'000;

class FeaturesApi {
 public:
  FeaturesApi(const Workspace& workspace, std::filesystem::path data_dir, const pipeline::Pipeline& pipeline, const Clock& clock);
  void add_routes(http::Router& router);

 private:
  struct Use {
    std::vector<std::string> models, segments, placements, features, frozen_by;
  };
  Result<std::string> list(http::Request& request) const;
  Result<std::string> one(http::Request& request) const;
  Result<std::string> survey(http::Request& request);
  Result<std::string> parity(http::Request& request) const;
  Result<std::string> measure(http::Request& request);
  std::vector<Use> uses() const;
  void write_feature(JsonWriter& writer, size_t feature, const Use& use) const;

  const Workspace& workspace_;
  const std::filesystem::path data_dir_;
  const pipeline::Pipeline& pipeline_;
  const Clock& clock_;
  std::mutex survey_mutex_;
  std::string survey_;
  Time surveyed_{INT64_MIN};
  ReportJob parity_;
};

// The members of a definition that a value is shown with: window, aggregate, event, where, description, descriptionZh.
void write_feature_definition(JsonWriter& writer, const profile::FeatureDefinition& feature);

}  // namespace furrow::app
