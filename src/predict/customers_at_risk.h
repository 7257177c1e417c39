// Valuable customers who are about to be lost: an early warning out of order histories, and how it would have done one horizon ago.
//
// Valuable are the customers who would bring most in the horizon if they are customers still: their expected orders (or money) over the chance that they
// are. At risk are those of them who are more likely gone than not, or silent for longer than nearly all who order as they do would be. Both signs only
// grow while somebody is silent, so the day is known on which they became enough, and a list of the last days' is early.
// Signs of BG/NBD and Pareto/NBD, given the orders up to the last one: the rate is Gamma(r + x, alpha + t_x), so that nobody's silence of s weeks has the
// chance ((alpha + t_x) / (alpha + t_x + s)) ^ (r + x) while they are a customer (Fader, Hardie and Lee 2005, the mixture's survival function).
// Threads: pure functions. Cost: one sort, and some 50 evaluations of the signs for each customer at risk.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "predict/order_backtest.h"
#include "predict/pareto_nbd.h"

namespace furrow::predict {

struct RiskRule {
  double valuable = 0.2;  // share of the customers, those who would bring most
  double alive = 0.5;     // at risk below this chance to be a customer still,
  double silence = 0.1;   // or below this chance of being silent for so long as a customer
};

struct CustomerSigns {
  double p_alive = 1, silence = 1;
};
CustomerSigns signs_of(const BgNbd& model, const OrderHistory& customer);
CustomerSigns signs_of(const ParetoNbd& model, const OrderHistory& customer);
using SignsOf = std::function<CustomerSigns(const OrderHistory&)>;

struct CustomerAtRisk {
  size_t customer = 0;   // place among the histories
  CustomerSigns signs;
  double weeks_ago = 0;  // since the signs were enough
  double at_stake = 0;   // orders or money in the horizon, of one who is a customer still
};

struct RiskList {
  std::vector<size_t> valuable;         // places, who would bring most first
  std::vector<CustomerAtRisk> at_risk;  // who came to be it last is first; of one day, who has most at stake
};
// `expected`: orders or money of each in the horizon. One a history.
RiskList customers_at_risk(std::span<const OrderHistory> customers, std::span<const double> expected, const SignsOf& signs, const RiskRule& rule);

// The warning given at a back test's cut, and who of those valuable then came no more within its horizon.
struct WarningRecord {
  size_t warned = 0, warned_stayed_away = 0;
  size_t others = 0, others_stayed_away = 0;  // valuable and not warned of
  size_t longest_silent_stayed_away = 0;      // of as many valuable customers whose last order was longest ago: the warning anyone could give
};
WarningRecord warning_record(const BackTest& past, const RiskList& then);

}  // namespace furrow::predict
