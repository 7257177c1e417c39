// `furrow uplift train|score|evaluate`: whom an action changes.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/ids.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/model_command.h"
#include "cli/model_input.h"
#include "cli/outputs.h"
#include "cli/training_progress.h"
#include "learn/trainer.h"
#include "learn/uplift.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct UpliftOptions {
  std::string model, data, out, rejects;
  std::vector<std::string> costs;
  learn::UpliftOptions train;
  int reasons = 0;
  bool json = false;
};

std::string show_fine(const learn::Measure& m) { return fmt::format("{:.5f}  [{:.5f}, {:.5f}]", m.value, m.low, m.high); }

Status read_costs(UpliftOptions& options) {
  for (const std::string& entry : options.costs) {
    size_t equals = entry.rfind('=');
    char* end = nullptr;
    double cost = equals == entry.npos ? 0 : std::strtod(entry.c_str() + equals + 1, &end);
    if (equals == entry.npos || equals + 1 == entry.size() || *end != '\0' || !(cost >= 0)) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("--cost takes ACTION=MONEY, such as 'mail=0.4', not '{}'", entry)).in_field("--cost");
    }
    options.train.costs[entry.substr(0, equals)] = cost;
  }
  return {};
}

void print_policy(const learn::PolicyValue& policy, const learn::UpliftSummary& summary) {
  if (policy.share_of_arm.empty()) return;
  std::cout << fmt::format("doing what pays best with each row brings, against doing nothing, {} a row\n", show_fine(policy.gain));
  std::cout << fmt::format("  {:<24} {:>8}   everybody gets it, a row\n", "", "share");
  std::cout << fmt::format("  {:<24} {:>6.1f} %\n", summary.control, 100 * policy.share_of_arm[0]);
  for (size_t a = 0; a < summary.arms.size(); ++a) {
    std::cout << fmt::format("  {:<24} {:>6.1f} %   {}\n", summary.arms[a].name, 100 * policy.share_of_arm[a + 1], show_fine(policy.gain_of_arm[a]));
  }
}

void print_arm(const std::string& name, const std::string& control, const learn::UpliftQuality& q) {
  std::cout << fmt::format("{} against {}: {} rows, {} treated\n", name, control, q.rows, q.treated);
  std::cout << fmt::format("  effect of treating all  {}\n  auuc                    {}   by chance {:.5f}\n  qini                    {}   by chance 0\n", show_fine(q.effect), show_fine(q.auuc), q.random_auuc,
                           show_fine(q.qini));
}

Status train(UpliftOptions& options) {
  FURROW_TRY(read_costs(options));
  std::error_code error;
  if (std::filesystem::exists(options.out, error) && !std::filesystem::exists(std::filesystem::path(options.out) / "uplift.json", error)) {
    return Error(ErrorCode::kConflict, fmt::format("--out {} exists and is not an uplift model: choose another folder", options.out));
  }
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, options.train.id));
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(input.report.rejects, options.rejects));
  learn::UpliftOptions& train = options.train;
  train.data_file = std::filesystem::path(options.data).filename().string();
  if (auto bytes = read_file(options.data); bytes.ok()) {
    Hash128 hash = hash128(*bytes);
    train.data_hash = fmt::format("{:016x}{:016x}", hash.high, hash.low);
  }
  train.furrow_version = program_version();
  TrainingProgress progress;
  train.progress = progress.function();
  const Interrupt interrupt;
  train.stop = [&interrupt] { return interrupt.asked(); };
  auto trained = about_file(learn::train_uplift(input.data, train, options.out), options.data);
  FURROW_TRY(trained);
  FURROW_ASSIGN(auto model, learn::UpliftModel::load(options.out));
  if (options.json) {
    std::cout << model.summary_json() << "\n";
    return {};
  }
  for (const auto& warning : trained->warnings) std::cout << fmt::format("warning: {}\n", warning.english);
  for (const auto& left : trained->left_out) std::cout << fmt::format("left out '{}': {}\n", left.name, left.reason);
  if (trained->rows_left_out > 0) std::cout << fmt::format("{} rows without a target or a treatment were left out\n", trained->rows_left_out);
  std::cout << fmt::format("{} rows, {} of them '{}'; learner {}, chosen by cross-validated AUUC (", trained->rows, trained->control_rows, trained->control, trained->learner);
  for (size_t i = 0; i < trained->tried.size(); ++i) std::cout << fmt::format("{}{} {:.5f}", i ? ", " : "", trained->tried[i].first, trained->tried[i].second);
  std::cout << ")\nheld-out rows, 95 % intervals:\n";
  for (const auto& arm : trained->arms) print_arm(arm.name, trained->control, arm.quality);
  print_policy(trained->policy, *trained);
  std::cout << fmt::format("model written to {}\n", options.out);
  return {};
}

Status score(const UpliftOptions& options) {
  FURROW_TRY(check_outputs({options.data}, {{"--out", options.out}}));
  FURROW_ASSIGN(auto model, learn::UpliftModel::load(options.model));
  const learn::UpliftSummary& summary = model.summary();
  const std::string& id = options.train.id.empty() ? summary.id : options.train.id;
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, id));
  if (!options.train.id.empty() && input.id_column != id) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", id)).in_field(id).at(options.data);
  FURROW_ASSIGN(auto effects, about_file(model.effects(input.data), options.data));
  std::vector<learn::Samples> encoded;
  for (size_t a = 0; a < summary.arms.size() && options.reasons > 0; ++a) {
    FURROW_ASSIGN(learn::Samples rows, about_file(model.arm(a).encoder().encode(input.data), options.data));
    encoded.push_back(std::move(rows));
  }
  using table::ColumnType;
  std::vector<table::Column> columns;
  columns.emplace_back("id", ColumnType::kText);
  columns.emplace_back("treatment", ColumnType::kText);
  for (const char* name : {"uplift", "gain"}) columns.emplace_back(name, ColumnType::kNumber);
  for (const auto& arm : summary.arms) columns.emplace_back(fmt::format("uplift_{}", arm.name), ColumnType::kNumber);
  for (int r = 1; r <= options.reasons; ++r) {
    columns.emplace_back(fmt::format("reason_{}", r), ColumnType::kText);
    columns.emplace_back(fmt::format("contribution_{}", r), ColumnType::kNumber);
  }
  std::vector<size_t> counts(summary.arms.size() + 1, 0);
  learn::Model::Scratch scratch;
  double total = 0;
  for (size_t i = 0; i < input.data.rows; ++i) {
    std::vector<double> row;
    for (const auto& arm : effects) row.push_back(arm[i]);
    int best = model.recommend(row);
    ++counts[static_cast<size_t>(best)];
    // Of a row that nothing pays for, the action that comes nearest is told.
    size_t told = 0;
    auto gain_of = [&](size_t a) { return summary.value * row[a] - summary.arms[a].cost; };
    for (size_t a = 1; a < row.size(); ++a) told = gain_of(a) > gain_of(told) ? a : told;
    double gain = best > 0 ? gain_of(static_cast<size_t>(best) - 1) : 0;
    total += gain;
    columns[0].append_text(input.id(i));
    columns[1].append_text(best > 0 ? summary.arms[static_cast<size_t>(best) - 1].name : summary.control);
    columns[2].append_number(row[told]);
    columns[3].append_number(gain);
    for (size_t a = 0; a < row.size(); ++a) columns[4 + a].append_number(row[a]);
    if (options.reasons == 0) continue;
    const learn::Model& arm = model.arm(told);
    auto reasons = arm.reasons(encoded[told].values.data() + i * encoded[told].columns, static_cast<size_t>(options.reasons), scratch);
    for (size_t r = 0; r < static_cast<size_t>(options.reasons); ++r) {
      table::Column &name = columns[4 + row.size() + 2 * r], &contribution = columns[5 + row.size() + 2 * r];
      if (r >= reasons.size()) {
        name.append_null();
        contribution.append_null();
        continue;
      }
      const std::string& input_name = arm.inputs()[reasons[r].input].name;
      const learn::Column* column = input.data.find(input_name);
      name.append_text(fmt::format("{} = {}", input_name, column->missing(i) ? "(missing)" : column->text(i)));
      contribution.append_number(reasons[r].contribution);
    }
  }
  table::Table out;
  for (auto& column : columns) out.add(std::move(column));
  FURROW_TRY(table::write_table(out, options.out));
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("rows", input.data.rows).field("rejected", input.report.rejected).field("out", options.out).field("expected_gain", total).key("treatments").begin_object();
    for (size_t a = 0; a < counts.size(); ++a) json.field(a == 0 ? summary.control : summary.arms[a - 1].name, counts[a]);
    json.end_object().end_object();
    std::cout << text << "\n";
    return {};
  }
  std::cout << fmt::format("{} rows scored to {}; expected gain {:.4g}\n", input.data.rows, options.out, total);
  for (size_t a = 0; a < counts.size(); ++a) std::cout << fmt::format("  {:<24} {:>8} rows\n", a == 0 ? summary.control : summary.arms[a - 1].name, counts[a]);
  return {};
}

Status evaluate(const UpliftOptions& options) {
  FURROW_ASSIGN(auto model, learn::UpliftModel::load(options.model));
  const learn::UpliftSummary& summary = model.summary();
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, summary.id));
  FURROW_ASSIGN(auto labels, about_file(learn::read_labels(input.data, summary.target, summary.binary ? learn::Task::kBinary : learn::Task::kRegression, summary.positive), options.data));
  std::vector<std::string> names;
  std::vector<double> costs{0};
  for (const auto& arm : summary.arms) names.push_back(arm.name), costs.push_back(arm.cost);
  FURROW_ASSIGN(std::vector<int> arms, about_file(learn::read_arms(input.data, summary.treatment, summary.control, names), options.data));
  FURROW_ASSIGN(auto effects, about_file(model.effects(input.data), options.data));
  std::vector<int> arm, recommended;
  std::vector<float> outcomes;
  std::vector<size_t> rows;
  for (size_t i = 0; i < input.data.rows; ++i) {
    if (arms[i] < 0 || labels[i] != labels[i]) continue;
    std::vector<double> row;
    for (const auto& each : effects) row.push_back(each[i]);
    rows.push_back(i);
    arm.push_back(arms[i]);
    recommended.push_back(model.recommend(row));
    outcomes.push_back(labels[i]);
  }
  if (rows.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("no row has a value in both '{}' and '{}', so there is nothing to measure", summary.treatment, summary.target)).at(options.data);
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("model", options.model).field("rows", rows.size()).field("rows_left_out", input.data.rows - rows.size()).field("learner", summary.learner).key("arms").begin_array();
  for (size_t a = 0; a < summary.arms.size(); ++a) {
    std::vector<double> scores;
    std::vector<float> own;
    std::vector<uint8_t> treated;
    for (size_t k = 0; k < rows.size(); ++k) {
      if (arm[k] != 0 && arm[k] != static_cast<int>(a) + 1) continue;
      scores.push_back(effects[a][rows[k]]);
      own.push_back(outcomes[k]);
      treated.push_back(arm[k] != 0);
    }
    auto quality = learn::uplift_quality(scores, own, treated, options.train.seed);
    if (!quality.ok()) return Error(quality.error().code(), fmt::format("{} against {}: {}", names[a], summary.control, quality.error().message())).in_field(summary.treatment).at(options.data);
    json.begin_object().field("name", names[a]).field("auuc", quality->auuc.value).field("qini", quality->qini.value);
    learn::write_json(json.key("quality"), *quality);
    json.end_object();
    if (!options.json) print_arm(names[a], summary.control, *quality);
  }
  FURROW_ASSIGN(auto policy, learn::policy_value(arm, recommended, outcomes, summary.value, costs, options.train.seed));
  learn::write_json(json.end_array().key("policy"), policy);
  json.end_object();
  if (options.json) std::cout << text << "\n";
  else print_policy(policy, summary);
  return {};
}

}  // namespace

void add_uplift_command(Command app, Jobs& jobs) {
  Command uplift = app.add_subcommand("uplift", "Learn from an experiment whom an action changes, and what to do with whom.");
  uplift.require_subcommand();
  uplift.footer("Example: furrow uplift train campaign.csv --treatment segment --control none --target bought --out campaign-model");

  auto t = std::make_shared<UpliftOptions>();
  Command train_leaf = uplift.add_subcommand("train", "Train on rows of a randomised action; prints AUUC and Qini on held-out rows.");
  train_leaf.add_option("DATA", t->data, "CSV, TSV, JSON Lines or Parquet, also .gz").required();
  train_leaf.add_option("--treatment", t->train.treatment, "The column that says what was done to each row").required();
  train_leaf.add_option("--control", t->train.control, "Its value for nothing done; found when not given");
  train_leaf.add_option("--target", t->train.target, "The outcome: a yes or no, or numbers").required();
  train_leaf.add_option("--positive", t->train.positive, "The value of the target that is a success; found when not given");
  train_leaf.add_option("--drop", t->train.drop, "Columns to leave out, as a,b").list();
  train_leaf.add_option("--keep", t->train.keep, "Columns to keep although they look measured after the action").list();
  train_leaf.add_option("--id", t->train.id, "The column that names a row");
  train_leaf.add_option("--value", t->train.value, "What one unit of the outcome is worth").show_default();
  train_leaf.add_option("--cost", t->costs, "What an action costs a row, as ACTION=MONEY; once for each").list();
  train_leaf.add_option("--learner", t->train.learner, "auto, s, t, x, dr or mean").show_default();
  train_leaf.add_option("--out", t->out, "The model's folder").required();
  train_leaf.add_option("--rejects", t->rejects, "Where rows that cannot be read are kept, with line and reason");
  train_leaf.add_option("--threads", t->train.threads, "Threads to train with").between(1, 64).show_default();
  train_leaf.add_option("--seed", t->train.seed, "Same seed, same model").show_default();
  train_leaf.add_flag("--json", t->json, "Print one JSON object");
  train_leaf.footer("Example: furrow uplift train campaign.csv --treatment segment --control none --target bought --value 30 --cost mail=0.4 --out campaign-model");
  jobs.add(train_leaf, [t] { return train(*t); }, &t->json);

  auto s = std::make_shared<UpliftOptions>();
  Command score_leaf = uplift.add_subcommand("score", "Say what to do with each row: id,treatment,uplift,gain and the uplift of each action.");
  score_leaf.add_option("DIR", s->model, "The model's folder").required();
  score_leaf.add_option("DATA", s->data, "The rows").required();
  score_leaf.add_option("--out", s->out, "Where scores go: .csv, .tsv, .jsonl or .parquet").required();
  score_leaf.add_option("--id", s->train.id, "The column that names a row; else the one of training, `id`, or the row number");
  score_leaf.add_option("--reasons", s->reasons, "How many reasons a row").between(0, 100);
  score_leaf.add_flag("--json", s->json, "Print one JSON object");
  score_leaf.footer("Example: furrow uplift score campaign-model customers.csv --out actions.csv --reasons 3");
  jobs.add(score_leaf, [s] { return score(*s); }, &s->json);

  auto e = std::make_shared<UpliftOptions>();
  Command evaluate_leaf = uplift.add_subcommand("evaluate", "Measure on rows of another experiment: AUUC, Qini, and what following it brings.");
  evaluate_leaf.add_option("DIR", e->model, "The model's folder").required();
  evaluate_leaf.add_option("DATA", e->data, "Rows the model has not seen, with treatment and outcome").required();
  evaluate_leaf.add_option("--seed", e->train.seed, "Of the bootstrap intervals").show_default();
  evaluate_leaf.add_flag("--json", e->json, "Print one JSON object");
  evaluate_leaf.footer("Example: furrow uplift evaluate campaign-model next-campaign.csv");
  jobs.add(evaluate_leaf, [e] { return evaluate(*e); }, &e->json);
}

}  // namespace furrow::cli
