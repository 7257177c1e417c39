#include "app/model_jobs.h"

#include <fmt/format.h>

#include <algorithm>

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

Result<std::vector<ModelRecord>> ModelJobs::history(const std::string& model) const {
  std::vector<ModelRecord> records;
  FURROW_TRY(scan([&](const Record& record) {
    auto* change = std::get_if<ModelRecord>(&record.body);
    if (change && change->model == model) records.push_back(*change);
    return true;
  }));
  return records;
}

Result<std::vector<RegisteredVersion>> ModelJobs::versions(const std::string& model) const {
  FURROW_TRY(declared(model));
  FURROW_ASSIGN(auto records, history(model));
  std::vector<RegisteredVersion> found;
  std::error_code fault;
  for (const auto& entry : std::filesystem::directory_iterator(data_ / "models" / model, fault)) {
    std::string name = entry.path().filename();
    bool numbered = name.size() >= 2 && name[0] == 'v' && std::all_of(name.begin() + 1, name.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!entry.is_directory() || !numbered) continue;
    bool decided = std::any_of(records.begin(), records.end(), [&](const auto& record) { return record.version == name; });
    bool current = !records.empty() && records.back().version == name;
    found.push_back({name, current ? "current" : decided ? "retired" : "candidate", entry.path()});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.version < b.version; });
  return found;
}

Result<ModelRecord> ModelJobs::append(ModelRecord record) const {
  const auto* declaration = workspace_.find_model(record.model);
  FURROW_ASSIGN(auto model, learn::Model::load(data_ / "models" / record.model / record.version));
  predict::Scorer::Declaration bound{record.model, record.version, declaration->action_features, {}};
  FURROW_TRY(predict::Scorer::bind(std::move(bound), std::move(model), workspace_.program));
  FURROW_ASSIGN(auto lock, store::DirectoryLock::take(data_));
  FURROW_ASSIGN(auto log, store::open_log(data_ / "log", store::RocksMemory()));
  std::string bytes = encode_record(record);
  FURROW_TRY(log->append(std::span(&bytes, 1)));
  FURROW_TRY(log->sync());
  return record;
}

Result<ModelRecord> ModelJobs::promote(const std::string& model, const std::string& version, const std::string& actor, const Clock& clock) const {
  FURROW_ASSIGN(auto known, versions(model));
  auto found = std::find_if(known.begin(), known.end(), [&](const auto& v) { return v.version == version; });
  if (found == known.end()) {
    return Error(ErrorCode::kNotFound, fmt::format("model {} has no version {}", model, version)).in_field("version");
  }
  if (found->state == "current") {
    return Error(ErrorCode::kConflict, fmt::format("{} {} decides already", model, version)).in_field("version");
  }
  return append({clock.now(), model, version, "promoted", actor});
}

Result<ModelRecord> ModelJobs::roll_back(const std::string& model, const std::string& actor, const Clock& clock) const {
  FURROW_TRY(declared(model));
  FURROW_ASSIGN(auto records, history(model));
  // Each roll-back takes the latest promotion away, so that two in a row go back two versions.
  std::vector<std::string> stack;
  for (const auto& record : records) {
    if (record.action == "rolled_back" && stack.size() >= 2) stack.pop_back();
    else stack.push_back(record.version);
  }
  if (stack.size() < 2) return Error(ErrorCode::kConflict, fmt::format("no version of {} decided before the current one", model));
  return append({clock.now(), model, stack[stack.size() - 2], "rolled_back", actor});
}

}  // namespace furrow::app
