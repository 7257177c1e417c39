#include "cli/ltv_look_back.h"

#include <fmt/format.h>

#include "base/time.h"
#include "predict/pareto_nbd.h"

namespace furrow::cli {
namespace {

template <class Model>
std::vector<double> expected_at_cut(const Model& model, const predict::BackTest& past) {
  std::vector<double> out;
  for (const auto& history : past.histories) out.push_back(model.expected_orders(history, past.weeks));
  return out;
}

// What each was expected to bring then: money where it can be modelled, else orders.
template <class Model>
std::vector<double> worth_at_cut(const Model& model, const predict::BackTest& past, bool in_money) {
  std::vector<double> out = expected_at_cut(model, past);
  if (!in_money) return out;
  const auto amounts = predict::fit_gamma_gamma(past.histories);
  if (!amounts.ok()) return out;
  for (size_t i = 0; i < out.size(); ++i) out[i] *= amounts->expected_amount(past.histories[i]);
  return out;
}

std::string why_posterior(const Result<LtvBackTest>& test) {
  return test.ok() ? "what had been ordered one horizon ago is too little to fit it to" : std::string(test.error().message());
}

}  // namespace

Result<LtvBackTest> look_back(const predict::OrderTable& orders, Duration horizon, std::string_view model, double level, uint64_t seed) {
  FURROW_ASSIGN(const predict::BackTest past, predict::back_test(orders, horizon));
  LtvBackTest out;
  out.cut = format_time(Time{past.cut * 86400LL * 1'000'000}).substr(0, 10);
  out.weeks = past.weeks;
  out.level = level;
  out.customers = past.customers.size();
  auto judge = [&](std::string key, std::string name, const std::vector<double>& expected, bool chosen) {
    out.judged.push_back({std::move(key), std::move(name), predict::forecast_error(expected, past.orders)});
    if (chosen) out.bands = predict::OrderBands::fit(expected, past.orders, level, seed);
  };
  judge("last_rate", "last rate", predict::last_rates(past.histories, past.weeks), false);
  const auto bg_nbd = predict::fit_bg_nbd(past.histories);
  if (bg_nbd.ok()) judge("bg_nbd", "BG/NBD", expected_at_cut(*bg_nbd, past), model == kBgNbd);
  const auto pareto_nbd = predict::fit_pareto_nbd(past.histories);
  if (pareto_nbd.ok()) judge("pareto_nbd", "Pareto/NBD", expected_at_cut(*pareto_nbd, past), model == kParetoNbd);
  auto warn = [&](const auto& fit) {
    const predict::SignsOf signs = [&](const predict::OrderHistory& history) { return predict::signs_of(fit, history); };
    out.warnings = predict::warning_record(past, predict::customers_at_risk(past.histories, worth_at_cut(fit, past, orders.money), signs, {}));
  };
  if (model == kParetoNbd) {
    if (pareto_nbd.ok()) warn(*pareto_nbd);
  } else if (bg_nbd.ok()) {
    warn(*bg_nbd);
  }
  if (model == kLearned) {
    if (!bg_nbd.ok()) return bg_nbd.error();
    FURROW_ASSIGN(out.orders, predict::learn_forecast(orders, past, *bg_nbd, predict::LearnedTarget::kOrders, seed));
    judge("learned", "learned", out.orders->at_cut, true);
    if (orders.money) {
      FURROW_ASSIGN(out.money, predict::learn_forecast(orders, past, *bg_nbd, predict::LearnedTarget::kMoney, seed));
    }
  }
  return out;
}

void write_back_test(JsonWriter& json, const Result<LtvBackTest>& test) {
  json.key("intervals").begin_object();
  if (test.ok() && test->bands) {
    json.field("kind", "conformal").field("cut", test->cut).field("customers", test->bands->customers()).field("coverage", test->bands->coverage());
  } else {
    json.field("kind", "posterior").field("why", why_posterior(test));
  }
  json.end_object();
  if (!test.ok()) return;
  json.key("back_test").begin_object().field("cut", test->cut).field("customers", test->customers).key("errors").begin_object();
  for (const auto& judged : test->judged) json.key(judged.key).begin_object().field("mae", judged.error.mae).field("rmse", judged.error.rmse).end_object();
  json.end_object().end_object();
}

std::string back_test_in_words(const Result<LtvBackTest>& test) {
  std::string out;
  if (test.ok()) {
    out += fmt::format("looked back to {}: {} customers' orders in the {:.4g} weeks since, forecast then\n{:22}mean absolute error  root mean square error\n", test->cut, test->customers, test->weeks, "");
    for (const auto& judged : test->judged) {
      out += fmt::format("  {:20}{:19.4f}{:24.4f}{}\n", judged.name, judged.error.mae, judged.error.rmse, judged.key == "learned" ? "  (of customers it had not seen)" : "");
    }
  }
  if (test.ok() && test->bands) {
    return out + fmt::format("intervals  conformal, from {} customers' {:.4g} weeks since {}; of level {:.2f}, they hold {:.1f} % of customers kept out\n", test->bands->customers(), test->weeks,
                             test->cut, test->level, 100 * test->bands->coverage());
  }
  return out + fmt::format("intervals  posterior, the model's own: {}\n", why_posterior(test));
}

}  // namespace furrow::cli
