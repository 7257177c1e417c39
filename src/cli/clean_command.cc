// furrow clean: one file to standard form, with a report, and back again.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/json.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/text_table.h"
#include "govern/change_journal.h"
#include "govern/clean.h"

namespace furrow::cli {
namespace {

struct CleanOptions {
  std::string file, out, rules, rejects, report, changes, undo, rule;
  bool json = false;
};

void print(const govern::CleanReport& report, const CleanOptions& options) {
  using table::ColumnType;
  table::Column name("column", ColumnType::kText), meaning("meaning", ColumnType::kText), sure("sure", ColumnType::kText), before("before", ColumnType::kText), after("after", ColumnType::kText);
  table::Column values("values", ColumnType::kInteger), changed("changed", ColumnType::kInteger), invalid("invalid", ColumnType::kInteger), emptied("emptied", ColumnType::kInteger);
  for (const auto& column : report.columns) {
    name.append_text(column.name);
    meaning.append_text(std::string(govern::to_string(column.meaning)) + (column.overridden ? " (rules)" : ""));
    sure.append_text(fmt::format("{:.2f}", column.confidence));
    values.append_integer(static_cast<int64_t>(column.values));
    before.append_text(column.counts() ? fmt::format("{:.1f} %", 100 * column.before()) : "");
    after.append_text(column.counts() ? fmt::format("{:.1f} %", 100 * column.after()) : "");
    changed.append_integer(static_cast<int64_t>(column.changed));
    invalid.append_integer(static_cast<int64_t>(column.invalid));
    emptied.append_integer(static_cast<int64_t>(column.emptied));
  }
  table::Table rows;
  for (auto* column : {&name, &meaning, &sure, &values, &before, &after, &changed, &invalid, &emptied}) rows.add(std::move(*column));
  std::cout << text_table(rows);
  std::cout << fmt::format("{} rows in, {} out, {} rejected ({} unreadable, {} by rule, {} duplicates); {} cells changed\n", report.rows_in, report.rows_out, report.rejected(),
                           report.rejected_unreadable, report.rejected_invalid, report.rejected_duplicates, report.cells_changed);
  for (const auto& [what, count] : report.findings) std::cout << fmt::format("found: {} {}\n", count, what);
  for (const std::string& note : report.notes) std::cout << "note: " << note << "\n";
  std::cout << fmt::format("standardised {:.1f} % before, {:.1f} % after; {:.1f} s ({:.0f} rows/s)\nwritten to {}\n", 100 * report.standardised_before(),
                           100 * report.standardised_after(), report.seconds, static_cast<double>(report.rows_in) / std::max(report.seconds, 1e-9), options.out);
}

Status clean(const CleanOptions& options) {
  FURROW_TRY(check_outputs({options.file, options.rules}, {{"--out", options.out}, {"--rejects", options.rejects, false}, {"--changes", options.changes, false}, {"--report", options.report, false}}));
  govern::CleanOptions settings;
  if (!options.rules.empty()) {
    FURROW_ASSIGN(settings.rules, govern::load_clean_rules(options.rules));
  }
  settings.out = options.out;
  settings.rejects = options.rejects;
  settings.changes = options.changes;
  Progress progress("clean", "rows");
  settings.progress = [&](double share, uint64_t rows) { progress.update(share, rows); };
  FURROW_ASSIGN(auto report, govern::clean_file(options.file, settings, SystemClock()));
  progress.clear();
  std::string text;
  JsonWriter json(text);
  govern::write_report(report, json);
  text += "\n";
  if (!options.report.empty()) FURROW_TRY(write_file_atomically(options.report, text));
  if (options.json) std::cout << text;
  else print(report, options);
  return {};
}

Status undo(const CleanOptions& options) {
  FURROW_TRY(check_outputs({options.file, options.undo}, {{"--out", options.out}}));
  FURROW_ASSIGN(auto report, govern::undo_changes(options.file, options.undo, options.out, options.rule));
  if (options.json) {
    std::string text;
    JsonWriter(text).begin_object().field("rows", report.rows).field("cells", report.cells).field("rows_returned", report.rows_returned).end_object();
    std::cout << text << "\n";
    return {};
  }
  std::cout << fmt::format("{} cells and {} rows as they were before; {} rows written to {}\n", report.cells, report.rows_returned, report.rows, options.out);
  return {};
}

}  // namespace

void add_clean_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<CleanOptions>();
  Command leaf = app.add_subcommand("clean", "Bring a file into standard form: phones, names, dates, addresses, faults found; every change can be undone");
  leaf.add_option("FILE", options->file, "Rows: .csv .tsv .jsonl .parquet, also .gz; UTF-8 or GB18030").required();
  leaf.add_option("--out", options->out, "The same rows, standardised").required();
  leaf.add_option("--rules", options->rules, "YAML: meanings, time zone, what to do with invalid cells (all optional)");
  leaf.add_option("--rejects", options->rejects, "Rows set aside: line,reason,raw");
  leaf.add_option("--report", options->report, "JSON: rows, scores per column and step, examples, findings");
  leaf.add_option("--changes", options->changes, "Every change: row,line,column,rule,original,kind,value,version");
  Option undo_option = leaf.add_option("--undo", options->undo, "FILE was cleaned with this --changes file: write it as it was before");
  leaf.add_option("--rule", options->rule, "With --undo: only changes of this rule or step, such as standardize.phone").needs(undo_option);
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow clean crm.csv --out clean.csv --rejects bad.csv --changes changes.csv --report report.json\n"
               "         furrow clean clean.csv --undo changes.csv --out as_it_was.csv");
  jobs.add(leaf, [options] { return options->undo.empty() ? clean(*options) : undo(*options); }, &options->json);
}

}  // namespace furrow::cli
