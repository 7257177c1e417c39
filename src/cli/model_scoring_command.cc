// `furrow model score` and `furrow model evaluate`.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>

#include "cli/model_class_command.h"
#include "cli/model_command.h"
#include "cli/model_input.h"
#include "cli/outputs.h"
#include "cli/workspace_model_command.h"
#include "learn/class_model.h"
#include "learn/counterfactual.h"
#include "learn/lineage.h"
#include "learn/model.h"
#include "learn/money.h"
#include "learn/reference.h"
#include "learn/trainer.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

constexpr double kShownLevel = 0.8;
constexpr size_t kShownValues = 5;

void print_warnings(const std::vector<learn::Warning>& warnings) {
  for (const auto& warning : warnings) std::cout << fmt::format("warning: {}\n", warning.english);
}

void print_money(const learn::MoneyThreshold& money) {
  const auto& rule = money.rule;
  std::cout << fmt::format("\na success brings {:g} and a call costs {:g}, so a call pays from a score of {:.4f}:\n", money.benefit, money.cost, rule.threshold);
  std::cout << fmt::format("  call {} of these rows ({:.1f} %), reach {:.1f} % of the successes, {:.1f} % of the calls succeed\n", rule.calls, 100 * rule.share,
                           100 * rule.recall, 100 * rule.precision);
  std::cout << fmt::format("  profit {:.0f}  [{:.0f}, {:.0f}]; calling everybody {:.0f}, nobody 0\n", money.rule_profit.value, money.rule_profit.low, money.rule_profit.high,
                           money.profit_of_all);
  if (money.best.calls > 0) {
    std::cout << fmt::format("  the most on these rows: {:.0f} with {} calls, from a score of {:.4f}\n", money.best.profit, money.best.calls, money.best.threshold);
  }
}

// Labels of one kind only tell nothing about scores; most often they are written otherwise than in training.
Status check_both_classes(const std::vector<float>& labels, const learn::Dataset& data, const learn::Lineage& lineage, const std::string& file) {
  const auto positives = std::count(labels.begin(), labels.end(), 1.0f);
  if (positives > 0 && positives < static_cast<std::ptrdiff_t>(labels.size())) return {};
  if (positives > 0) return Error(ErrorCode::kInvalidArgument, fmt::format("every row has '{}' in '{}': quality needs rows of both kinds", lineage.positive, lineage.target)).at(file);
  const learn::Column& target = *data.find(lineage.target);
  std::set<std::string> values;
  for (size_t row = 0; row < data.rows && values.size() < kShownValues; ++row) {
    if (!target.missing(row)) values.insert(target.text(row));
  }
  if (values.size() == 1) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("every row has '{}' in '{}', and none '{}', which is what a score means: quality needs rows of both kinds, with the target written as in training", *values.begin(),
                                                      lineage.target, lineage.positive)).at(file);
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("no row has '{}' in '{}', which is what a score means; there is '{}': write the target as in training", lineage.positive,
                                                    lineage.target, fmt::join(values, "', '"))).at(file);
}

// "visits: 2 -> 5; plan: free -> pro"
void append_change(const learn::Model& model, const learn::Dataset& data, size_t row, const std::optional<learn::Counterfactual>& found, table::Column& change, table::Column& score) {
  if (!found) {
    change.append_null();
    score.append_null();
    return;
  }
  std::string text;
  for (const learn::Change& each : found->changes) {
    const learn::Column* column = data.find(model.inputs()[each.input].name);
    text += fmt::format("{}{}: {} -> {}", text.empty() ? "" : "; ", column->name, column->missing(row) ? "(missing)" : column->text(row), column->text(each.donor));
  }
  change.append_text(text);
  score.append_number(found->score);
}

}  // namespace

Result<std::optional<learn::Drift>> drift_of(const learn::Model& model, const learn::Samples& rows, size_t count) {
  if (model.reference_json().empty()) return std::optional<learn::Drift>();
  FURROW_ASSIGN(learn::Reference reference, learn::Reference::parse(model.reference_json()));
  FURROW_ASSIGN(learn::Drift drift, reference.compare(model.encoder(), rows, count, 1));
  return std::optional(std::move(drift));
}

std::vector<learn::Warning> warnings_of(const learn::Encoder& encoder, const learn::Dataset& data, const std::optional<learn::Drift>& drift, bool evaluating) {
  std::vector<learn::Warning> out = learn::unread_cells(encoder, data);
  if (drift) std::ranges::move(drift->warnings(evaluating), std::back_inserter(out));
  return out;
}

Status model_score(const ModelScoreOptions& options) {
  if (is_workspace(options.model)) {
    if (!options.data.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("{} is a workspace, whose people are scored: leave {} out, or name a model's folder", options.model, options.data)).in_field("DATA");
    return score_people(options);
  }
  for (auto [name, given] : {std::pair("--name", !options.name.empty()), {"--version", !options.version.empty()}, {"--data", !options.workspace_data.empty()}, {"--as-of", !options.as_of.empty()}}) {
    if (given) return Error(ErrorCode::kInvalidArgument, fmt::format("{} is for a workspace, and {} is none", name, options.model)).in_field(name);
  }
  if (options.data.empty()) return Error(ErrorCode::kInvalidArgument, "name the rows to score; only a workspace's people are scored without").in_field("DATA");
  FURROW_TRY(check_outputs({options.data}, {{"--out", options.out}, {"--rejects", options.rejects, false}}));
  if (learn::ClassModel::is_folder(options.model)) return score_class_model(options);
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  std::string id = options.id.empty() ? lineage.id : options.id;
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, id, options.rejects));
  if (!options.id.empty() && input.id_column != id) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", id)).in_field(id).at(options.data);
  FURROW_ASSIGN(learn::Samples rows, about_file(model->encoder().encode(input.data), options.data));
  std::vector<float> margins(input.data.rows);
  model->forest().margins(rows.values.data(), margins.size(), margins.data());
  bool ranged = options.level > 0;
  if (ranged && model->intervals().empty()) {
    return Error(ErrorCode::kInvalidArgument, "--level needs a model of numbers: this one gives probabilities, which say their own uncertainty").in_field("--level");
  }
  using table::ColumnType;
  std::vector<table::Column> columns;
  columns.emplace_back("id", ColumnType::kText);
  columns.emplace_back("score", ColumnType::kNumber);
  for (int r = 1; r <= options.reasons; ++r) {
    columns.emplace_back(fmt::format("reason_{}", r), ColumnType::kText);
    columns.emplace_back(fmt::format("contribution_{}", r), ColumnType::kNumber);
  }
  if (ranged) {
    for (const char* bound : {"low", "high"}) columns.emplace_back(bound, ColumnType::kNumber);
  }
  std::optional<learn::CounterfactualSearch> search;
  size_t change_column = columns.size();
  if (options.counterfactual) {
    FURROW_ASSIGN(auto made, learn::CounterfactualSearch::make(*model, input.data, rows, options.changeable));
    search.emplace(std::move(made));
    columns.emplace_back("change", ColumnType::kText);
    columns.emplace_back("score_changed", ColumnType::kNumber);
  }
  learn::Model::Scratch scratch;
  double sum = 0;
  for (size_t i = 0; i < input.data.rows; ++i) {
    double score = model->score_of_margin(margins[i]);
    sum += score;
    columns[0].append_text(input.id(i));
    columns[1].append_number(score);
    if (ranged) {
      auto interval = model->intervals().at(score, options.level);
      columns[change_column - 2].append_number(interval.low);
      columns[change_column - 1].append_number(interval.high);
    }
    if (search) append_change(*model, input.data, i, search->find(i, options.threshold), columns[change_column], columns[change_column + 1]);
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
  FURROW_ASSIGN(auto drift, drift_of(*model, rows, input.data.rows));
  const std::vector<learn::Warning> warnings = warnings_of(model->encoder(), input.data, drift, false);
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("rows", input.data.rows).field("rejected", input.report.rejected).field("mean_score", mean).field("out", options.out);
    if (drift) learn::write_json(json.key("drift"), *drift);
    learn::write_json(json.key("warnings"), warnings);
    json.end_object();
    std::cout << text << "\n";
  } else {
    print_warnings(warnings);
    std::cout << fmt::format("{} rows scored to {}, mean score {:.4f}\n", input.data.rows, options.out, mean);
    if (options.reasons > 0) {
      std::cout << (model->task() == learn::Task::kBinary ? "contributions are in log-odds, before calibration\n" : "contributions are in units of the target\n");
    }
  }
  return {};
}

Status model_evaluate(const ModelEvaluateOptions& options) {
  FURROW_TRY(check_outputs({options.data}, {{"--rejects", options.rejects, false}}));
  if (learn::ClassModel::is_folder(options.model)) return evaluate_class_model(options);
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, lineage.id, options.rejects));
  FURROW_ASSIGN(std::vector<float> all_labels, about_file(learn::read_labels(input.data, lineage.target, model->task(), lineage.positive), options.data));
  FURROW_ASSIGN(learn::Samples rows, about_file(model->encoder().encode(input.data), options.data));
  std::vector<double> scores;
  std::vector<float> labels;
  for (size_t i = 0; i < input.data.rows; ++i) {
    if (all_labels[i] != all_labels[i]) continue;
    scores.push_back(model->score_encoded(rows.values.data() + i * rows.columns));
    labels.push_back(all_labels[i]);
  }
  FURROW_ASSIGN(auto drift, drift_of(*model, rows, input.data.rows));
  const std::vector<learn::Warning> warnings = warnings_of(model->encoder(), input.data, drift, true);
  if (!options.json) print_warnings(warnings);
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("model", options.model).field("rows", labels.size()).field("rows_without_target", input.data.rows - labels.size());
  if (labels.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("no row has a value in '{}', so there is nothing to measure", lineage.target)).at(options.data);
  if (model->task() == learn::Task::kRegression) {
    if (options.benefit != 0 || options.cost != 0) return Error(ErrorCode::kInvalidArgument, "--benefit and --cost need a model of a yes or no, and this one gives numbers");
    FURROW_ASSIGN(auto quality, learn::regression_quality(scores, labels, options.seed));
    write_measures(json, quality);
    learn::write_json(json.key("quality"), quality);
    double inside = 0;
    for (size_t i = 0; i < scores.size(); ++i) {
      auto interval = model->intervals().at(scores[i], kShownLevel);
      inside += labels[i] >= interval.low && labels[i] <= interval.high;
    }
    inside /= static_cast<double>(scores.size());
    auto tenths = learn::value_tenths(scores, labels);
    learn::write_json(json.key("tenths"), tenths);
    if (!model->intervals().empty()) json.key("intervals").begin_object().field("level", kShownLevel).field("coverage", inside).end_object();
    if (!options.json) {
      std::cout << fmt::format("{} rows; 95 % intervals:\n", labels.size());
      print_quality(quality, nullptr);
      if (!model->intervals().empty()) std::cout << fmt::format("  its {:.0f} % prediction intervals hold {:.1f} % of these outcomes\n", 100 * kShownLevel, 100 * inside);
      std::cout << fmt::format("\n  {:>6}  {:>14}  {:>14}  {:>28}\n", "rows", "predicted", "outcome", "8 in 10 outcomes");
      for (const auto& t : tenths) {
        std::cout << fmt::format("  {:>6}  {:>14.5g}  {:>14.5g}  {:>12.5g} to {:>12.5g}\n", t.rows, t.predicted, t.observed, t.low, t.high);
      }
    }
  } else {
    FURROW_TRY(check_both_classes(labels, input.data, lineage, options.data));
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
    if (options.benefit != 0 || options.cost != 0) {
      FURROW_ASSIGN(auto money, learn::choose_threshold(scores, labels, options.benefit, options.cost, options.seed));
      learn::write_json(json.key("money"), money);
      if (!options.json) print_money(money);
    }
  }
  if (drift) learn::write_json(json.key("drift"), *drift);
  learn::write_json(json.key("warnings"), warnings);
  json.end_object();
  if (options.json) std::cout << out << "\n";
  return {};
}

}  // namespace furrow::cli
