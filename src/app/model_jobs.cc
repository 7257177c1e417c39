#include "app/model_jobs.h"

#include <fmt/format.h>

#include "learn/model.h"
#include "predict/scorer.h"
#include "store/directory_lock.h"
#include "store/rocks_log.h"

namespace furrow::app {

Result<const predict::ModelDeclaration*> ModelJobs::declared(const std::string& model) const {
  if (const auto* found = workspace_.find_model(model)) return found;
  std::vector<std::string> names;
  for (const auto& each : workspace_.models) names.push_back(each.name);
  return Error(ErrorCode::kNotFound, fmt::format("no model is named \"{}\"; declared are: {}", model,
                                                 names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")))).in_field("name");
}

Status ModelJobs::scan(const std::function<bool(const Record&)>& visit) const {
  auto log = store::open_log_read_only(data_ / "log");
  if (!log.ok()) {
    if (log.error().code() != ErrorCode::kNotFound) return std::move(log).error();
    return Error(ErrorCode::kNotFound, fmt::format("nothing was collected in {} yet: import a source or serve the workspace first", data_.string()));
  }
  Status fault;
  FURROW_TRY((*log)->scan({1}, [&](LogPosition position, std::string_view bytes) {
    auto body = decode_record(bytes);
    if (!body.ok()) {
      fault = std::move(body).error();
      return false;
    }
    return visit({position, *std::move(body)});
  }));
  return fault;
}

Result<predict::WorkspaceTrained> ModelJobs::train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const {
  FURROW_ASSIGN(const auto* declaration, declared(model));
  return predict::train_in_workspace(*declaration, workspace_.program, [this](const auto& visit) { return scan(visit); },
                                     data_ / "models", options);
}

Result<std::vector<learn::ModelVersion>> ModelJobs::versions(const std::string& model) const {
  FURROW_TRY(declared(model));
  return registry_.list(model);
}

Status ModelJobs::check_binding(const learn::ModelVersion& found) const {
  const auto* declaration = workspace_.find_model(found.name);
  FURROW_ASSIGN(auto model, learn::Model::load(found.folder));
  predict::Scorer::Declaration bound{found.name, found.version, declaration->action_features, {}};
  FURROW_TRY(predict::Scorer::bind(std::move(bound), std::move(model), workspace_.program));
  return {};
}

Result<ModelRecord> ModelJobs::change(const std::string& action, const std::string& actor,
                                      const std::function<Result<learn::ModelVersion>()>& decide) {
  // The lock keeps a server out until both the registry and the log say the same.
  FURROW_ASSIGN(auto lock, store::DirectoryLock::take(data_));
  FURROW_ASSIGN(auto log, store::open_log(data_ / "log", store::RocksMemory()));
  FURROW_ASSIGN(auto chosen, decide());
  ModelRecord record{clock_.now(), chosen.name, chosen.version, action, actor};
  std::string bytes = encode_record(record);
  FURROW_TRY(log->append(std::span(&bytes, 1)));
  FURROW_TRY(log->sync());
  return record;
}

Result<ModelRecord> ModelJobs::promote(const std::string& model, const std::string& version, const std::string& actor) {
  FURROW_TRY(declared(model));
  FURROW_ASSIGN(auto found, registry_.find(model, version));
  if (found.state == learn::VersionState::kPromoted) {
    return Error(ErrorCode::kConflict, fmt::format("{} {} decides already", model, version)).in_field("version");
  }
  FURROW_TRY(check_binding(found));
  return change("promoted", actor, [&] { return registry_.promote(model, version); });
}

Result<ModelRecord> ModelJobs::roll_back(const std::string& model, const std::string& actor) {
  FURROW_TRY(declared(model));
  return change("rolled_back", actor, [&] { return registry_.rollback(model); });
}

}  // namespace furrow::app
