#include "predict/note_data.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

namespace furrow::predict {
namespace {

using Kind = NoteData::Kind;
constexpr std::pair<Kind, std::string_view> kKinds[] = {
    {Kind::kOutcomes, "outcomes"}, {Kind::kDayOutcomes, "day_outcomes"}, {Kind::kDrift, "drift"}, {Kind::kAged, "aged"}, {Kind::kShare, "share"}};

// The forms that words have for an input; learn/drift.h puts several encodings into the same ones.
constexpr std::pair<learn::EncodingMethod, std::string_view> kForms[] = {
    {learn::EncodingMethod::kNumber, "number"}, {learn::EncodingMethod::kTime, "time"}, {learn::EncodingMethod::kOneHot, "levels"}};

std::string_view form_of(learn::EncodingMethod method) {
  switch (method) {
    case learn::EncodingMethod::kBinary:
    case learn::EncodingMethod::kOneHot:
    case learn::EncodingMethod::kTargetRate:
    case learn::EncodingMethod::kNamed: return "levels";
    case learn::EncodingMethod::kTime: return "time";
    default: return "number";
  }
}

bool of_outcomes(Kind kind) { return kind == Kind::kOutcomes || kind == Kind::kDayOutcomes; }

// The numbers of a drift that have one name each.
template <class Drift, class Visit>
void each_number(Drift& drift, Visit visit) {
  visit("psi", drift.psi);
  visit("mean_before", drift.mean_before);
  visit("mean_now", drift.mean_now);
  visit("missing_before", drift.missing_before);
  visit("missing_now", drift.missing_now);
}

void read_levels(simdjson::dom::array levels, learn::InputDrift& out) {
  for (simdjson::dom::element entry : levels) {
    learn::LevelShift shift;
    std::string_view level;
    int64_t others = 0;
    if (!entry["level"].get(level)) shift.level = level;
    if (!entry["others"].get(others)) shift.others = static_cast<decltype(shift.others)>(others);
    if (entry["before"].get(shift.before) || entry["now"].get(shift.now)) continue;
    out.levels.push_back(std::move(shift));
  }
}

}  // namespace

NoteWords words_of(const NoteData& data) {
  const double observed = 100 * data.observed, predicted = 100 * data.predicted;
  const auto& [input, psi] = std::tie(data.drift.input, data.drift.psi);
  switch (data.kind) {
    case Kind::kDayOutcomes:
      return {fmt::format("of the last day's {} decisions with a known outcome {:.2f} % had one, where {:.2f} % were predicted", data.known, observed, predicted),
              fmt::format("在最近一天 {} 次已知结果的决策中，实际为 {:.2f} %，而预测为 {:.2f} %", data.known, observed, predicted)};
    case Kind::kDrift: {
      const learn::DriftWords words = learn::drift_words(data.drift);
      return {fmt::format("'{}' is not distributed as in training any more (PSI {:.2f}): {}", input, psi, words.english),
              fmt::format("“{}”的分布已不同于训练时（PSI {:.2f}）：{}", input, psi, words.chinese)};
    }
    case Kind::kAged:
      return {fmt::format("no alarm, but '{}' has come far from training step by step (PSI {:.2f}): train again", input, psi),
              fmt::format("未告警，但“{}”已逐渐远离训练时的分布（PSI {:.2f}）：建议重新训练", input, psi)};
    case Kind::kShare: return {fmt::format("{:g} of the people", data.share), fmt::format("{:g}% 的人", 100 * data.share)};
    case Kind::kOutcomes: break;
  }
  return {fmt::format("of {} decisions with a known outcome {:.2f} % had one, where {:.2f} % were predicted", data.known, observed, predicted),
          fmt::format("在 {} 次已知结果的决策中，实际为 {:.2f} %，而预测为 {:.2f} %", data.known, observed, predicted)};
}

std::string to_json(const NoteData& data) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [kind, name] : kKinds) {
    if (kind == data.kind) json.field("kind", name);
  }
  if (of_outcomes(data.kind)) {
    json.field("known", data.known).field("observed", data.observed).field("predicted", data.predicted).end_object();
    return out;
  }
  if (data.kind == Kind::kShare) {
    json.field("share", data.share).end_object();
    return out;
  }
  const std::string_view form = form_of(data.drift.method);
  json.field("input", data.drift.input).field("shown_as", form);
  each_number(data.drift, [&](std::string_view name, double value) {
    if (value != 0) json.field(name, value);
  });
  if (form == "levels") {
    json.key("levels").begin_array();
    for (const learn::LevelShift& shift : data.drift.levels) {
      json.begin_object().field("level", shift.level);
      if (shift.others > 0) json.field("others", shift.others);
      json.field("before", shift.before).field("now", shift.now).end_object();
    }
    json.end_array();
  }
  json.end_object();
  return out;
}

std::optional<NoteData> parse_note_data(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view kind, input, form;
  if (text.empty() || parser.parse(text.data(), text.size()).get(root) || root["kind"].get(kind)) return std::nullopt;
  NoteData out;
  bool known_kind = false;
  for (const auto& [each, name] : kKinds) {
    if (name == kind) known_kind = true, out.kind = each;
  }
  if (!known_kind) return std::nullopt;
  if (of_outcomes(out.kind)) {
    uint64_t known = 0;
    if (root["known"].get(known) || root["observed"].get(out.observed) || root["predicted"].get(out.predicted)) return std::nullopt;
    out.known = known;
    return out;
  }
  if (out.kind == Kind::kShare) return root["share"].get(out.share) ? std::nullopt : std::optional(std::move(out));
  if (root["input"].get(input) || root["shown_as"].get(form)) return std::nullopt;
  bool known_form = false;
  for (const auto& [method, name] : kForms) {
    if (name == form) known_form = true, out.drift.method = method;
  }
  if (!known_form) return std::nullopt;
  out.drift.input = input;
  each_number(out.drift, [&](std::string_view name, double& value) {
    double found;
    if (!root[name].get(found)) value = found;
  });
  simdjson::dom::array levels;
  if (!root["levels"].get(levels)) read_levels(levels, out.drift);
  return out;
}

}  // namespace furrow::predict
