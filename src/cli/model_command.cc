#include "cli/model_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/workspace_model_command.h"
#include "learn/dataset_from_table.h"
#include "learn/lineage.h"
#include "learn/report.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

volatile std::sig_atomic_t stop_asked = 0;

struct Input {
  learn::Dataset data;
  table::ReadReport report;
};

Result<Input> read_input(const std::string& path, std::vector<std::string> text_columns = {}) {
  table::ReadOptions options;
  std::erase(text_columns, "");
  options.text_columns = std::move(text_columns);
  Input input;
  FURROW_ASSIGN(table::Table table, table::read_table(path, options, &input.report));
  if (table.rows() == 0) return Error(ErrorCode::kInvalidFile, "the file has a header but no rows").at(path);
  input.data = learn::dataset_from_table(table);
  if (input.report.rejected > 0) std::cerr << fmt::format("{}: {} rows could not be read and were left out\n", path, input.report.rejected);
  return input;
}

std::string file_hash(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes.ok()) return "";
  Hash128 hash = hash128(*bytes);
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::string show(const learn::Measure& m) { return fmt::format("{:.4f}  [{:.4f}, {:.4f}]", m.value, m.low, m.high); }

void print_quality(const learn::BinaryQuality& q, const learn::BinaryQuality* baseline) {
  auto row = [&](const char* name, const learn::Measure& m, const learn::Measure* b) {
    std::cout << fmt::format("  {:<14} {:<28}{}\n", name, show(m), b ? show(*b) : "");
  };
  std::cout << fmt::format("  {:<14} {:<28}{}\n", "", "model", baseline ? "logistic baseline" : "");
  row("auc", q.auc, baseline ? &baseline->auc : nullptr);
  row("pr_auc", q.pr_auc, baseline ? &baseline->pr_auc : nullptr);
  row("log_loss", q.log_loss, baseline ? &baseline->log_loss : nullptr);
  row("brier", q.brier, baseline ? &baseline->brier : nullptr);
  row("ece", q.ece, baseline ? &baseline->ece : nullptr);
  row("lift_at_10pct", q.lift_at_10pct, baseline ? &baseline->lift_at_10pct : nullptr);
}

void print_quality(const learn::RegressionQuality& q, const learn::RegressionQuality* baseline) {
  auto row = [&](const char* name, const learn::Measure& m, const learn::Measure* b) {
    std::cout << fmt::format("  {:<14} {:<28}{}\n", name, show(m), b ? show(*b) : "");
  };
  std::cout << fmt::format("  {:<14} {:<28}{}\n", "", "model", baseline ? "linear baseline" : "");
  row("rmse", q.rmse, baseline ? &baseline->rmse : nullptr);
  row("mae", q.mae, baseline ? &baseline->mae : nullptr);
  row("r2", q.r2, baseline ? &baseline->r2 : nullptr);
}

// The lines train and evaluate share at the top of their JSON: the measures by their own names.
void write_measures(JsonWriter& json, const learn::BinaryQuality& q) {
  for (const auto& [name, m] : {std::pair("auc", &q.auc), {"pr_auc", &q.pr_auc}, {"log_loss", &q.log_loss}, {"brier", &q.brier},
                                {"ece", &q.ece}, {"lift_at_10pct", &q.lift_at_10pct}}) {
    json.field(name, m->value);
  }
}
void write_measures(JsonWriter& json, const learn::RegressionQuality& q) {
  json.field("rmse", q.rmse.value).field("mae", q.mae.value).field("r2", q.r2.value);
}

void print_trained(const ModelTrainOptions& options, const learn::Trained& trained) {
  bool binary = trained.task == learn::Task::kBinary;
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.out).field("task", binary ? "binary" : "regression").field("target", options.target);
    if (binary) json.field("positive", trained.positive);
    json.field("rows", trained.rows).field("rows_without_target", trained.rows_without_target);
    binary ? write_measures(json, trained.binary) : write_measures(json, trained.regression);
    json.field("trees", trained.rounds).field("depth", trained.depth).key("metrics").raw(trained.files.metrics).key("left_out").begin_array();
    for (const auto& left : trained.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
    json.end_array().end_object();
    std::cout << out << "\n";
    return;
  }
  for (const auto& left : trained.left_out) std::cout << fmt::format("left out '{}': {}\n", left.name, left.reason);
  if (trained.rows_without_target > 0) std::cout << fmt::format("{} rows without a target were left out\n", trained.rows_without_target);
  std::cout << fmt::format("{} rows, {} trees of depth {}; cross-validated, 95 % intervals{}:\n", trained.rows, trained.rounds, trained.depth,
                           binary ? fmt::format("; predicting {} = {}", options.target, trained.positive) : "");
  if (binary) print_quality(trained.binary, &trained.binary_baseline);
  else print_quality(trained.regression, &trained.regression_baseline);
  std::cout << "what moves the score most (mean |SHAP|):\n";
  for (size_t i = 0; i < trained.importance.size() && i < 5; ++i) {
    if (trained.importance[i].second > 0) std::cout << fmt::format("  {:<28} {:.3f}\n", trained.importance[i].first, trained.importance[i].second);
  }
  std::cout << fmt::format("model written to {}\n", options.out);
}

bool is_model_folder(const std::string& folder) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::path(folder) / "manifest.json", error);
}

}  // namespace

Status model_train(const ModelTrainOptions& options) {
  if (is_workspace(options.data)) {
    WorkspaceModelOptions workspace{options.data, options.workspace_data, options.name, "", options.seed, options.threads, options.json};
    return train_workspace_model(workspace);
  }
  if (options.target.empty()) return Error(ErrorCode::kInvalidArgument, "--target is needed: the column to predict").in_field("--target");
  if (options.out.empty()) return Error(ErrorCode::kInvalidArgument, "--out is needed: the model's folder").in_field("--out");
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !is_model_folder(options.out)) {
    return Error(ErrorCode::kConflict, fmt::format("--out {} exists and is not a model: choose another folder", options.out));
  }
  FURROW_ASSIGN(Input input, read_input(options.data, {options.id}));
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(input.report.rejects, options.rejects));
  learn::TrainOptions train;
  train.target = options.target;
  train.positive = options.positive;
  train.drop = options.drop;
  train.id = options.id;
  train.time = options.time;
  train.group = options.group;
  train.folds = options.folds;
  train.seed = options.seed;
  train.data_file = std::filesystem::path(options.data).filename().string();
  train.data_hash = file_hash(options.data);
  train.furrow_version = FURROW_VERSION;
  bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (terminal) {
    train.progress = [](double share, std::string_view what) {
      std::cerr << fmt::format("\r\033[Ktraining {:3.0f} %  {}", share * 100, share < 1 ? what : std::string_view("")) << (share < 1 ? "" : "\r\033[K") << std::flush;
    };
  }
  auto previous = std::signal(SIGINT, [](int) { stop_asked = 1; });
  train.stop = [] { return stop_asked != 0; };
  auto trained = learn::train(input.data, train);
  std::signal(SIGINT, previous);
  FURROW_TRY(trained);
  FURROW_TRY(learn::write_model(trained->files, options.out, true));
  FURROW_TRY(learn::Model::load(options.out));
  print_trained(options, *trained);
  return {};
}

Status model_score(const ModelScoreOptions& options) {
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  std::string id = options.id.empty() ? lineage.id : options.id;
  FURROW_ASSIGN(Input input, read_input(options.data, {id}));
  const learn::Column* ids = id.empty() ? input.data.find("id") : input.data.find(id);
  if (!options.id.empty() && !ids) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", id)).in_field(id);
  FURROW_ASSIGN(learn::Samples rows, model->encoder().encode(input.data));
  std::vector<float> margins(input.data.rows);
  model->forest().margins(rows.values.data(), margins.size(), margins.data());
  using table::ColumnType;
  std::vector<table::Column> columns;
  columns.emplace_back("id", ColumnType::kText);
  columns.emplace_back("score", ColumnType::kNumber);
  for (int r = 1; r <= options.reasons; ++r) {
    columns.emplace_back(fmt::format("reason_{}", r), ColumnType::kText);
    columns.emplace_back(fmt::format("contribution_{}", r), ColumnType::kNumber);
  }
  learn::Model::Scratch scratch;
  double sum = 0;
  for (size_t i = 0; i < input.data.rows; ++i) {
    double score = model->score_of_margin(margins[i]);
    sum += score;
    columns[0].append_text(ids ? ids->text(i) : std::to_string(i + 1));
    columns[1].append_number(score);
    if (options.reasons == 0) continue;
    auto reasons = model->reasons(rows.values.data() + i * rows.columns, static_cast<size_t>(options.reasons), scratch);
    for (size_t r = 0; r < static_cast<size_t>(options.reasons); ++r) {
      table::Column &name = columns[2 + 2 * r], &contribution = columns[3 + 2 * r];
      if (r < reasons.size()) {
        const std::string& input_name = model->inputs()[reasons[r].input].name;
        const learn::Column* column = input.data.find(input_name);
        name.append_text(fmt::format("{} = {}", input_name, column->missing(i) ? "(missing)" : column->text(i)));
        contribution.append_number(reasons[r].contribution);
      } else {
        name.append_null();
        contribution.append_null();
      }
    }
  }
  table::Table out;
  for (auto& column : columns) out.add(std::move(column));
  FURROW_TRY(table::write_table(out, options.out));
  double mean = sum / static_cast<double>(input.data.rows);
  if (options.json) {
    std::string text;
    JsonWriter(text).begin_object().field("rows", input.data.rows).field("rejected", input.report.rejected).field("mean_score", mean).field("out", options.out).end_object();
    std::cout << text << "\n";
  } else {
    std::cout << fmt::format("{} rows scored to {}, mean score {:.4f}\n", input.data.rows, options.out, mean);
    if (options.reasons > 0) {
      std::cout << (model->task() == learn::Task::kBinary ? "contributions are in log-odds, before calibration\n" : "contributions are in units of the target\n");
    }
  }
  return {};
}

Status model_evaluate(const ModelEvaluateOptions& options) {
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  FURROW_ASSIGN(Input input, read_input(options.data, {lineage.id}));
  FURROW_ASSIGN(std::vector<float> all_labels, learn::read_labels(input.data, lineage.target, model->task(), lineage.positive));
  FURROW_ASSIGN(learn::Samples rows, model->encoder().encode(input.data));
  std::vector<double> scores;
  std::vector<float> labels;
  for (size_t i = 0; i < input.data.rows; ++i) {
    if (all_labels[i] != all_labels[i]) continue;
    scores.push_back(model->score_encoded(rows.values.data() + i * rows.columns));
    labels.push_back(all_labels[i]);
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("model", options.model).field("rows", labels.size()).field("rows_without_target", input.data.rows - labels.size());
  if (model->task() == learn::Task::kRegression) {
    FURROW_ASSIGN(auto quality, learn::regression_quality(scores, labels, options.seed));
    write_measures(json, quality);
    learn::write_json(json.key("quality"), quality);
    if (!options.json) print_quality(quality, nullptr);
  } else {
    FURROW_ASSIGN(auto quality, learn::binary_quality(scores, labels, options.seed));
    auto table = learn::threshold_table(scores, labels);
    write_measures(json, quality);
    learn::write_json(json.key("quality"), quality);
    learn::write_json(json.key("calibration_curve"), learn::calibration_curve(scores, labels));
    learn::write_json(json.key("thresholds"), table);
    if (!options.json) {
      std::cout << fmt::format("{} rows, {} positive; 95 % intervals:\n", quality.rows, quality.positives);
      print_quality(quality, nullptr);
      std::cout << fmt::format("\n  {:>9}  {:>8}  {:>7}  {:>9}\n", "score >=", "flagged", "recall", "precision");
      for (const auto& row : table) {
        std::cout << fmt::format("  {:>9.4f}  {:>6.1f} %  {:>5.1f} %  {:>7.1f} %\n", row.threshold, 100 * row.share_flagged, 100 * row.recall, 100 * row.precision);
      }
    }
  }
  json.end_object();
  if (options.json) std::cout << out << "\n";
  return {};
}

Status model_report(const ModelReportOptions& options) {
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(std::string html, learn::model_report_html(*model));
  FURROW_TRY(write_file_atomically(options.out, html));
  if (options.json) {
    std::string out;
    JsonWriter(out).begin_object().field("out", options.out).field("bytes", html.size()).end_object();
    std::cout << out << "\n";
  } else {
    std::cout << fmt::format("report written to {}\n", options.out);
  }
  return {};
}

void add_model_command(CLI::App& app, Jobs& jobs) {
  CLI::App* model = app.add_subcommand("model", "Train, score, evaluate and report models on plain files.");
  model->require_subcommand(1);
  model->footer("Example: furrow model train leads.csv --target converted --out lead-model");

  auto train = std::make_shared<ModelTrainOptions>();
  CLI::App* t = model->add_subcommand("train", "Train a model; prints its cross-validated quality beside a linear baseline.");
  t->add_option("DATA", train->data, "CSV, TSV, JSON Lines or Parquet, also .gz; or a workspace, for a declared model")->required();
  t->add_option("--target", train->target, "The column to predict");
  t->add_option("--name", train->name, "Of a workspace: the declared model; the only one when not given");
  t->add_option("--data", train->workspace_data, "Of a workspace: its data directory");
  t->add_option("--threads", train->threads, "Of a workspace: threads to train with")->check(CLI::Range(1, 64))->capture_default_str();
  t->add_option("--positive", train->positive, "The value of the target that a score means; found when not given");
  t->add_option("--drop", train->drop, "Columns to leave out, as a,b")->delimiter(',');
  t->add_option("--id", train->id, "The column that names a row");
  t->add_option("--time", train->time, "Validate forward in time along this column");
  t->add_option("--group", train->group, "Keep rows of one group in one fold");
  t->add_option("--out", train->out, "The model's folder");
  t->add_option("--rejects", train->rejects, "Where rows that cannot be read are kept, with line and reason");
  t->add_option("--folds", train->folds, "Folds of cross-validation")->capture_default_str();
  t->add_option("--seed", train->seed, "Same seed, same model")->capture_default_str();
  t->add_flag("--json", train->json, "Print one JSON object");
  t->footer("Example: furrow model train leads.csv --target converted --drop duration --id lead_id --out lead-model");
  jobs.add(t, [train] { return model_train(*train); }, &train->json);

  add_workspace_model_commands(*model, jobs);

  auto score = std::make_shared<ModelScoreOptions>();
  CLI::App* s = model->add_subcommand("score", "Score rows: id,score and, asked for, the reasons of each.");
  s->add_option("DIR", score->model, "The model's folder")->required();
  s->add_option("DATA", score->data, "The rows")->required();
  s->add_option("--out", score->out, "Where scores go: .csv, .tsv, .jsonl or .parquet")->required();
  s->add_option("--id", score->id, "The column that names a row; else the one of training, `id`, or the row number");
  s->add_option("--reasons", score->reasons, "How many reasons a row")->check(CLI::Range(0, 100));
  s->add_flag("--json", score->json, "Print one JSON object");
  s->footer("Example: furrow model score lead-model new-leads.csv --out scores.csv --reasons 3");
  jobs.add(s, [score] { return model_score(*score); }, &score->json);

  auto evaluate = std::make_shared<ModelEvaluateOptions>();
  CLI::App* e = model->add_subcommand("evaluate", "Measure a model on labelled rows, with intervals and a threshold table.");
  e->add_option("DIR", evaluate->model, "The model's folder")->required();
  e->add_option("DATA", evaluate->data, "Labelled rows the model has not seen")->required();
  e->add_option("--seed", evaluate->seed, "Of the bootstrap intervals")->capture_default_str();
  e->add_flag("--json", evaluate->json, "Print one JSON object");
  e->footer("Example: furrow model evaluate lead-model last-month.csv");
  jobs.add(e, [evaluate] { return model_evaluate(*evaluate); }, &evaluate->json);

  auto report = std::make_shared<ModelReportOptions>();
  CLI::App* r = model->add_subcommand("report", "Write one self-contained page about a model, in English and Chinese.");
  r->add_option("DIR", report->model, "The model's folder")->required();
  r->add_option("--out", report->out, "The page")->required();
  r->add_flag("--json", report->json, "Print one JSON object");
  r->footer("Example: furrow model report lead-model --out report.html");
  jobs.add(r, [report] { return model_report(*report); }, &report->json);
}

}  // namespace furrow::cli
