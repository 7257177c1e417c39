#include "predict/learned_orders.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "learn/trainer.h"

namespace furrow::predict {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kInputs[] = {"orders", "since_last", "age", "rate", "mean_gap", "last_gap", "through_gap", "in_horizon", "in_half", "in_quarter",
                                        "mean_amount", "last_amount", "first_amount", "bg_nbd_orders", "bg_nbd_alive"};
constexpr std::string_view kCame = "came", kCustomer = "customer";

using Inputs = std::array<double, std::size(kInputs)>;

// What is known of a customer at the end of day `end`; `days` are up to it.
Inputs inputs_of(std::span<const OrderDay> days, int64_t end, bool money, double weeks, const BgNbd& bg_nbd) {
  const OrderHistory history = history_of(days, end, money);
  const double since = history.age - history.recency;
  double mean_gap = kUnknown, last_gap = kUnknown;
  if (days.size() > 1) {
    mean_gap = history.recency / history.repeats;
    last_gap = static_cast<double>(days.back().day - days[days.size() - 2].day) / 7;
  }
  auto within = [&](double span) {
    const auto from = end - static_cast<int64_t>(std::llround(span * 7));
    return static_cast<double>(std::count_if(days.begin(), days.end(), [&](const OrderDay& day) { return day.day > from; }));
  };
  double paid = 0, priced = 0, last_amount = kUnknown;
  for (const OrderDay& day : days) {
    if (!money || std::isnan(day.amount)) continue;
    paid += day.amount, ++priced;
    last_amount = day.amount;
  }
  return {history.repeats + 1, since, history.age, history.age > 0 ? history.repeats / history.age : 0, mean_gap, last_gap, since / mean_gap,
          within(weeks), within(weeks / 2), within(weeks / 4), priced > 0 ? paid / priced : kUnknown, last_amount, money ? days.front().amount : kUnknown,
          bg_nbd.expected_orders(history, weeks), bg_nbd.p_alive(history)};
}

learn::Dataset table_of(const std::vector<Inputs>& rows, bool money) {
  learn::Dataset data;
  data.rows = rows.size();
  for (size_t k = 0; k < std::size(kInputs); ++k) {
    if (!money && kInputs[k].ends_with("amount")) continue;
    std::vector<double> numbers;
    for (const Inputs& row : rows) numbers.push_back(row[k]);
    data.columns.push_back(learn::number_column(std::string(kInputs[k]), std::move(numbers)));
  }
  return data;
}

}  // namespace

Result<LearnedForecast> learn_forecast(const OrderTable& orders, const BackTest& past, const BgNbd& bg_nbd, LearnedTarget target, uint64_t seed) {
  std::vector<Inputs> rows;
  std::vector<double> places;
  for (uint32_t customer : past.customers) {
    rows.push_back(inputs_of(orders.days_until(customer, past.cut), past.cut, orders.money, past.weeks, bg_nbd));
    places.push_back(customer);
  }
  const std::vector<double>& came = target == LearnedTarget::kOrders ? past.orders : past.money;
  learn::Dataset data = table_of(rows, orders.money);
  data.columns.push_back(learn::number_column(std::string(kCame), came));
  // Customers are groups of their own: many are alike in all that is known of them, and each is held out once.
  data.columns.push_back(learn::number_column(std::string(kCustomer), std::move(places)));
  learn::TrainOptions options;
  options.target = kCame;
  options.group = kCustomer;
  options.seed = seed;
  for (const learn::Column& input : data.columns) {  // of few customers one may match the outcome by chance
    if (input.name != kCame && input.name != kCustomer) options.keep.push_back(input.name);
  }
  // Where there are two outcomes only, as when nobody ordered twice, the trainer learns the chance of the greater.
  const auto [least, most] = std::minmax_element(came.begin(), came.end());
  const double low = *least, high = *most;
  const bool two = std::all_of(came.begin(), came.end(), [&](double one) { return one == low || one == high; });
  if (two) options.positive = data.find(kCame)->text(static_cast<size_t>(most - came.begin()));
  FURROW_ASSIGN(learn::Trained trained, learn::train(data, options));
  FURROW_ASSIGN(learn::Calibration calibration, learn::Calibration::parse(trained.files.calibration));
  auto forecast = [&](double margin) { return std::max(0.0, two ? low + (high - low) * calibration.probability(margin) : margin); };
  LearnedForecast out;
  out.at_cut.assign(came.size(), kUnknown);
  for (size_t i = 0; i < trained.held_out.rows.size(); ++i) out.at_cut[trained.held_out.rows[i]] = forecast(trained.held_out.margins[i]);

  rows.clear();
  for (uint32_t customer = 0; customer < orders.customers.size(); ++customer) {
    rows.push_back(inputs_of(orders.days_until(customer, orders.end), orders.end, orders.money, past.weeks, bg_nbd));
  }
  FURROW_ASSIGN(learn::Encoder encoder, learn::Encoder::parse(trained.files.encoding));
  FURROW_ASSIGN(learn::Forest forest, learn::Forest::parse(trained.files.model));
  FURROW_ASSIGN(learn::Samples now, encoder.encode(table_of(rows, orders.money)));
  for (size_t i = 0; i < rows.size(); ++i) out.at_end.push_back(forecast(static_cast<double>(forest.margin(now.row(i)))));
  return out;
}

}  // namespace furrow::predict
