#include "app/http_overview.h"

#include "app/http_json.h"

namespace furrow::app {
namespace {

void write_points(JsonWriter& writer, std::string_view name, const Activity& activity, size_t index) {
  writer.key(name).begin_array();
  for (const auto& [time, value] : activity.per_second(index)) {
    writer.begin_object().field("time", format_time(time)).field("value", value).end_object();
  }
  writer.end_array();
}

void write_placement_result(JsonWriter& writer, const decide::PlacementDeclaration& placement, const OverviewParts& parts,
                            std::string_view version) {
  auto result = parts.pipeline.ledger().result(placement.name).value_or(decide::PlacementResult{});
  measure::LiftOptions options;
  options.holdout_share = placement.holdout;
  auto lift = measure::lift(result.ai, result.holdout, metric_of(placement), options);
  writer.begin_object().field("placement", placement.name);
  field_or_null(writer, "model", placement.model);
  field_or_null(writer, "modelVersion", version);
  writer.field("metric", outcome_in_words(placement)).key("ai");
  write_arm(writer, lift.ai);
  writer.key("holdout");
  write_arm(writer, lift.holdout);
  writer.key("lift");
  write_lift(writer, lift);
  writer.end_object();
}

Result<std::string> overview(const OverviewParts& parts) {
  FURROW_ASSIGN(auto sources, parts.tally.sources());
  uint64_t events = 0;
  for (const auto& [name, tally] : sources) events += tally.events;
  const auto& pipeline = parts.pipeline;
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("time", format_time(parts.clock.now())).key("workspace").begin_object();
  writer.field("name", parts.workspace.name).field("language", parts.workspace.language);
  writer.field("timezone", parts.workspace.timezone.name()).field("currency", parts.workspace.currency).end_object();
  writer.key("totals").begin_object();
  writer.field("events", events).field("people", pipeline.identity().people());
  writer.field("decisions", pipeline.ledger().decisions()).field("outcomes", pipeline.ledger().outcomes());
  writer.field("quarantined", pipeline.quarantine_open()).field("sources", parts.workspace.sources.size() + 1).end_object();
  write_points(writer, "eventsPerSecond", parts.activity, 0);
  write_points(writer, "decisionsPerSecond", parts.activity, 1);
  writer.key("placements").begin_array();
  auto engine = parts.engine.get();
  for (const auto& placement : engine->placements()) write_placement_result(writer, placement, parts, engine->model_version(placement.name));
  writer.end_array().key("latency").begin_object();
  auto quantile = [&](std::string_view name, const Histogram& histogram, double q) {
    histogram.count() > 0 ? writer.field(name, histogram.quantile_us(q) / 1000) : writer.key(name).null();
  };
  quantile("decideP50Ms", parts.decide.latency, 0.5);
  quantile("decideP99Ms", parts.decide.latency, 0.99);
  quantile("ingestP99Ms", parts.tracking.latency, 0.99);
  writer.end_object().end_object();
  return body;
}

}  // namespace

void add_overview_route(http::Router& router, OverviewParts parts) {
  router.add(http::dashboard_route(http::Method::kGet, "/v1/overview", true, [parts](http::Request&) { return overview(parts); }));
}

}  // namespace furrow::app
