// furrow quarantine list|show|replay: what could not be accepted, why, and trying it again.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "app/command_intake.h"
#include "app/http_tracking.h"
#include "app/import.h"
#include "app/query.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/text_table.h"

namespace furrow::cli {
namespace {

struct QuarantineOptions {
  std::string workspace, data, source, code;
  std::vector<uint64_t> positions;
  uint64_t position = 0;
  size_t limit = 50;
  bool json = false;

  std::filesystem::path data_dir() const {
    return data.empty() ? std::filesystem::path(workspace) / ".furrow" / "data" : std::filesystem::path(data);
  }
  app::QuarantineSelection selection() const {
    app::QuarantineSelection out;
    out.source = source;
    out.code = code;
    for (uint64_t n : positions) out.positions.push_back(LogPosition{n});
    return out;
  }
};

// A name that is mistyped must not read as "nothing is wrong": it is declared, tracking's own, or some record has it.
Status check_source(const QuarantineOptions& options, const app::RecordScan& scan) {
  if (options.source.empty() || options.source == app::kLiveSource) return {};
  FURROW_ASSIGN(app::Workspace workspace, app::Workspace::load(options.workspace));
  std::vector<std::string> names{std::string(app::kLiveSource)};
  for (const auto& source : workspace.sources) names.push_back(source.name);
  if (std::find(names.begin(), names.end(), options.source) != names.end()) return {};
  bool found = false;
  app::QuarantineSelection all;
  all.source = options.source;
  FURROW_TRY(app::for_each_open(scan, all, [&](LogPosition, const QuarantineRecord&) { return !(found = true); }));
  if (found) return {};
  return Error(ErrorCode::kNotFound, fmt::format("there is no source \"{}\"; there are: {}", options.source, fmt::join(names, ", "))).in_field("source");
}

// File and line of an import; the call, of what came over HTTP.
std::string place_of(const QuarantineRecord& record) {
  return record.line > 0 ? fmt::format("{}:{}", record.file, record.line) : record.file;
}

Status list(const QuarantineOptions& options) {
  FURROW_ASSIGN(auto scan, app::read_only_scan(options.data_dir()));
  FURROW_TRY(check_source(options, scan));
  using table::Column;
  using table::ColumnType;
  Column position("position", ColumnType::kInteger), time("time", ColumnType::kTimestamp), source("source", ColumnType::kText),
      code("code", ColumnType::kText), field("field", ColumnType::kText), place("place", ColumnType::kText), message("message", ColumnType::kText);
  uint64_t open = 0;
  FURROW_TRY(app::for_each_open(scan, options.selection(), [&](LogPosition at, const QuarantineRecord& record) {
    if (++open > options.limit) return true;
    position.append_integer(static_cast<int64_t>(at.value));
    time.append_time(record.time);
    source.append_text(record.source);
    code.append_text(record.code);
    field.append_text(record.field);
    place.append_text(place_of(record));
    message.append_text(record.message);
    return true;
  }));
  table::Table rows;
  for (Column* column : {&position, &time, &source, &code, &field, &place, &message}) rows.add(std::move(*column));
  if (!options.json) {
    std::cout << text_table(rows, {.cell_width = 72}) << fmt::format("({} open{})\n", open, open > options.limit ? fmt::format(", the first {} shown", options.limit) : "");
    return {};
  }
  std::string out = fmt::format("{{\"open\":{},\"records\":[", open);
  for (size_t r = 0; r < rows.rows(); ++r) {
    if (r > 0) out += ",\n";
    append_json_row(out, rows, r, rows.names());
  }
  std::cout << out << "]}" << std::endl;
  return {};
}

// Raw bytes came from outside: on a terminal what is no text would be orders to it. A pipe gets them as they are.
std::string for_terminal(const std::string& raw) {
  if (!::isatty(STDOUT_FILENO)) return raw;
  std::string out;
  for (char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) out += fmt::format("\\x{:02x}", byte);
    else out += c;
  }
  return out;
}

Status show(const QuarantineOptions& options) {
  FURROW_ASSIGN(auto scan, app::read_only_scan(options.data_dir()));
  std::optional<QuarantineRecord> found;
  FURROW_TRY(scan(LogPosition{options.position}, [&](const Record& record) {
    auto* bad = std::get_if<QuarantineRecord>(&record.body);
    if (bad && record.position.value == options.position) found = *bad;
    return false;
  }));
  if (!found) return Error(ErrorCode::kNotFound, fmt::format("there is no quarantined record at position {}", options.position));
  if (!options.json) {
    std::cout << fmt::format("position  {}\ntime      {}\nsource    {}\ncode      {}\nfield     {}\nplace     {}\nmessage   {}\n\n", options.position,
                             format_time(found->time), found->source, found->code, found->field, place_of(*found), found->message)
              << for_terminal(found->raw) << std::endl;
    return {};
  }
  std::string out;
  JsonWriter(out).begin_object().field("position", options.position).field("time", format_time(found->time)).field("source", found->source)
      .field("code", found->code).field("field", found->field).field("file", found->file).field("line", found->line)
      .field("message", found->message).field("raw", found->raw).end_object();
  std::cout << out << std::endl;
  return {};
}

Status replay(const QuarantineOptions& options) {
  FURROW_ASSIGN(app::Workspace workspace, app::Workspace::load(options.workspace));
  if (auto scan = app::read_only_scan(options.data_dir()); scan.ok()) FURROW_TRY(check_source(options, *scan));
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  FURROW_ASSIGN(auto log, app::CommandIntake::open(workspace, options.data_dir(), clock, logger));
  FURROW_ASSIGN(app::ReplayReport report, app::replay_quarantine(workspace, options.selection(), log->intake(), clock));
  FURROW_TRY(log->finish(false));
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("tried", report.tried).field("replayed", report.replayed).field("still_bad", report.still_bad);
  json.key("reasons").begin_array();
  for (const auto& [position, error] : report.reasons) {
    json.begin_object().field("position", position.value).field("message", error.message()).end_object();
  }
  json.end_array().end_object();
  if (options.json) {
    std::cout << out << std::endl;
    return {};
  }
  for (const auto& [position, error] : report.reasons) std::cout << fmt::format("{}: {}\n", position.value, error.message());
  std::cout << fmt::format("{} tried, {} replayed, {} still bad\n", report.tried, report.replayed, report.still_bad);
  return {};
}

void add_common(Command leaf, QuarantineOptions& options) {
  leaf.add_option("DIR", options.workspace, "The workspace").required();
  leaf.add_option("--data", options.data, "The data directory (DIR/.furrow/data)");
  leaf.add_flag("--json", options.json, "Print one JSON object");
}
void add_filters(Command leaf, QuarantineOptions& options) {
  leaf.add_option("--source", options.source, "Only of this source");
  leaf.add_option("--code", options.code, "Only with this code");
}

}  // namespace

void add_quarantine_command(Command app, Jobs& jobs) {
  Command verb = app.add_subcommand("quarantine", "See what could not be accepted, and try it again");
  verb.require_subcommand();
  verb.footer("Example: furrow quarantine list shop --source crm");
  auto listing = std::make_shared<QuarantineOptions>(), showing = std::make_shared<QuarantineOptions>(), replaying = std::make_shared<QuarantineOptions>();

  Command leaf = verb.add_subcommand("list", "The open records, oldest first");
  add_common(leaf, *listing);
  add_filters(leaf, *listing);
  leaf.add_option("--limit", listing->limit, "At most so many").between(1, 1'000'000);
  leaf.footer("Example: furrow quarantine list shop --source crm");
  jobs.add(leaf, [listing] { return list(*listing); }, &listing->json);

  leaf = verb.add_subcommand("show", "One record with its raw bytes");
  add_common(leaf, *showing);
  leaf.add_option("POSITION", showing->position, "Its position, from `list`").required();
  leaf.footer("Example: furrow quarantine show shop 1042");
  jobs.add(leaf, [showing] { return show(*showing); }, &showing->json);

  leaf = verb.add_subcommand("replay", "Try open records again by today's declarations; those that pass become events");
  add_common(leaf, *replaying);
  add_filters(leaf, *replaying);
  leaf.add_option("POSITION", replaying->positions, "Only these positions");
  leaf.footer("Example: furrow quarantine replay shop --source crm");
  jobs.add(leaf, [replaying] { return replay(*replaying); }, &replaying->json);
}

}  // namespace furrow::cli
