#include "learn/bound_candidates.h"

#include <algorithm>
#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace furrow::learn {
namespace {

using Decisions = ShallowTrees::Decisions;
constexpr size_t kBlock = 32;

// The margins of one block. `shared`: a tree each; `decided`: the block's in the first tree, `padded` a tree.
void block_portable(const ShallowTrees& trees, const Decisions* shared, const Decisions* decided, size_t padded, float base, float* out) {
  std::fill(out, out + kBlock, base);
  for (size_t t = 0; t < trees.trees(); ++t) {
    const float* leaves = trees.leaves(t);
    for (size_t i = 0; i < kBlock; ++i) {
      uint32_t bits = shared[t] | decided[t * padded + i], place = 1;
      for (int level = 0; level < ShallowTrees::kLevels; ++level) place = place + place + (bits >> place & 1);
      out[i] += leaves[place - ShallowTrees::kPlaces];
    }
  }
}

#if defined(__x86_64__)
const bool kAvx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");

__attribute__((target("avx512f,avx512bw"))) void block_avx512(const float* leaves, size_t trees, const Decisions* shared, const Decisions* decided,
                                                              size_t padded, float base, float* out) {
  const __m512i one = _mm512_set1_epi16(1);
  __m512 low = _mm512_set1_ps(base), high = low;
  for (size_t t = 0; t < trees; ++t) {
    __m512i bits = _mm512_or_si512(_mm512_loadu_si512(decided + t * padded), _mm512_set1_epi16(static_cast<int16_t>(shared[t])));
    __m512i place = one;
    for (int level = 0; level < ShallowTrees::kLevels; ++level) {
      place = _mm512_add_epi16(_mm512_add_epi16(place, place), _mm512_and_si512(_mm512_srlv_epi16(bits, place), one));
    }
    // Of a place 16 … 31 the permutation looks at the low four bits.
    __m512 leaf = _mm512_loadu_ps(leaves + t * ShallowTrees::kPlaces);
    low = _mm512_add_ps(low, _mm512_permutexvar_ps(_mm512_cvtepu16_epi32(_mm512_castsi512_si256(place)), leaf));
    high = _mm512_add_ps(high, _mm512_permutexvar_ps(_mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(place, 1)), leaf));
  }
  _mm512_storeu_ps(out, low);
  _mm512_storeu_ps(out + 16, high);
}
#endif

}  // namespace

std::optional<BoundCandidates> BoundCandidates::make(const Forest& forest, std::span<const uint32_t> varying, std::span<const float> values,
                                                     size_t count) {
  auto trees = ShallowTrees::make(forest);
  if (!trees) return {};
  BoundCandidates bound(std::move(*trees));
  const size_t n = bound.trees_.trees();
  bound.base_margin_ = forest.base_margin();
  bound.count_ = count;
  bound.padded_ = (count + kBlock - 1) / kBlock * kBlock;
  bound.varies_.assign(n, 0);
  bound.decided_.assign(n * bound.padded_, 0);
  for (size_t t = 0; t < n; ++t) {
    for (size_t place = 1; place < ShallowTrees::kPlaces; ++place) {
      int32_t feature = bound.trees_.feature(t, place);
      bool varies = feature >= 0 && std::find(varying.begin(), varying.end(), static_cast<uint32_t>(feature)) != varying.end();
      if (varies) bound.varies_[t] = static_cast<Decisions>(bound.varies_[t] | 1u << place);
    }
  }
  std::vector<float> row(forest.features(), std::numeric_limits<float>::quiet_NaN());
  Scratch scratch;
  scratch.decisions.resize(n);
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < varying.size(); ++c) row[varying[c]] = values[i * varying.size() + c];
    bound.trees_.decide(row.data(), scratch.keys, scratch.decisions.data());
    for (size_t t = 0; t < n; ++t) bound.decided_[t * bound.padded_ + i] = scratch.decisions[t] & bound.varies_[t];
  }
  return bound;
}

void BoundCandidates::margins(const float* shared, Scratch& scratch, float* out) const {
  const size_t n = trees_.trees();
  scratch.decisions.resize(n);
  trees_.decide(shared, scratch.keys, scratch.decisions.data());
  for (size_t t = 0; t < n; ++t) scratch.decisions[t] = static_cast<Decisions>(scratch.decisions[t] & ~varies_[t]);
  for (size_t first = 0; first < count_; first += kBlock) {
    float block[kBlock];
    const Decisions* decided = decided_.data() + first;
#if defined(__x86_64__)
    if (kAvx512 && n > 0) block_avx512(trees_.leaves(0), n, scratch.decisions.data(), decided, padded_, base_margin_, block);
    else
#endif
      block_portable(trees_, scratch.decisions.data(), decided, padded_, base_margin_, block);
    std::copy(block, block + std::min(kBlock, count_ - first), out + first);
  }
}

void BoundCandidates::decisions(size_t candidate, const Scratch& scratch, std::vector<Decisions>& out) const {
  out.resize(trees_.trees());
  for (size_t t = 0; t < out.size(); ++t) out[t] = scratch.decisions[t] | decided_[t * padded_ + candidate];
}

}  // namespace furrow::learn
