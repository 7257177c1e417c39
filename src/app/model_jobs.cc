#include "app/model_jobs.h"

#include <fmt/format.h>

#include "app/command_intake.h"
#include "app/query.h"
#include "store/directory_lock.h"
#include "store/rocks_log.h"

namespace furrow::app {

Result<predict::WorkspaceTrained> ModelJobs::train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const {
  FURROW_ASSIGN(const auto* declaration, versions_.declared(model));
  auto scan = read_only_scan(data_);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kNotFound) return std::move(scan).error();
    return Error(ErrorCode::kNotFound, fmt::format("nothing was collected in {} yet: import a source or serve the workspace first", data_.string()));
  }
  learn::Registry registry(data_ / "models", clock_);
  return predict::train_in_workspace(*declaration, workspace_.program, [&](const auto& visit) { return (*scan)(LogPosition{1}, visit); }, registry,
                                     options);
}

Result<ModelRecord> ModelJobs::change(const std::function<Result<ModelRecord>()>& here,
                                      const std::function<Result<ModelRecord>(RunningServer&)>& there) {
  // The lock keeps a server out until both the registry and the log say the same.
  auto lock = store::DirectoryLock::take(data_);
  if (!lock.ok()) {
    if (lock.error().code() != ErrorCode::kConflict) return std::move(lock).error();
    auto server = RunningServer::find(data_, workspace_.keys.api_key);
    return server.ok() ? there(**server) : Result<ModelRecord>(in_use(std::move(lock).error()));
  }
  FURROW_ASSIGN(auto log, store::open_log(data_ / "log", store::RocksMemory()));
  FURROW_ASSIGN(ModelRecord record, here());
  std::string bytes = encode_record(record);
  FURROW_TRY(log->append(std::span(&bytes, 1)));
  FURROW_TRY(log->sync());
  return record;
}

Result<ModelRecord> ModelJobs::promote(const std::string& model, const std::string& version, const std::string& actor) {
  FURROW_TRY(versions_.declared(model));
  return change([&] { return versions_.promote(model, version, actor); }, [&](RunningServer& server) { return server.promote(model, version); });
}

Result<ModelRecord> ModelJobs::roll_back(const std::string& model, const std::string& actor) {
  FURROW_TRY(versions_.declared(model));
  return change([&] { return versions_.roll_back(model, actor); }, [&](RunningServer& server) { return server.roll_back(model); });
}

}  // namespace furrow::app
