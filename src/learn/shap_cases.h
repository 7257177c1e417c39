// The table that SHAP values of a shallow tree are looked up in (shap_tables.h).
//
// A tree of four levels is cut into four units, each with the two splits of the last level below one split above them. What
// the leaves of a unit give to its five features depends on the row only through the decisions at those five splits: 32
// cases, each a row of values for: the root, the split below it, the unit's own, and the two below that.
// Pure functions. Filled by the definition itself, a sum over all coalitions of the at most four features of a path.
#pragma once
#include <cstddef>
#include <cstdint>

#include "learn/forest.h"
#include "learn/shallow_trees.h"

namespace furrow::learn {

inline constexpr size_t kShapUnits = 4, kShapCases = 32, kShapColumns = 8;  // a cache line of doubles: the five features, and air

// The case of unit u: the decisions at its five places.
inline size_t shap_case(ShallowTrees::Decisions decisions, size_t u) {
  size_t d = decisions;
  return (d >> 1 & 1) | (d >> (2 + u / 2) & 1) << 1 | (d >> (4 + u) & 1) << 2 | (d >> (8 + 2 * u) & 3) << 3;
}

// Adds one tree's values to `cases`: units x cases x columns, zero at first.
void fill_shap_cases(const Forest& forest, const ShallowTrees& trees, size_t tree, double* cases);

}  // namespace furrow::learn
