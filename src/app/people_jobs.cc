#include "app/people_jobs.h"

#include "app/command_intake.h"
#include "app/http_people_changes.h"
#include "app/http_reviews.h"
#include "app/running_server.h"

namespace furrow::app {
namespace {

Result<PeopleChanged> change_here(Pipeline& pipeline, Result<PeopleChange> asked) {
  if (!asked.ok()) return std::move(asked).error();
  auto changed = pipeline.change_and_wait(*std::move(asked));
  Status drained = pipeline.drain();
  if (changed.ok() && !drained.ok()) return std::move(drained).error();
  return changed;
}

}  // namespace

Result<PeopleChanged> PeopleJobs::merge(const std::string& from, const std::string& into, const std::string& actor) {
  PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) return change_here(**pipeline, asked_merge((*pipeline)->identity(), from, into, clock_.now(), actor));
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->merge_people(from, into);
}

Result<PeopleChanged> PeopleJobs::split(const std::string& profile, const std::string& merge, const std::string& actor) {
  PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) return change_here(**pipeline, asked_split(**pipeline, profile, merge, clock_.now(), actor));
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->split_people(profile, merge);
}

Result<std::string> PeopleJobs::link() {
  PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) {
    auto report = PeopleLinkage(**pipeline, data_, clock_).run({});
    Status drained = (*pipeline)->drain();
    if (!report.ok()) return std::move(report).error();
    if (!drained.ok()) return std::move(drained).error();
    return linkage_json(*report);
  }
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->link_people();
}

}  // namespace furrow::app
