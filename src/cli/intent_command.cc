// `furrow intent train|score`: how far visitors are, from the order of what they did.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "app/live_intent.h"
#include "app/query.h"
#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/model_command.h"
#include "cli/model_input.h"
#include "cli/outputs.h"
#include "cli/training_progress.h"
#include "cli/workspace_model_command.h"
#include "learn/registry.h"
#include "predict/intent_stage.h"
#include "predict/log_visits.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct Options {
  std::string data, model, out, workspace_data, gap = "30m", within = "7d";
  predict::IntentOptions train;
  bool all = false, json = false;
};

constexpr const char* kItemProperty = "product_id";  // of a workspace's events, when none is named

Result<std::filesystem::path> data_of(const Options& options, const std::string& workspace) {
  if (!options.workspace_data.empty()) return std::filesystem::path(options.workspace_data);
  FURROW_ASSIGN(auto loaded, app::Workspace::load(workspace));
  return loaded.default_data_dir();
}

Result<predict::VisitTable> read_log(const std::filesystem::path& data, const predict::EventColumns& columns, Duration gap) {
  auto scan = app::read_only_scan(data);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kNotFound) return std::move(scan).error();
    return Error(ErrorCode::kNotFound, fmt::format("nothing was collected in {} yet: import a source or serve the workspace first", data.string()));
  }
  return predict::visits_of_log([&](const auto& visit) { return (*scan)(LogPosition{1}, visit); }, gap, columns.item);
}

Result<predict::VisitTable> read(const Options& options, const std::string& file, const predict::EventColumns& columns, Duration gap) {
  if (is_workspace(file)) {
    FURROW_ASSIGN(auto data, data_of(options, file));
    return read_log(data, columns, gap);
  }
  std::vector<std::string> texts{columns.person, columns.event};
  if (!columns.item.empty()) texts.push_back(columns.item);
  FURROW_ASSIGN(table::Table table, table::read_table(file, {.text_columns = texts}));
  FURROW_ASSIGN(predict::VisitTable visits, predict::read_visits(table, columns, gap, file));
  if (visits.skipped > 0) std::cerr << fmt::format("{}: {} rows were left out; the first: {}\n", file, visits.skipped, visits.first_skipped);
  return visits;
}

// The models of a workspace that tell stages.
Result<std::vector<predict::ModelDeclaration>> declared_in(const std::string& workspace) {
  FURROW_ASSIGN(auto loaded, app::Workspace::load(workspace));
  std::erase_if(loaded.models, [](const auto& model) { return !model.intent; });
  return std::move(loaded.models);
}

// As declared: a version in the registry, as `model train` makes it.
Status train_declared(const Options& options, const std::vector<predict::ModelDeclaration>& declared) {
  if (declared.size() > 1) return Error(ErrorCode::kInvalidArgument, fmt::format("the workspace declares {} models with \"intent\": furrow model train {} --name NAME", declared.size(), options.data));
  const predict::ModelDeclaration& model = declared.front();
  if (options.train.goal != predict::IntentOptions().goal && options.train.goal != model.intent->goal) {
    return Error(ErrorCode::kConflict, fmt::format("{} declares the goal '{}': change it there, or give --out for a model of its own", model.file, model.intent->goal)).in_field("--goal");
  }
  return train_workspace_model({.workspace = options.data, .data = options.workspace_data, .name = model.name, .version = {}, .seed = options.train.seed, .threads = options.train.threads, .json = options.json});
}

Status train(Options& options) {
  if (is_workspace(options.data)) {
    FURROW_ASSIGN(auto declared, declared_in(options.data));
    if (!declared.empty() && options.out.empty()) return train_declared(options, declared);
    if (options.train.columns.item.empty()) options.train.columns.item = kItemProperty;
    if (options.out.empty()) {
      FURROW_ASSIGN(auto data, data_of(options, options.data));
      options.out = app::intent_folder(data).string();
    }
  }
  if (options.out.empty()) return Error(ErrorCode::kInvalidArgument, "--out is needed: the model's folder").in_field("--out");
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !predict::IntentModel::is_folder(options.out)) {
    return Error(ErrorCode::kConflict, fmt::format("--out {} exists and is not an intent model: choose another folder", options.out));
  }
  predict::IntentOptions& train = options.train;
  FURROW_ASSIGN(train.gap, parse_duration(options.gap));
  FURROW_ASSIGN(train.within, parse_duration(options.within));
  train.data_file = std::filesystem::path(options.data).filename().string();
  train.furrow_version = program_version();
  FURROW_ASSIGN(auto visits, read(options, options.data, train.columns, train.gap));
  TrainingProgress progress;
  train.progress = progress.function();
  FURROW_ASSIGN(auto trained, predict::train_intent(visits, train, options.out));
  FURROW_ASSIGN(auto model, predict::IntentModel::load(options.out));
  if (options.json) {
    std::cout << model->json() << "\n";
    return {};
  }
  print_intent(trained);
  std::cout << fmt::format("model written to {}\n", options.out);
  return {};
}

// The folder of the version that was promoted.
Result<std::filesystem::path> promoted_of(const std::string& workspace, const std::filesystem::path& data, const std::string& model) {
  const SystemClock clock;
  const learn::Registry registry(data / "models", clock);
  auto version = registry.find(model);
  if (version.ok()) return version->folder;
  if (version.error().code() != ErrorCode::kNotFound) return std::move(version).error();
  FURROW_ASSIGN(auto versions, registry.list(model));
  if (versions.empty()) return Error(ErrorCode::kNotFound, fmt::format("{} was not trained yet: furrow intent train {}, then promote the version that it makes", model, workspace));
  return Error(ErrorCode::kNotFound, fmt::format("no version of {} is promoted yet: furrow model promote {} {} {}", model, workspace, model, versions.back().version));
}

Status score(const Options& options) {
  FURROW_TRY(check_outputs({options.data}, {{"--out", options.out}}));
  std::filesystem::path folder = options.model;
  const bool workspace = is_workspace(options.model);
  if (workspace) {
    FURROW_ASSIGN(auto data, data_of(options, options.model));
    FURROW_ASSIGN(auto declared, declared_in(options.model));
    folder = app::intent_folder(data);
    if (!declared.empty()) {
      FURROW_ASSIGN(folder, promoted_of(options.model, data, declared.front().name));
    }
  }
  if (workspace && !predict::IntentModel::is_folder(folder)) {
    return Error(ErrorCode::kNotFound, fmt::format("the workspace has no intent model yet: furrow intent train {}", options.model));
  }
  FURROW_ASSIGN(auto model, predict::IntentModel::load(folder));
  if (options.data.empty() && !workspace) return Error(ErrorCode::kInvalidArgument, "EVENTS is needed: whose stages to tell").in_field("EVENTS");
  FURROW_ASSIGN(auto visits, read(options, options.data.empty() ? options.model : options.data, model->columns(), model->gap()));
  FURROW_ASSIGN(auto scores, model->score(visits));
  using table::ColumnType;
  table::Column person(model->columns().person, ColumnType::kText), start("visit_start", ColumnType::kText), end("visit_end", ColumnType::kText), stage("stage", ColumnType::kText);
  std::vector<table::Column> probabilities;
  for (int s = 0; s < 3; ++s) probabilities.emplace_back(fmt::format("score_{}", predict::kStages[s]), ColumnType::kNumber);
  std::vector<size_t> last(visits.people.size(), 0), counts(4, 0);
  for (size_t v = 0; v < visits.visits.size(); ++v) last[visits.visits[v].person] = v;
  size_t rows = 0;
  for (size_t v = 0; v < visits.visits.size(); ++v) {
    const auto& visit = visits.visits[v];
    if (!options.all && last[visit.person] != v) continue;
    person.append_text(visits.people[visit.person]);
    start.append_text(format_time(visit.start()));
    end.append_text(format_time(visit.end()));
    stage.append_text(predict::kStages[scores[v].stage]);
    for (size_t s = 0; s < 3; ++s) {
      if (scores[v].stage == 3) probabilities[s].append_null();
      else probabilities[s].append_number(scores[v].probability[s]);
    }
    ++counts[static_cast<size_t>(scores[v].stage)];
    ++rows;
  }
  table::Table out;
  for (auto* column : {&person, &start, &end, &stage}) out.add(std::move(*column));
  for (auto& column : probabilities) out.add(std::move(column));
  FURROW_TRY(table::write_table(out, options.out));
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("rows", rows).field("rejected", visits.skipped).field("out", options.out).key("stages").begin_object();
    for (size_t s = 0; s < counts.size(); ++s) json.field(predict::kStages[s], counts[s]);
    json.end_object().end_object();
    std::cout << text << "\n";
    return {};
  }
  std::cout << fmt::format("{} visits scored to {}\n", rows, options.out);
  for (size_t s = 0; s < counts.size(); ++s) std::cout << fmt::format("  {:<12} {:>8}\n", predict::kStages[s], counts[s]);
  return {};
}

}  // namespace

void add_intent_command(Command app, Jobs& jobs) {
  Command intent = app.add_subcommand("intent", "Say how far visitors are: exploring, comparing, deciding or bought.");
  intent.require_subcommand();
  intent.footer("Example: furrow intent train events.csv --goal \"Order Completed\" --out intent-model");

  auto t = std::make_shared<Options>();
  Command train_leaf = intent.add_subcommand("train", "Learn from events alone; judges n-grams and a recurrent network on later visits, the better serves.");
  train_leaf.add_option("EVENTS", t->data, "CSV, TSV, JSON Lines or Parquet, also .gz: a row an event; or a workspace, whose people then have a stage").required();
  train_leaf.add_option("--data", t->workspace_data, "Of a workspace: its data directory");
  train_leaf.add_option("--person", t->train.columns.person, "The column that names the person").show_default();
  train_leaf.add_option("--event", t->train.columns.event, "The column that names the event").show_default();
  train_leaf.add_option("--time", t->train.columns.time, "The column of times").show_default();
  train_leaf.add_option("--item", t->train.columns.item, "The column, or of a workspace the property, of what an event is about; of a workspace product_id when not given");
  train_leaf.add_option("--goal", t->train.goal, "The event that ends the way").show_default();
  train_leaf.add_option("--gap", t->gap, "A visit ends when nothing happens for so long").show_default();
  train_leaf.add_option("--within", t->within, "Comparing: the goal comes in a later visit within so long").show_default();
  train_leaf.add_option("--out", t->out, "The model's folder; of a workspace where its server finds it, when not given");
  train_leaf.add_option("--threads", t->train.threads, "Threads to train with").between(1, 64).show_default();
  train_leaf.add_option("--seed", t->train.seed, "Same seed, same model").show_default();
  train_leaf.add_flag("--json", t->json, "Print one JSON object");
  train_leaf.footer("Example: furrow intent train events.csv --item product_id --goal \"Order Completed\" --out intent-model");
  jobs.add(train_leaf, [t] { return train(*t); }, &t->json);

  auto s = std::make_shared<Options>();
  Command score_leaf = intent.add_subcommand("score", "The stage at the end of each person's last visit, with a probability each.");
  score_leaf.add_option("DIR", s->model, "The model's folder, or a workspace whose model was trained").required();
  score_leaf.add_option("EVENTS", s->data, "Events, with the columns of training; of a workspace its own log when not given");
  score_leaf.add_option("--data", s->workspace_data, "Of a workspace: its data directory");
  score_leaf.add_option("--out", s->out, "Where stages go: .csv, .tsv, .jsonl or .parquet").required();
  score_leaf.add_flag("--all", s->all, "Every visit, not each person's last one");
  score_leaf.add_flag("--json", s->json, "Print one JSON object");
  score_leaf.footer("Example: furrow intent score intent-model today.csv --out stages.csv");
  jobs.add(score_leaf, [s] { return score(*s); }, &s->json);
}

}  // namespace furrow::cli
