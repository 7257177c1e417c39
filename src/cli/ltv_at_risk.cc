#include "cli/ltv_at_risk.h"

#include <fmt/format.h>

#include <cmath>

#include "base/time.h"
#include "table/files.h"

namespace furrow::cli {
namespace {

std::string date_of(int64_t day) { return format_time(Time{day * 86400LL * 1'000'000}).substr(0, 10); }

constexpr size_t kLeastWarned = 20;  // customers, of whom a share says something

std::string share(size_t part, size_t of) { return fmt::format("{:.0f} % ({} of {})", of == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(of), part, of); }

}  // namespace

LtvAtRisk at_risk(const predict::OrderTable& orders, const std::vector<double>& worth, const predict::SignsOf& signs,
                  const std::optional<predict::WarningRecord>& record) {
  LtvAtRisk out;
  out.list = predict::customers_at_risk(orders.histories, worth, signs, out.rule);
  out.record = record;
  out.money = orders.money;
  for (const auto& one : out.list.at_risk) {
    out.fresh += one.weeks_ago * 7 <= kNewDays;
    out.at_stake += one.at_stake;
  }
  return out;
}

Status write_at_risk(const predict::OrderTable& orders, const LtvAtRisk& risk, const std::string& path) {
  table::Column customer("customer", table::ColumnType::kText), since("at_risk_since", table::ColumnType::kText), alive("p_alive", table::ColumnType::kNumber);
  table::Column silence("chance_of_silence", table::ColumnType::kNumber);
  table::Column last("last_order", table::ColumnType::kText), count("orders", table::ColumnType::kNumber), gap("usual_gap_days", table::ColumnType::kNumber);
  table::Column at_stake("at_stake", table::ColumnType::kNumber);
  for (const auto& one : risk.list.at_risk) {
    const auto& history = orders.histories[one.customer];
    customer.append_text(orders.customers[one.customer]);
    since.append_text(date_of(orders.end - static_cast<int64_t>(std::floor(one.weeks_ago * 7))));
    alive.append_number(one.signs.p_alive);
    silence.append_number(one.signs.silence);
    last.append_text(date_of(orders.end - std::llround((history.age - history.recency) * 7)));
    count.append_number(history.repeats + 1);
    gap.append_number(history.repeats > 0 ? history.recency * 7 / history.repeats : std::nan(""));
    at_stake.append_number(one.at_stake);
  }
  table::Table out;
  for (auto* column : {&customer, &since, &alive, &silence, &last, &count, &gap, &at_stake}) out.add(std::move(*column));
  return table::write_table(out, path);
}

void write_at_risk(JsonWriter& json, const LtvAtRisk& risk) {
  json.key("at_risk").begin_object().field("valuable", risk.list.valuable.size()).field("customers", risk.list.at_risk.size()).field("new", risk.fresh);
  json.field("new_days", kNewDays).field("at_stake", risk.at_stake).field("in", risk.money ? "money" : "orders");
  if (risk.record) {
    json.key("record").begin_object().field("warned", risk.record->warned).field("warned_stayed_away", risk.record->warned_stayed_away);
    json.field("others", risk.record->others).field("others_stayed_away", risk.record->others_stayed_away);
    json.field("longest_silent_stayed_away", risk.record->longest_silent_stayed_away).end_object();
  }
  json.end_object();
}

std::string at_risk_in_words(const LtvAtRisk& risk, const std::string& horizon, const std::string& file) {
  std::string out = fmt::format("at risk  {} of the {} most valuable customers are more likely gone than not, or silent for longer than {:.0f} % of their like would be; {} since the last {} days\n",
                                risk.list.at_risk.size(), risk.list.valuable.size(), 100 * (1 - risk.rule.silence), risk.fresh, kNewDays);
  if (!risk.list.at_risk.empty()) {
    out += fmt::format("         at stake in {}: {:.0f}{}{}\n", horizon, risk.at_stake, risk.money ? "" : " orders", file.empty() ? "; --at-risk FILE lists them" : ", listed in " + file);
  }
  if (risk.record && risk.record->warned < kLeastWarned) {
    out += fmt::format("         the same warning one horizon ago was of {}, too few to say how good it is\n", risk.record->warned);
  } else if (risk.record) {
    out += fmt::format("         the same warning one horizon ago: {} of those warned of have ordered nothing since, {} of the other valuable ones; of as many with the longest silence {}\n",
                       share(risk.record->warned_stayed_away, risk.record->warned), share(risk.record->others_stayed_away, risk.record->others),
                       share(risk.record->longest_silent_stayed_away, risk.record->warned));
  }
  return out;
}

}  // namespace furrow::cli
