#include "predict/customers_at_risk.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace furrow::predict {
namespace {

constexpr int kHalvings = 50;  // of the silence: to less than a second of 70 years

double chance_of_silence(double r, double alpha, const OrderHistory& customer) {
  return std::pow((alpha + customer.recency) / (alpha + customer.age), r + customer.repeats);
}

bool enough(const CustomerSigns& signs, const RiskRule& rule) { return signs.p_alive < rule.alive || signs.silence < rule.silence; }

double weeks_since_enough(const OrderHistory& customer, const SignsOf& signs, const RiskRule& rule) {
  OrderHistory then = customer;
  double before = 0, since = customer.age - customer.recency;  // silence
  then.age = customer.recency;
  if (enough(signs(then), rule)) return since;  // from the last order on
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (before + since) / 2;
    then.age = customer.recency + middle;
    (enough(signs(then), rule) ? since : before) = middle;
  }
  return customer.age - customer.recency - since;
}

int64_t day_of(double weeks) { return std::llround(std::floor(weeks * 7)); }

}  // namespace

CustomerSigns signs_of(const BgNbd& model, const OrderHistory& customer) {
  return {model.p_alive(customer), chance_of_silence(model.r, model.alpha, customer)};
}

CustomerSigns signs_of(const ParetoNbd& model, const OrderHistory& customer) {
  return {model.p_alive(customer), chance_of_silence(model.r, model.alpha, customer)};
}

RiskList customers_at_risk(std::span<const OrderHistory> customers, std::span<const double> expected, const SignsOf& signs, const RiskRule& rule) {
  RiskList out;
  std::vector<CustomerSigns> now;
  std::vector<double> if_active;
  for (size_t i = 0; i < customers.size(); ++i) {
    now.push_back(signs(customers[i]));
    if_active.push_back(now[i].p_alive > 0 && expected[i] > 0 ? expected[i] / now[i].p_alive : 0);
    if (if_active[i] > 0) out.valuable.push_back(i);
  }
  const auto most = static_cast<size_t>(std::ceil(rule.valuable * static_cast<double>(customers.size())));
  std::stable_sort(out.valuable.begin(), out.valuable.end(), [&](size_t a, size_t b) { return if_active[a] > if_active[b]; });
  if (out.valuable.size() > most) out.valuable.resize(most);
  for (size_t i : out.valuable) {
    if (!enough(now[i], rule)) continue;
    out.at_risk.push_back({i, now[i], weeks_since_enough(customers[i], signs, rule), if_active[i]});
  }
  std::stable_sort(out.at_risk.begin(), out.at_risk.end(), [](const CustomerAtRisk& a, const CustomerAtRisk& b) {
    const int64_t day_a = day_of(a.weeks_ago), day_b = day_of(b.weeks_ago);
    return day_a != day_b ? day_a < day_b : a.at_stake > b.at_stake;
  });
  return out;
}

WarningRecord warning_record(const BackTest& past, const RiskList& then) {
  WarningRecord out;
  auto stayed_away = [&](size_t i) { return past.orders[i] == 0; };
  std::unordered_set<size_t> warned;
  for (const CustomerAtRisk& one : then.at_risk) {
    warned.insert(one.customer);
    ++out.warned;
    out.warned_stayed_away += stayed_away(one.customer);
  }
  for (size_t i : then.valuable) {
    if (warned.contains(i)) continue;
    ++out.others;
    out.others_stayed_away += stayed_away(i);
  }
  std::vector<size_t> silent = then.valuable;
  auto silence = [&](size_t i) { return past.histories[i].age - past.histories[i].recency; };
  std::stable_sort(silent.begin(), silent.end(), [&](size_t a, size_t b) { return silence(a) > silence(b); });
  for (size_t k = 0; k < out.warned; ++k) out.longest_silent_stayed_away += stayed_away(silent[k]);
  return out;
}

}  // namespace furrow::predict
