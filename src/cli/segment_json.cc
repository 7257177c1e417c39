#include "cli/segment_json.h"

#include <cmath>
#include <map>

#include "base/json.h"

namespace furrow::cli {
namespace {

double rounded(double value) { return std::isfinite(value) && value != 0 ? std::round(value * 1e6) / 1e6 : value; }

void append_segment(JsonWriter& json, const predict::Segment& segment) {
  json.begin_object().field("segment", segment.number).field("name", segment.name.en).field("name_zh", segment.name.zh);
  json.field("size", segment.size).field("share", rounded(segment.share)).field("stability", rounded(segment.stability));
  json.key("centre").begin_object();
  for (const auto& value : segment.centre) {
    json.key(value.column);
    if (value.is_level) json.text(value.level);
    else json.number(rounded(value.mean));
  }
  json.end_object().key("details").begin_array();
  for (const auto& value : segment.centre) {
    json.begin_object().field("column", value.column);
    if (value.is_level) json.field("most_common", value.level).field("share", rounded(value.share));
    else json.field("mean", rounded(value.mean)).field("median", rounded(value.median));
    json.end_object();
  }
  json.end_array().key("traits").begin_array();
  for (const auto& trait : segment.name.traits) {
    json.begin_object().field("column", trait.column).field("en", trait.en).field("zh", trait.zh).field("effect", rounded(trait.effect)).end_object();
  }
  json.end_array().end_object();
}

void append_choice(JsonWriter& json, const predict::Segmentation& s) {
  json.key("choice").begin_object().field("basis", s.k_given ? std::string_view("given") : learn::to_string(s.choice.basis));
  json.key("evidence").begin_array();
  for (const auto& e : s.choice.evidence) {
    json.begin_object().field("k", e.k).field("silhouette", rounded(e.silhouette)).field("silhouette_by_chance", rounded(e.chance_silhouette));
    json.field("prediction_strength", rounded(e.prediction_strength)).field("valley_p", rounded(e.valley_p));
    if (e.bic != 0) json.field("bic", e.bic);
    json.end_object();
  }
  json.end_array().end_object();
  json.key("stability").begin_object().field("adjusted_rand_seeds", rounded(s.steadiness.seeds_rand));
  json.field("adjusted_rand_bootstrap", rounded(s.steadiness.bootstrap_rand)).field("resamples", s.steadiness.resamples);
  json.field("seeds", s.steadiness.seeds).end_object();
}

void append_rfm(JsonWriter& json, const predict::RfmTable& rfm) {
  std::map<std::string_view, std::pair<predict::RfmGroup, size_t>> groups;
  for (const auto& group : rfm.groups) {
    auto& entry = groups[group.key];
    entry.first = group;
    ++entry.second;
  }
  json.key("rfm").begin_object().field("rows", rfm.rows).field("skipped", rfm.skipped).field("customers", rfm.groups.size());
  json.field("as_of", format_time(rfm.as_of)).key("groups").begin_array();
  for (const auto& [key, entry] : groups) {
    json.begin_object().field("group", key).field("name", entry.first.en).field("name_zh", entry.first.zh).field("size", entry.second).end_object();
  }
  json.end_array().end_object();
}

void append_map(JsonWriter& json, const predict::Segmentation& s) {
  json.key("map").begin_object().key("axes").begin_array();
  for (int axis = 0; axis < 2; ++axis) {
    json.begin_object().field("columns", s.map_axes[axis]).field("variance", rounded(s.map_variance[axis])).end_object();
  }
  json.end_array().key("points").begin_array();
  for (const auto& point : s.map) {
    json.begin_array().number(std::round(point.x * 1000.0) / 1000).number(std::round(point.y * 1000.0) / 1000).integer(point.segment).end_array();
  }
  json.end_array().end_object();
}

}  // namespace

std::string segment_json(const predict::Segmentation& s, const SegmentRun& run) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().field("data", run.data).field("out", run.out).field("rows", run.rows).field("k", s.segments.size());
  json.field("method", learn::to_string(s.method)).field("seed", run.seed).field("silhouette", rounded(s.silhouette));
  if (run.previous) json.field("numbers_kept", run.kept_numbers);
  append_choice(json, s);
  json.key("notes").begin_array();
  for (const auto& note : s.notes) json.text(note);
  json.end_array().key("segments").begin_array();
  for (const auto& segment : s.segments) append_segment(json, segment);
  json.end_array().key("columns").begin_array();
  for (const auto& column : s.columns) json.text(column);
  json.end_array().key("left_out").begin_array();
  for (const auto& column : s.left_out) json.begin_object().field("column", column.name).field("reason", column.reason).end_object();
  json.end_array();
  if (run.rfm) append_rfm(json, *run.rfm);
  append_map(json, s);
  json.end_object();
  return text;
}

}  // namespace furrow::cli
