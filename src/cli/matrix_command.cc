// furrow features propose, inspect and parity.
#include <fmt/format.h>

#include <iostream>

#include "app/workspace.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "learn/dataset_from_table.h"
#include "learn/matrix_inspection.h"
#include "learn/pca.h"
#include "pipeline/feature_parity.h"
#include "profile/propose.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct ProposeOptions {
  std::string events, out, timezone = "UTC";
  size_t most = 250;
  bool json = false;
};

Status propose(const ProposeOptions& options) {
  FURROW_TRY(check_outputs({options.events}, {{"--out", options.out, false}}));
  FURROW_TRY(TimeZone::load(options.timezone));
  profile::ProposalOptions wanted;
  wanted.most = options.most;
  wanted.timezone = options.timezone;
  FURROW_ASSIGN(auto features, profile::propose_features(options.events, wanted));
  FURROW_TRY(write_file_atomically(options.out, profile::definitions_as_yaml(features, options.timezone)));
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("out", options.out).key("features").begin_array();
    for (const auto& feature : features) {
      json.begin_object().field("name", feature.name).field("aggregate", feature.aggregate_text()).field("window", feature.window_text());
      json.field("description", feature.description).field("description_zh", feature.description_zh).end_object();
    }
    json.end_array().end_object();
    std::cout << text << '\n';
    return {};
  }
  for (size_t i = 0; i < std::min<size_t>(10, features.size()); ++i) fmt::print("{:<40} {}\n", features[i].name, features[i].description);
  fmt::print("wrote {} features to {}\n", features.size(), options.out);
  return {};
}

struct InspectOptions {
  std::string matrix, target, positive, time, components;
  std::vector<std::string> ignored;
  size_t most = 50;
  bool json = false;
};

std::string flags_of(const learn::ColumnInspection& column) {
  std::vector<std::string> flags;
  if (column.constant) flags.emplace_back("constant");
  if (column.sparse) flags.emplace_back("sparse");
  if (!column.duplicate_of.empty()) flags.push_back("duplicate of " + column.duplicate_of);
  if (column.leaking) flags.emplace_back("leaking");
  if (column.drifting) flags.emplace_back("drifting");
  return fmt::format("{}", fmt::join(flags, ", "));
}

Status write_components(const table::Table& matrix, const learn::Dataset& data, const learn::Pca& pca, const InspectOptions& options) {
  table::Table out;
  for (const auto& column : matrix.columns()) {
    const bool kept = column.name() == options.target || column.name() == options.time ||
                      std::find(options.ignored.begin(), options.ignored.end(), column.name()) != options.ignored.end();
    if (kept) out.add(column);
  }
  const auto scores = pca.transform(data);
  for (size_t c = 0; c < pca.explained.size(); ++c) {
    table::Column column(fmt::format("pc_{}", c + 1), table::ColumnType::kNumber);
    for (const auto& row : scores) column.append_number(row[c]);
    out.add(std::move(column));
  }
  return table::write_table(out, options.components);
}

void print_inspection(const std::vector<learn::ColumnInspection>& columns, const std::optional<learn::Pca>& pca, size_t rows, const InspectOptions& options) {
  size_t flagged = 0;
  double kept = 0;
  for (const auto& column : columns) flagged += column.flagged();
  if (pca) {
    for (double share : pca->explained) kept += share;
  }
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("rows", rows).field("columns", columns.size()).field("flagged", flagged).key("inspection").begin_array();
    for (const auto& column : columns) {
      json.begin_object().field("name", column.name).field("kind", learn::kind_name(column.kind)).field("missing", column.missing).field("distinct", column.distinct);
      json.field("constant", column.constant).field("sparse", column.sparse).field("leaking", column.leaking).field("drifting", column.drifting);
      column.duplicate_of.empty() ? json.key("duplicate_of").null() : json.field("duplicate_of", column.duplicate_of);
      column.target_strength ? json.field("target_strength", *column.target_strength) : json.key("target_strength").null();
      column.stability_index ? json.field("stability_index", *column.stability_index) : json.key("stability_index").null();
      json.end_object();
    }
    json.end_array();
    if (pca) {
      json.key("pca").begin_object().field("components", pca->explained.size()).field("explained", kept).key("shares").begin_array();
      for (double share : pca->explained) json.number(share);
      json.end_array().end_object();
    }
    json.end_object();
    std::cout << text << '\n';
    return;
  }
  for (const auto& column : columns) {
    if (column.flagged()) fmt::print("{:<40} {}\n", column.name, flags_of(column));
  }
  fmt::print("{} of {} columns flagged, {} rows\n", flagged, columns.size(), rows);
  if (pca) fmt::print("{} components of {} columns of numbers keep {:.1f} % of the variance\n", pca->explained.size(), pca->columns.size(), 100 * kept);
}

Status inspect(const InspectOptions& options) {
  table::ReadOptions read;
  read.text_columns = options.ignored;
  FURROW_ASSIGN(auto matrix, table::read_table(options.matrix, read));
  const learn::Dataset data = learn::dataset_from_table(matrix);
  learn::InspectionOptions wanted{options.target, options.positive, options.time, options.ignored};
  FURROW_ASSIGN(auto columns, learn::inspect_matrix(data, wanted));
  std::optional<learn::Pca> pca;
  if (!options.components.empty()) {
    learn::PcaOptions components{options.most, 0.999, options.ignored};
    if (!options.target.empty()) components.ignored.push_back(options.target);
    if (!options.time.empty()) components.ignored.push_back(options.time);
    FURROW_ASSIGN(pca, learn::fit_pca(data, components));
    FURROW_TRY(write_components(matrix, data, *pca, options));
  }
  print_inspection(columns, pca, data.rows, options);
  return {};
}

struct ParityOptions {
  std::string workspace, data;
  size_t sample = 1000;
  bool json = false;
};

Status parity(const ParityOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  const std::string data = options.data.empty() ? workspace.default_data_dir().string() : options.data;
  FURROW_ASSIGN(auto report, pipeline::measure_parity(workspace, data, options.sample));
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("ok", report.different == 0).field("records", report.records).field("people", report.people);
    json.field("as_of", format_time(report.as_of)).field("values", report.values).field("different", report.different).key("features").begin_array();
    for (const auto& feature : report.features) {
      json.begin_object().field("name", feature.name).field("values", feature.values).field("different", feature.different);
      json.field("largest_difference", feature.largest_difference).field("example", feature.example).end_object();
    }
    json.end_array().end_object();
    std::cout << text << '\n';
  } else {
    for (const auto& feature : report.features) {
      if (feature.different > 0) fmt::print("{:<40} {} of {} differ, at most by {}; see {}\n", feature.name, feature.different, feature.values, feature.largest_difference, feature.example);
    }
    fmt::print("{} values of {} people as of {}: {}\n", report.values, report.people, format_time(report.as_of),
               report.different == 0 ? "live and batch are the same" : fmt::format("{} differ", report.different));
  }
  if (report.different == 0) return {};
  return Error(ErrorCode::kStorageCorrupt, fmt::format("{} of {} live values differ from the batch", report.different, report.values)).at(data);
}

}  // namespace

void add_matrix_commands(Command features, Jobs& jobs) {
  auto proposal = std::make_shared<ProposeOptions>();
  Command leaf = features.add_subcommand("propose", "Propose a few hundred features from what an events file holds");
  leaf.add_option("--events", proposal->events, "File with profile_id, event, time and properties").required();
  leaf.add_option("--out", proposal->out, "Where to write the definitions (YAML)").required();
  leaf.add_option("--most", proposal->most, "At most so many").between(1, 1000);
  leaf.add_option("--timezone", proposal->timezone, "For calendar days and hours");
  leaf.add_flag("--json", proposal->json, "Print one JSON object");
  leaf.footer("Example: furrow features propose --events orders.csv --out features.yaml");
  jobs.add(leaf, [proposal] { return propose(*proposal); }, &proposal->json);

  auto inspection = std::make_shared<InspectOptions>();
  leaf = features.add_subcommand("inspect", "Flag columns that are constant, duplicate, leaking or drifting; reduce to components");
  leaf.add_option("MATRIX", inspection->matrix, "The feature matrix").required();
  leaf.add_option("--target", inspection->target, "The column to be predicted: finds leaks");
  leaf.add_option("--positive", inspection->positive, "Its positive value");
  leaf.add_option("--time", inspection->time, "The column that orders the rows: finds drift");
  leaf.add_option("--id", inspection->ignored, "Columns that are no features").list();
  leaf.add_option("--components", inspection->components, "Where to write principal components of each row");
  leaf.add_option("--most", inspection->most, "At most so many components").between(1, 1000);
  leaf.add_flag("--json", inspection->json, "Print one JSON object");
  leaf.footer("Example: furrow features inspect train.parquet --target converted --time time --id profile_id");
  jobs.add(leaf, [inspection] { return inspect(*inspection); }, &inspection->json);

  leaf = features.add_subcommand("aggregates", "Every aggregate with its meaning and algebra, as Markdown");
  leaf.footer("Example: furrow features aggregates");
  jobs.add(leaf, []() -> Status {
    std::cout << profile::aggregates_as_markdown();
    return {};
  });

  auto parity_options = std::make_shared<ParityOptions>();
  leaf = features.add_subcommand("parity", "Compare the live features of a workspace with the batch over its log");
  leaf.add_option("DIR", parity_options->workspace, "The workspace").required();
  leaf.add_option("--data", parity_options->data, "Data directory (DIR/.furrow/data when absent)");
  leaf.add_option("--sample", parity_options->sample, "So many people; 0 for all");
  leaf.add_flag("--json", parity_options->json, "Print one JSON object");
  leaf.footer("Example: furrow features parity shop");
  jobs.add(leaf, [parity_options] { return parity(*parity_options); }, &parity_options->json);
}

}  // namespace furrow::cli
