#include "predict/intent_versions.h"

#include "base/files.h"
#include "base/json.h"
#include "learn/model.h"
#include "learn/whole_folder.h"
#include "predict/log_visits.h"

namespace furrow::predict {
namespace {

const std::vector<std::string>& stage_names() {
  static const std::vector<std::string> names(kStages, kStages + 3);
  return names;
}

std::string metrics_json(const IntentTrained& trained) {
  const bool network = trained.serves == "gru";
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("holdout").begin_object().key("quality");
  learn::write_json(json, network ? trained.gru : trained.ngram, stage_names());
  json.key("baseline");  // the one that does not serve
  learn::write_json(json, network ? trained.ngram : trained.gru, stage_names());
  json.end_object().field("serves", trained.serves).end_object();
  return text;
}

struct LogSpan {
  LogPosition first, last;
};

std::string lineage_json(const ModelDeclaration& model, const IntentTrained& trained, const LogSpan& log, const WorkspaceTrainingOptions& options) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("workspace").begin_object().field("model", model.name).field("first_position", log.first.value).field("last_position", log.last.value);
  json.field("goal", model.intent->goal).field("gap", format_duration(model.intent->gap)).field("within", format_duration(model.intent->within));
  json.field("item", model.intent->item).field("visits", trained.visits).field("learnt", trained.learnt).field("chosen_on", trained.chosen_on);
  json.field("judged", trained.judged).end_object().field("created", format_time(SystemClock().now())).field("furrow", options.furrow_version).end_object();
  return text;
}

}  // namespace

Result<IntentVersion> train_intent_version(const ModelDeclaration& model, const RecordSource& records, learn::Registry& registry,
                                           const WorkspaceTrainingOptions& options) {
  FURROW_ASSERT(model.intent);
  if (options.progress) options.progress(0, "reading the log");
  LogSpan log;
  const RecordSource watched = [&](const std::function<bool(const Record&)>& visit) {
    return records([&](const Record& record) {
      if (!log.first.value) log.first = record.position;
      log.last = record.position;
      return visit(record);
    });
  };
  FURROW_ASSIGN(VisitTable visits, visits_of_log(watched, model.intent->gap, model.intent->item));
  IntentOptions intent;
  intent.columns.item = model.intent->item;
  intent.goal = model.intent->goal;
  intent.gap = model.intent->gap;
  intent.within = model.intent->within;
  intent.seed = options.seed;
  intent.threads = options.threads;
  intent.data_file = model.name;
  intent.furrow_version = options.furrow_version;
  intent.progress = options.progress;
  intent.stop = options.stop;
  IntentVersion out;
  FURROW_ASSIGN(auto added, registry.add(model.name, [&](const std::filesystem::path& folder) {
    return learn::write_whole_folder(folder, [&](const std::filesystem::path& draft) -> Status {
      FURROW_ASSIGN(out.trained, train_intent(visits, intent, draft));
      FURROW_TRY(write_file_atomically(draft / "metrics.json", metrics_json(out.trained)));
      return write_file_atomically(draft / "lineage.json", lineage_json(model, out.trained, log, options));
    });
  }));
  out.version = added.version;
  out.folder = added.folder;
  return out;
}

Status check_model_folder(const std::filesystem::path& folder) {
  if (IntentModel::is_folder(folder)) {
    FURROW_TRY(IntentModel::load(folder));
    return {};
  }
  FURROW_TRY(learn::Model::load(folder));
  return {};
}

}  // namespace furrow::predict
