// The list of valuable customers at risk that `furrow ltv` writes, and what it says of it. Threads: pure, but for the file.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "predict/customers_at_risk.h"
#include "predict/order_history.h"

namespace furrow::cli {

inline constexpr int kNewDays = 30;  // fell below in these last days: new

struct LtvAtRisk {
  predict::RiskRule rule;
  predict::RiskList list;
  std::optional<predict::WarningRecord> record;  // of the same warning one horizon ago
  size_t fresh = 0;      // at risk for at most kNewDays
  double at_stake = 0;   // money, else orders
  bool money = false;
};
LtvAtRisk at_risk(const predict::OrderTable& orders, const std::vector<double>& worth, const predict::SignsOf& signs,
                  const std::optional<predict::WarningRecord>& record);

// customer,at_risk_since,p_alive,chance_of_silence,last_order,orders,usual_gap_days,at_stake: who came to be at risk last is first.
Status write_at_risk(const predict::OrderTable& orders, const LtvAtRisk& risk, const std::string& path);
// "at_risk":{"valuable":…,"customers":…,"new":…,"at_stake":…,"in":"money"|"orders","record":{…}}
void write_at_risk(JsonWriter& json, const LtvAtRisk& risk);
std::string at_risk_in_words(const LtvAtRisk& risk, const std::string& horizon, const std::string& file);

}  // namespace furrow::cli
