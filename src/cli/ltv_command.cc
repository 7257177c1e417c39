#include <fmt/format.h>

#include <iostream>
#include <map>
#include <tuple>
#include <variant>

#include "base/ids.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/ltv_at_risk.h"
#include "cli/ltv_look_back.h"
#include "cli/outputs.h"
#include "predict/lifetime_value.h"
#include "predict/order_history.h"
#include "predict/pareto_nbd.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

struct LtvOptions {
  std::string data, customer, time, amount, horizon, out, as_of, rejects, at_risk, timezone = "UTC", model{kBgNbd};
  double level = 0.8;
  uint64_t seed = 1;
  bool json = false;
};

struct Forecast {
  double alive = 0, expected = 0, low = 0, high = 0;
};

using OrderModel = std::variant<predict::BgNbd, predict::ParetoNbd>;

void write_parameters(JsonWriter& json, const OrderModel& model) {
  if (const auto* fit = std::get_if<predict::ParetoNbd>(&model)) {
    json.key("pareto_nbd").begin_object().field("r", fit->r).field("alpha", fit->alpha).field("s", fit->s).field("beta", fit->beta);
    json.field("log_likelihood", fit->log_likelihood).field("held", fit->held).end_object();
    return;
  }
  const auto& fit = std::get<predict::BgNbd>(model);
  json.key("bg_nbd").begin_object().field("r", fit.r).field("alpha", fit.alpha).field("a", fit.a).field("b", fit.b);
  json.field("log_likelihood", fit.log_likelihood).field("held", fit.held).end_object();
}

std::string parameters_in_words(const OrderModel& model) {
  if (const auto* fit = std::get_if<predict::ParetoNbd>(&model)) {
    return fmt::format("orders  Pareto/NBD   r {:.3f}  alpha {:.3f}  s {:.3f}  beta {:.3f}  log-likelihood {:.1f}\n", fit->r, fit->alpha, fit->s, fit->beta, fit->log_likelihood);
  }
  const auto& fit = std::get<predict::BgNbd>(model);
  return fmt::format("orders  BG/NBD       r {:.3f}  alpha {:.3f}  a {:.3f}  b {:.3f}  log-likelihood {:.1f}\n", fit.r, fit.alpha, fit.a, fit.b, fit.log_likelihood);
}

Status run(const LtvOptions& options) {
  if (options.model != kBgNbd && options.model != kParetoNbd && options.model != kLearned) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("--model is {}, {} or {}, not '{}'", kBgNbd, kParetoNbd, kLearned, options.model)).in_field("--model");
  }
  FURROW_TRY(check_outputs({options.data}, {{"--out", options.out}, {"--rejects", options.rejects, false}, {"--at-risk", options.at_risk}}));
  FURROW_ASSIGN(Duration horizon, parse_duration(options.horizon));
  predict::OrderColumns columns{options.customer, options.time, options.amount, {}, TimeZone::utc()};
  FURROW_ASSIGN(columns.timezone, TimeZone::load(options.timezone));
  if (!options.as_of.empty()) {
    FURROW_ASSIGN(columns.as_of, parse_time(options.as_of));
  }
  table::ReadReport read;
  FURROW_ASSIGN(table::Table data, table::read_table(options.data, {.text_columns = {options.customer}}, &read));
  if (!options.rejects.empty()) FURROW_TRY(table::write_rejects(read.rejects, options.rejects));
  if (data.rows() == 0 && read.rejected == 0) return Error(ErrorCode::kInvalidFile, "the file has a header but no rows").at(options.data);
  FURROW_ASSIGN(auto orders, predict::read_orders(data, columns, options.data));
  OrderModel model;
  if (options.model == kParetoNbd) {
    FURROW_ASSIGN(model, predict::fit_pareto_nbd(orders.histories));
  } else {
    FURROW_ASSIGN(model, predict::fit_bg_nbd(orders.histories));
  }
  std::optional<predict::GammaGamma> money;
  if (!options.amount.empty()) {
    FURROW_ASSIGN(money, predict::fit_gamma_gamma(orders.histories));
  }
  auto looked_back = look_back(orders, horizon, options.model, options.level, options.seed);
  if (options.model == kLearned && !looked_back.ok()) return Error(looked_back.error()).in_field("--model");
  const LtvBackTest* test = looked_back.ok() ? &*looked_back : nullptr;
  double weeks = horizon.days() / 7, total = 0, value_total = 0;
  table::Column id("customer", table::ColumnType::kText), alive("p_alive", table::ColumnType::kNumber);
  table::Column expected("expected_orders", table::ColumnType::kNumber), low("low", table::ColumnType::kNumber);
  table::Column high("high", table::ColumnType::kNumber), value("value", table::ColumnType::kNumber);
  // Customers with the same history share one forecast.
  std::map<std::tuple<double, double, double>, Forecast> known;
  std::vector<double> worth;  // of each as the model of orders has it, money where it is modelled: for the warning, which is the same one horizon ago
  for (size_t i = 0; i < orders.customers.size(); ++i) {
    const auto& h = orders.histories[i];
    auto [at, fresh] = known.try_emplace({h.repeats, h.recency, h.age});
    if (fresh) {
      at->second = std::visit([&](const auto& orders_model) {
        predict::OrderInterval interval;
        if (!test || !test->bands) interval = predict::order_interval(orders_model, h, weeks, options.level, mix64(options.seed + known.size()));
        return Forecast{orders_model.p_alive(h), orders_model.expected_orders(h, weeks), interval.low, interval.high};
      }, model);
    }
    Forecast f = at->second;
    if (test && test->orders) f.expected = test->orders->at_end[i];
    if (test && test->bands) {
      const predict::OrderInterval interval = test->bands->at(f.expected);
      f.low = interval.low, f.high = interval.high;
    }
    id.append_text(orders.customers[i]);
    alive.append_number(f.alive);
    expected.append_number(f.expected);
    low.append_number(f.low);
    high.append_number(f.high);
    total += f.expected;
    const double amount = money ? money->expected_amount(h) : 1;
    worth.push_back(at->second.expected * amount);
    if (money) {
      const double of_customer = test && test->money ? test->money->at_end[i] : f.expected * amount;
      value.append_number(of_customer);
      value_total += of_customer;
    }
  }
  table::Table out;
  for (auto* column : {&id, &alive, &expected, &low, &high}) out.add(std::move(*column));
  if (money) out.add(std::move(value));
  FURROW_TRY(table::write_table(out, options.out));
  const predict::SignsOf signs = [&](const predict::OrderHistory& h) { return std::visit([&](const auto& fit) { return predict::signs_of(fit, h); }, model); };
  const LtvAtRisk risk = at_risk(orders, worth, signs, test ? test->warnings : std::nullopt);
  if (!options.at_risk.empty()) FURROW_TRY(write_at_risk(orders, risk, options.at_risk));

  std::string as_of = format_time(orders.as_of).substr(0, 10);
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("customers", orders.customers.size()).field("rows", orders.rows).field("skipped", orders.skipped).field("rejected", read.rejected).field("unpriced", orders.unpriced);
    json.field("as_of", as_of).field("horizon_weeks", weeks).field("expected_orders", total).field("level", options.level).field("model", options.model);
    write_parameters(json, model);
    write_back_test(json, looked_back);
    write_at_risk(json, risk);
    if (money) {
      json.field("expected_value", value_total).key("gamma_gamma").begin_object().field("p", money->p).field("q", money->q);
      json.field("v", money->v).field("log_likelihood", money->log_likelihood).field("correlation", money->correlation).field("held", money->held).end_object();
    }
    json.field("out", options.out).end_object();
    std::cout << text << '\n';
    return {};
  }
  std::cout << fmt::format("{} customers from {} rows, observed to {}\n", orders.customers.size(), orders.rows, as_of);
  if (read.rejected > 0) std::cout << fmt::format("{} rows cannot be read and are left out, the first in line {}: {}\n", read.rejected, read.rejects[0].line, read.rejects[0].reason);
  if (orders.skipped > 0) std::cout << fmt::format("{} rows skipped, the first is {}\n", orders.skipped, orders.first_skipped);
  if (orders.unpriced > 0) std::cout << fmt::format("{} rows without an amount that can be read count as orders and not as money, the first is {}\n", orders.unpriced, orders.first_unpriced);
  std::cout << parameters_in_words(model);
  if (std::visit([](const auto& fit) { return fit.held; }, model)) std::cout << "note: customers order alike, or too few left to tell how they leave: the parameters are held by a weak prior and mean little by themselves\n";
  if (money) {
    std::cout << fmt::format("money   Gamma-Gamma  p {:.3f}  q {:.3f}  v {:.3f}  log-likelihood {:.2f}  correlation {:+.2f}\n",
                             money->p, money->q, money->v, money->log_likelihood, money->correlation);
    if (money->held) std::cout << "note: amounts hardly differ between customers, or within one: the parameters are held by a weak prior and mean little by themselves\n";
    if (std::abs(money->correlation) > 0.3) std::cout << "note: amounts go with how often people order, which Gamma-Gamma assumes they do not\n";
  }
  std::cout << back_test_in_words(looked_back);
  std::cout << fmt::format("next {}: {:.0f} orders expected", options.horizon, total);
  if (money) std::cout << fmt::format(", worth {:.0f}", value_total);
  std::cout << '\n' << at_risk_in_words(risk, options.horizon, options.at_risk) << fmt::format("written to {}\n", options.out);
  return {};
}

}  // namespace

void add_ltv_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<LtvOptions>();
  Command leaf = app.add_subcommand("ltv", "Lifetime value from orders: who is still a customer, how many orders, worth how much");
  leaf.add_option("DATA", options->data, "Orders, one row each: .csv .tsv .jsonl .parquet, also .gz").required();
  leaf.add_option("--customer", options->customer, "Column of the customer").required();
  leaf.add_option("--time", options->time, "Column of the order's time").required();
  leaf.add_option("--amount", options->amount, "Column of the money; adds the value column");
  leaf.add_option("--horizon", options->horizon, "How far ahead, such as 39w").required();
  leaf.add_option("--out", options->out, "customer,p_alive,expected_orders,low,high[,value]").required();
  leaf.add_option("--rejects", options->rejects, "Where to keep rows that cannot be read, with line and reason");
  leaf.add_option("--at-risk", options->at_risk, "Where to write the valuable customers at risk, who came to be it last first");
  leaf.add_option("--model", options->model, "bg-nbd: people leave only at an order; pareto-nbd: at any time; learned: by what customers alike did one horizon ago, alive as in bg-nbd").show_default();
  leaf.add_option("--as-of", options->as_of, "End of the observation; the last day in the data when absent");
  leaf.add_option("--timezone", options->timezone, "Zone that orders' days are counted in").show_default();
  leaf.add_option("--level", options->level, "Level of the interval low to high").between(0.01, 0.99).show_default();
  leaf.add_option("--seed", options->seed, "Seed of the interval's draws").show_default();
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow ltv orders.csv --customer customer_id --time date --amount total --horizon 39w --out value.csv --at-risk call.csv");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
