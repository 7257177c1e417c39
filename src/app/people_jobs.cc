#include "app/people_jobs.h"

#include "app/command_intake.h"
#include "app/http_people_changes.h"
#include "app/http_reviews.h"
#include "app/running_server.h"

namespace furrow::app {
namespace {

Result<pipeline::PeopleChanged> change_here(pipeline::Pipeline& pipeline, Result<pipeline::PeopleChange> asked) {
  if (!asked.ok()) return std::move(asked).error();
  auto changed = pipeline.change_and_wait(*std::move(asked));
  Status drained = pipeline.drain();
  if (changed.ok() && !drained.ok()) return std::move(drained).error();
  return changed;
}

Result<std::string> link_here(pipeline::Pipeline& pipeline, const std::filesystem::path& data, bool only_new, const Clock& clock, const Logger& logger) {
  PeopleLinkage linkage(pipeline, data, clock);
  if (!only_new) {
    FURROW_ASSIGN(auto report, linkage.run({}));
    return linkage_json(report);
  }
  FURROW_ASSIGN(auto report, LiveLinkage(pipeline, linkage, data, {}, clock, logger).catch_up());
  return linkage_json(report);
}

}  // namespace

Result<pipeline::PeopleChanged> PeopleJobs::merge(const std::string& from, const std::string& into, const std::string& actor) {
  pipeline::PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = pipeline::Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) return change_here(**pipeline, asked_merge((*pipeline)->identity(), from, into, clock_.now(), actor));
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->merge_people(from, into);
}

Result<pipeline::PeopleChanged> PeopleJobs::split(const std::string& profile, const std::string& merge, const std::string& actor) {
  pipeline::PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = pipeline::Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) return change_here(**pipeline, asked_split(**pipeline, profile, merge, clock_.now(), actor));
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->split_people(profile, merge);
}

Result<std::string> PeopleJobs::link(bool only_new) {
  pipeline::PipelineOptions options;
  options.data_dir = data_.string();
  auto pipeline = pipeline::Pipeline::open(workspace_, options, clock_, logger_);
  if (pipeline.ok()) {
    auto report = link_here(**pipeline, data_, only_new, clock_, logger_);
    Status drained = (*pipeline)->drain();
    if (report.ok() && !drained.ok()) return std::move(drained).error();
    return report;
  }
  if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(pipeline).error());
  return (*server)->link_people(only_new);
}

}  // namespace furrow::app
