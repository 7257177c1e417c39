#include "app/command_intake.h"

namespace furrow::app {

Error in_use(Error conflict) {
  return Error(ErrorCode::kConflict, conflict.message() + ". It is no server that listens yet: wait until it is done, or listening, and run this again");
}

Result<std::unique_ptr<CommandIntake>> CommandIntake::open(const Workspace& workspace, std::filesystem::path data, const Clock& clock,
                                                           const Logger& logger) {
  std::unique_ptr<CommandIntake> opened(new CommandIntake());
  pipeline::PipelineOptions options;
  options.data_dir = data.string();
  auto pipeline = pipeline::Pipeline::open(workspace, options, clock, logger);
  if (pipeline.ok()) {
    opened->pipeline_ = *std::move(pipeline);
  } else {
    if (pipeline.error().code() != ErrorCode::kConflict) return std::move(pipeline).error();
    auto server = RunningServer::find(data, workspace.keys.api_key);
    if (!server.ok()) return in_use(std::move(pipeline).error());
    opened->server_ = *std::move(server);
  }
  opened->data_ = std::move(data);
  opened->zone_ = workspace.timezone;
  return opened;
}

Status CommandIntake::finish(bool fill_lake) {
  if (!pipeline_) return {};
  Status filled;
  if (fill_lake) {
    auto lake = Lake::open(data_ / "lake", zone_);
    filled = lake.ok() ? (*lake)->flush(pipeline_->durable(), intake().scan) : Status(std::move(lake).error());
  }
  Status drained = pipeline_->drain();
  return filled.ok() ? drained : filled;
}

}  // namespace furrow::app
