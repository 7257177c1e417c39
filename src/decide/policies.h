// What may have chosen a decision's action, by the name that DecisionRecord::policy gives it.
#pragma once
#include <string_view>

namespace furrow::decide {

inline constexpr std::string_view kBaselinePolicy = "baseline", kModelPolicy = "model", kExplorePolicy = "explore";
// The ledger stores the place in this list: add at the end.
inline constexpr std::string_view kPolicies[] = {kBaselinePolicy, kModelPolicy, kExplorePolicy};

}  // namespace furrow::decide
