#include "learn/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace furrow::learn {
namespace {

constexpr double kZ = 1.959963984540054;
constexpr int kBootstraps = 200;
constexpr int kCalibrationErrorBins = 15;

// Labels by falling score, with the ends of the runs of equal scores.
struct Ranked {
  std::vector<double> scores;
  std::vector<float> labels;
  std::vector<uint32_t> run_end;
};

Ranked rank(const std::vector<double>& scores, const std::vector<float>& labels) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a < b); });
  Ranked ranked;
  for (uint32_t i : order) {
    if (!ranked.scores.empty() && ranked.scores.back() != scores[i]) ranked.run_end.push_back(static_cast<uint32_t>(ranked.scores.size()));
    ranked.scores.push_back(scores[i]);
    ranked.labels.push_back(labels[i]);
  }
  ranked.run_end.push_back(static_cast<uint32_t>(ranked.scores.size()));
  return ranked;
}

struct Ranking {
  double average_precision, lift;
};

// `count` of each ranked row: 1 for the data themselves, multinomial for a bootstrap.
Ranking ranking_measures(const Ranked& ranked, const std::vector<uint32_t>& count) {
  double total = 0, positives = 0;
  for (size_t i = 0; i < count.size(); ++i) {
    total += count[i];
    positives += count[i] * ranked.labels[i];
  }
  Ranking result{0, 0};
  if (positives == 0) return result;
  double tenth = std::ceil(total * 0.1), seen = 0, hits = 0, in_tenth = 0;
  size_t i = 0;
  for (uint32_t end : ranked.run_end) {
    double rows = 0, run_hits = 0;
    for (; i < end; ++i) {
      rows += count[i];
      run_hits += count[i] * ranked.labels[i];
    }
    if (rows == 0) continue;
    if (seen < tenth) in_tenth += run_hits * std::min(1.0, (tenth - seen) / rows);
    seen += rows;
    hits += run_hits;
    result.average_precision += run_hits / positives * hits / seen;
  }
  result.lift = in_tenth / tenth / (positives / total);
  return result;
}

double calibration_error(const Ranked& ranked, const std::vector<uint32_t>& count) {
  double gap[kCalibrationErrorBins] = {}, total = 0;
  for (size_t i = 0; i < count.size(); ++i) {
    double p = std::clamp(ranked.scores[i], 0.0, 1.0);
    int bin = std::min(kCalibrationErrorBins - 1, static_cast<int>(p * kCalibrationErrorBins));
    gap[bin] += count[i] * (ranked.labels[i] - p);
    total += count[i];
  }
  double sum = 0;
  for (double g : gap) sum += std::abs(g);
  return sum / total;
}

Measure percentile(double value, std::vector<double> draws) {
  std::sort(draws.begin(), draws.end());
  auto at = [&](double q) { return draws[static_cast<size_t>(q * static_cast<double>(draws.size() - 1) + 0.5)]; };
  return {value, at(0.025), at(0.975)};
}

// Of losses, none of which is below 0.
Measure mean_with_interval(const std::vector<double>& values) {
  double n = static_cast<double>(values.size()), mean = std::accumulate(values.begin(), values.end(), 0.0) / n, squares = 0;
  for (double v : values) squares += (v - mean) * (v - mean);
  double error = values.size() > 1 ? std::sqrt(squares / (n - 1) / n) : 0;
  return {mean, std::max(0.0, mean - kZ * error), mean + kZ * error};
}

std::vector<uint32_t> draw_counts(size_t n, Random& random) {
  std::vector<uint32_t> count(n, 0);
  for (size_t i = 0; i < n; ++i) ++count[random.below(n)];
  return count;
}

// Midranks of `values`, from 1.
std::vector<double> midranks(const std::vector<double>& values) {
  std::vector<uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t k = i; k < end; ++k) ranks[order[k]] = 0.5 * static_cast<double>(i + end + 1);
    i = end;
  }
  return ranks;
}

double variance(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  double n = static_cast<double>(values.size()), mean = std::accumulate(values.begin(), values.end(), 0.0) / n, sum = 0;
  for (double v : values) sum += (v - mean) * (v - mean);
  return sum / (n - 1);
}

Measure auc_delong(const std::vector<double>& scores, const std::vector<float>& labels) {
  std::vector<double> positive, negative;
  for (size_t i = 0; i < scores.size(); ++i) (labels[i] > 0 ? positive : negative).push_back(scores[i]);
  double m = static_cast<double>(positive.size()), n = static_cast<double>(negative.size());
  std::vector<double> all = positive;
  all.insert(all.end(), negative.begin(), negative.end());
  auto ranks = midranks(all), within_positive = midranks(positive), within_negative = midranks(negative);
  double sum = 0;
  std::vector<double> v10(positive.size()), v01(negative.size());
  for (size_t i = 0; i < positive.size(); ++i) {
    sum += ranks[i];
    v10[i] = (ranks[i] - within_positive[i]) / n;
  }
  for (size_t j = 0; j < negative.size(); ++j) v01[j] = 1 - (ranks[positive.size() + j] - within_negative[j]) / m;
  double value = (sum - m * (m + 1) / 2) / (m * n);
  double error = std::sqrt(variance(v10) / m + variance(v01) / n);
  return {value, std::max(0.0, value - kZ * error), std::min(1.0, value + kZ * error)};
}

Status check(const std::vector<double>& scores, const std::vector<float>& labels, bool binary) {
  if (scores.empty() || scores.size() != labels.size()) return Error(ErrorCode::kInvalidArgument, "there are no labelled rows to measure");
  for (double s : scores) {
    if (!std::isfinite(s)) return Error(ErrorCode::kInvalidArgument, "a score is not a finite number");
  }
  if (!binary) return {};
  size_t positives = 0;
  for (float y : labels) positives += y > 0;
  if (positives == 0 || positives == labels.size()) {
    return Error(ErrorCode::kInvalidArgument, "all rows have the same label: quality needs both classes");
  }
  return {};
}

}  // namespace

double auc(const std::vector<double>& scores, const std::vector<float>& labels) { return auc_delong(scores, labels).value; }

double average_precision(const std::vector<double>& scores, const std::vector<float>& labels) {
  return ranking_measures(rank(scores, labels), std::vector<uint32_t>(scores.size(), 1)).average_precision;
}

double calibration_error(const std::vector<double>& scores, const std::vector<float>& labels) {
  return calibration_error(rank(scores, labels), std::vector<uint32_t>(scores.size(), 1));
}

double calibration_error_of_perfect_scores(const std::vector<double>& scores, uint64_t seed, int draws) {
  Random random(seed);
  double sum = 0;
  std::vector<float> labels(scores.size());
  for (int d = 0; d < draws; ++d) {
    for (size_t i = 0; i < scores.size(); ++i) labels[i] = random.uniform() < scores[i] ? 1.0f : 0.0f;
    sum += calibration_error(scores, labels);
  }
  return sum / draws;
}

Result<BinaryQuality> binary_quality(const std::vector<double>& scores, const std::vector<float>& labels, uint64_t seed) {
  FURROW_TRY(check(scores, labels, true));
  BinaryQuality quality;
  quality.rows = scores.size();
  std::vector<double> loss(scores.size()), square(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    quality.positives += labels[i] > 0;
    double p = std::clamp(scores[i], 1e-12, 1 - 1e-12);
    loss[i] = -std::log(labels[i] > 0 ? p : 1 - p);
    square[i] = (scores[i] - labels[i]) * (scores[i] - labels[i]);
  }
  quality.auc = auc_delong(scores, labels);
  quality.log_loss = mean_with_interval(loss);
  quality.brier = mean_with_interval(square);
  Ranked ranked = rank(scores, labels);
  std::vector<uint32_t> once(scores.size(), 1);
  Ranking value = ranking_measures(ranked, once);
  double error = calibration_error(ranked, once);
  std::vector<double> precisions, lifts, errors;
  Random random(seed);
  for (int b = 0; b < kBootstraps; ++b) {
    auto count = draw_counts(scores.size(), random);
    Ranking drawn = ranking_measures(ranked, count);
    precisions.push_back(drawn.average_precision);
    lifts.push_back(drawn.lift);
    errors.push_back(calibration_error(ranked, count));
  }
  quality.pr_auc = percentile(value.average_precision, std::move(precisions));
  quality.lift_at_10pct = percentile(value.lift, std::move(lifts));
  Measure raw = percentile(error, std::move(errors));
  quality.ece = {error, std::max(0.0, 2 * error - raw.high), std::max(error, 2 * error - raw.low)};
  return quality;
}

Result<RegressionQuality> regression_quality(const std::vector<double>& predictions, const std::vector<float>& labels, uint64_t seed) {
  FURROW_TRY(check(predictions, labels, false));
  RegressionQuality quality;
  size_t n = quality.rows = predictions.size();
  std::vector<double> square(n), absolute(n);
  for (size_t i = 0; i < n; ++i) {
    double error = predictions[i] - labels[i];
    square[i] = error * error;
    absolute[i] = std::abs(error);
  }
  Measure squared = mean_with_interval(square);
  quality.rmse = {std::sqrt(squared.value), std::sqrt(std::max(0.0, squared.low)), std::sqrt(squared.high)};
  quality.mae = mean_with_interval(absolute);
  auto explained = [&](const std::vector<uint32_t>& count) {
    double sum = 0, squares = 0, residual = 0, total = 0;
    for (size_t i = 0; i < n; ++i) {
      sum += count[i] * labels[i];
      squares += count[i] * static_cast<double>(labels[i]) * labels[i];
      residual += count[i] * square[i];
      total += count[i];
    }
    double spread = squares - sum * sum / total;
    return spread > 0 ? 1 - residual / spread : 0.0;
  };
  std::vector<double> draws;
  Random random(seed);
  for (int b = 0; b < kBootstraps; ++b) draws.push_back(explained(draw_counts(n, random)));
  quality.r2 = percentile(explained(std::vector<uint32_t>(n, 1)), std::move(draws));
  return quality;
}

std::vector<CalibrationBin> calibration_curve(const std::vector<double>& scores, const std::vector<float>& labels) {
  Ranked ranked = rank(scores, labels);
  std::vector<CalibrationBin> curve;
  size_t n = scores.size(), groups = std::min<size_t>(10, n);
  for (size_t g = 0; g < groups; ++g) {
    size_t begin = n - n * (g + 1) / groups, end = n - n * g / groups;  // from the lowest scores
    CalibrationBin bin;
    bin.rows = end - begin;
    for (size_t i = begin; i < end; ++i) {
      bin.predicted += ranked.scores[i] / static_cast<double>(bin.rows);
      bin.observed += ranked.labels[i] / static_cast<double>(bin.rows);
    }
    double m = static_cast<double>(bin.rows), p = bin.observed, denominator = 1 + kZ * kZ / m;
    double centre = (p + kZ * kZ / (2 * m)) / denominator, half = kZ * std::sqrt(p * (1 - p) / m + kZ * kZ / (4 * m * m)) / denominator;
    bin.low = std::max(0.0, centre - half);
    bin.high = std::min(1.0, centre + half);
    curve.push_back(bin);
  }
  return curve;
}

std::vector<ValueTenth> value_tenths(const std::vector<double>& predictions, const std::vector<float>& outcomes) {
  Ranked ranked = rank(predictions, outcomes);
  std::vector<ValueTenth> tenths;
  size_t n = predictions.size(), groups = std::min<size_t>(10, n);
  for (size_t g = 0; g < groups; ++g) {
    size_t begin = n - n * (g + 1) / groups, end = n - n * g / groups;  // from the lowest predictions
    ValueTenth tenth;
    tenth.rows = end - begin;
    std::vector<double> observed;
    for (size_t i = begin; i < end; ++i) {
      tenth.predicted += ranked.scores[i] / static_cast<double>(tenth.rows);
      observed.push_back(ranked.labels[i]);
    }
    std::sort(observed.begin(), observed.end());
    tenth.observed = std::accumulate(observed.begin(), observed.end(), 0.0) / static_cast<double>(tenth.rows);
    tenth.low = observed[(observed.size() - 1) / 10];
    tenth.high = observed[(observed.size() - 1) - (observed.size() - 1) / 10];
    tenths.push_back(tenth);
  }
  return tenths;
}

void write_json(JsonWriter& json, const std::vector<ValueTenth>& tenths) {
  json.begin_array();
  for (const ValueTenth& t : tenths) {
    json.begin_object().field("rows", t.rows).field("predicted", t.predicted).field("observed", t.observed).field("low", t.low).field("high", t.high).end_object();
  }
  json.end_array();
}

std::vector<ThresholdRow> threshold_table(const std::vector<double>& scores, const std::vector<float>& labels) {
  Ranked ranked = rank(scores, labels);
  double positives = std::accumulate(labels.begin(), labels.end(), 0.0), n = static_cast<double>(labels.size());
  std::vector<ThresholdRow> table;
  for (double share : {0.01, 0.02, 0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50, 0.75}) {
    auto wanted = static_cast<uint32_t>(std::ceil(share * n));
    // All rows of one score are flagged together.
    uint32_t end = *std::lower_bound(ranked.run_end.begin(), ranked.run_end.end(), std::max(1u, wanted));
    double threshold = ranked.scores[end - 1];
    if (!table.empty() && table.back().threshold == threshold) continue;
    double hits = std::accumulate(ranked.labels.begin(), ranked.labels.begin() + end, 0.0);
    table.push_back({threshold, positives > 0 ? hits / positives : 0, hits / end, end / n});
  }
  return table;
}

void write_json(JsonWriter& json, const Measure& m) {
  json.begin_object().field("value", m.value).field("low", m.low).field("high", m.high).end_object();
}
void write_json(JsonWriter& json, const BinaryQuality& q) {
  json.begin_object().field("rows", q.rows).field("positives", q.positives);
  write_json(json.key("auc"), q.auc);
  write_json(json.key("pr_auc"), q.pr_auc);
  write_json(json.key("log_loss"), q.log_loss);
  write_json(json.key("brier"), q.brier);
  write_json(json.key("ece"), q.ece);
  write_json(json.key("lift_at_10pct"), q.lift_at_10pct);
  json.end_object();
}
void write_json(JsonWriter& json, const RegressionQuality& q) {
  json.begin_object().field("rows", q.rows);
  write_json(json.key("rmse"), q.rmse);
  write_json(json.key("mae"), q.mae);
  write_json(json.key("r2"), q.r2);
  json.end_object();
}
void write_json(JsonWriter& json, const std::vector<CalibrationBin>& curve) {
  json.begin_array();
  for (const auto& b : curve) {
    json.begin_object().field("rows", b.rows).field("predicted", b.predicted).field("observed", b.observed);
    json.field("low", b.low).field("high", b.high).end_object();
  }
  json.end_array();
}
void write_json(JsonWriter& json, const std::vector<ThresholdRow>& table) {
  json.begin_array();
  for (const auto& r : table) {
    json.begin_object().field("threshold", r.threshold).field("recall", r.recall).field("precision", r.precision);
    json.field("share_flagged", r.share_flagged).end_object();
  }
  json.end_array();
}

}  // namespace furrow::learn
