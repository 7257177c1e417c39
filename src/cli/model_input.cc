#include "cli/model_input.h"

#include <fmt/format.h>

#include <iostream>

#include "base/files.h"
#include "learn/dataset_from_table.h"

namespace furrow::cli {

Result<ModelInput> read_model_input(const std::string& path, const std::string& id, const std::string& rejects) {
  table::ReadOptions options;
  options.text_columns = {id, "id"};
  ModelInput input;
  FURROW_ASSIGN(table::Table table, table::read_table(path, options, &input.report));
  if (!rejects.empty()) FURROW_TRY(table::write_rejects(input.report.rejects, rejects));
  const table::Column* column = table.find(id);
  if (!column) column = table.find("id");
  if (column) {
    input.id_column = column->name();
    for (size_t i = 0; i < table.rows(); ++i) input.ids.push_back(column->to_text(i));
  }
  if (table.rows() == 0) return Error(ErrorCode::kInvalidFile, "the file has a header but no rows").at(path);
  input.data = learn::dataset_from_table(table);
  if (input.report.rejected > 0) std::cerr << fmt::format("{}: {} rows could not be read and were left out\n", path, input.report.rejected);
  return input;
}

Error about_file(Error error, const std::string& path) {
  const bool of_option = error.field().empty() ? error.message().find("--") != std::string::npos : error.field().starts_with("--");
  if (of_option || (error.code() != ErrorCode::kInvalidArgument && error.code() != ErrorCode::kModelMismatch) || !error.file().empty()) return error;
  return std::move(error).at(path);
}

std::string measure_text(const learn::Measure& m) { return fmt::format("{:.4f}  [{:.4f}, {:.4f}]", m.value, m.low, m.high); }

void print_quality(const learn::BinaryQuality& q, const learn::BinaryQuality* baseline) {
  auto row = [&](const char* name, const learn::Measure& m, const learn::Measure* b) {
    std::cout << fmt::format("  {:<14} {:<28}{}\n", name, measure_text(m), b ? measure_text(*b) : "");
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
    std::cout << fmt::format("  {:<14} {:<28}{}\n", name, measure_text(m), b ? measure_text(*b) : "");
  };
  std::cout << fmt::format("  {:<14} {:<28}{}\n", "", "model", baseline ? "linear baseline" : "");
  row("rmse", q.rmse, baseline ? &baseline->rmse : nullptr);
  row("mae", q.mae, baseline ? &baseline->mae : nullptr);
  row("r2", q.r2, baseline ? &baseline->r2 : nullptr);
}

void write_measures(JsonWriter& json, const learn::BinaryQuality& q) {
  for (const auto& [name, m] : {std::pair("auc", &q.auc), {"pr_auc", &q.pr_auc}, {"log_loss", &q.log_loss}, {"brier", &q.brier},
                                {"ece", &q.ece}, {"lift_at_10pct", &q.lift_at_10pct}}) {
    json.field(name, m->value);
  }
}
void write_measures(JsonWriter& json, const learn::RegressionQuality& q) {
  json.field("rmse", q.rmse.value).field("mae", q.mae.value).field("r2", q.r2.value);
}

Status write_report(const std::string& file, const std::string& html, bool json) {
  FURROW_TRY(write_file_atomically(file, html));
  if (json) {
    std::string out;
    JsonWriter(out).begin_object().field("out", file).field("bytes", html.size()).end_object();
    std::cout << out << "\n";
  } else {
    std::cout << fmt::format("report written to {}\n", file);
  }
  return {};
}

}  // namespace furrow::cli
