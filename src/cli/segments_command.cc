// `furrow segments`: the declared segments of a workspace: sizes, overlaps, a rule to try, members to export.
#include <fmt/format.h>

#include <iostream>

#include "app/segment_report.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/text_table.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct SegmentsOptions {
  std::string workspace, data, as_of, rule, segment, out;
  bool json = false;
};

void print_json(const app::SegmentReport& report) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("as_of", format_time(report.as_of)).field("people", report.people).key("segments").begin_array();
  for (size_t s = 0; s < report.segments.size(); ++s) {
    const auto& segment = report.segments[s];
    json.begin_object().field("name", segment.name).field("where", segment.where).field("size", report.sizes[s]);
    json.field("share", report.people > 0 ? static_cast<double>(report.sizes[s]) / static_cast<double>(report.people) : 0.0);
    json.key("overlap").begin_object();
    for (size_t other = 0; other < report.segments.size(); ++other) {
      if (other != s) json.field(report.segments[other].name, report.overlap[s][other]);
    }
    json.end_object().end_object();
  }
  json.end_array().end_object();
  std::cout << text << '\n';
}

void print_table(const app::SegmentReport& report) {
  using table::Column, table::ColumnType;
  table::Table rows;
  Column name("segment", ColumnType::kText), size("people", ColumnType::kInteger), share("share", ColumnType::kText), overlap("most in common with", ColumnType::kText);
  Column where("where", ColumnType::kText);
  for (size_t s = 0; s < report.segments.size(); ++s) {
    size_t most = s;
    for (size_t other = 0; other < report.segments.size(); ++other) {
      if (other != s && report.overlap[s][other] > 0 && (most == s || report.overlap[s][other] > report.overlap[s][most])) most = other;
    }
    name.append_text(report.segments[s].name);
    size.append_integer(static_cast<int64_t>(report.sizes[s]));
    share.append_text(fmt::format("{:.1f} %", report.people > 0 ? 100.0 * static_cast<double>(report.sizes[s]) / static_cast<double>(report.people) : 0.0));
    overlap.append_text(most == s ? "" : fmt::format("{}: {}", report.segments[most].name, report.overlap[s][most]));
    where.append_text(report.segments[s].where);
  }
  for (auto* column : {&name, &size, &share, &overlap, &where}) rows.add(std::move(*column));
  std::cout << text_table(rows) << fmt::format("{} people as of {}\n", report.people, format_time(report.as_of));
}

Status run(const SegmentsOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  app::SegmentReportRequest request{{}, options.rule, options.segment};
  if (!options.as_of.empty()) {
    FURROW_ASSIGN(request.as_of, parse_time(options.as_of));
  }
  const std::filesystem::path data = options.data.empty() ? workspace.default_data_dir() : std::filesystem::path(options.data);
  FURROW_ASSIGN(const auto report, app::measure_segments(workspace, data, request, SystemClock()));
  if (!options.segment.empty() && !options.out.empty()) {
    table::Table rows;
    table::Column id("profile_id", table::ColumnType::kText);
    for (ProfileId member : report.members) id.append_text(member.to_string());
    rows.add(std::move(id));
    FURROW_TRY(table::write_table(rows, options.out));
  }
  if (options.json) print_json(report);
  else print_table(report);
  if (!options.segment.empty() && !options.out.empty() && !options.json) fmt::print("{} members of {} written to {}\n", report.members.size(), options.segment, options.out);
  return {};
}

}  // namespace

void add_segments_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<SegmentsOptions>();
  Command leaf = app.add_subcommand("segments", "Declared segments of a workspace: how many people, what they share, a rule to try, members to export");
  leaf.add_option("DIR", options->workspace, "The workspace").required();
  leaf.add_option("--try", options->rule, "A rule to measure beside the declared ones, such as \"orders_90d >= 3\"");
  Option segment = leaf.add_option("--export", options->segment, "The segment whose members to write");
  Option out = leaf.add_option("--out", options->out, "profile_id, a row a member");
  segment.needs(out);
  out.needs(segment);
  leaf.add_option("--as-of", options->as_of, "The instant; now when absent");
  leaf.add_option("--data", options->data, "Data directory (DIR/.furrow/data when absent)");
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow segments shop --try \"orders_90d >= 3 and traits.country == 'CN'\"");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
