#include "predict/model_watch.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace furrow::predict {
namespace {

constexpr size_t kLeastForAuc = 50;
constexpr double kProbabilityFloor = 1e-6;

double log_loss(double p, bool outcome) {
  p = std::clamp(p, kProbabilityFloor, 1 - kProbabilityFloor);
  return -std::log(outcome ? p : 1 - p);
}

// Outcomes against what perfect scores expect: their number, sum and variance.
struct Expected {
  double rows = 0, mean = 0, variance = 0, seen = 0;
  void add(double p, bool outcome) { ++rows, mean += p, variance += p * (1 - p), seen += outcome; }
  // The signed root of the deviance, in standard errors.
  double z() const {
    if (!(variance > 0)) return 0;
    auto part = [](double count, double expected) { return count > 0 ? count * std::log(count / expected) : 0; };
    const double deviance = 2 * (part(seen, mean) + part(rows - seen, rows - mean)), wide = mean * (1 - mean / rows) / variance;
    return (seen < mean ? -1 : 1) * std::sqrt(std::max(0.0, deviance) * wide);
  }
  bool off(double most) const { return std::abs(z()) > most && std::abs(seen - mean) > ModelWatch::kLeastGap * mean; }
};

// The inputs that matter most, as training measured.
std::vector<std::string> most_important(const std::string& metrics) {
  std::vector<std::string> out;
  simdjson::dom::parser parser;
  simdjson::dom::array importance;
  if (parser.parse(metrics)["importance"].get(importance)) return out;
  for (simdjson::dom::element entry : importance) {
    std::string_view name;
    if (!entry["input"].get(name) && out.size() < ModelWatch::kTopInputs) out.emplace_back(name);
  }
  return out;
}

// Inputs whose first `recent` rows are far from training, and as far from the rows after them, up to `count`, if those are enough.
std::vector<learn::InputDrift> jumps(const learn::Reference& training, const learn::Encoder& encoder, const learn::Samples& rows, size_t recent, size_t count) {
  auto drift = training.compare(encoder, rows, recent, 1, false);
  if (!drift.ok() || drift->inputs.empty() || drift->inputs.front().psi < ModelWatch::kAlarmPsi) return {};
  std::reverse(drift->inputs.begin(), drift->inputs.end());  // largest last: each is put before the others
  if (count - recent < ModelWatch::kLeastRows) return std::move(drift->inputs);
  learn::Samples before;
  before.columns = rows.columns;
  before.values.assign(rows.values.begin() + static_cast<ptrdiff_t>(recent * rows.columns), rows.values.end());
  auto reference = learn::Reference::parse(learn::Reference::make(encoder, before, count - recent, count - recent, 1));
  auto since = reference.ok() ? reference->compare(encoder, rows, recent, 1, false) : Result<learn::Drift>(reference.error());
  if (!since.ok()) return {};
  std::erase_if(drift->inputs, [&](const learn::InputDrift& d) {
    return std::none_of(since->inputs.begin(), since->inputs.end(), [&](const auto& s) { return s.input == d.input && s.psi >= ModelWatch::kAlarmPsi; });
  });
  return std::move(drift->inputs);
}

// Of an alarm or of what aged.
std::optional<NoteData> alarm_data(const VersionHealth& health) {
  using Kind = NoteData::Kind;
  NoteData data;
  if (health.miscalibrated && std::abs(health.z) <= ModelWatch::kAlarmZ) {
    data = {Kind::kDayOutcomes, health.day_known, health.day_observed, health.day_predicted, {}};
  } else if (health.miscalibrated) {
    data = {Kind::kOutcomes, health.known, health.observed, health.predicted, {}};
  } else if (health.drifted || health.aged) {
    data.kind = health.drifted ? Kind::kDrift : Kind::kAged;
    data.drift = health.drift.front();
  } else {
    return std::nullopt;
  }
  return data;
}

}  // namespace

void ModelWatch::add(const DecisionRecord& record) {
  if (record.model != model_ || record.actions.empty() || (record.policy != "model" && record.policy != "explore")) return;
  Order& order = versions_[record.model_version];
  auto [place, fresh] = watched_.try_emplace(record.id);
  if (!fresh) return;
  place->second.time = record.time;
  place->second.score = static_cast<float>(record.actions[0].score);
  place->second.features = record.features;
  order.push_back(record.id);
  // What left the window long ago, or stands in excess, goes.
  Time oldest = record.time - window_ - within_ - within_;
  while (order.size() > kMostDecisions || watched_[order.front()].time < oldest) {
    watched_.erase(order.front());
    order.pop_front();
  }
}

void ModelWatch::add(const OutcomeRecord& record) {
  if (record.event != label_) return;
  auto found = watched_.find(record.decision);
  if (found != watched_.end() && record.time - found->second.time <= within_) found->second.outcome = true;
}

bool ModelWatch::add_shadow(DecisionId decision, std::string_view version, double score) {
  auto found = watched_.find(decision);
  if (found == watched_.end()) return false;
  found->second.shadow = version;
  found->second.shadow_score = static_cast<float>(score);
  last_shadow_ = version;
  return true;
}

ModelHealth ModelWatch::health(Time now, const Load& load) const {
  ModelHealth out;
  for (const auto& [version, order] : versions_) {
    VersionHealth& health = out.versions.emplace_back();
    health.version = version;
    judge(order, now, health);
    find_drift(order, now, load, health);
    if (auto data = alarm_data(health)) {
      NoteWords words = words_of(*data);
      health.why = std::move(words.english);
      health.why_zh = std::move(words.chinese);
      health.alarm = std::move(data);
    }
  }
  out.shadow = judge_shadow(now);
  return out;
}

void ModelWatch::judge(const Order& decisions, Time now, VersionHealth& out) const {
  std::vector<double> scores;
  std::vector<float> outcomes;
  Expected window, day;
  for (const DecisionId& id : decisions) {
    const Watched& w = watched_.at(id);
    if (w.time < now - window_ - within_) continue;
    ++out.decisions;
    if (!known(w, now)) continue;
    double p = static_cast<double>(w.score);
    scores.push_back(p);
    outcomes.push_back(w.outcome ? 1.0f : 0.0f);
    window.add(p, w.outcome);
    if (w.time + within_ + kDay >= now) day.add(p, w.outcome);
  }
  out.known = scores.size();
  if (scores.empty()) return;
  const double rows = window.rows, observed = window.seen;
  out.predicted = window.mean / rows;
  out.observed = observed / rows;
  out.z = window.z();
  out.day_known = static_cast<size_t>(day.rows);
  if (day.rows > 0) out.day_predicted = day.mean / day.rows, out.day_observed = day.seen / day.rows, out.day_z = day.z();
  out.miscalibrated = out.known >= kLeastRows && (window.off(kAlarmZ) || (out.day_known >= kLeastDay && day.off(kDayZ)));
  if (observed >= kLeastForAuc && rows - observed >= kLeastForAuc) {
    // Hanley and McNeil (1982).
    double area = learn::auc(scores, outcomes), n1 = observed, n0 = rows - observed;
    double q1 = area / (2 - area), q2 = 2 * area * area / (1 + area);
    double half = 1.96 * std::sqrt((area * (1 - area) + (n1 - 1) * (q1 - area * area) + (n0 - 1) * (q2 - area * area)) / (n1 * n0));
    out.auc = learn::Measure{area, area - half, area + half};
  }
}

void ModelWatch::find_drift(const Order& decisions, Time now, const Load& load, VersionHealth& out) const {
  const Time from = now - window_ - within_;
  if (out.decisions < kLeastRows || !load) return;
  std::shared_ptr<const Scorer> scorer = load(out.version);
  if (!scorer || scorer->model().reference_json().empty()) return;
  auto reference = learn::Reference::parse(scorer->model().reference_json());
  if (!reference.ok()) return;
  const learn::Encoder& encoder = scorer->encoder();
  const auto& inputs = scorer->feature_inputs();
  learn::Samples rows;
  rows.columns = encoder.outputs();
  size_t count = 0, recent = 0;  // the newest first
  for (auto id = decisions.rbegin(); id != decisions.rend() && count < kDriftRows; ++id) {
    const Watched& w = watched_.at(*id);
    if (w.time < from) break;
    if (w.features.size() != inputs.size()) continue;
    rows.values.resize(rows.values.size() + rows.columns, std::numeric_limits<float>::quiet_NaN());
    float* row = rows.values.data() + count * rows.columns;
    for (size_t f = 0; f < inputs.size(); ++f) scorer->encode_recorded(inputs[f], w.features[f], row);
    ++count;
    if (w.time + kDay >= now || recent < kLeastRows) ++recent;
  }
  if (count < kLeastRows) return;
  auto drift = reference->compare(encoder, rows, count, 1, false);
  if (!drift.ok()) return;
  // What a sentence said is not recorded with a decision.
  std::erase_if(drift->inputs, [](const learn::InputDrift& d) { return d.method == learn::EncodingMethod::kWords; });
  std::vector<std::string> names = scorer->feature_names(), top = most_important(scorer->model().metrics_json());
  const auto alarms = [&](const learn::InputDrift& d) {
    return d.psi >= kAlarmPsi && std::find(top.begin(), top.end(), d.input) != top.end() && std::find(names.begin(), names.end(), d.input) != names.end();
  };
  for (auto& input : drift->inputs) {
    if (std::find(names.begin(), names.end(), input.input) == names.end()) continue;
    out.aged = out.aged || alarms(input);
    out.drift.push_back(std::move(input));
  }
  for (auto& jumped : jumps(*reference, encoder, rows, recent, count)) {
    if (jumped.method == learn::EncodingMethod::kWords || !alarms(jumped)) continue;
    out.drifted = true;
    std::erase_if(out.drift, [&](const learn::InputDrift& d) { return d.input == jumped.input; });
    out.drift.insert(out.drift.begin(), std::move(jumped));
  }
  out.aged = out.aged && !out.drifted;
  if (out.aged) std::stable_partition(out.drift.begin(), out.drift.end(), alarms);
}

std::optional<ShadowHealth> ModelWatch::judge_shadow(Time now) const {
  if (last_shadow_.empty()) return std::nullopt;
  ShadowHealth out;
  out.shadow = last_shadow_;
  double sum = 0, squares = 0;
  for (const auto& [version, order] : versions_) {
    for (const DecisionId& id : order) {
      const Watched& w = watched_.at(id);
      if (w.shadow != last_shadow_ || w.time < now - window_ - within_ || !known(w, now)) continue;
      double difference = log_loss(static_cast<double>(w.shadow_score), w.outcome) - log_loss(static_cast<double>(w.score), w.outcome);
      sum += difference;
      squares += difference * difference;
      ++out.known;
      out.serving = version;
    }
  }
  if (out.known > 0) {
    auto rows = static_cast<double>(out.known);
    double mean = sum / rows, half = 1.96 * std::sqrt(std::max(0.0, squares / rows - mean * mean) / rows);
    out.loss_difference = {mean, mean - half, mean + half};
  }
  return out;
}

void write_json(JsonWriter& json, const ModelHealth& health) {
  json.begin_object().key("versions").begin_array();
  for (const VersionHealth& v : health.versions) {
    json.begin_object().field("version", v.version).field("decisions", v.decisions).field("known", v.known);
    json.field("predicted", v.predicted).field("observed", v.observed).field("z", v.z);
    json.field("dayKnown", v.day_known).field("dayPredicted", v.day_predicted).field("dayObserved", v.day_observed).field("dayZ", v.day_z);
    if (v.auc) learn::write_json(json.key("auc"), *v.auc);
    json.key("drift").begin_array();
    for (const auto& d : v.drift) {
      const learn::DriftWords words = learn::drift_words(d);
      json.begin_object().field("feature", d.input).field("psi", d.psi).field("moved", words.english).field("movedZh", words.chinese);
      json.field("meanBefore", d.mean_before).field("meanNow", d.mean_now).end_object();
    }
    json.end_array().field("miscalibrated", v.miscalibrated).field("drifted", v.drifted).field("aged", v.aged).field("why", v.why).field("whyZh", v.why_zh).end_object();
  }
  json.end_array();
  if (health.shadow) {
    json.key("shadow").begin_object().field("version", health.shadow->shadow).field("beside", health.shadow->serving).field("known", health.shadow->known);
    learn::write_json(json.key("lossDifference"), health.shadow->loss_difference);
    json.end_object();
  }
  json.end_object();
}

}  // namespace furrow::predict
