// `furrow model explain`: what moves the scores of given rows, one by one and overall.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>
#include <optional>

#include "cli/model_command.h"
#include "cli/model_input.h"
#include "cli/outputs.h"
#include "learn/class_model.h"
#include "learn/explanation.h"
#include "learn/interventional_shap.h"
#include "learn/lineage.h"
#include "learn/model.h"
#include "learn/plain_words.h"
#include "learn/reference.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

constexpr size_t kDependences = 8, kShownInputs = 15;

struct ExplainOptions {
  std::string model, data, method = "path", background, out, id;
  unsigned rows = 1000;
  bool json = false;
};

// At most kEnough rows, evenly spaced: of the file, or of the sample that training kept.
Result<std::vector<float>> background_rows(const learn::Model& model, const std::string& file) {
  std::vector<float> all;
  if (!file.empty()) {
    FURROW_ASSIGN(ModelInput input, read_model_input(file));
    FURROW_ASSIGN(learn::Samples rows, about_file(model.encoder().encode(input.data), file));
    all = std::move(rows.values);
  } else if (!model.reference_json().empty()) {
    FURROW_ASSIGN(learn::Reference reference, learn::Reference::parse(model.reference_json()));
    all = reference.sample();
  }
  size_t columns = model.encoder().outputs(), count = all.size() / columns, kept = std::min(count, learn::InterventionalShap::kEnough);
  if (count == 0) {
    return Error(ErrorCode::kInvalidArgument, "the model kept no training rows to compare with: give --background FILE").in_field("--background");
  }
  std::vector<float> out;
  for (size_t k = 0; k < kept; ++k) {
    const float* row = all.data() + k * count / kept * columns;
    out.insert(out.end(), row, row + columns);
  }
  return out;
}

// One row a row: its score, margin, the base, what each input adds, and the same in words.
class RowTable {
 public:
  RowTable(const learn::Model& model, double base) : model_(model), base_(base) {
    using table::ColumnType;
    columns_.emplace_back("id", ColumnType::kText);
    for (const char* name : {"score", "margin", "base"}) columns_.emplace_back(name, ColumnType::kNumber);
    for (const auto& input : model.inputs()) columns_.emplace_back("shap_" + input.name, ColumnType::kNumber);
    for (const char* name : {"in_words", "in_words_zh"}) columns_.emplace_back(name, ColumnType::kText);
  }

  void add(const learn::Dataset& data, size_t row, const std::string& id, double margin, const std::vector<double>& shap) {
    columns_[0].append_text(id);
    columns_[1].append_number(model_.score_of_margin(margin));
    columns_[2].append_number(margin);
    columns_[3].append_number(base_);
    std::vector<learn::NamedReason> reasons;
    for (size_t i = 0; i < shap.size(); ++i) {
      columns_[4 + i].append_number(shap[i]);
      const learn::Column& column = *data.find(model_.inputs()[i].name);
      reasons.push_back({column.name, column.missing(row) ? "" : column.text(row), shap[i]});
    }
    auto words = learn::plain_words(model_.task(), model_.score_of_margin(margin), model_.score_of_margin(base_), reasons);
    columns_[4 + shap.size()].append_text(words.english);
    columns_[5 + shap.size()].append_text(words.chinese);
  }

  Status write(const std::string& file) && {
    table::Table out;
    for (auto& column : columns_) out.add(std::move(column));
    return table::write_table(out, file);
  }

 private:
  const learn::Model& model_;
  double base_;
  std::vector<table::Column> columns_;
};

void print(const learn::Explanation& explanation, const std::string& method, double base, size_t rows) {
  std::cout << fmt::format("{}, of {} rows; scores start from a margin of {:.4f}\n", method, rows, base);
  std::cout << "what moves the score most (mean |SHAP|):\n";
  for (size_t i = 0; i < explanation.importance.size() && i < kShownInputs; ++i) {
    if (explanation.importance[i].second > 0) std::cout << fmt::format("  {:<28} {:.3f}\n", explanation.importance[i].first, explanation.importance[i].second);
  }
  if (explanation.interactions.empty()) return;
  std::cout << fmt::format("what moves it together, beyond each alone (mean |SHAP interaction|, {} rows):\n", explanation.interaction_rows);
  for (const auto& pair : explanation.interactions) std::cout << fmt::format("  {:<28} {:.3f}\n", pair.first + " x " + pair.second, pair.strength);
}

Status explain(const ExplainOptions& options) {
  FURROW_TRY(check_outputs({options.data, options.background}, {{"--out", options.out}}));
  bool interventional = options.method == "interventional";
  if (!interventional && options.method != "path") {
    return Error(ErrorCode::kInvalidArgument, fmt::format("--method is path or interventional, not '{}'", options.method)).in_field("--method");
  }
  if (!options.background.empty() && !interventional) return Error(ErrorCode::kInvalidArgument, "--background is for --method interventional").in_field("--background");
  if (learn::ClassModel::is_folder(options.model)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("a model of several classes has one model a class: explain {}/class_1 or another", options.model));
  }
  FURROW_ASSIGN(auto model, learn::Model::load(options.model));
  FURROW_ASSIGN(learn::Lineage lineage, learn::parse_lineage(model->lineage_json()));
  std::string id = options.id.empty() ? lineage.id : options.id;
  FURROW_ASSIGN(ModelInput input, read_model_input(options.data, id));
  if (!options.id.empty() && input.id_column != id) return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'", id)).in_field(id);
  FURROW_ASSIGN(learn::Samples rows, about_file(model->encoder().encode(input.data), options.data));
  std::optional<learn::InterventionalShap> background;
  if (interventional) {
    FURROW_ASSIGN(auto compared, background_rows(*model, options.background));
    FURROW_ASSIGN(auto made, learn::InterventionalShap::make(model->forest(), std::move(compared)));
    background.emplace(std::move(made));
  }
  double base = background ? background->bias() : model->bias();
  std::vector<const float*> chosen;
  size_t count = std::min<size_t>(input.data.rows, options.rows);
  for (size_t k = 0; k < count; ++k) chosen.push_back(rows.values.data() + k * input.data.rows / count * rows.columns);
  auto explanation = learn::explain_model(model->forest(), model->encoder(), chosen, kDependences, background ? &*background : nullptr);
  double gap = 0;
  if (!options.out.empty()) {
    RowTable table(*model, base);
    learn::Model::Scratch scratch;
    std::vector<float> leaves(model->forest().trees().size());
    std::vector<double> features(model->forest().features()), shap(model->inputs().size());
    for (size_t i = 0; i < input.data.rows; ++i) {
      const float* row = rows.values.data() + i * rows.columns;
      if (background) background->contributions(row, features.data());
      else model->explainer().contributions(row, scratch.explain, features.data());
      // In double precision: the forest's own margin rounds after each tree.
      double margin = model->forest().base_margin();
      model->forest().leaves(row, leaves.data());
      for (float leaf : leaves) margin += static_cast<double>(leaf);
      gap = std::max(gap, std::abs(std::accumulate(features.begin(), features.end(), base) - margin));
      const float rounded = model->forest().margin(row);
      model->gather_contributions(features, base, rounded, shap.data());
      table.add(input.data, i, input.id(i), static_cast<double>(rounded), shap);
    }
    FURROW_TRY(std::move(table).write(options.out));
  }
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("model", options.model).field("method", interventional ? "interventional" : "path-dependent").field("rows", count).field("base", base);
    if (background) json.field("background_rows", background->background_rows());
    json.key("importance").begin_array();
    for (const auto& [name, value] : explanation.importance) json.begin_object().field("input", name).field("mean_abs_shap", value).end_object();
    json.end_array();
    learn::write_json(json.key("interactions"), explanation.interactions);
    json.field("interaction_rows", explanation.interaction_rows);
    learn::write_json(json.key("dependence"), explanation.dependence);
    if (!options.out.empty()) json.field("out", options.out).field("largest_gap", gap);
    json.end_object();
    std::cout << out << "\n";
    return {};
  }
  print(explanation, background ? fmt::format("interventional SHAP values beside {} background rows", background->background_rows()) : "path-dependent SHAP values (absent inputs by training cover)", base, count);
  if (!options.out.empty()) std::cout << fmt::format("{} rows written to {}; contributions and base add up to the margin within {:.1e}\n", input.data.rows, options.out, gap);
  return {};
}

}  // namespace

void add_model_explain_command(Command model, Jobs& jobs) {
  auto options = std::make_shared<ExplainOptions>();
  Command c = model.add_subcommand("explain", "What moves the scores of these rows: importance, interactions, and with --out each row in full and in words.");
  c.add_option("DIR", options->model, "The model's folder").required();
  c.add_option("DATA", options->data, "The rows").required();
  c.add_option("--method", options->method, "path: absent inputs by the training rows' paths; interventional: by the values of background rows").show_default();
  c.add_option("--background", options->background, "Rows to compare with, such as last year's customers; training rows when not given");
  c.add_option("--rows", options->rows, "At most so many rows for what holds overall").between(10, 100'000).show_default();
  c.add_option("--out", options->out, "Each row's contributions, and a sentence in English and Chinese: .csv, .tsv, .jsonl or .parquet");
  c.add_option("--id", options->id, "The column that names a row; else the one of training, `id`, or the row number");
  c.add_flag("--json", options->json, "Print one JSON object");
  c.footer("Example: furrow model explain lead-model new-leads.csv --method interventional --out reasons.csv");
  jobs.add(c, [options] { return explain(*options); }, &options->json);
}

}  // namespace furrow::cli
