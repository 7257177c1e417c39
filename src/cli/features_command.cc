// `furrow features build`: declared features over plain files.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <iostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "profile/feature_files.h"

namespace furrow::cli {
namespace {

struct BuildOptions {
  std::string events, definitions, observations, out, rejects;
  double test_share = 0, negatives = 0;
  uint64_t seed = 1;
  bool json = false;
};

void print_report(const BuildOptions& options, const profile::FeatureFilesReport& report, double seconds) {
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("events", report.events).field("events_rejected", report.events_rejected);
    json.field("observations", report.observations).field("observations_rejected", report.observations_rejected);
    json.field("duplicates", report.duplicates).field("people", report.people).field("features", report.features);
    json.field("labels", report.labels).field("rows", report.rows).key("unknown_columns").begin_array();
    for (const auto& name : report.unknown_columns) json.text(name);
    json.end_array().field("out", options.out).field("seconds", seconds);
    json.end_object();
    std::cout << text << std::endl;
    return;
  }
  fmt::print("events        {:>10}   rejected {}{}\n", report.events, report.events_rejected,
             report.duplicates > 0 ? fmt::format("   repeated {}", report.duplicates) : "");
  fmt::print("observations  {:>10}   rejected {}\n", report.observations, report.observations_rejected);
  fmt::print("people        {:>10}\nfeatures      {:>10}\n", report.people, report.features);
  if (report.labels > 0) fmt::print("labels        {:>10}\n", report.labels);
  fmt::print("wrote {} in {:.1f} s\n", options.out, seconds);
  for (const auto& name : report.unknown_columns) fmt::print("no event has \"{}\", which a definition reads: its value is always missing\n", name);
  if (!report.rejects.empty() && options.rejects.empty()) {
    fmt::print("first rejected: line {}: {}  (--rejects FILE keeps all)\n", report.rejects[0].line, report.rejects[0].reason);
  }
}

Status build(const BuildOptions& options) {
  FURROW_TRY(check_outputs({options.events, options.definitions, options.observations}, {{"--out", options.out}, {"--rejects", options.rejects, false}}));
  const auto start = std::chrono::steady_clock::now();
  profile::FeatureFilesRequest request{options.events, options.definitions, options.observations, options.out};
  request.test_share = options.test_share;
  request.negatives = options.negatives;
  request.seed = options.seed;
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal) {
    request.progress = [](uint64_t read, uint64_t total) {
      fmt::print(stderr, "\rreading events {:3.0f} %", total > 0 ? 100.0 * static_cast<double>(read) / static_cast<double>(total) : 0.0);
      std::fflush(stderr);
    };
  }
  auto report = profile::build_feature_file(request);
  if (terminal) fmt::print(stderr, "\r                      \r");
  FURROW_TRY(report);
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(report->rejects, options.rejects));
  print_report(options, *report, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return {};
}

}  // namespace

void add_features_command(Command app, Jobs& jobs) {
  Command features = app.add_subcommand("features", "Declared features: build, propose, inspect, and compare live with batch");
  features.footer("Example: furrow features propose --events orders.csv --out features.yaml");
  add_matrix_commands(features, jobs);
  Command leaf = features.add_subcommand("build", "Compute features for observations, as of strictly before each one's time");
  auto options = std::make_shared<BuildOptions>();
  leaf.add_option("--events", options->events, "File with profile_id, event, time and properties").required();
  leaf.add_option("--definitions", options->definitions, "YAML with a list under `features:`").required();
  leaf.add_option("--observations", options->observations, "File with profile_id and time").required();
  leaf.add_option("--out", options->out, "Where to write the observations with a column a feature").required();
  leaf.add_option("--rejects", options->rejects, "Where to keep bad rows, with line and reason");
  leaf.add_option("--test-share", options->test_share, "Add a column split: train, gap and test by time, the newest share for testing").between(0.0, 0.99);
  leaf.add_option("--negatives", options->negatives, "Keep so many rows whose first label is 0 for each that is 1, with a column weight").between(0.0, 1e6);
  leaf.add_option("--seed", options->seed, "Seed of the sampling");
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow features build --events orders.csv --definitions features.yaml --observations cutoffs.csv --out train.parquet");
  jobs.add(leaf, [options] { return build(*options); }, &options->json);
}

}  // namespace furrow::cli
