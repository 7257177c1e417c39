#include "app/cluster_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/files.h"
#include "base/json.h"
#include "pipeline/feature_survey.h"
#include "table/files.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;
using profile::Aggregate;
using profile::FeatureDefinition;

constexpr size_t kMaxMapBytes = size_t{16} << 20;

bool is_version(std::string_view text) { return text.size() == 5 && text[0] == 'v' && text.find_first_not_of("0123456789", 1) == text.npos; }

// "Orders in the last 90 days (CNY)" → "orders"; the window says when, not who.
std::string without_window(std::string text) {
  for (std::string_view mark : {" in the last ", " over the last ", " of all time", " (", ", apart ", ", each ", ", in percent"}) {
    if (size_t at = text.find(mark); at != std::string::npos && at > 0) text.erase(at);
  }
  while (text.ends_with(',') || text.ends_with(' ')) text.pop_back();  // of "viewed, cheapest first, in the last 90 days"
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z')) text[0] = static_cast<char>(text[0] + 32);
  return text;
}

// "最近 90 天的订单数（元）" → "订单数".
std::string without_window_zh(std::string text) {
  if (size_t at = text.find("（"); at != std::string::npos && at > 0) text.erase(at);
  if (text.starts_with("最近 ")) {
    for (std::string_view unit : {"分钟", "小时", "天", "周"}) {
      size_t at = text.find(unit);
      if (at == std::string::npos || at > 12) continue;
      text.erase(0, at + unit.size());
      if (text.starts_with("的") || text.starts_with("内")) text.erase(0, std::string_view("的").size());
      break;
    }
  }
  return text;
}

bool counts(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kCount: case Aggregate::kDistinct: case Aggregate::kDistinctDays: case Aggregate::kSessions: case Aggregate::kDecayedCount:
    case Aggregate::kRecencyDays: case Aggregate::kTenureDays: case Aggregate::kGapMeanDays: return true;
    default: return false;
  }
}

bool fits(const FeatureDefinition& feature) { return feature.result() != profile::ResultKind::kText; }

bool says_who(const FeatureDefinition& feature) {
  if (!fits(feature) || feature.derived() || feature.tumbling != profile::Period::kNone || feature.ago.micros != 0) return false;
  return !feature.window || feature.window->micros >= kClusterWindow.micros;
}

Result<std::vector<size_t>> chosen_features(const profile::FeatureProgram& program, const std::vector<std::string>& asked) {
  std::vector<size_t> out;
  for (const auto& name : asked) {
    auto index = program.index_of(name);
    if (!index) return Error(ErrorCode::kInvalidArgument, fmt::format("there is no feature \"{}\"", name)).in_field("features");
    if (!fits(program.definitions()[*index])) return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is a list, and groups need numbers", name)).in_field("features");
    out.push_back(*index);
  }
  for (size_t f = 0; asked.empty() && f < program.size(); ++f) {
    if (says_who(program.definitions()[f])) out.push_back(f);
  }
  if (out.empty()) return Error(ErrorCode::kConflict, "no declared feature reaches back two weeks or more: name the features to group by").in_field("features");
  return out;
}

struct People {
  Time as_of;
  uint64_t known = 0;  // with an event
  std::vector<ProfileId> ids;
  table::Table table;
};

Result<People> read_people(const profile::ProfileView& profiles, const std::vector<size_t>& features, Time now) {
  const auto& program = profiles.program();
  People out;
  Time newest;
  FURROW_TRY(profiles.for_each([&](const profile::Profile& person) {
    newest = std::max(newest, person.last_seen);
    if (person.events > 0) out.ids.push_back(person.id);
    return true;
  }));
  out.known = out.ids.size();
  out.as_of = newest.micros != 0 && newest + pipeline::kQuiet < now ? newest + microseconds(1) : now;
  auto earlier = [](ProfileId a, ProfileId b) { return mix64(a.value) < mix64(b.value); };
  std::sort(out.ids.begin(), out.ids.end(), earlier);
  if (out.ids.size() > kClusterPeople) out.ids.resize(kClusterPeople);
  std::vector<table::Column> columns;
  for (size_t f : features) columns.emplace_back(program.definitions()[f].name, table::ColumnType::kNumber);
  std::vector<double> values(program.size());
  std::erase_if(out.ids, [&](ProfileId id) {
    return !profiles.read(id, [&](const profile::Profile& person) {
      program.evaluate(person.journal, out.as_of, values);
      for (size_t c = 0; c < features.size(); ++c) {
        const double value = values[features[c]];
        std::isfinite(value) ? columns[c].append_number(value) : columns[c].append_null();
      }
    });
  });
  for (auto& column : columns) out.table.add(std::move(column));
  return out;
}

struct Middle {
  double mean = std::nan(""), median = std::nan("");
};
Middle middle_of(const table::Column& column) {
  std::vector<double> values;
  for (size_t i = 0; i < column.size(); ++i) {
    if (!column.is_null(i)) values.push_back(column.number(i));
  }
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return {std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()), values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2};
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

void write_cluster(JsonWriter& writer, const predict::Segment& cluster, const table::Table& people) {
  writer.begin_object().field("cluster", cluster.number).field("name", cluster.name.en).field("nameZh", cluster.name.zh);
  writer.field("size", cluster.size).field("share", cluster.share).field("stability", cluster.stability).key("traits").begin_array();
  for (const auto& trait : cluster.name.traits) {
    writer.begin_object().field("feature", trait.column).field("en", trait.en).field("zh", trait.zh).field("effect", rounded(trait.effect)).end_object();
  }
  writer.end_array().key("centre").begin_array();
  for (const auto& value : cluster.centre) {
    const Middle all = middle_of(*people.find(value.column));
    writer.begin_object().field("feature", value.column);
    // A feature of two values only is grouped by as a level; its mean is then the level's share.
    if (value.is_level) writer.key("mean").null().key("median").null().field("level", value.level).field("share", value.share);
    else writer.field("mean", value.mean).field("median", value.median).key("level").null().key("share").null();
    writer.field("everybodyMean", all.mean).field("everybodyMedian", all.median).end_object();
  }
  writer.end_array().end_object();
}

struct Run {
  std::string version, before;  // before: the version whose numbers go on, or ""
  Time made;
  size_t kept = 0, moved = 0, again = 0;  // groups that kept a number; of the people grouped before, who moved
};

std::string report_json(const predict::Segmentation& found, const People& people, const ClusterRequest& request, const Run& run) {
  std::string text;
  JsonWriter writer(text);
  writer.begin_object().field("version", run.version).field("made", format_time(run.made)).field("asOf", format_time(people.as_of));
  writer.field("known", people.known).field("people", people.ids.size()).key("k");
  request.k ? writer.integer(static_cast<int64_t>(*request.k)) : writer.null();
  writer.field("basis", request.k ? std::string_view("given") : learn::to_string(found.choice.basis));
  writer.field("silhouette", rounded(found.silhouette)).field("stabilityResamples", found.steadiness.resamples);
  writer.field("adjustedRandSeeds", rounded(found.steadiness.seeds_rand)).field("adjustedRandBootstrap", rounded(found.steadiness.bootstrap_rand));
  writer.key("continues");
  if (run.before.empty()) writer.null();
  else writer.begin_object().field("version", run.before).field("kept", run.kept).field("peopleAgain", run.again).field("peopleMoved", run.moved).end_object();
  writer.key("features").begin_array();
  for (const auto& column : found.columns) writer.text(column);
  writer.end_array().key("leftOut").begin_array();
  for (const auto& left : found.left_out) writer.begin_object().field("feature", left.name).field("reason", left.reason).end_object();
  writer.end_array().key("clusters").begin_array();
  for (const auto& cluster : found.segments) write_cluster(writer, cluster, people.table);
  writer.end_array().key("axes").begin_array();
  for (int axis = 0; axis < 2; ++axis) writer.begin_object().field("features", found.map_axes[axis]).field("variance", rounded(found.map_variance[axis])).end_object();
  writer.end_array().key("points").begin_array();
  for (const auto& point : found.map) writer.begin_array().number(rounded(point.x)).number(rounded(point.y)).integer(point.segment).end_array();
  writer.end_array().end_object();
  return text;
}

Result<std::unordered_map<std::string, uint32_t>> read_members(const fs::path& file) {
  FURROW_ASSIGN(const table::Table table, table::read_table(file, {.text_columns = {"profile_id"}}));
  FURROW_ASSIGN(const table::Column* id, table.require("profile_id", file.string()));
  FURROW_ASSIGN(const table::Column* cluster, table.require("cluster", file.string()));
  std::unordered_map<std::string, uint32_t> out;
  for (size_t i = 0; i < table.rows(); ++i) out.emplace(id->to_text(i), static_cast<uint32_t>(cluster->number(i)));
  return out;
}

}  // namespace

predict::ColumnWords cluster_words(const FeatureDefinition& feature) {
  const std::string en = feature.description.empty() ? feature.name : without_window(feature.description);
  const std::string zh = feature.description_zh.empty() ? (feature.description.empty() ? feature.name : feature.description) : without_window_zh(feature.description_zh);
  if (counts(feature.aggregate)) return {"many " + en, zh + "多", "few " + en, zh + "少", en, zh};
  return {"high " + en, zh + "高", "low " + en, zh + "低", en, zh};
}

Result<std::string> ClusterMap::make(const profile::ProfileView& profiles, const ClusterRequest& request, Time now) const {
  if (request.k && (*request.k < 2 || *request.k > kMostClusters)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("k is {}, but from 2 to {} groups can be asked for", *request.k, kMostClusters)).in_field("k");
  }
  const auto& program = profiles.program();
  FURROW_ASSIGN(const auto features, chosen_features(program, request.features));
  FURROW_ASSIGN(const People people, read_people(profiles, features, now));
  if (people.ids.size() < kLeastClusterPeople) {
    return Error(ErrorCode::kConflict, fmt::format("{} people are too few to see kinds of customers; {} at least", people.ids.size(), kLeastClusterPeople));
  }
  predict::SegmentationOptions options;
  options.k = request.k;
  for (size_t f : features) options.words.emplace(program.definitions()[f].name, cluster_words(program.definitions()[f]));
  FURROW_ASSIGN(auto found, predict::segment_people(people.table, options));

  Run run;
  run.made = now;
  const auto earlier = versions();
  int last = 0;
  std::vector<std::string> ids;
  for (ProfileId id : people.ids) ids.push_back(id.to_string());
  if (!earlier.empty()) {
    std::from_chars(earlier.back().data() + 1, earlier.back().data() + earlier.back().size(), last);
    if (auto members = read_members(folder_ / (earlier.back() + ".csv")); members.ok()) {
      run.before = earlier.back();
      run.kept = predict::keep_numbers(found, ids, *members);
      for (size_t i = 0; i < ids.size(); ++i) {
        auto at = members->find(ids[i]);
        run.again += at != members->end();
        run.moved += at != members->end() && at->second != found.numbers[i];
      }
    }
  }
  run.version = fmt::format("v{:04}", last + 1);
  std::string members = "profile_id,cluster\n";
  for (size_t i = 0; i < ids.size(); ++i) members += fmt::format("{},{}\n", ids[i], found.numbers[i]);
  std::string text = report_json(found, people, request, run);
  std::error_code fault;
  fs::create_directories(folder_, fault);
  // The members first: a version is there once its report is.
  FURROW_TRY(write_file_atomically(folder_ / (run.version + ".csv"), members));
  FURROW_TRY(write_file_atomically(folder_ / (run.version + ".json"), text));
  for (size_t v = 0; v + kClusterVersions <= earlier.size(); ++v) {
    fs::remove(folder_ / (earlier[v] + ".json"), fault);
    fs::remove(folder_ / (earlier[v] + ".csv"), fault);
  }
  return text;
}

std::vector<std::string> ClusterMap::versions() const {
  std::vector<std::string> out;
  std::error_code fault;
  for (fs::directory_iterator it(folder_, fault), end; !fault && it != end; it.increment(fault)) {
    if (it->path().extension() == ".json" && is_version(it->path().stem().string())) out.push_back(it->path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Result<std::string> ClusterMap::report(const std::string& version) const {
  Error absent(ErrorCode::kNotFound, "no such version of the groups is kept");
  if (!is_version(version) || !fs::exists(folder_ / (version + ".json"))) return std::move(absent).in_field("version");
  return read_file(folder_ / (version + ".json"), kMaxMapBytes);
}

Result<std::vector<ProfileId>> ClusterMap::people(const std::string& version, uint32_t cluster) const {
  if (!is_version(version) || !fs::exists(folder_ / (version + ".csv"))) return Error(ErrorCode::kNotFound, "no such version of the groups is kept").in_field("version");
  FURROW_ASSIGN(const auto members, read_members(folder_ / (version + ".csv")));
  std::vector<ProfileId> out;
  for (const auto& [id, number] : members) {
    if (number != cluster) continue;
    if (auto parsed = ProfileId::parse(id); parsed.ok()) out.push_back(*parsed);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace furrow::app
