#include "cli/model_input.h"

#include <fmt/format.h>

#include <iostream>
#include <numeric>
#include <optional>

#include "base/ascii.h"
#include "base/cut_text.h"
#include "base/files.h"
#include "learn/dataset_from_table.h"
#include "learn/totals_row.h"
#include "table/row_reader.h"

namespace furrow::cli {

namespace {

constexpr size_t kShownRejects = 3, kLookedAtLines = 30, kShownBytes = 60;

// What stands in a line, short enough for a message.
std::string excerpt(std::string_view raw) {
  std::string_view line = raw.substr(0, raw.find_first_of("\r\n"));
  if (line.size() <= kShownBytes) return std::string(line);
  return std::string(cut_text(line, kShownBytes)) + "…";
}

// An error that names the line, when the target is named by a line further down: titles stand above the header.
std::optional<Error> header_below(const std::string& path, const std::string& target) {
  auto reader = table::RowReader::open(path);
  if (!reader.ok() || (*reader)->delimiter() == 0) return std::nullopt;
  table::Row row;
  for (size_t looked = 0; looked < kLookedAtLines; ++looked) {
    auto more = (*reader)->next(row);
    if (!more.ok() || !*more) return std::nullopt;
    const std::string text = (*reader)->standalone();
    const size_t begin = text.find('\n') + 1;
    std::string cell;
    for (char c : std::string_view(text).substr(begin)) {
      if (c != ',' && c != ';' && c != '\t' && c != '|' && c != '\n' && c != '\r') {
        if (c != '"') cell += c;
        continue;
      }
      if (trimmed(cell) == target) {
        return Error(ErrorCode::kInvalidFile, fmt::format("its first line must name the columns, and '{}' is named by line {}: take out the {} above it", target, row.line,
                                                          row.line == 2 ? "line" : fmt::format("{} lines", row.line - 1))).at(path, static_cast<long>(row.line));
      }
      cell.clear();
    }
  }
  return std::nullopt;
}

// Names that the header has twice: an error of the target, a word on stderr of others.
Status say_repeated(const table::ReadReport& report, const table::Table& table, const std::string& path, const std::string& target) {
  for (auto [place, first] : report.repeated) {
    const std::string& name = table.column(first).name();
    if (name == target) {
      return Error(ErrorCode::kInvalidFile, fmt::format("columns {} and {} are both called '{}', the target: give one of them another name", first + 1, place + 1, name)).at(path, 1).in_field(name);
    }
    std::cerr << fmt::format("{}: columns {} and {} are both called '{}': the second is read as '{}'\n", path, first + 1, place + 1, name, table.column(place).name());
  }
  return {};
}

void say_rejected(const table::ReadReport& report, const std::string& path, const std::string& rejects) {
  if (report.rejected == 0) return;
  for (size_t i = 0; i < report.rejects.size() && i < kShownRejects; ++i) {
    const table::Reject& reject = report.rejects[i];
    std::cerr << fmt::format("{}:{}: {}: \"{}\"\n", path, reject.line, reject.reason, excerpt(reject.raw));
  }
  std::cerr << fmt::format("{}: {} {} left out; {}\n", path, report.rejected, report.rejected == 1 ? "row was" : "rows were",
                           rejects.empty() ? "--rejects FILE keeps such rows with line and reason, to be mended" : fmt::format("see {}", rejects));
}

// Takes rows of totals off the end, into the report.
void set_totals_aside(table::Table& table, table::ReadReport& report) {
  const auto word = learn::totals_row(table);
  if (!word) return;
  const size_t last = table.rows() - 1;
  std::string raw;
  for (const table::Column& column : table.columns()) raw += (raw.empty() && &column == &table.columns().front() ? "" : ",") + column.to_text(last);
  report.rejects.push_back({report.last_line ? report.last_line : last + 1, fmt::format("'{}' says that the row adds up the others", *word), std::move(raw)});
  report.good_before.push_back(last);
  ++report.rejected;
  --report.rows;
  std::vector<size_t> kept(last);
  std::iota(kept.begin(), kept.end(), size_t{0});
  table = table.take(kept);
}

}  // namespace

Result<ModelInput> read_model_input(const std::string& path, const std::string& id, const std::string& rejects, const std::string& target) {
  table::ReadOptions options;
  options.text_columns = {id, "id"};
  ModelInput input;
  auto read = table::read_table(path, options, &input.report);
  const bool rows = read.ok() && read->rows() > 0;
  if (!target.empty() && (rows ? !read->find(target) : !read.ok() ? read.error().code() == ErrorCode::kInvalidFile : input.report.rejected > 0)) {
    if (auto error = header_below(path, target)) return *error;
  }
  FURROW_ASSIGN(table::Table table, std::move(read));
  FURROW_TRY(say_repeated(input.report, table, path, target));
  set_totals_aside(table, input.report);
  if (!rejects.empty()) FURROW_TRY(table::write_rejects(input.report.rejects, rejects));
  const table::Column* column = table.find(id);
  if (!column) column = table.find("id");
  if (column) {
    input.id_column = column->name();
    for (size_t i = 0; i < table.rows(); ++i) input.ids.push_back(column->to_text(i));
  }
  say_rejected(input.report, path, rejects);
  if (table.rows() == 0) return Error(ErrorCode::kInvalidFile, "the file has a header but no rows").at(path);
  input.data = learn::dataset_from_table(std::move(table));
  return input;
}

Error about_file(Error error, const std::string& path) {
  const bool of_option = error.field().empty() ? error.message().find("--") != std::string::npos : error.field().starts_with("--");
  if (of_option || (error.code() != ErrorCode::kInvalidArgument && error.code() != ErrorCode::kModelMismatch) || !error.file().empty()) return error;
  return std::move(error).at(path);
}

std::string measure_text(const learn::Measure& m) { return fmt::format("{:.4f}  [{:.4f}, {:.4f}]", m.value, m.low, m.high); }

std::string drawn_rows(size_t cross_validated, size_t rows) {
  return cross_validated > 0 && cross_validated < rows ? fmt::format(" on {} of them, drawn at random", cross_validated) : "";
}

void print_quality(const learn::BinaryQuality& q, const learn::BinaryQuality* baseline) {
  auto row = [&](const char* name, const learn::Measure& m, const learn::Measure* b) {
    std::cout << fmt::format("  {:<14} {:<27} {}\n", name, measure_text(m), b ? measure_text(*b) : "");
  };
  std::cout << fmt::format("  {:<14} {:<27} {}\n", "", "model", baseline ? "logistic baseline" : "");
  row("auc", q.auc, baseline ? &baseline->auc : nullptr);
  row("pr_auc", q.pr_auc, baseline ? &baseline->pr_auc : nullptr);
  row("log_loss", q.log_loss, baseline ? &baseline->log_loss : nullptr);
  row("brier", q.brier, baseline ? &baseline->brier : nullptr);
  row("ece", q.ece, baseline ? &baseline->ece : nullptr);
  row("lift_at_10pct", q.lift_at_10pct, baseline ? &baseline->lift_at_10pct : nullptr);
}

void print_quality(const learn::RegressionQuality& q, const learn::RegressionQuality* baseline) {
  auto row = [&](const char* name, const learn::Measure& m, const learn::Measure* b) {
    std::cout << fmt::format("  {:<14} {:<27} {}\n", name, measure_text(m), b ? measure_text(*b) : "");
  };
  std::cout << fmt::format("  {:<14} {:<27} {}\n", "", "model", baseline ? "linear baseline" : "");
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
