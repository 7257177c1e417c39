#include "learn/uplift_metrics.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "base/random.h"

namespace furrow::learn {
namespace {

constexpr int kDraws = 200;
constexpr double kCurveStep = 0.05;

struct UpliftStep {
  size_t end;  // place in the order after the rows of one score
};

struct UpliftRanking {
  std::vector<uint32_t> order;
  std::vector<UpliftStep> steps;
};

UpliftRanking rank(const std::vector<double>& scores) {
  UpliftRanking out;
  out.order.resize(scores.size());
  std::iota(out.order.begin(), out.order.end(), 0u);
  std::sort(out.order.begin(), out.order.end(), [&](uint32_t a, uint32_t b) { return scores[a] > scores[b] || (scores[a] == scores[b] && a < b); });
  for (size_t i = 0; i < out.order.size(); ++i) {
    if (i + 1 == out.order.size() || scores[out.order[i]] != scores[out.order[i + 1]]) out.steps.push_back({i + 1});
  }
  return out;
}

struct Sums {
  double rows[2] = {0, 0}, outcomes[2] = {0, 0};  // others, treated
  void add(double count, bool treated, double outcome) {
    rows[treated] += count;
    outcomes[treated] += count * outcome;
  }
  double uplift(double all) const {
    if (rows[0] == 0 || rows[1] == 0) return 0;
    return (rows[0] + rows[1]) / all * (outcomes[1] / rows[1] - outcomes[0] / rows[0]);
  }
  double qini(double treated) const { return (outcomes[1] - (rows[0] > 0 ? outcomes[0] * rows[1] / rows[0] : 0)) / treated; }
};

struct Areas {
  double auuc = 0, qini = 0, effect = 0;
};

// `count`: how often each row counts; empty: once.
Areas areas(const UpliftRanking& ranking, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated, const std::vector<uint8_t>& count,
            std::vector<UpliftPoint>* curve = nullptr) {
  auto times = [&](uint32_t row) { return count.empty() ? 1.0 : static_cast<double>(count[row]); };
  Sums all, taken;
  for (uint32_t row : ranking.order) all.add(times(row), treated[row], outcomes[row]);
  double total = all.rows[0] + all.rows[1];
  Areas out;
  if (all.rows[0] == 0 || all.rows[1] == 0) return out;
  out.effect = all.outcomes[1] / all.rows[1] - all.outcomes[0] / all.rows[0];
  size_t at = 0;
  UpliftPoint before;
  if (curve) curve->push_back(before);
  for (const UpliftStep& step : ranking.steps) {
    for (; at < step.end; ++at) taken.add(times(ranking.order[at]), treated[ranking.order[at]], outcomes[ranking.order[at]]);
    UpliftPoint now{(taken.rows[0] + taken.rows[1]) / total, taken.uplift(total), taken.qini(all.rows[1])};
    double width = now.share - before.share;
    out.auuc += width * (now.uplift + before.uplift) / 2;
    out.qini += width * (now.qini + before.qini) / 2;
    for (double share = kCurveStep * static_cast<double>(curve ? curve->size() : 0); curve && width > 0 && share <= now.share + 1e-9 && curve->size() <= 20;
         share = kCurveStep * static_cast<double>(curve->size())) {
      double part = std::clamp((share - before.share) / width, 0.0, 1.0);
      curve->push_back({share, before.uplift + part * (now.uplift - before.uplift), before.qini + part * (now.qini - before.qini)});
    }
    before = now;
  }
  out.qini -= taken.qini(all.rows[1]) / 2;
  return out;
}

Measure interval(double value, std::vector<double> draws) {
  std::sort(draws.begin(), draws.end());
  if (draws.empty()) return {value, value, value};
  auto place = [&](double share) { return draws[static_cast<size_t>(share * static_cast<double>(draws.size() - 1) + 0.5)]; };
  return {value, place(0.025), place(0.975)};
}

void draw_counts(Random& random, std::vector<uint8_t>& count) {
  std::fill(count.begin(), count.end(), uint8_t{0});
  for (size_t i = 0; i < count.size(); ++i) {
    uint8_t& c = count[random.below(count.size())];
    if (c < 255) ++c;
  }
}

Error one_sided(const char* what) { return Error(ErrorCode::kInvalidArgument, what); }

}  // namespace

double auuc(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated) {
  return areas(rank(scores), outcomes, treated, {}).auuc;
}
double qini(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated) {
  return areas(rank(scores), outcomes, treated, {}).qini;
}

Result<UpliftQuality> uplift_quality(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated, uint64_t seed) {
  UpliftQuality out;
  out.rows = scores.size();
  out.treated = static_cast<size_t>(std::count(treated.begin(), treated.end(), 1));
  if (out.treated == 0) return one_sided("no row was treated: uplift cannot be judged");
  if (out.treated == out.rows) return one_sided("every row was treated: without a control group uplift cannot be judged");
  UpliftRanking ranking = rank(scores);
  Areas whole = areas(ranking, outcomes, treated, {}, &out.curve);
  Random random(seed);
  std::vector<uint8_t> count(out.rows);
  std::vector<double> draws[3];
  for (int d = 0; d < kDraws; ++d) {
    draw_counts(random, count);
    Areas drawn = areas(ranking, outcomes, treated, count);
    draws[0].push_back(drawn.auuc);
    draws[1].push_back(drawn.qini);
    draws[2].push_back(drawn.effect);
  }
  out.auuc = interval(whole.auuc, std::move(draws[0]));
  out.qini = interval(whole.qini, std::move(draws[1]));
  out.effect = interval(whole.effect, std::move(draws[2]));
  out.random_auuc = whole.effect / 2;
  return out;
}

Result<PolicyValue> policy_value(const std::vector<int>& arm, const std::vector<int>& recommended, const std::vector<float>& outcomes, double value,
                                 const std::vector<double>& costs, uint64_t seed) {
  size_t arms = costs.size(), rows = arm.size();
  std::vector<size_t> got(arms, 0), wanted(arms, 0);
  for (size_t i = 0; i < rows; ++i) ++got[static_cast<size_t>(arm[i])], ++wanted[static_cast<size_t>(recommended[i])];
  if (std::any_of(got.begin(), got.end(), [](size_t n) { return n == 0; })) return one_sided("an arm has no rows: a policy over the arms cannot be valued");
  // Means of value x outcome - cost: of each arm, and of the policy.
  auto means = [&](const std::vector<uint8_t>& count) {
    std::vector<double> sum(arms + 1, 0), weight(arms + 1, 0), per_arm(arms, 0);
    for (size_t i = 0; i < rows; ++i) per_arm[static_cast<size_t>(arm[i])] += count.empty() ? 1 : count[i];
    for (size_t i = 0; i < rows; ++i) {
      auto a = static_cast<size_t>(arm[i]);
      double times = count.empty() ? 1 : count[i];
      if (times == 0) continue;
      double net = value * static_cast<double>(outcomes[i]) - (a > 0 ? costs[a] : 0);
      sum[a] += times * net;
      weight[a] += times;
      if (arm[i] != recommended[i]) continue;
      sum[arms] += times * net / per_arm[a];
      weight[arms] += times / per_arm[a];
    }
    std::vector<double> gains;
    double nobody = weight[0] > 0 ? sum[0] / weight[0] : 0;
    for (size_t a = 1; a <= arms; ++a) gains.push_back((weight[a] > 0 ? sum[a] / weight[a] : nobody) - nobody);
    return gains;
  };
  std::vector<double> whole = means({});
  std::vector<std::vector<double>> draws(arms);
  Random random(seed);
  std::vector<uint8_t> count(rows);
  for (int d = 0; d < kDraws; ++d) {
    draw_counts(random, count);
    std::vector<double> drawn = means(count);
    for (size_t a = 0; a < arms; ++a) draws[a].push_back(drawn[a]);
  }
  PolicyValue out;
  out.gain = interval(whole.back(), std::move(draws.back()));
  for (size_t a = 0; a + 1 < arms; ++a) out.gain_of_arm.push_back(interval(whole[a], std::move(draws[a])));
  for (size_t n : wanted) out.share_of_arm.push_back(static_cast<double>(n) / static_cast<double>(rows));
  return out;
}

void write_json(JsonWriter& json, const UpliftQuality& q) {
  json.begin_object().field("rows", q.rows).field("treated", q.treated);
  for (const auto& [name, m] : {std::pair("auuc", &q.auuc), {"qini", &q.qini}, {"effect", &q.effect}}) write_json(json.key(name), *m);
  json.field("random_auuc", q.random_auuc).key("curve").begin_array();
  for (const UpliftPoint& p : q.curve) json.begin_object().field("share", p.share).field("uplift", p.uplift).field("qini", p.qini).end_object();
  json.end_array().end_object();
}

void write_json(JsonWriter& json, const PolicyValue& value) {
  json.begin_object();
  write_json(json.key("gain"), value.gain);
  json.key("gain_of_arm").begin_array();
  for (const Measure& gain : value.gain_of_arm) write_json(json, gain);
  json.end_array().key("share_of_arm").begin_array();
  for (double share : value.share_of_arm) json.number(share);
  json.end_array().end_object();
}

}  // namespace furrow::learn
