#include "learn/shallow_trees.h"

#include "learn/float_key.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace furrow::learn {
namespace {

ShallowTrees::Decisions decide_portable(const uint32_t* keys, const uint32_t* split_keys, const uint32_t* slots) {
  uint32_t decisions = 0;
  for (size_t p = 0; p < ShallowTrees::kPlaces; ++p) decisions |= static_cast<uint32_t>(keys[slots[p]] < split_keys[p]) << p;
  return static_cast<ShallowTrees::Decisions>(decisions);
}

#if defined(__x86_64__)
const bool kAvx512 = __builtin_cpu_supports("avx512f");

__attribute__((target("avx512f"))) void decide_avx512(const uint32_t* keys, const uint32_t* split_keys, const uint32_t* slots, size_t trees,
                                                      ShallowTrees::Decisions* out) {
  for (size_t t = 0; t < trees; ++t) {
    __m512i at = _mm512_loadu_si512(slots + t * ShallowTrees::kPlaces);
    __m512i row = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), 0xffff, at, keys, 4);
    out[t] = _mm512_cmplt_epu32_mask(row, _mm512_loadu_si512(split_keys + t * ShallowTrees::kPlaces));
  }
}
#endif

}  // namespace

std::optional<ShallowTrees> ShallowTrees::make(const Forest& forest) {
  constexpr uint32_t kUnused = 0xffffffffu;
  ShallowTrees shallow;
  std::vector<uint32_t> slot(forest.features(), kUnused);
  for (const Tree& tree : forest.trees()) {
    if (tree.depth > kLevels) return {};
    std::vector<uint32_t> at(2 * kPlaces, 0);
    for (size_t place = 0; place < kPlaces; ++place) {
      uint32_t key = 0, slot_of_key = 0;  // nothing is below the key 0
      int32_t feature = kPadding;
      if (place > 0) {
        bool leaf = tree.is_leaf(at[place]);
        at[2 * place] = leaf ? at[place] : static_cast<uint32_t>(tree.right[at[place]]);
        at[2 * place + 1] = leaf ? at[place] : static_cast<uint32_t>(tree.left[at[place]]);
        if (!leaf) {
          feature = tree.feature[at[place]];
          uint32_t& known = slot[static_cast<size_t>(feature)];
          if (known == kUnused) {
            known = static_cast<uint32_t>(shallow.used_.size());
            shallow.used_.push_back(static_cast<uint32_t>(feature));
          }
          key = key_of(tree.threshold[at[place]]);
          slot_of_key = 2 * known + tree.default_left[at[place]];
        }
      }
      shallow.split_keys_.push_back(key);
      shallow.split_slots_.push_back(slot_of_key);
      shallow.features_.push_back(feature);
    }
    shallow.nodes_.insert(shallow.nodes_.end(), at.begin(), at.end());
    for (size_t place = kPlaces; place < 2 * kPlaces; ++place) shallow.leaves_.push_back(tree.threshold[at[place]]);
  }
  return shallow;
}

void ShallowTrees::decide(const float* row, std::vector<uint32_t>& keys, Decisions* out) const {
  keys.resize(std::max<size_t>(2, 2 * used_.size()));
  for (size_t i = 0; i < used_.size(); ++i) put_keys(row[used_[i]], keys.data() + 2 * i);
#if defined(__x86_64__)
  if (kAvx512) return decide_avx512(keys.data(), split_keys_.data(), split_slots_.data(), trees(), out);
#endif
  for (size_t t = 0; t < trees(); ++t) out[t] = decide_portable(keys.data(), split_keys_.data() + t * kPlaces, split_slots_.data() + t * kPlaces);
}

}  // namespace furrow::learn
