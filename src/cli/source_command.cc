// furrow source import DIR NAME [FILE…]: a source's files into the workspace's log.
#include <fmt/format.h>

#include <csignal>
#include <iostream>

#include "app/command_intake.h"
#include "app/import.h"
#include "base/json.h"
#include "base/progress.h"
#include "cli/commands.h"

namespace furrow::cli {
namespace {

std::atomic<bool> interrupted{false};
void on_interrupt(int) { interrupted.store(true); }

struct SourceOptions {
  std::string workspace, source, data;
  std::vector<std::string> files;
  bool json = false;
};

void print(const SourceOptions& options, const app::ImportReport& report, const Status& status) {
  if (!status.ok() && report.rows == 0) return;  // nothing came of it
  if (!options.json) {
    std::cout << fmt::format("{}: {} rows, {} imported, {} duplicates, {} skipped, {} quarantined{} in {:.1f} s ({:.0f} rows/s)\n",
                             options.source, report.rows, report.imported, report.duplicates, report.skipped, report.quarantined,
                             report.known_bad ? fmt::format(" ({} more were there already)", report.known_bad) : "", report.seconds,
                             report.rows_per_second());
    const auto& governed = report.governed;
    if (governed.events > 0) {
      std::cout << fmt::format("  governed: {:.1f} % of the values were in standard form, {:.1f} % are now; {} events changed, {} set aside\n", 100 * governed.before(),
                               100 * governed.after(), governed.changed, governed.set_aside);
      for (const auto& [rule, times] : governed.rules) std::cout << fmt::format("    {:<28} {}\n", rule, times);
    }
    if (report.quarantined) std::cout << fmt::format("  furrow quarantine list {} --source {}\n", options.workspace, options.source);
    return;
  }
  if (!status.ok()) return;  // the error object comes instead
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("source", options.source).field("rows", report.rows).field("imported", report.imported)
      .field("duplicates", report.duplicates).field("skipped", report.skipped).field("quarantined", report.quarantined)
      .field("already_quarantined", report.known_bad).field("seconds", report.seconds).field("rows_per_second", report.rows_per_second());
  if (report.governed.events > 0) {
    const auto& governed = report.governed;
    json.key("governed").begin_object().field("events", governed.events).field("changed", governed.changed).field("set_aside", governed.set_aside);
    json.field("standardised_before", governed.before()).field("standardised_after", governed.after()).key("rules").begin_object();
    for (const auto& [rule, times] : governed.rules) json.field(rule, times);
    json.end_object().key("fields").begin_object();
    for (const auto& [name, field] : governed.fields) {
      json.key(name).begin_object().field("meaning", govern::to_string(field.meaning)).field("values", field.values);
      json.field("standard_before", field.standard_before).field("standard_after", field.standard_after).field("invalid", field.invalid).end_object();
    }
    json.end_object().end_object();
  }
  json.end_object();
  std::cout << out << std::endl;
}

Status import(const SourceOptions& options) {
  FURROW_ASSIGN(app::Workspace workspace, app::Workspace::load(options.workspace));
  const collect::SourceDeclaration* source = workspace.find_source(options.source);
  if (!source) {
    std::vector<std::string> names;
    for (const auto& declared : workspace.sources) names.push_back(declared.name);
    std::string close = nearest(options.source, names);
    return Error(ErrorCode::kNotFound, fmt::format("there is no source \"{}\"{}; declared are: {}", options.source,
                                                   close.empty() ? "" : fmt::format("; did you mean \"{}\"?", close), fmt::join(names, ", ")));
  }
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  // Opening may take a while after a crash: an interrupt must not cut it, nor end the command without a word.
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  FURROW_ASSIGN(auto log, app::CommandIntake::open(workspace, data, clock, logger));
  app::ImportReport report;
  Status status;
  {
    Progress progress(options.source, "rows");
    app::ImportRun run{&interrupted, [&](const std::string&, double share, uint64_t rows) { progress.update(share, rows); }};
    status = app::import_source(workspace, *source, {options.files.begin(), options.files.end()}, log->intake(), clock, run, report);
  }
  print(options, report, status);
  Status finished = log->finish(status.ok());
  return status.ok() ? finished : status;
}

}  // namespace

void add_source_command(Command app, Jobs& jobs) {
  Command verb = app.add_subcommand("source", "Bring files of a declared source into the workspace");
  verb.require_subcommand();
  verb.footer("Example: furrow source import shop orders exports/orders.csv");
  auto options = std::make_shared<SourceOptions>();
  Command leaf = verb.add_subcommand("import", "Import a source's files; safe to interrupt and to run again");
  leaf.add_option("DIR", options->workspace, "The workspace").required();
  leaf.add_option("NAME", options->source, "The source, as declared in sources/").required();
  leaf.add_option("FILE", options->files, "Files instead of the declared ones: .csv .tsv .jsonl .parquet, each also .gz");
  leaf.add_option("--data", options->data, "The data directory (DIR/.furrow/data)");
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow source import shop orders exports/orders.csv");
  jobs.add(leaf, [options] { return import(*options); }, &options->json);
}

}  // namespace furrow::cli
