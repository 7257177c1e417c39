#include "learn/shap_tables.h"

#include <algorithm>

#include "learn/shap_cases.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace furrow::learn {
namespace {

using Decisions = ShallowTrees::Decisions;
constexpr size_t kPlaces = ShallowTrees::kPlaces;
constexpr size_t kTree = kShapUnits * kShapCases * kShapColumns;

// A tree's values side by side: for units 0 and 1, then for 2 and 3, the second, third and two last splits of each; behind all
// trees the roots, summed over the units.
constexpr size_t kValues = 16;

size_t place_of(size_t unit, size_t column) { return unit / 2 * 8 + unit % 2 * 4 + column - 1; }

void spread_portable(const double* cases, const Decisions* decisions, size_t trees, double* values) {
  for (size_t t = 0; t < trees; ++t) {
    double root[kShapUnits];
    for (size_t u = 0; u < kShapUnits; ++u) {
      const double* row = cases + t * kTree + (u * kShapCases + shap_case(decisions[t], u)) * kShapColumns;
      root[u] = row[0];
      for (size_t c = 1; c < 5; ++c) values[t * kValues + place_of(u, c)] = row[c];
    }
    values[trees * kValues + t] = (root[0] + root[1]) + (root[2] + root[3]);
  }
}

#if defined(__x86_64__)
const bool kAvx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("bmi2");

// A case is the bits of its five places, the lowest first: shap_case.
template <unsigned kUnit>
__attribute__((target("avx512f,bmi2"))) inline __m512d row_of(const double* cases, unsigned decisions) {
  constexpr unsigned kMask = 1u << 1 | 1u << (2 + kUnit / 2) | 1u << (4 + kUnit) | 3u << (8 + 2 * kUnit);
  return _mm512_load_pd(cases + (kUnit * kShapCases + _pext_u32(decisions, kMask)) * kShapColumns);
}

__attribute__((target("avx512f,bmi2"))) void spread_avx512(const double* cases, const Decisions* decisions, size_t trees, double* values) {
  const __m512i columns = _mm512_setr_epi64(1, 2, 3, 4, 8 + 1, 8 + 2, 8 + 3, 8 + 4);
  double* roots = values + trees * kValues;
  for (size_t t = 0; t < trees; ++t, cases += kTree, values += kValues) {
    const unsigned d = decisions[t];
    __m512d a = row_of<0>(cases, d), b = row_of<1>(cases, d), c = row_of<2>(cases, d), e = row_of<3>(cases, d);
    _mm512_storeu_pd(values, _mm512_permutex2var_pd(a, columns, b));
    _mm512_storeu_pd(values + 8, _mm512_permutex2var_pd(c, columns, e));
    roots[t] = _mm512_cvtsd_f64(_mm512_add_pd(_mm512_add_pd(a, b), _mm512_add_pd(c, e)));
  }
}
#endif

}  // namespace

std::optional<ShapTables> ShapTables::make(const Forest& forest) {
  if (forest.trees().size() > kMaxTrees) return {};
  auto trees = ShallowTrees::make(forest);
  if (!trees) return {};
  ShapTables tables(std::move(*trees));
  tables.features_ = forest.features();
  constexpr size_t kLine = 64 / sizeof(double);
  tables.storage_.assign(tables.trees_.trees() * kTree + kLine, 0);
  size_t past = reinterpret_cast<uintptr_t>(tables.storage_.data()) / sizeof(double) % kLine;
  tables.cases_ = tables.storage_.data() + (kLine - past) % kLine;
  for (size_t t = 0; t < tables.trees_.trees(); ++t) fill_shap_cases(forest, tables.trees_, t, tables.cases_ + t * kTree);
  tables.find_places();
  return tables;
}

// Which values each feature sums.
void ShapTables::find_places() {
  const size_t trees = trees_.trees();
  std::vector<std::vector<uint32_t>> of(features_);
  auto add = [&](size_t tree, size_t split, size_t place) {
    int32_t feature = trees_.feature(tree, split);
    if (feature >= 0) of[static_cast<size_t>(feature)].push_back(static_cast<uint32_t>(place));
  };
  for (size_t t = 0; t < trees; ++t) {
    add(t, 1, trees * kValues + t);
    for (size_t u = 0; u < kShapUnits; ++u) {
      const size_t splits[] = {2 + u / 2, 4 + u, 8 + 2 * u, 9 + 2 * u};
      for (size_t c = 1; c < 5; ++c) add(t, splits[c - 1], t * kValues + place_of(u, c));
    }
  }
  for (size_t f = 0; f < features_; ++f) {
    if (of[f].empty()) continue;
    used_.push_back(static_cast<uint32_t>(f));
    places_.insert(places_.end(), of[f].begin(), of[f].end());
    ends_.push_back(static_cast<uint32_t>(places_.size()));
  }
}

void ShapTables::contributions(const float* row, Scratch& scratch, double* out) const {
  scratch.decisions.resize(trees_.trees());
  trees_.decide(row, scratch.keys, scratch.decisions.data());
  contributions(scratch.decisions.data(), scratch, out);
}

void ShapTables::contributions(const Decisions* decisions, Scratch& scratch, double* out) const {
  const size_t trees = trees_.trees();
  scratch.values.resize(trees * (kValues + 1));
  double* values = scratch.values.data();
#if defined(__x86_64__)
  if (kAvx512) spread_avx512(cases_, decisions, trees, values);
  else
#endif
    spread_portable(cases_, decisions, trees, values);
  std::fill(out, out + features_, 0.0);
  const uint32_t* at = places_.data();
  for (size_t i = 0; i < used_.size(); ++i) {
    const uint32_t* end = places_.data() + ends_[i];
    double a = 0, b = 0, c = 0, d = 0;
    for (; end - at >= 4; at += 4) {
      a += values[at[0]];
      b += values[at[1]];
      c += values[at[2]];
      d += values[at[3]];
    }
    for (; at != end; ++at) a += values[*at];
    out[used_[i]] = (a + b) + (c + d);
  }
}

}  // namespace furrow::learn
