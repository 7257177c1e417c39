// furrow query DIR "SQL": read-only SQL over the workspace's history, live or not.
#include <fmt/format.h>

#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "app/query.h"
#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/text_table.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

constexpr size_t kShownRows = 1'000;  // of a table; --json gives all

struct QueryOptions {
  std::string workspace, sql, data, out;
  bool json = false;
};

// A name of its own for every member of a row: of a join, `select e.*, d.*` names one thing twice, and readers of JSON keep the
// last of two. The second is `name_1`, as in SQL over such a query.
std::vector<std::string> member_names(std::vector<std::string> names) {
  std::set<std::string> taken(names.begin(), names.end()), given;
  for (std::string& name : names) {
    if (given.insert(name).second) continue;
    size_t n = 1;
    std::string other;
    do other = fmt::format("{}_{}", name, n++); while (!taken.insert(other).second);
    given.insert(name = other);
  }
  return names;
}

Status print_json(app::QueryRun& run) {
  std::string out = "{\"columns\":[";
  JsonWriter columns(out);
  const std::vector<std::string> names = member_names(run.shape().names());
  for (const std::string& name : names) columns.text(name);
  out += "],\"rows\":[";
  uint64_t count = 0;
  while (true) {
    FURROW_ASSIGN(table::Table rows, run.next());
    if (rows.rows() == 0) break;
    for (size_t r = 0; r < rows.rows(); ++r) {
      if (count++ > 0) out += ",\n";
      append_json_row(out, rows, r, names);
    }
    std::cout << out;
    out.clear();
  }
  std::cout << out << "],\"count\":" << count << "}" << std::endl;
  return {};
}

Status print_table(app::QueryRun& run) {
  table::Table shown = run.shape();
  uint64_t count = 0;
  while (true) {
    FURROW_ASSIGN(table::Table rows, run.next());
    if (rows.rows() == 0) break;
    for (size_t r = 0; r < rows.rows(); ++r, ++count) {
      if (count >= kShownRows) continue;
      for (size_t c = 0; c < rows.column_count(); ++c) shown.column(c).append_from(rows.column(c), r);
    }
  }
  std::cout << text_table(shown);
  if (count > kShownRows) std::cout << "… ";
  std::cout << fmt::format("({} row{}{})", count, count == 1 ? "" : "s", count > kShownRows ? "; the first 1,000 shown, --json or --out FILE gives all" : "")
            << std::endl;
  return {};
}

Status write_file(app::QueryRun& run, const QueryOptions& options) {
  const std::vector<std::string> names = member_names(run.shape().names());
  auto renamed = [&](table::Table rows) {
    for (size_t c = 0; c < names.size(); ++c) rows.column(c).rename(names[c]);
    return rows;
  };
  uint64_t count = 0;
  FURROW_TRY(table::write_parts(renamed(run.shape()), [&]() -> Result<table::Table> {
    FURROW_ASSIGN(table::Table rows, run.next());
    count += rows.rows();
    return renamed(std::move(rows));
  }, options.out));
  if (options.json) {
    std::string text;
    JsonWriter(text).begin_object().field("count", count).field("out", options.out).end_object();
    std::cout << text << std::endl;
  } else {
    std::cout << fmt::format("{} row{} written to {}\n", count, count == 1 ? "" : "s", options.out);
  }
  return {};
}

Status query(const QueryOptions& options) {
  if (!options.out.empty()) FURROW_TRY(check_outputs({}, {{"--out", options.out}}));
  std::filesystem::path data = options.data.empty() ? std::filesystem::path(options.workspace) / ".furrow" / "data" : std::filesystem::path(options.data);
  auto scan = app::read_only_scan(data);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kNotFound) return std::move(scan).error();
    FURROW_TRY(app::Workspace::load(options.workspace));
    return Error(ErrorCode::kNotFound, fmt::format("there is no data in {} yet: import a source or serve the workspace first", data.string()));
  }
  FURROW_ASSIGN(auto run, app::QueryRun::start(data, *scan, options.sql));
  if (!options.out.empty()) return write_file(*run, options);
  return options.json ? print_json(*run) : print_table(*run);
}

}  // namespace

void add_query_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<QueryOptions>();
  Command verb = app.add_subcommand("query", "Ask the workspace's history in SQL; reads only, also while a server runs");
  verb.add_option("DIR", options->workspace, "The workspace").required();
  verb.add_option("SQL", options->sql, "One SELECT over events, profiles, decisions, outcomes, quarantine, merges, models, segment_changes").required();
  verb.add_option("--data", options->data, "The data directory (DIR/.furrow/data)");
  verb.add_option("--out", options->out, "Write the rows to a file instead: .csv .tsv .jsonl .parquet, also .gz");
  verb.add_flag("--json", options->json, "Print one JSON object");
  verb.footer("Example: furrow query shop \"SELECT event, count(*) AS n FROM events GROUP BY event ORDER BY n DESC\"");
  jobs.add(verb, [options] { return query(*options); }, &options->json);
}

}  // namespace furrow::cli
