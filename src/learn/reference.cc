#include "learn/reference.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "base/ids.h"
#include "base/random.h"
#include "learn/folds.h"
#include "learn/forest.h"
#include "learn/metrics.h"

namespace furrow::learn {
namespace {

constexpr size_t kSampleCells = 100'000;
constexpr double kLeastShare = 1e-4;   // an empty bin counts as this, so that psi stays finite
constexpr size_t kLeastLevels = 5;     // of so many rows each: fewer say nothing about the next row

std::vector<uint32_t> draw(size_t count, size_t wanted, uint64_t seed) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  Random random(seed);
  for (size_t i = 0; i < std::min(count, wanted); ++i) std::swap(order[i], order[i + random.below(count - i)]);
  order.resize(std::min(count, wanted));
  return order;
}

uint64_t fingerprint(const float* row, size_t columns) { return hash64({reinterpret_cast<const char*>(row), columns * sizeof(float)}) >> 12; }

double psi_term(double p, double q) {
  p = std::max(p, kLeastShare), q = std::max(q, kLeastShare);
  return (p - q) * std::log(p / q);
}

// P(sup |F1 - F2| > d) for samples of n and m: Kolmogorov's series.
double ks_p_value(double d, double n, double m) {
  double lambda = d * std::sqrt(n * m / (n + m)), sum = 0;
  if (lambda < 0.2) return 1;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
  return std::clamp(sum, 0.0, 1.0);
}

// Sorted values that are there.
std::vector<double> present(const Samples& rows, size_t count, size_t column) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) {
    float v = rows.row(i)[column];
    if (v == v) values.push_back(v);
  }
  std::sort(values.begin(), values.end());
  return values;
}

double share_below(const std::vector<double>& sorted, double edge) {
  return sorted.empty() ? 0 : static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), edge) - sorted.begin()) / static_cast<double>(sorted.size());
}

// How rows that training did not have fall on the levels of an input with a rate and a count a level, when nothing has changed.
//
// Not as the training rows do. Each of these made its level one row larger, and no level of theirs is new: with few rows a level a random
// half of a file looks shifted beside the other half, towards new and rare levels. A training row without itself is such a row (rows are
// exchangeable): it falls on a level of one row less, or on none (Good, "The population frequencies of species", 1953). Levels of c rows are
// therefore expected to get what levels of c + 1 rows have, and new ones what levels of one row have; where fewer than kLeastLevels levels
// have so many rows, the rest is taken together and keeps its proportions.
// Rows that come in groups, all of one customer's on one side, are not exchangeable: new groups bring more new levels than this.

// Encoded value and share of the rows that have the input, by rising value; the shares add up to 1. Empty: it cannot be told.
using ExpectedValues = std::vector<std::pair<double, double>>;

// Of the rate and of the count.
std::array<ExpectedValues, 2> of_fresh_rows(const InputEncoding& input) {
  if (input.levels.size() >= kMaxLevels || input.levels.empty()) return {};  // rare levels are not kept
  std::map<long, size_t> levels;  // rows of a level -> how many have so many
  std::vector<long> rows;
  double all = 0;
  for (float count : input.counts) {
    rows.push_back(std::lround(std::expm1(static_cast<double>(count))));
    ++levels[rows.back()];
    all += static_cast<double>(rows.back());
  }
  if (levels.begin()->first < 1) return {};
  long rest = 1;  // from here on together
  while (levels.contains(rest) && levels[rest] >= kLeastLevels && levels.contains(rest + 1) && levels[rest + 1] >= kLeastLevels) ++rest;
  const auto rows_of_more_than = [&](long least) {
    double sum = 0;
    for (auto it = levels.upper_bound(least); it != levels.end(); ++it) sum += static_cast<double>(it->first) * static_cast<double>(it->second);
    return sum;
  };
  const double rest_now = rows_of_more_than(rest - 1), rest_then = rows_of_more_than(rest);
  std::array<ExpectedValues, 2> out;
  const double fresh = levels.contains(1) ? static_cast<double>(levels[1]) / all : 0;
  out[0].emplace_back(static_cast<double>(input.prior), fresh);
  out[1].emplace_back(0, fresh);
  for (size_t l = 0; l < rows.size(); ++l) {
    const double c = static_cast<double>(rows[l]);
    const double share = rows[l] < rest ? (c + 1) * static_cast<double>(levels[rows[l] + 1]) / static_cast<double>(levels[rows[l]]) / all : c * rest_then / rest_now / all;
    out[0].emplace_back(static_cast<double>(input.rates[l]), share);
    out[1].emplace_back(static_cast<double>(input.counts[l]), share);
  }
  for (auto& values : out) std::sort(values.begin(), values.end());
  return out;
}

struct Distance {
  double psi = 0, ks = 0;
};

// Of values that are there, and of their gaps, from what is expected of rows that training did not have.
Distance from_expected(const ExpectedValues& expected, double missing_before, const std::vector<double>& now, double missing) {
  Distance out{psi_term(missing, missing_before), std::abs(missing - missing_before)};
  double up_to = 0, below_before = 0, below_now = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double value = expected[i].first;
    up_to += expected[i].second;
    const bool last = i + 1 == expected.size();
    if (!last && expected[i + 1].first == value) continue;
    const double up_to_now = share_below(now, value);
    if (!now.empty()) out.ks = std::max(out.ks, std::abs(up_to_now - up_to));
    if (!last && up_to - below_before < 0.1) continue;  // deciles, or a value that fills more
    const double to_before = last ? 1 : up_to, to_now = last ? 1 : up_to_now;
    out.psi += psi_term((to_now - below_now) * (1 - missing), (to_before - below_before) * (1 - missing_before));
    below_before = to_before, below_now = to_now;
  }
  return out;
}

Error broken() { return Error(ErrorCode::kModelMismatch, "the reference of the model's training rows cannot be read"); }

}  // namespace

std::string Reference::make(const Encoder& encoder, const Samples& rows, size_t count, size_t of_rows, uint64_t seed) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("version", 1).field("rows", count).field("of_rows", of_rows).key("outputs").begin_array();
  for (size_t c = 0; c < encoder.outputs(); ++c) {
    std::vector<double> values = present(rows, count, c);
    double mean = values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    json.begin_object().field("missing", 1 - static_cast<double>(values.size()) / static_cast<double>(count)).field("mean", mean).key("quantiles").begin_array();
    for (size_t g = 0; g <= kGrid && !values.empty(); ++g) json.number(values[(values.size() - 1) * g / kGrid]);
    json.end_array().key("below").begin_array();
    for (size_t g = 0; g <= kGrid && !values.empty(); ++g) json.number(share_below(values, values[(values.size() - 1) * g / kGrid]));
    json.end_array().end_object();
  }
  json.end_array().key("sample").begin_array();
  if (kSample * encoder.outputs() <= kSampleCells || count * encoder.outputs() <= kSampleCells) {
    for (uint32_t i : draw(count, kSample, seed)) {
      for (size_t c = 0; c < encoder.outputs(); ++c) json.number(rows.row(i)[c]);
    }
  }
  json.end_array().key("fingerprints").begin_array();
  for (uint32_t i : draw(count, kFingerprints, seed + 1)) json.integer(static_cast<int64_t>(fingerprint(rows.row(i), encoder.outputs())));
  json.end_array().end_object();
  return out;
}

Result<Reference> Reference::parse(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array outputs, sample, fingerprints;
  Reference out;
  uint64_t rows = 0, of_rows = 0;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS || document["rows"].get(rows) != simdjson::SUCCESS ||
      document["of_rows"].get(of_rows) != simdjson::SUCCESS || document["outputs"].get(outputs) != simdjson::SUCCESS ||
      document["sample"].get(sample) != simdjson::SUCCESS || document["fingerprints"].get(fingerprints) != simdjson::SUCCESS || rows == 0) {
    return broken();
  }
  out.rows_ = rows, out.of_rows_ = of_rows;
  for (simdjson::dom::element element : outputs) {
    OutputReference reference;
    simdjson::dom::array quantiles, below;
    if (element["missing"].get(reference.missing) != simdjson::SUCCESS || element["mean"].get(reference.mean) != simdjson::SUCCESS ||
        element["quantiles"].get(quantiles) != simdjson::SUCCESS || element["below"].get(below) != simdjson::SUCCESS) return broken();
    for (auto [array, values] : {std::pair(quantiles, &reference.quantiles), {below, &reference.below}}) {
      for (simdjson::dom::element item : array) {
        double value = 0;
        if (item.get(value) != simdjson::SUCCESS) return broken();
        values->push_back(value);
      }
    }
    if ((!reference.quantiles.empty() && reference.quantiles.size() != kGrid + 1) || reference.below.size() != reference.quantiles.size() ||
        !std::is_sorted(reference.quantiles.begin(), reference.quantiles.end())) return broken();
    out.outputs_.push_back(std::move(reference));
  }
  for (simdjson::dom::element item : sample) {
    double value = std::nan("");
    if (!item.is_null() && item.get(value) != simdjson::SUCCESS) return broken();
    out.sample_.push_back(static_cast<float>(value));
  }
  for (simdjson::dom::element item : fingerprints) {
    uint64_t value = 0;
    if (item.get(value) != simdjson::SUCCESS) return broken();
    out.fingerprints_.push_back(value);
  }
  std::sort(out.fingerprints_.begin(), out.fingerprints_.end());
  if (out.outputs_.empty() || out.sample_.size() % out.outputs_.size() != 0) return broken();
  return out;
}

namespace {

// AUC of a small forest that tells `before` from `now`, over three folds.
Result<double> adversarial_auc(const std::vector<float>& before, const std::vector<float>& now, size_t columns, uint64_t seed) {
  Samples both;
  both.columns = columns;
  both.values = before;
  both.values.insert(both.values.end(), now.begin(), now.end());
  both.labels.assign(before.size() / columns, 0.0f);
  both.labels.resize(both.values.size() / columns, 1.0f);
  BoostingOptions options;
  options.rounds = 40;
  options.depth = 3;
  options.learning_rate = 0.15;
  options.threads = 1;
  options.seed = seed;
  std::vector<double> scores(both.rows());
  for (const Fold& fold : random_folds(both.labels, true, 3, seed)) {
    FURROW_ASSIGN(Boosted boosted, boost(Task::kBinary, both.subset(fold.train), nullptr, options));
    FURROW_ASSIGN(Forest forest, Forest::parse(boosted.json));
    for (uint32_t i : fold.held_out) scores[i] = forest.margin(both.row(i));
  }
  return auc(scores, both.labels);
}

}  // namespace

Result<Drift> Reference::compare(const Encoder& encoder, const Samples& rows, size_t count, uint64_t seed, bool adversarial) const {
  if (outputs_.size() != encoder.outputs()) return broken();
  Drift drift;
  drift.rows = count;
  if (count == 0) return drift;
  for (const InputEncoding& input : encoder.inputs()) {
    InputDrift d;
    d.input = input.name;
    d.method = input.method;
    std::vector<double> means;  // of training
    Distance fresh;             // of levels with rates
    const std::array<ExpectedValues, 2> expected = has_rates(input.method) ? of_fresh_rows(input) : std::array<ExpectedValues, 2>();
    double levels_psi = 0;
    for (size_t o = input.first_output; o < input.first_output + input.outputs; ++o) {
      const OutputReference& before = outputs_[o];
      std::vector<double> values = present(rows, count, o);
      double missing = 1 - static_cast<double>(values.size()) / static_cast<double>(count);
      double mean = values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
      means.push_back(before.mean);
      if (input.method == EncodingMethod::kWords && o > input.first_output) d.length_before = std::expm1(before.mean), d.length_now = std::expm1(mean);
      if (o == input.first_output) {
        d.missing_before = before.missing, d.missing_now = missing, d.mean_before = before.mean, d.mean_now = mean;
        d.ks = std::abs(missing - before.missing);  // missing as a value below all others
      }
      if (input.method == EncodingMethod::kOneHot || input.method == EncodingMethod::kBinary) {
        levels_psi += psi_term(mean * (1 - missing), before.mean * (1 - before.missing));
        d.ks = std::max(d.ks, std::abs(mean - before.mean));
        continue;
      }
      double psi = psi_term(missing, before.missing), below_before = 0, below_now = 0;
      for (size_t g = 2; g <= before.quantiles.size() && !before.quantiles.empty(); g += 2) {  // deciles
        bool last = g == kGrid;
        if (!last && before.below[g] == before.below[g + 2]) continue;  // one value fills several deciles
        double up_to_before = last ? 1 : before.below[g], up_to_now = last ? 1 : share_below(values, before.quantiles[g]);
        psi += psi_term((up_to_now - below_now) * (1 - missing), (up_to_before - below_before) * (1 - before.missing));
        below_before = up_to_before, below_now = up_to_now;
      }
      for (size_t g = 0; g < before.quantiles.size() && !values.empty(); ++g) {
        d.ks = std::max(d.ks, std::abs(share_below(values, before.quantiles[g]) - before.below[g]));
      }
      d.psi = std::max(d.psi, psi);
      const ExpectedValues none, &of_levels = o - input.first_output < expected.size() ? expected[o - input.first_output] : none;
      const Distance distance = of_levels.empty() ? Distance{psi, d.ks} : from_expected(of_levels, before.missing, values, missing);
      fresh = {std::max(fresh.psi, distance.psi), std::max(fresh.ks, distance.ks)};
    }
    // Rows of the training data themselves are as the training rows are, all others as expected of fresh rows: what is near to one has not changed.
    if (has_rates(input.method) && fresh.psi < d.psi) d.psi = fresh.psi, d.ks = fresh.ks;
    d.psi = std::max(d.psi, levels_psi);
    if (input.method == EncodingMethod::kOneHot || input.method == EncodingMethod::kBinary || has_rates(input.method)) find_level_shifts(input, means, rows, count, d);
    d.ks_p = ks_p_value(d.ks, static_cast<double>(rows_), static_cast<double>(count));
    drift.inputs.push_back(std::move(d));
  }
  std::stable_sort(drift.inputs.begin(), drift.inputs.end(), [](const auto& a, const auto& b) { return a.psi > b.psi; });
  size_t columns = outputs_.size(), found = 0;
  for (size_t i = 0; i < count; ++i) found += std::binary_search(fingerprints_.begin(), fingerprints_.end(), fingerprint(rows.row(i), columns));
  double kept = static_cast<double>(fingerprints_.size()) / static_cast<double>(std::max<size_t>(1, of_rows_));
  drift.seen_in_training = std::min(1.0, static_cast<double>(found) / static_cast<double>(count) / std::max(kept, 1e-9));
  if (adversarial && !sample_.empty() && count >= kLeastReferenceRows && sample_.size() / columns >= kLeastReferenceRows) {
    std::vector<float> now;
    for (uint32_t i : draw(count, sample_.size() / columns, seed)) now.insert(now.end(), rows.row(i), rows.row(i) + columns);
    FURROW_ASSIGN(const double told, adversarial_auc(sample_, now, columns, seed));
    drift.adversarial_auc = std::max(0.5, told);  // a row that is on both sides is taken for the other one: worse than chance is alike
  }
  return drift;
}

}  // namespace furrow::learn
