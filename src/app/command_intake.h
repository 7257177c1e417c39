// A workspace's log for a command that writes to it: its own pipeline while nobody has the data directory, else through
// the server that has it (running_server.h). The command sees no difference.
//
// Errors of open: the pipeline's; kConflict when another process has the directory and is no server that listens (another
// import, or a server that is still starting). Threads: one; the intake's as intake.h says.
#pragma once
#include <filesystem>
#include <memory>

#include "app/intake.h"
#include "app/running_server.h"
#include "app/workspace.h"

namespace furrow::app {

class CommandIntake {
 public:
  static Result<std::unique_ptr<CommandIntake>> open(const Workspace& workspace, std::filesystem::path data, const Clock& clock, const Logger& logger);
  Intake intake() { return server_ ? server_->intake() : intake_of(*pipeline_); }
  // The server's address; "" when the log is our own.
  std::string through() const { return server_ ? server_->address() : std::string(); }
  // Ends what is our own. What was written becomes part of the lake at once when `fill_lake`, so that the next query has
  // no long tail to read; a server does so by itself within half a minute.
  Status finish(bool fill_lake);

 private:
  CommandIntake() = default;
  std::filesystem::path data_;
  TimeZone zone_ = TimeZone::utc();
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<RunningServer> server_;
};

// What to do about a data directory that another process has, which is no server that answers.
Error in_use(Error conflict);

}  // namespace furrow::app
