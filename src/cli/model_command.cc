#include "cli/model_command.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/model_class_command.h"
#include "cli/model_input.h"
#include "cli/outputs.h"
#include "cli/training_progress.h"
#include "cli/workspace_model_command.h"
#include "learn/class_model.h"
#include "learn/report.h"
#include "learn/target.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

std::string file_hash(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes.ok()) return "";
  Hash128 hash = hash128(*bytes);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

void print_trained(const ModelTrainOptions& options, const learn::Trained& trained, const std::string& note) {
  bool binary = trained.task == learn::Task::kBinary;
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.out).field("task", binary ? "binary" : "regression").field("target", options.target);
    if (binary) json.field("positive", trained.positive);
    if (!note.empty()) json.field("note", note);
    json.field("rows", trained.rows).field("rows_without_target", trained.rows_without_target).field("rows_cross_validated", trained.rows_cross_validated);
    binary ? write_measures(json, trained.binary) : write_measures(json, trained.regression);
    json.field("trees", trained.rounds).field("depth", trained.depth).key("metrics").raw(trained.files.metrics).key("left_out").begin_array();
    for (const auto& left : trained.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
    json.end_array();
    learn::write_json(json.key("warnings"), trained.warnings);
    json.end_object();
    std::cout << out << "\n";
    return;
  }
  if (!note.empty()) std::cout << fmt::format("note: {}\n", note);
  for (const auto& warning : trained.warnings) std::cout << fmt::format("warning: {}\n", warning.english);
  for (const auto& left : trained.left_out) std::cout << fmt::format("left out '{}': {}\n", left.name, left.reason);
  if (trained.rows_without_target > 0) std::cout << fmt::format("{} rows without a target were left out\n", trained.rows_without_target);
  std::cout << fmt::format("{} rows, {} trees of depth {}; cross-validated{}, 95 % intervals{}:\n", trained.rows, trained.rounds, trained.depth,
                           drawn_rows(trained.rows_cross_validated, trained.rows),
                           binary ? fmt::format("; predicting {} = {}", options.target, trained.positive) : "");
  if (binary) print_quality(trained.binary, &trained.binary_baseline);
  else print_quality(trained.regression, &trained.regression_baseline);
  if (binary ? trained.binary.auc.low <= 0.5 : trained.regression.r2.low <= 0) std::cout << "note: on these rows it cannot be told from guessing; do not act on its scores\n";
  if (trained.transfer) {
    const auto& t = *trained.transfer;
    auto line = [&](const char* name, const learn::Measure& with, const learn::Measure& alone, const learn::Measure& nothing) {
      std::cout << fmt::format("  {:<10} with it {}   alone {}   from nothing {}\n", name, measure_text(with), measure_text(alone), measure_text(nothing));
    };
    std::cout << fmt::format("the general model counts for {:.2f}; on the same held-out rows:\n", t.weight);
    if (binary) {
      line("auc", trained.binary.auc, t.general_alone.auc, t.from_nothing.auc);
      line("log_loss", trained.binary.log_loss, t.general_alone.log_loss, t.from_nothing.log_loss);
    } else {
      line("rmse", trained.regression.rmse, t.general_alone_value.rmse, t.from_nothing_value.rmse);
    }
  }
  std::cout << "what moves the score most (mean |SHAP|):\n";
  for (size_t i = 0; i < trained.importance.size() && i < 5; ++i) {
    if (trained.importance[i].second > 0) std::cout << fmt::format("  {:<28} {:.3f}\n", trained.importance[i].first, trained.importance[i].second);
  }
  std::cout << fmt::format("model written to {}\n", options.out);
}

// "age:+" and "price:-".
Result<std::vector<std::pair<std::string, int>>> read_monotone(const std::vector<std::string>& entries) {
  std::vector<std::pair<std::string, int>> out;
  for (const std::string& entry : entries) {
    size_t colon = entry.rfind(':');
    std::string_view sign = colon == entry.npos ? std::string_view() : std::string_view(entry).substr(colon + 1);
    if (sign != "+" && sign != "-") {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--monotone takes COLUMN:+ or COLUMN:-, not '{}'", entry)).in_field("--monotone");
    }
    out.emplace_back(entry.substr(0, colon), sign == "+" ? 1 : -1);
  }
  return out;
}

bool is_model_folder(const std::string& folder) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(folder) / "manifest.json", error);
}

}  // namespace

const char* program_version() { return FURROW_VERSION; }

Status model_train(const ModelTrainOptions& options) {
  if (is_workspace(options.data)) {
    WorkspaceModelOptions workspace{options.data, options.workspace_data, options.name, "", options.seed, options.threads, options.json};
    return train_workspace_model(workspace);
  }
  std::shared_ptr<const learn::Model> general;
  if (!options.general.empty()) {
    if (learn::ClassModel::is_folder(options.general)) return Error(ErrorCode::kInvalidArgument, "--from takes a model of a yes or no or of numbers, and this one is of several classes").in_field("--from");
    FURROW_ASSIGN(general, learn::Model::load(options.general));
  }
  if (options.target.empty()) return Error(ErrorCode::kInvalidArgument, "--target is needed: the column to predict").in_field("--target");
  if (options.out.empty()) return Error(ErrorCode::kInvalidArgument, "--out is needed: the model's folder").in_field("--out");
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !is_model_folder(options.out)) {
    return Error(ErrorCode::kConflict, fmt::format("--out {} exists and is not a model: choose another folder", options.out));
  }
  FURROW_TRY(check_outputs({options.data}, {{"--rejects", options.rejects, false}}));
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, options.id, options.rejects, options.target));
  learn::TrainOptions train;
  train.target = options.target;
  train.positive = options.positive;
  train.drop = options.drop;
  train.id = options.id;
  train.time = options.time;
  train.group = options.group;
  train.weight = options.weight;
  train.keep = options.keep;
  train.slices = options.slices;
  train.general = general;
  train.time_budget_s = options.time_budget;
  FURROW_ASSIGN(train.monotone, read_monotone(options.monotone));
  train.folds = options.folds;
  train.seed = options.seed;
  train.data_file = std::filesystem::path(options.data).filename().string();
  train.data_hash = file_hash(options.data);
  train.furrow_version = FURROW_VERSION;
  TrainingProgress progress;
  train.progress = progress.function();
  const Interrupt interrupt;
  train.stop = [&interrupt] { return interrupt.asked(); };
  const std::string note = options.classes || !options.positive.empty() ? "" : learn::say_numbers_are_amounts(input.data, options.target);
  if (options.positive.empty() && learn::has_classes(input.data, options.target, options.classes)) {
    if (general) return Error(ErrorCode::kInvalidArgument, fmt::format("--from needs a target of a yes or no or of numbers, and '{}' has several classes", options.target)).in_field("--from");
    return train_class_model(options, input.data, train);
  }
  auto trained = about_file(learn::train(input.data, train), options.data);
  FURROW_TRY(trained);
  FURROW_TRY(learn::write_model(trained->files, options.out, true));
  FURROW_TRY(learn::Model::load(options.out));
  print_trained(options, *trained, note);
  return {};
}

Status model_report(const ModelReportOptions& options) {
  if (learn::ClassModel::is_folder(options.model)) return report_class_model(options);
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  bool money = options.benefit != 0 || options.cost != 0;
  if (money && !(options.benefit > 0 && options.cost > 0)) return Error(ErrorCode::kInvalidArgument, "--benefit and --cost go together and are above 0").in_field("--benefit");
  if (money && model->task() != learn::Task::kBinary) return Error(ErrorCode::kInvalidArgument, "--benefit and --cost need a model of a yes or no, and this one gives numbers");
  FURROW_ASSIGN(std::string html, learn::model_report_html(*model, {options.benefit, options.cost}));
  return write_report(options.out, html, options.json);
}

void add_model_command(Command app, Jobs& jobs) {
  Command model = app.add_subcommand("model", "Train, score, evaluate and report models on plain files.");
  model.require_subcommand();
  model.footer("Example: furrow model train leads.csv --target converted --out lead-model");

  auto train = std::make_shared<ModelTrainOptions>();
  Command t = model.add_subcommand("train", "Train a model; prints its cross-validated quality beside a linear baseline.");
  t.add_option("DATA", train->data, "CSV, TSV, JSON Lines or Parquet, also .gz; or a workspace, for a declared model").required();
  t.add_option("--target", train->target, "The column to predict: a yes or no, numbers, or several classes");
  t.add_option("--name", train->name, "Of a workspace: the declared model; the only one when not given");
  t.add_option("--data", train->workspace_data, "Of a workspace: its data directory");
  t.add_option("--threads", train->threads, "Of a workspace: threads to train with").between(1, 64).show_default();
  t.add_option("--positive", train->positive, "The value of the target that a score means; found when not given");
  t.add_flag("--classes", train->classes, "Take a target of numbers, such as 1 to 5, for classes; text of 3 to 50 values is taken so by itself");
  t.add_option("--drop", train->drop, "Columns to leave out, as a,b").list();
  t.add_option("--id", train->id, "The column that names a row");
  t.add_option("--time", train->time, "Validate forward in time along this column");
  t.add_option("--group", train->group, "Keep rows of one group in one fold");
  t.add_option("--weight", train->weight, "A column that says how much a row counts in fitting");
  t.add_option("--monotone", train->monotone, "Columns the score must rise (+) or fall (-) with, as a:+,b:-").list();
  t.add_option("--slices", train->slices, "Of a yes or no: columns whose groups the report compares in any case, also dropped ones, as gender,age; numbers in quarters, texts of at most 12 values").list();
  t.add_option("--keep", train->keep, "Columns to keep although they look like the target itself").list();
  t.add_option("--from", train->general, "A model of the same kind of target on other rows, to begin from: helps where rows are few; held-out rows decide how much it counts");
  t.add_option("--time-budget", train->time_budget, "About how many seconds training may take, further shapes of trees tried in what is left of them; when not given, two shapes for as long as they need").between(1.0, 1e6);
  t.add_option("--out", train->out, "The model's folder");
  t.add_option("--rejects", train->rejects, "Where rows that cannot be read are kept, with line and reason");
  t.add_option("--folds", train->folds, "Folds of cross-validation").show_default();
  t.add_option("--seed", train->seed, "Same seed, same model").show_default();
  t.add_flag("--json", train->json, "Print one JSON object");
  t.footer("Example: furrow model train leads.csv --target converted --drop duration --id lead_id --out lead-model");
  jobs.add(t, [train] { return model_train(*train); }, &train->json);

  add_workspace_model_commands(model, jobs);
  add_model_life_commands(model, jobs);
  add_model_exchange_commands(model, jobs);
  add_model_explain_command(model, jobs);

  auto score = std::make_shared<ModelScoreOptions>();
  Command s = model.add_subcommand("score", "Score rows, or a workspace's people: id,score (of several classes also predicted and score_CLASS) and, asked for, the reasons of each.");
  s.add_option("DIR", score->model, "The model's folder; or a workspace, for its people by a declared model, the highest score first").required();
  s.add_option("DATA", score->data, "The rows; not of a workspace");
  s.add_option("--out", score->out, "Where scores go: .csv, .tsv, .jsonl or .parquet").required();
  s.add_option("--id", score->id, "The column that names a row; else the one of training, `id`, or the row number");
  s.add_option("--rejects", score->rejects, "Where rows that cannot be read are kept, with line and reason");
  s.add_option("--reasons", score->reasons, "How many reasons a row").between(0, 100);
  s.add_option("--level", score->level, "Of a numeric target: add low,high that hold this share of outcomes, such as 0.8").between(0.01, 0.99);
  s.add_flag("--counterfactual", score->counterfactual, "Add change,score_changed: the nearest change that takes the score across --threshold");
  s.add_option("--threshold", score->threshold, "The score that --counterfactual wants to cross").show_default();
  s.add_option("--changeable", score->changeable, "Inputs that can be changed, as a,b; all when not given").list();
  s.add_option("--name", score->name, "Of a workspace: the declared model; the only one when not given");
  s.add_option("--version", score->version, "Of a workspace: the version; the one that decides when not given");
  s.add_option("--data", score->workspace_data, "Of a workspace: its data directory");
  s.add_option("--as-of", score->as_of, "Of a workspace: the instant; now when absent");
  s.add_flag("--json", score->json, "Print one JSON object");
  s.footer("Example: furrow model score lead-model new-leads.csv --out scores.csv --reasons 3");
  jobs.add(s, [score] { return model_score(*score); }, &score->json);

  auto evaluate = std::make_shared<ModelEvaluateOptions>();
  Command e = model.add_subcommand("evaluate", "Measure a model on labelled rows, with intervals and a threshold table.");
  e.add_option("DIR", evaluate->model, "The model's folder").required();
  e.add_option("DATA", evaluate->data, "Labelled rows the model has not seen").required();
  e.add_option("--rejects", evaluate->rejects, "Where rows that cannot be read are kept, with line and reason");
  e.add_option("--benefit", evaluate->benefit, "What a success brings: with --cost, whom it pays to call, and the profit");
  e.add_option("--cost", evaluate->cost, "What a call costs, in the same money");
  e.add_option("--seed", evaluate->seed, "Of the bootstrap intervals").show_default();
  e.add_flag("--json", evaluate->json, "Print one JSON object");
  e.footer("Example: furrow model evaluate lead-model last-month.csv");
  jobs.add(e, [evaluate] { return model_evaluate(*evaluate); }, &evaluate->json);

  auto report = std::make_shared<ModelReportOptions>();
  Command r = model.add_subcommand("report", "Write one self-contained page about a model, in English and Chinese.");
  r.add_option("DIR", report->model, "The model's folder").required();
  r.add_option("--out", report->out, "The page").required();
  r.add_option("--benefit", report->benefit, "What a success brings: with --cost, the page draws what calling earns");
  r.add_option("--cost", report->cost, "What a call costs, in the same money");
  r.add_flag("--json", report->json, "Print one JSON object");
  r.footer("Example: furrow model report lead-model --out report.html");
  jobs.add(r, [report] { return model_report(*report); }, &report->json);
}

}  // namespace furrow::cli
