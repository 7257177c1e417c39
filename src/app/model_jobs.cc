#include "app/model_jobs.h"

#include <fmt/format.h>

#include "app/command_intake.h"
#include "app/model_life.h"
#include "app/query.h"
#include "app/running_server.h"
#include "base/json.h"
#include "store/directory_lock.h"
#include "store/rocks_log.h"

namespace furrow::app {

namespace {

Result<predict::RecordSource> records_of(const std::filesystem::path& data) {
  auto scan = read_only_scan(data);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kNotFound) return std::move(scan).error();
    return Error(ErrorCode::kNotFound, fmt::format("nothing was collected in {} yet: import a source or serve the workspace first", data.string()));
  }
  return predict::RecordSource([scan = *std::move(scan)](const auto& visit) { return scan(LogPosition{1}, visit); });
}

}  // namespace

Result<predict::WorkspaceTrained> ModelJobs::train(const std::string& model, const predict::WorkspaceTrainingOptions& options) const {
  FURROW_ASSIGN(const auto* declaration, versions_.declared(model));
  if (declaration->intent) return Error(ErrorCode::kInvalidArgument, fmt::format("{} tells stages and scores nothing", model)).in_field("name");
  FURROW_ASSIGN(auto records, records_of(data_));
  learn::Registry registry(data_ / "models", clock_);
  predict::WorkspaceTrainingOptions from = options;
  FURROW_ASSIGN(from.general, versions_.general_of(*declaration));
  return predict::train_in_workspace(*declaration, workspace_.program, records, registry, from);
}

Result<predict::IntentVersion> ModelJobs::train_intent(const std::string& model, const predict::WorkspaceTrainingOptions& options) const {
  FURROW_ASSIGN(const auto* declaration, versions_.declared(model));
  if (!declaration->intent) return Error(ErrorCode::kInvalidArgument, fmt::format("{} scores and tells no stages", model)).in_field("name");
  FURROW_ASSIGN(auto records, records_of(data_));
  learn::Registry registry(data_ / "models", clock_);
  return predict::train_intent_version(*declaration, records, registry, options);
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
  return change([&] { return versions_.promote(model, version, actor); }, [&](RunningServer& server) { return server.promote(model, version, actor); });
}

Result<ModelRecord> ModelJobs::roll_back(const std::string& model, const std::string& actor) {
  FURROW_TRY(versions_.declared(model));
  return change([&] { return versions_.roll_back(model, actor); }, [&](RunningServer& server) { return server.roll_back(model, actor); });
}

Status ModelJobs::stage(const std::function<Status()>& here, const std::string& model, const std::string& action, const std::string& body) {
  auto lock = store::DirectoryLock::take(data_);
  if (lock.ok()) return here();
  if (lock.error().code() != ErrorCode::kConflict) return std::move(lock).error();
  auto server = RunningServer::find(data_, workspace_.keys.api_key);
  if (!server.ok()) return in_use(std::move(lock).error());
  return (*server)->stage(model, action, body);
}

Status ModelJobs::set_shadow(const std::string& model, const std::string& version, const std::string& actor) {
  std::string body;
  JsonWriter(body).begin_object().field("version", version).field("by", actor).end_object();
  return stage([&] { return versions_.set_shadow(model, version, actor); }, model, "shadow", body);
}

Status ModelJobs::set_canary(const std::string& model, const std::string& version, double share, const std::string& actor) {
  std::string body;
  JsonWriter(body).begin_object().field("version", version).field("share", share).field("by", actor).end_object();
  return stage([&] { return versions_.set_canary(model, version, share, actor); }, model, "canary", body);
}

Status ModelJobs::approve(const std::string& model, const std::string& version, const std::string& actor, const std::string& note) {
  std::string body;
  JsonWriter(body).begin_object().field("version", version).field("by", actor).field("note", note).end_object();
  return stage([&] { return versions_.approve(model, version, actor, note); }, model, "approve", body);
}

Result<predict::ModelHealth> ModelJobs::health(const std::string& model) const {
  FURROW_ASSIGN(const auto* declaration, versions_.declared(model));
  if (declaration->intent) return Error(ErrorCode::kInvalidArgument, fmt::format("{} tells stages and decides nothing: there is nothing to watch", model)).in_field("name");
  FURROW_ASSIGN(RecordScan scan, read_only_scan(data_));
  predict::ModelWatch watch = watch_of(workspace_, *declaration);
  FURROW_TRY(scan(LogPosition{1}, [&](const Record& record) {
    if (const auto* decision = std::get_if<DecisionRecord>(&record.body)) watch.add(*decision);
    else if (const auto* outcome = std::get_if<OutcomeRecord>(&record.body)) watch.add(*outcome);
    return true;
  }));
  FURROW_ASSIGN(auto shadows, read_shadow_scores(data_ / "models", model));
  for (const ShadowScore& score : shadows) watch.add_shadow(score.decision, score.version, score.shadow_score);
  return watch.health(clock_.now(), [&](const std::string& version) {
    auto scorer = versions_.load(model, version);
    return scorer.ok() ? *scorer : nullptr;
  });
}

}  // namespace furrow::app
