// furrow quality DIR: what is wrong with the data, how much it matters, and whether it is ready to learn from.
#include <fmt/format.h>

#include <iostream>

#include "app/http_quality.h"
#include "app/query.h"
#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"
#include "govern/quality.h"

namespace furrow::cli {
namespace {

struct QualityOptions {
  std::string workspace, data;
  uint64_t issues = 20;
  bool json = false;
};

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

void print(const govern::QualityReport& report, size_t most) {
  std::cout << fmt::format("quality {:.0f} of 100 over {} events; standard form {} as it came, {} now\n\n", 100 * report.scores.all(), report.events,
                           percent(report.standard_before), percent(report.standard));
  std::cout << fmt::format("{:<20} {:>10} {:>11} {:>9} {:>9} {:>9} {:>10} {:>8} {:>10} {:>9}\n", "source", "events", "quarantined", "complete", "valid", "unique",
                           "consistent", "timely", "came std.", "now std.");
  for (const auto& source : report.sources) {
    std::cout << fmt::format("{:<20} {:>10} {:>11} {:>9} {:>9} {:>9} {:>10} {:>8} {:>10} {:>9}\n", source.source, source.events, source.quarantined,
                             percent(source.scores.completeness), percent(source.scores.validity), percent(source.scores.uniqueness),
                             percent(source.scores.consistency), percent(source.scores.timeliness), percent(source.standard_before), percent(source.standard));
  }
  std::cout << (report.issues.empty() ? "\nnothing needs attention\n" : fmt::format("\n{} issues, what matters most first:\n", report.issues.size()));
  for (size_t i = 0; i < std::min<size_t>(most, report.issues.size()); ++i) {
    const auto& issue = report.issues[i];
    std::string where = issue.source + (issue.event.empty() ? "" : " · " + issue.event) + (issue.field.empty() ? "" : " · " + issue.field);
    std::cout << fmt::format("  {:<7} {:<15} {:>7}  {} ({} events{})\n", govern::to_string(issue.severity), issue.code, percent(issue.share), where, issue.affected,
                             issue.used ? "; a feature reads it" : "");
  }
  std::cout << fmt::format("\nready for training: {:.0f} of 100\n", report.readiness);
  for (const auto& part : report.parts) {
    bool share = part.target <= 1;
    std::cout << fmt::format("  {:<16} {:>10} of {:<8} {}{}\n", part.name, share ? percent(part.value) : fmt::format("{:.0f}", part.value),
                             share ? percent(part.target) : fmt::format("{:.0f}", part.target), part.score >= 1 ? "enough" : "too little",
                             part.detail.empty() ? "" : " (" + part.detail + ")");
  }
}

Status run(const QualityOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  auto scan = app::read_only_scan(data);
  if (!scan.ok()) {
    if (scan.error().code() != ErrorCode::kNotFound) return std::move(scan).error();
    return Error(ErrorCode::kNotFound, fmt::format("nothing was collected in {} yet: import a source or serve the workspace first", data.string()));
  }
  govern::QualityMonitor monitor;
  FURROW_TRY((*scan)(LogPosition{1}, [&](const Record& record) {
    monitor.observe(record);
    return true;
  }));
  auto report = monitor.report(app::quality_question(workspace));
  if (!options.json) {
    print(report, options.issues);
    return {};
  }
  std::string out;
  JsonWriter json(out);
  govern::write_quality(report, json);
  std::cout << out << '\n';
  return {};
}

}  // namespace

void add_quality_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<QualityOptions>();
  Command leaf = app.add_subcommand("quality", "What is wrong with the data, how much it matters, and whether it is ready to learn from");
  leaf.add_option("DIR", options->workspace, "The workspace").required();
  leaf.add_option("--data", options->data, "Data directory (DIR/.furrow/data when absent)");
  leaf.add_option("--issues", options->issues, "How many issues to print");
  leaf.add_flag("--json", options->json, "Print one JSON object: as GET /v1/quality");
  leaf.footer("Example: furrow quality shop");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
