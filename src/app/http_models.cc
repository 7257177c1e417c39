#include "app/http_models.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "app/http_json.h"
#include "base/files.h"
#include "http/body.h"
#include "http/encoding.h"

namespace furrow::app {
namespace {

using simdjson::dom::element;

constexpr double kCanaryShare = 0.1;

std::string label_in_words(const predict::ModelDeclaration& model) {
  if (model.intent) return "how far a visit is on the way to " + model.intent->goal;
  return predict::in_words(model.label);
}

std::string_view kind_of(const predict::ModelDeclaration& model) { return model.intent ? "stages" : "scores"; }

void write_description(JsonWriter& writer, const predict::ModelDeclaration& model) {
  field_or_null(writer, "description", model.description);
  field_or_null(writer, "descriptionZh", model.description_zh);
}

// A file of a version's folder, parsed; nothing when it is missing or torn (the version then shows no figures).
struct JsonFile {
  simdjson::dom::parser parser;
  simdjson::padded_string text;
  element root;
  bool ok = false;
  explicit JsonFile(const std::filesystem::path& path) {
    ok = !simdjson::padded_string::load(path.string()).get(text) && !parser.parse(text).get(root);
  }
  double number(element from, std::string_view name) const {
    double value = NAN;
    if (from[name].get(value)) return NAN;
    return value;
  }
};

// The held-out part keeps {"quality":…,"baseline":…}, the model beside what it has to beat; the quality is the model's.
// {"auc":{"value":…,"low":…,"high":…},"rows":…} flattened to {"auc":…,"auc_low":…,"auc_high":…,"rows":…}.
void write_metrics(JsonWriter& writer, const JsonFile& file) {
  writer.begin_object();
  simdjson::dom::object measured;
  // Of a workspace's model the held-out last part of time is the honest figure; of a file's, cross-validation.
  if (file.ok && (!file.root["holdout"].get(measured) || !file.root["cross_validated"].get(measured))) {
    simdjson::dom::object quality;
    if (!measured["quality"].get(quality)) measured = quality;
    for (auto [name, value] : measured) {
      double plain;
      simdjson::dom::object interval;
      if (!value.get(plain)) writer.field(name, plain);
      if (value.get(interval)) continue;
      for (auto [part, bound] : interval) {
        if (!bound.get(plain)) writer.field(part == "value" ? std::string(name) : fmt::format("{}_{}", name, part), plain);
      }
    }
  }
  writer.end_object();
}

void write_calibration(JsonWriter& writer, const JsonFile& file) {
  writer.key("calibration").begin_array();
  simdjson::dom::array bins;
  if (file.ok && !file.root["calibration_curve"].get(bins)) {
    int64_t bin = 0;
    for (auto entry : bins) {
      writer.begin_object().field("bin", bin++).field("predicted", file.number(entry, "predicted")).field("actual", file.number(entry, "observed"));
      writer.field("n", static_cast<int64_t>(file.number(entry, "rows"))).end_object();
    }
  }
  writer.end_array();
}

void write_importance(JsonWriter& writer, const JsonFile& file) {
  writer.key("importance").begin_array();
  simdjson::dom::array inputs;
  if (file.ok && !file.root["importance"].get(inputs)) {
    for (auto entry : inputs) {
      std::string_view name;
      if (!entry["input"].get(name)) writer.begin_object().field("feature", name).field("value", file.number(entry, "mean_abs_shap")).end_object();
    }
  }
  writer.end_array();
}

void write_thresholds(JsonWriter& writer, const JsonFile& file) {
  writer.key("thresholds").begin_array();
  simdjson::dom::array rows;
  if (file.ok && !file.root["thresholds"].get(rows)) {
    for (auto entry : rows) {
      writer.begin_object();
      for (auto [name, from] : {std::pair("threshold", "threshold"), {"precision", "precision"}, {"recall", "recall"}, {"share", "share_flagged"}}) {
        writer.field(name, file.number(entry, from));
      }
      writer.end_object();
    }
  }
  writer.end_array();
}

// Of a model that chooses among actions: what choosing by it was worth on rows it had not seen; else null.
void write_choice(JsonWriter& writer, const JsonFile& file) {
  writer.key("choice");
  simdjson::dom::element choice;
  if (file.ok && !file.root.at_pointer("/holdout/choice").get(choice)) writer.raw(simdjson::minify(choice));
  else writer.null();
}

std::string_view state_name(learn::VersionState state) {
  if (state == learn::VersionState::kPromoted) return "current";
  return state == learn::VersionState::kArchived ? "retired" : "candidate";
}

// Who approved a version last; "" nobody.
std::string approved_by(const std::vector<learn::ModelEvent>& history, const std::string& version) {
  std::string by;
  for (const auto& event : history) {
    if (event.action == "approved" && event.version == version) by = event.actor.empty() ? "unknown" : event.actor;
  }
  return by;
}

// Why the deciding version is not to be trusted as its figures say, in both languages; null without an alarm.
void write_alarm(JsonWriter& writer, const std::vector<learn::ModelEvent>& history, const predict::ModelHealth& health, const std::optional<std::string>& current) {
  auto noted = current ? standing_alarm(history, *current) : std::nullopt;
  for (const auto& version : health.versions) {
    if (!noted || version.version != *current || !(version.miscalibrated || version.drifted)) continue;
    noted = {version.why, version.why_zh};  // as it is by now
  }
  field_or_null(writer, "alarm", noted ? noted->english : "");
  field_or_null(writer, "alarmZh", noted ? noted->chinese : "");
}

void write_versions(JsonWriter& writer, const std::vector<learn::ModelVersion>& versions, const learn::ModelStages& stages,
                    const std::vector<learn::ModelEvent>& history) {
  writer.key("versions").begin_array();
  for (const auto& version : versions) {
    JsonFile metrics(version.folder / "metrics.json"), lineage(version.folder / "lineage.json");
    std::string_view created;
    if (!lineage.ok || lineage.root["created"].get(created)) created = {};
    writer.begin_object().field("version", version.version).field("state", state_name(version.state));
    field_or_null(writer, "created", created);
    field_or_null(writer, "stage", version.version == stages.canary ? "canary" : version.version == stages.shadow ? "shadow" : "");
    field_or_null(writer, "approvedBy", approved_by(history, version.version));
    writer.key("metrics");
    write_metrics(writer, metrics);
    writer.end_object();
  }
  writer.end_array();
}

// Owner, what the declaration asks for, and what happened to the versions, latest first.
void write_life(JsonWriter& writer, const predict::ModelDeclaration& model, const learn::ModelStages& stages, const std::vector<learn::ModelEvent>& history) {
  constexpr size_t kMostEvents = 50;
  field_or_null(writer, "owner", model.life.owner);
  writer.field("approvalRequired", model.life.approval).field("rollsBack", model.life.roll_back).field("canaryShare", stages.canary_share);
  writer.key("history").begin_array();
  for (size_t k = 0; k < history.size() && k < kMostEvents; ++k) {
    const auto& event = history[history.size() - 1 - k];
    writer.begin_object().field("time", event.time).field("action", event.action).field("version", event.version);
    field_or_null(writer, "actor", event.actor);
    const NoteInWords note = in_words(event);
    field_or_null(writer, "note", note.english);
    field_or_null(writer, "noteZh", note.chinese);
    writer.end_object();
  }
  writer.end_array();
}

void write_training(JsonWriter& writer, const std::optional<TrainingRun>& run) {
  if (!run) {
    writer.null();
    return;
  }
  writer.begin_object().field("by", run->by).field("began", format_time(run->began)).field("share", run->share);
  field_or_null(writer, "ended", run->ended ? format_time(*run->ended) : "");
  field_or_null(writer, "version", run->version);
  writer.key("error");
  if (run->fault) writer.begin_object().field("code", error_info(run->fault->code()).name).field("message", run->fault->message()).end_object();
  else writer.null();
  writer.end_object();
}

std::string stage_json(const std::string& model, const learn::ModelStages& stages) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("model", model);
  field_or_null(writer, "shadow", stages.shadow);
  field_or_null(writer, "canary", stages.canary);
  writer.field("canaryShare", stages.canary_share).end_object();
  return body;
}

std::string promotion_json(const ModelRecord& record) {
  std::string body;
  JsonWriter(body).begin_object().field("model", record.model).field("version", record.version).field("action", record.action).end_object();
  return body;
}

// Who asks: the signed-in user; with the api key whom the body names, as commands do beside a server.
Result<std::string> actor_of(const http::Request& request, const http::JsonBody& body) {
  FURROW_ASSIGN(auto by, body.text_if_any("by"));
  return request.user.empty() && by && !by->empty() ? *std::move(by) : request.actor();
}

}  // namespace

void ModelsApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, Result<std::string> (ModelsApi::*answer)(http::Request&) const) {
    router.add(http::dashboard_route(method, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add(http::Method::kGet, "/v1/models", &ModelsApi::list);
  add(http::Method::kGet, "/v1/models/{name}?version", &ModelsApi::one);
  add(http::Method::kPost, "/v1/models/{name}/train", &ModelsApi::train);
  add(http::Method::kPost, "/v1/models/{name}/promote", &ModelsApi::promote);
  add(http::Method::kPost, "/v1/models/{name}/rollback", &ModelsApi::roll_back);
  add(http::Method::kPost, "/v1/models/{name}/shadow", &ModelsApi::shadow);
  add(http::Method::kPost, "/v1/models/{name}/canary", &ModelsApi::canary);
  add(http::Method::kPost, "/v1/models/{name}/approve", &ModelsApi::approve);
}

Result<std::string> ModelsApi::list(http::Request&) const {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("models").begin_array();
  for (const auto& model : workspace_.models) {
    FURROW_ASSIGN(auto versions, shelf_.versions().list(model.name));
    FURROW_ASSIGN(auto current, shelf_.versions().current(model.name));
    writer.begin_object().field("name", model.name).field("kind", kind_of(model)).field("label", label_in_words(model));
    write_description(writer, model);
    field_or_null(writer, "current", current.value_or(""));
    FURROW_ASSIGN(auto stages, shelf_.versions().stages(model.name));
    FURROW_ASSIGN(auto history, shelf_.versions().history(model.name));
    field_or_null(writer, "owner", model.life.owner);
    write_alarm(writer, history, life_.health(model.name), current);
    write_versions(writer, versions, stages, history);
    writer.end_object();
  }
  writer.end_array().end_object();
  return body;
}

Result<std::string> ModelsApi::one(http::Request& request) const {
  const auto* model = workspace_.find_model(request.parameters.at(0));
  if (model == nullptr) return Error(ErrorCode::kNotFound, "there is no model of this name");
  FURROW_ASSIGN(auto versions, shelf_.versions().list(model->name));
  FURROW_ASSIGN(auto current, shelf_.versions().current(model->name));
  std::string shown = http::query_value(request.query, "version").value_or(current ? *current : versions.empty() ? "" : versions.back().version);
  const learn::ModelVersion* version = nullptr;
  for (const auto& candidate : versions) {
    if (candidate.version == shown) version = &candidate;
  }
  if (version == nullptr && !shown.empty()) return Error(ErrorCode::kNotFound, "the model has no such version").in_field("version");
  std::filesystem::path folder = version != nullptr ? version->folder : std::filesystem::path();
  JsonFile metrics(folder / "metrics.json");
  auto lineage = version != nullptr ? read_file(folder / "lineage.json", 1 << 20) : Result<std::string>(std::string("{}"));
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("name", model->name).field("kind", kind_of(*model)).field("label", label_in_words(*model));
  write_description(writer, *model);
  field_or_null(writer, "current", current.value_or(""));
  field_or_null(writer, "version", shown);
  FURROW_ASSIGN(auto stages, shelf_.versions().stages(model->name));
  FURROW_ASSIGN(auto history, shelf_.versions().history(model->name));
  write_life(writer, *model, stages, history);
  writer.key("training");
  write_training(writer, trainer_.last(model->name));
  const predict::ModelHealth health = life_.health(model->name);
  write_alarm(writer, history, health, current);
  writer.key("health");
  predict::write_json(writer, health);
  write_versions(writer, versions, stages, history);
  writer.key("metrics");
  write_metrics(writer, metrics);
  write_calibration(writer, metrics);
  write_importance(writer, metrics);
  write_thresholds(writer, metrics);
  write_choice(writer, metrics);
  writer.key("lineage").raw(lineage.ok() ? *lineage : "{}").end_object();
  return body;
}

Result<std::string> ModelsApi::train(http::Request& request) const {
  if (request.body.empty()) request.body = "{}";
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"by"}));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  const auto* model = workspace_.find_model(request.parameters.at(0));
  if (model == nullptr) return Error(ErrorCode::kNotFound, "there is no model of this name");
  FURROW_TRY(trainer_.start(*model, std::move(actor), ModelTrainer::Then::kWaits));
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().field("model", model->name).key("training");
  write_training(writer, trainer_.last(model->name));
  writer.end_object();
  return out;
}

Result<std::string> ModelsApi::promote(http::Request& request) const {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"version", "by"}));
  FURROW_ASSIGN(std::string version, body.text("version"));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  FURROW_ASSIGN(auto record, shelf_.promote(request.parameters.at(0), version, actor, engine_));
  return promotion_json(record);
}

Result<std::string> ModelsApi::roll_back(http::Request& request) const {
  if (request.body.empty()) request.body = "{}";
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"by"}));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  FURROW_ASSIGN(auto record, shelf_.roll_back(request.parameters.at(0), actor, engine_));
  return promotion_json(record);
}

Result<std::string> ModelsApi::shadow(http::Request& request) const {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"version", "by"}));
  FURROW_ASSIGN(std::string version, body.text("version"));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  const std::string& model = request.parameters.at(0);
  FURROW_TRY(shelf_.set_shadow(model, version, actor, engine_));
  FURROW_ASSIGN(auto stages, shelf_.versions().stages(model));
  return stage_json(model, stages);
}

Result<std::string> ModelsApi::canary(http::Request& request) const {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"version", "share", "by"}));
  FURROW_ASSIGN(std::string version, body.text("version"));
  FURROW_ASSIGN(auto share, body.number_if_any("share"));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  const std::string& model = request.parameters.at(0);
  FURROW_TRY(shelf_.set_canary(model, version, share.value_or(kCanaryShare), actor, engine_));
  FURROW_ASSIGN(auto stages, shelf_.versions().stages(model));
  return stage_json(model, stages);
}

Result<std::string> ModelsApi::approve(http::Request& request) const {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"version", "by", "note"}));
  FURROW_ASSIGN(std::string version, body.text("version"));
  FURROW_ASSIGN(std::string actor, actor_of(request, body));
  FURROW_ASSIGN(auto note, body.text_if_any("note"));
  if (version.empty()) return Error(ErrorCode::kInvalidArgument, "version is needed").in_field("version");
  const std::string& model = request.parameters.at(0);
  FURROW_TRY(shelf_.approve(model, version, actor, note.value_or("")));
  std::string out;
  JsonWriter(out).begin_object().field("model", model).field("version", version).field("approvedBy", actor).end_object();
  return out;
}

}  // namespace furrow::app
