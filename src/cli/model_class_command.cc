#include "cli/model_class_command.h"

#include <fmt/format.h>

#include <iostream>
#include <numeric>

#include "base/files.h"
#include "cli/model_input.h"
#include "learn/class_model.h"
#include "learn/class_report.h"
#include "learn/class_training.h"
#include "learn/lineage.h"
#include "learn/target.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

constexpr size_t kClassInputsShown = 5;

constexpr std::pair<const char*, learn::Measure learn::ClassQuality::*> kMeasures[] = {
    {"log_loss", &learn::ClassQuality::log_loss}, {"accuracy", &learn::ClassQuality::accuracy}, {"macro_f1", &learn::ClassQuality::macro_f1},
    {"auc", &learn::ClassQuality::auc},           {"ece", &learn::ClassQuality::ece},           {"brier", &learn::ClassQuality::brier}};

void print_class_quality(const learn::ClassQuality& quality, const learn::ClassQuality* baseline, const std::vector<std::string>& classes) {
  std::cout << fmt::format("  {:<14} {:<28}{}\n", "", "model", baseline ? "multinomial baseline" : "");
  for (const auto& [name, member] : kMeasures) std::cout << fmt::format("  {:<14} {:<28}{}\n", name, measure_text(quality.*member), baseline ? measure_text(baseline->*member) : "");
  std::cout << fmt::format("\n  {:<24} {:>8} {:>10} {:>10} {:>8} {:>7} {:>7}\n", "class", "rows", "predicted", "precision", "recall", "f1", "auc");
  for (size_t k = 0; k < classes.size(); ++k) {
    const auto& c = quality.classes[k];
    std::cout << fmt::format("  {:<24} {:>8} {:>10} {:>8.1f} % {:>6.1f} % {:>7.3f} {:>7.3f}\n", classes[k], c.rows, c.predicted, 100 * c.precision, 100 * c.recall, c.f1, c.auc);
  }
}

void write_class_measures(JsonWriter& json, const learn::ClassQuality& quality) {
  for (const auto& [name, member] : kMeasures) json.field(name, (quality.*member).value);
}

void write_classes(JsonWriter& json, const std::vector<std::string>& classes) {
  json.key("classes").begin_array();
  for (const auto& name : classes) json.text(name);
  json.end_array();
}

Error needs_one_score(const char* option) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} needs a model of one score, and this one has several classes: train for one with --positive", option)).in_field(option);
}

class ScoredRows {
 public:
  ScoredRows(const learn::ClassModel& model, int reasons) : model_(model), reasons_(static_cast<size_t>(reasons)) {
    using table::ColumnType;
    columns_.emplace_back("id", ColumnType::kText);
    columns_.emplace_back("score", ColumnType::kNumber);
    columns_.emplace_back("predicted", ColumnType::kText);
    for (const auto& name : model.classes()) columns_.emplace_back("score_" + name, ColumnType::kNumber);
    for (const auto& name : model.classes()) {
      if (auto number = learn::read_number(name)) numbers_.push_back(*number);
    }
    if (numbers_.size() != model.classes().size()) numbers_.clear();
    if (!numbers_.empty()) columns_.emplace_back("expected", ColumnType::kNumber);
    first_reason_ = columns_.size();
    for (size_t r = 1; r <= reasons_; ++r) {
      columns_.emplace_back(fmt::format("reason_{}", r), ColumnType::kText);
      columns_.emplace_back(fmt::format("contribution_{}", r), ColumnType::kNumber);
    }
  }

  // The place of the class that is predicted.
  size_t add(const learn::Dataset& data, size_t row, const std::string& id, const double* scores, const std::vector<learn::Samples>& encoded) {
    const size_t classes = model_.classes().size(), chosen = learn::largest(scores, classes);
    columns_[0].append_text(id);
    columns_[1].append_number(scores[chosen]);
    columns_[2].append_text(model_.classes()[chosen]);
    for (size_t k = 0; k < classes; ++k) columns_[3 + k].append_number(scores[k]);
    if (!numbers_.empty()) columns_[first_reason_ - 1].append_number(std::inner_product(numbers_.begin(), numbers_.end(), scores, 0.0));
    if (reasons_ == 0) return chosen;
    const learn::Model& model = model_.model(chosen);
    auto reasons = model.reasons(encoded[chosen].values.data() + row * encoded[chosen].columns, reasons_, scratch_);
    for (size_t r = 0; r < reasons_; ++r) {
      table::Column &name = columns_[first_reason_ + 2 * r], &contribution = columns_[first_reason_ + 2 * r + 1];
      if (r >= reasons.size()) {
        name.append_null();
        contribution.append_null();
        continue;
      }
      const std::string& input = model.inputs()[reasons[r].input].name;
      const learn::Column* column = data.find(input);
      name.append_text(fmt::format("{} = {}", input, column->missing(row) ? "(missing)" : column->text(row)));
      contribution.append_number(reasons[r].contribution);
    }
    return chosen;
  }

  table::Table table() && {
    table::Table out;
    for (auto& column : columns_) out.add(std::move(column));
    return out;
  }

 private:
  const learn::ClassModel& model_;
  size_t reasons_, first_reason_ = 0;
  std::vector<double> numbers_;  // what the classes say, where all are numbers
  std::vector<table::Column> columns_;
  learn::Model::Scratch scratch_;
};

}  // namespace

Status train_class_model(const ModelTrainOptions& options, const learn::Dataset& data, const learn::TrainOptions& train) {
  FURROW_ASSIGN(learn::TrainedClasses trained, about_file(learn::train_classes(data, train), options.data));
  FURROW_TRY(learn::write_class_model(trained, options.out));
  FURROW_TRY(learn::ClassModel::load(options.out));
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.out).field("task", "classes").field("target", options.target);
    write_classes(json, trained.classes);
    json.field("rows", trained.rows).field("rows_without_target", trained.rows_without_target).field("rows_cross_validated", trained.rows_cross_validated);
    write_class_measures(json, trained.quality);
    json.key("metrics").raw(trained.metrics).key("left_out").begin_array();
    for (const auto& left : trained.left_out) json.begin_object().field("name", left.name).field("reason", left.reason).end_object();
    learn::write_json(json.end_array().key("warnings"), trained.warnings);
    json.end_object();
    std::cout << out << "\n";
    return {};
  }
  for (const auto& warning : trained.warnings) std::cout << fmt::format("warning: {}\n", warning.english);
  for (const auto& left : trained.left_out) std::cout << fmt::format("left out '{}': {}\n", left.name, left.reason);
  if (trained.rows_without_target > 0) std::cout << fmt::format("{} rows without a target were left out\n", trained.rows_without_target);
  std::cout << fmt::format("{} rows, {} classes of '{}'; cross-validated{}, 95 % intervals:\n", trained.rows, trained.classes.size(), options.target,
                           drawn_rows(trained.rows_cross_validated, trained.rows));
  print_class_quality(trained.quality, &trained.baseline, trained.classes);
  std::cout << "what moves the scores most (mean |SHAP| over classes):\n";
  for (size_t i = 0; i < trained.importance.size() && i < kClassInputsShown; ++i) {
    if (trained.importance[i].second > 0) std::cout << fmt::format("  {:<28} {:.3f}\n", trained.importance[i].first, trained.importance[i].second);
  }
  std::cout << fmt::format("model written to {}\n", options.out);
  return {};
}

Status score_class_model(const ModelScoreOptions& options) {
  if (options.level > 0) return needs_one_score("--level");
  if (options.counterfactual) return needs_one_score("--counterfactual");
  FURROW_ASSIGN(auto model, learn::ClassModel::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  const std::string id = options.id.empty() ? lineage.id : options.id;
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, id, options.rejects));
  if (!options.id.empty() && input.id_column != id) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", id)).in_field(id);
  FURROW_ASSIGN(auto encoded, about_file(model->encode(input.data), options.data));
  const learn::ClassScores scores = model->score(encoded, input.data.rows);
  ScoredRows rows(*model, options.reasons);
  std::vector<size_t> predicted(model->classes().size(), 0);
  for (size_t i = 0; i < input.data.rows; ++i) ++predicted[rows.add(input.data, i, input.id(i), scores.row(i), encoded)];
  FURROW_TRY(table::write_table(std::move(rows).table(), options.out));
  FURROW_ASSIGN(auto drift, drift_of(model->model(0), encoded[0], input.data.rows));  // the first class's model remembers the rows
  const auto warnings = warnings_of(model->model(0).encoder(), input.data, drift, false);
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("rows", input.data.rows).field("rejected", input.report.rejected).field("out", options.out).key("predicted").begin_object();
    for (size_t k = 0; k < predicted.size(); ++k) json.field(model->classes()[k], predicted[k]);
    learn::write_json(json.end_object().key("warnings"), warnings);
    json.end_object();
    std::cout << text << "\n";
    return {};
  }
  for (const auto& warning : warnings) std::cout << fmt::format("warning: {}\n", warning.english);
  std::cout << fmt::format("{} rows scored to {}; predicted:\n", input.data.rows, options.out);
  for (size_t k = 0; k < predicted.size(); ++k) std::cout << fmt::format("  {:<24} {:>8} rows\n", model->classes()[k], predicted[k]);
  if (options.reasons > 0) std::cout << "contributions are in log-odds of the predicted class against the rest, before calibration\n";
  return {};
}

Status evaluate_class_model(const ModelEvaluateOptions& options) {
  if (options.benefit != 0 || options.cost != 0) return needs_one_score("--benefit");
  FURROW_ASSIGN(auto model, learn::ClassModel::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, lineage.id, options.rejects));
  FURROW_ASSIGN(std::vector<int> places, about_file(learn::read_class_labels(input.data, lineage.target, model->classes()), options.data));
  FURROW_ASSIGN(auto encoded, about_file(model->encode(input.data), options.data));
  const learn::ClassScores all = model->score(encoded, input.data.rows);
  learn::ClassScores scores{all.classes, {}};
  std::vector<uint32_t> labels;
  size_t without = 0, unknown = 0;
  const learn::Column* target = input.data.find(lineage.target);
  for (size_t i = 0; i < input.data.rows; ++i) {
    if (places[i] < 0) {
      ++(target->missing(i) ? without : unknown);
      continue;
    }
    labels.push_back(static_cast<uint32_t>(places[i]));
    scores.values.insert(scores.values.end(), all.row(i), all.row(i) + all.classes);
  }
  if (labels.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("no row has one of the model's classes in '{}', so there is nothing to measure", lineage.target)).at(options.data);
  FURROW_ASSIGN(auto drift, drift_of(model->model(0), encoded[0], input.data.rows));  // the first class's model remembers the rows
  const auto warnings = warnings_of(model->model(0).encoder(), input.data, drift, true);
  FURROW_ASSIGN(auto quality, learn::class_quality(scores, labels, options.seed));
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.model).field("task", "classes").field("rows", labels.size()).field("rows_without_target", without).field("rows_of_unknown_class", unknown);
    write_classes(json, model->classes());
    write_class_measures(json, quality);
    learn::write_json(json.key("quality"), quality, model->classes());
    learn::write_json(json.key("warnings"), warnings);
    json.end_object();
    std::cout << out << "\n";
    return {};
  }
  for (const auto& warning : warnings) std::cout << fmt::format("warning: {}\n", warning.english);
  if (unknown > 0) std::cout << fmt::format("{} rows of classes the model does not know were left out\n", unknown);
  std::cout << fmt::format("{} rows; 95 % intervals:\n", labels.size());
  print_class_quality(quality, nullptr, model->classes());
  return {};
}

Status report_class_model(const ModelReportOptions& options) {
  if (options.benefit != 0 || options.cost != 0) return needs_one_score("--benefit");
  FURROW_ASSIGN(auto model, learn::ClassModel::load(options.model));
  FURROW_ASSIGN(std::string html, learn::class_report_html(*model));
  return write_report(options.out, html, options.json);
}

}  // namespace furrow::cli
