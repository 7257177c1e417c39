// Merges and splits from the command line: by the server that has the data directory, or by a pipeline of our own.
//
// Threads: one. Errors: the address's (http_people_changes.h), the pipeline's, kConflict when another command has the directory.
#pragma once
#include <filesystem>

#include "app/workspace.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

class PeopleJobs {
 public:
  PeopleJobs(const Workspace& workspace, std::filesystem::path data, const Clock& clock, const Logger& logger)
      : workspace_(workspace), data_(std::move(data)), clock_(clock), logger_(logger) {}
  Result<pipeline::PeopleChanged> merge(const std::string& from, const std::string& into, const std::string& actor);
  // `merge`: a merge's position, "" for the latest in which `profile` was merged away.
  Result<pipeline::PeopleChanged> split(const std::string& profile, const std::string& merge, const std::string& actor);
  // The report as JSON (http_reviews.h). Of everybody, or of those who came since what was learned last.
  Result<std::string> link(bool only_new);

 private:
  const Workspace& workspace_;
  const std::filesystem::path data_;
  const Clock& clock_;
  const Logger& logger_;
};

}  // namespace furrow::app
