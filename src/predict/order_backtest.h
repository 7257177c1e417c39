// What a forecast of orders would have been worth one horizon ago: everybody's history as seen then, and what they did since.
//
// The cut is the end of the observation less the horizon. Whoever ordered up to it has a history at the cut, and an outcome: the days with an order
// after the cut up to the end, and the money of these days. A model fitted to the histories at the cut is judged by the outcomes, which it has not seen,
// and their errors make intervals for the forecasts at the end (learn/conformal.h): they hold what the fit does not know and where the model is wrong,
// as long as customers go on as they did. A business that changed within the last horizon, or whose customers are all of one age, has other errors ahead.
// Orders are whole numbers, so both ends are rounded down to one, and an interval that begins at 0 leaves out above what others leave out on both sides. Where
// most customers order nothing, an interval covers more than its level. The coverage told is that of intervals made of one half of the customers, on the other.
// Threads: pure functions. Cost: one pass over the days; intervals sort the customers. Memory: 64 bytes a customer.
#pragma once
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "learn/conformal.h"
#include "predict/order_history.h"

namespace furrow::predict {

// Fewer customers at the cut, or fewer of them with a second order, or after the cut, tell nothing about how wrong a forecast is.
inline constexpr size_t kLeastKnown = 200, kLeastRepeating = 20, kLeastReturning = 20;

struct BackTest {
  int64_t cut = 0;                      // the last day seen, since 1970
  double weeks = 0;                     // from there to the end: the horizon
  std::vector<uint32_t> customers;      // places in OrderTable::customers of those known at the cut
  std::vector<OrderHistory> histories;  // of each, at the cut
  std::vector<double> orders;           // of each: days with an order after the cut
  std::vector<double> money;            // of each: what these days' orders cost, as far as it is known
};
// kInvalidArgument when the log is too short for it, or the horizon not in whole days; says what is needed.
Result<BackTest> back_test(const OrderTable& orders, Duration horizon);

struct ForecastError {
  double mae = 0, rmse = 0;  // orders
};
// Of the customers that were forecast: a NaN is none.
ForecastError forecast_error(const std::vector<double>& expected, const std::vector<double>& came);
// Orders in `weeks` if each customer's rate goes on: repeats over age; 0 for those of age 0.
std::vector<double> last_rates(std::span<const OrderHistory> customers, double weeks);

class OrderBands {
 public:
  // Of forecasts made without the outcomes, one a customer (NaN: none). `level` in (0, 1); `seed` draws the halves.
  static OrderBands fit(const std::vector<double>& expected, const std::vector<double>& came, double level, uint64_t seed);
  OrderInterval at(double expected) const;
  size_t customers() const { return customers_; }
  double coverage() const { return coverage_; }  // share of the half kept out

 private:
  learn::ConformalIntervals intervals_;
  double level_ = 0, coverage_ = 0;
  size_t customers_ = 0;
};

}  // namespace furrow::predict
