// A forecast of orders, or of money, that is learnt from what customers did after they looked alike: no story of how people order is assumed.
//
// Boosted trees and a linear model (learn/trainer.h) learn, at the cut of a back-test (order_backtest.h), what came within the horizon from what was known at the
// cut: how many orders, how long ago the first and the last, the time between orders (mean, last, and how far into it the customer is), orders in the
// last horizon, half and quarter of it, amounts (mean, last, first), and BG/NBD's forecast and chance of being alive, so that it leans on that as far as it is right
// (stacking: Wolpert, "Stacked generalization", Neural Networks 1992). The same model, with BG/NBD as fitted at the cut, then sees the histories at the end.
// It learns one season only: what the horizon after the cut did, it expects again. BG/NBD, of four parameters, is the better choice for a few hundred customers.
// Threads: pure function, trains on two. Cost: some seconds for 20,000 customers (docs/benchmarks.md). Errors: those of training.
#pragma once
#include <cstdint>
#include <vector>

#include "predict/order_backtest.h"

namespace furrow::predict {

enum class LearnedTarget { kOrders, kMoney };

struct LearnedForecast {
  std::vector<double> at_cut;  // of each customer of the back-test, by models that had not seen the customer; of a huge log NaN but for a draw
  std::vector<double> at_end;  // of each customer of the table; at least 0
};
// `bg_nbd`: fitted at the cut. The same result for the same data and seed.
Result<LearnedForecast> learn_forecast(const OrderTable& orders, const BackTest& past, const BgNbd& bg_nbd, LearnedTarget target, uint64_t seed);

}  // namespace furrow::predict
