#include "learn/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace furrow::learn {
namespace {

constexpr size_t kPoints = 40;
constexpr int kMoneyBootstraps = 200;

Measure bootstrap(const std::vector<double>& worth, double value, uint64_t seed) {
  Random random(seed);
  std::vector<double> draws;
  for (int b = 0; b < kMoneyBootstraps; ++b) {
    double sum = 0;
    for (size_t i = 0; i < worth.size(); ++i) sum += worth[random.below(worth.size())];
    draws.push_back(sum);
  }
  std::sort(draws.begin(), draws.end());
  return {value, draws[static_cast<size_t>(0.025 * kMoneyBootstraps)], draws[static_cast<size_t>(0.975 * kMoneyBootstraps) - 1]};
}

void write_point(JsonWriter& json, const ProfitPoint& p) {
  json.begin_object().field("threshold", p.threshold).field("calls", p.calls).field("share", p.share).field("recall", p.recall);
  json.field("precision", p.precision).field("profit", p.profit).end_object();
}

}  // namespace

Result<MoneyThreshold> choose_threshold(const std::vector<double>& scores, const std::vector<float>& labels, double benefit, double cost, uint64_t seed) {
  if (!(benefit > 0) || !std::isfinite(benefit)) return Error(ErrorCode::kInvalidArgument, fmt::format("--benefit {} is not a positive amount", benefit)).in_field("--benefit");
  if (!(cost > 0) || !std::isfinite(cost)) return Error(ErrorCode::kInvalidArgument, fmt::format("--cost {} is not a positive amount", cost)).in_field("--cost");
  if (scores.empty() || scores.size() != labels.size()) return Error(ErrorCode::kInvalidArgument, "there are no labelled rows to choose a threshold by");
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a < b); });
  double positives = 0, n = static_cast<double>(scores.size());
  for (float y : labels) positives += y > 0;
  MoneyThreshold out;
  out.benefit = benefit, out.cost = cost;
  out.rule.threshold = cost / benefit;
  out.best.threshold = std::numeric_limits<double>::infinity();  // nobody, unless somebody pays
  double hits = 0, next_share = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    hits += labels[order[k]] > 0;
    double score = scores[order[k]];
    if (k + 1 < order.size() && scores[order[k + 1]] == score) continue;
    double calls = static_cast<double>(k + 1);
    ProfitPoint point{score, k + 1, calls / n, positives > 0 ? hits / positives : 0, hits / calls, benefit * hits - cost * calls};
    if (point.profit > out.best.profit) out.best = point;
    if (score >= cost / benefit) {
      out.rule = point;
      out.rule.threshold = cost / benefit;
    }
    if (point.share >= next_share || k + 1 == order.size()) {
      out.curve.push_back(point);
      next_share = (std::floor(point.share * kPoints) + 1) / kPoints;
    }
  }
  out.profit_of_all = benefit * positives - cost * n;
  auto worth_at = [&](double threshold) {
    std::vector<double> worth(scores.size(), 0);
    for (size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] >= threshold) worth[i] = (labels[i] > 0 ? benefit : 0) - cost;
    }
    return worth;
  };
  out.rule_profit = bootstrap(worth_at(out.rule.threshold), out.rule.profit, seed);
  out.best_profit = bootstrap(worth_at(out.best.threshold), out.best.profit, seed);
  return out;
}

void write_json(JsonWriter& json, const MoneyThreshold& money) {
  json.begin_object().field("benefit", money.benefit).field("cost", money.cost).field("threshold", money.rule.threshold).field("calls", money.rule.calls);
  json.field("profit", money.rule.profit).key("rule");
  write_point(json, money.rule);
  write_json(json.key("rule_profit"), money.rule_profit);
  write_point(json.key("best"), money.best);
  write_json(json.key("best_profit"), money.best_profit);
  json.field("profit_of_all", money.profit_of_all).key("curve").begin_array();
  for (const ProfitPoint& point : money.curve) write_point(json, point);
  json.end_array().end_object();
}

}  // namespace furrow::learn
