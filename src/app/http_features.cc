#include "app/http_features.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "app/http_json.h"
#include "app/segment_report.h"
#include "base/files.h"
#include "learn/registry.h"
#include "pipeline/feature_parity.h"

namespace furrow::app {
namespace {

using profile::FeatureDefinition;

constexpr size_t kMaxShownLineageBytes = size_t{1} << 20;

void write_texts(JsonWriter& writer, std::string_view name, const std::vector<std::string>& texts) {
  writer.key(name).begin_array();
  for (const auto& text : texts) writer.text(text);
  writer.end_array();
}

void number_field(JsonWriter& writer, std::string_view name, double value) {
  std::isfinite(value) ? writer.field(name, value) : writer.key(name).null();
}

// The features that a kept version learnt from.
std::vector<std::string> learnt_from(const learn::ModelVersion& version) {
  std::vector<std::string> names;
  auto lineage = read_file(version.folder / "lineage.json", kMaxShownLineageBytes);
  simdjson::dom::parser parser;
  simdjson::dom::object hashes;
  if (!lineage.ok() || parser.parse(*lineage)["workspace"]["features"].get(hashes) != simdjson::SUCCESS) return names;
  for (auto [name, hash] : hashes) names.emplace_back(name);
  return names;
}

// The features that an expression names; `prefix` is what stands before them.
std::vector<std::string> named_features(std::string_view text, std::string_view prefix) {
  std::vector<std::string> names;
  auto parsed = Expression::parse(text);
  if (!parsed.ok()) return names;
  for (const std::string& name : parsed->names()) {
    if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  }
  return names;
}

void write_spread(JsonWriter& writer, const pipeline::ValueSpread& spread) {
  writer.begin_object().field("people", spread.people).field("missing", spread.missing).field("outOfReach", spread.out_of_reach);
  for (auto [name, value] : {std::pair("mean", spread.mean), {"least", spread.least}, {"p10", spread.p10}, {"p25", spread.p25},
                             {"p50", spread.p50}, {"p75", spread.p75}, {"p90", spread.p90}, {"most", spread.most}}) {
    number_field(writer, name, value);
  }
  writer.end_object();
}

std::string survey_json(const pipeline::FeatureSurvey& survey, const profile::FeatureProgram& program) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("asOf", format_time(survey.as_of)).field("quiet", survey.quiet);
  writer.field("people", survey.people).field("sampled", survey.sampled).key("instants").begin_array();
  for (Time instant : survey.instants) writer.text(format_time(instant));
  writer.end_array().key("features").begin_array();
  for (size_t f = 0; f < survey.features.size(); ++f) {
    const pipeline::FeatureSpread& spread = survey.features[f];
    writer.begin_object().field("name", program.definitions()[f].name).key("now");
    write_spread(writer, spread.now);
    writer.key("bins").begin_array();
    for (const auto& bin : spread.bins) writer.begin_object().field("from", bin.from).field("to", bin.to).field("people", bin.people).end_object();
    writer.end_array().key("levels").begin_array();
    for (const auto& level : spread.levels) writer.begin_object().field("value", level.text).field("people", level.people).end_object();
    writer.end_array().field("otherLevels", spread.other_levels).key("weeks").begin_array();
    for (const auto& week : spread.weeks) write_spread(writer, week);
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return body;
}

std::string parity_json(const pipeline::ParityReport& report) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("asOf", format_time(report.as_of)).field("records", report.records).field("people", report.people);
  writer.field("values", report.values).field("different", report.different).key("instants").begin_array();
  for (Time instant : report.instants) writer.text(format_time(instant));
  writer.end_array().key("features").begin_array();
  for (const auto& feature : report.features) {
    writer.begin_object().field("name", feature.name).field("values", feature.values).field("different", feature.different);
    number_field(writer, "largestDifference", feature.largest_difference);
    field_or_null(writer, "example", feature.example);
    writer.key("weeks").begin_array();
    for (const auto& week : feature.weeks) write_spread(writer, week);
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace

void write_feature_definition(JsonWriter& writer, const FeatureDefinition& feature) {
  writer.field("window", feature.window_text());
  writer.field("aggregate", feature.aggregate_text());
  write_texts(writer, "event", feature.events);
  field_or_null(writer, "where", feature.where);
  field_or_null(writer, "description", feature.description);
  field_or_null(writer, "descriptionZh", feature.description_zh);
}

FeaturesApi::FeaturesApi(const Workspace& workspace, std::filesystem::path data_dir, const pipeline::Pipeline& pipeline, const Clock& clock)
    : workspace_(workspace), data_dir_(std::move(data_dir)), pipeline_(pipeline), clock_(clock),
      parity_(data_dir_ / "reports" / "feature_parity.json", clock) {}

void FeaturesApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, auto answer) {
    router.add(http::dashboard_route(method, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add(http::Method::kGet, "/v1/features", &FeaturesApi::list);
  add(http::Method::kGet, "/v1/features/{name}", &FeaturesApi::one);
  add(http::Method::kGet, "/v1/feature-survey", &FeaturesApi::survey);
  add(http::Method::kGet, "/v1/feature-parity", &FeaturesApi::parity);
  add(http::Method::kPost, "/v1/feature-parity", &FeaturesApi::measure);
}

std::vector<FeaturesApi::Use> FeaturesApi::uses() const {
  const auto& program = pipeline_.profiles().program();
  std::vector<Use> out(program.size());
  auto note = [&](std::vector<std::string> Use::*kind, const std::vector<std::string>& features, const std::string& user) {
    for (const auto& name : features) {
      auto index = program.index_of(name.substr(0, name.find('.')));  // an element of a list is the list's
      if (!index) continue;
      auto& users = out[*index].*kind;
      if (std::find(users.begin(), users.end(), user) == users.end()) users.push_back(user);
    }
  };
  std::vector<std::string> all;
  for (const auto& feature : program.definitions()) all.push_back(feature.name);
  const learn::Registry registry(data_dir_ / "models", clock_);
  for (const auto& model : workspace_.models) {
    note(&Use::models, model.all_features ? all : model.features, model.name);
    if (auto deciding = registry.find(model.name); deciding.ok()) note(&Use::frozen_by, learnt_from(*deciding), model.name + " " + deciding->version);
  }
  Diagnostics unread;  // faults in segments/ are the workspace's to report
  for (const auto& segment : load_segment_folder(workspace_.root, all, unread)) note(&Use::segments, named_features(segment.where, ""), segment.name);
  for (const auto& placement : workspace_.placements) {
    for (const auto& rule : placement.rules) {
      if (rule.when) note(&Use::placements, named_features(rule.when->text(), "features."), placement.name);
    }
  }
  for (const auto& feature : program.definitions()) {
    if (feature.derived()) note(&Use::features, named_features(feature.argument, ""), feature.name);
  }
  return out;
}

void FeaturesApi::write_feature(JsonWriter& writer, size_t index, const Use& use) const {
  const FeatureDefinition& feature = pipeline_.profiles().program().definitions()[index];
  writer.begin_object().field("name", feature.name);
  write_feature_definition(writer, feature);
  feature.default_value ? writer.field("default", *feature.default_value) : writer.key("default").null();
  writer.field("timezone", feature.timezone).field("version", static_cast<int64_t>(feature.version));
  writer.field("derived", feature.derived());
  if (!feature.derived()) {
    const auto& row = profile::row_of(feature.aggregate);
    writer.key("algebra").begin_object().field("state", row.state).field("mergeable", true).field("removable", row.removable);
    writer.field("exactness", row.exactness).field("meaning", row.meaning).field("meaningZh", row.meaning_zh).end_object();
  }
  field_or_null(writer, "owner", feature.owner);
  field_or_null(writer, "purpose", feature.purpose);
  writer.field("file", feature.file).field("line", static_cast<int64_t>(feature.line));
  writer.field("frozen", !use.frozen_by.empty());
  write_texts(writer, "frozenBy", use.frozen_by);
  writer.key("usedBy").begin_object();
  write_texts(writer, "models", use.models);
  write_texts(writer, "segments", use.segments);
  write_texts(writer, "placements", use.placements);
  write_texts(writer, "features", use.features);
  writer.end_object().end_object();
}

Result<std::string> FeaturesApi::list(http::Request&) const {
  const std::vector<Use> used = uses();
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("features").begin_array();
  for (size_t f = 0; f < used.size(); ++f) write_feature(writer, f, used[f]);
  writer.end_array().end_object();
  return body;
}

Result<std::string> FeaturesApi::one(http::Request& request) const {
  const auto& program = pipeline_.profiles().program();
  auto index = program.index_of(request.parameters.at(0));
  if (!index) return Error(ErrorCode::kNotFound, "there is no feature of this name");
  std::string body;
  JsonWriter writer(body);
  write_feature(writer, *index, uses()[*index]);
  return body;
}

Result<std::string> FeaturesApi::survey(http::Request&) {
  std::lock_guard lock(survey_mutex_);  // who asks meanwhile gets the same one
  const Time now = clock_.now();
  if (survey_.empty() || surveyed_ + kSurveyFresh < now) {
    FURROW_ASSIGN(const pipeline::FeatureSurvey made, pipeline::survey_features(pipeline_.profiles(), now));
    survey_ = survey_json(made, pipeline_.profiles().program());
    surveyed_ = now;
  }
  return survey_;
}

Result<std::string> FeaturesApi::parity(http::Request&) const {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  parity_.write_state(writer);
  const std::string report = parity_.report();
  writer.key("report").raw(report.empty() ? "null" : report).end_object();
  return body;
}

Result<std::string> FeaturesApi::measure(http::Request& request) {
  FURROW_TRY(parity_.start([this](std::stop_token stop) -> Result<std::string> {
    FURROW_ASSIGN(const pipeline::ParityReport report, pipeline::measure_parity(workspace_, data_dir_.string(), kParitySample, std::move(stop)));
    return parity_json(report);
  }));
  return parity(request);
}

}  // namespace furrow::app
