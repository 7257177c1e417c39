#include "govern/near_duplicates.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kShingle = 4;
constexpr uint32_t kNone = UINT32_MAX;

const std::array<std::pair<uint64_t, uint64_t>, NearDuplicates::kHashes>& permutations() {
  static const auto table = [] {
    std::array<std::pair<uint64_t, uint64_t>, NearDuplicates::kHashes> all;
    for (size_t i = 0; i < all.size(); ++i) all[i] = {mix64(2 * i + 1) | 1, mix64(2 * i + 2)};
    return all;
  }();
  return table;
}

}  // namespace

void NearDuplicates::observe(std::string_view text) {
  text_of_.push_back(kNone);
  if (text.empty() || row_of_.size() >= kMostTexts) return;
  std::u32string characters;
  std::string plain = to_lower(fold_width(text));
  for (size_t at = 0; at < plain.size() && characters.size() < 2000;) {
    char32_t c = next_character(plain, at);
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') characters += c;
  }
  if (characters.size() < kLeastCharacters) return;
  text_of_.back() = static_cast<uint32_t>(row_of_.size());
  row_of_.push_back(static_cast<uint32_t>(text_of_.size() - 1));
  std::array<uint32_t, kHashes> signature;
  signature.fill(UINT32_MAX);
  for (size_t i = 0; i + kShingle <= characters.size(); ++i) {
    uint64_t shingle = hash64({reinterpret_cast<const char*>(characters.data() + i), kShingle * sizeof(char32_t)});
    for (size_t h = 0; h < kHashes; ++h) {
      auto [factor, term] = permutations()[h];
      signature[h] = std::min(signature[h], static_cast<uint32_t>((shingle * factor + term) >> 32));
    }
  }
  signatures_.insert(signatures_.end(), signature.begin(), signature.end());
}

size_t NearDuplicates::root(size_t text) {
  while (parent_[text] != text) {
    parent_[text] = parent_[parent_[text]];
    text = parent_[text];
  }
  return text;
}

void NearDuplicates::settle() {
  size_t texts = row_of_.size();
  parent_.resize(texts);
  for (size_t i = 0; i < texts; ++i) parent_[i] = static_cast<uint32_t>(i);
  std::unordered_map<uint64_t, uint32_t> bucket;
  constexpr size_t kRows = kHashes / kBands;
  for (size_t band = 0; band < kBands; ++band) {
    bucket.clear();
    for (size_t i = 0; i < texts; ++i) {
      const uint32_t* signature = signatures_.data() + i * kHashes;
      uint64_t key = hash64({reinterpret_cast<const char*>(signature + band * kRows), kRows * sizeof(uint32_t)}, band);
      auto [at, fresh] = bucket.try_emplace(key, static_cast<uint32_t>(i));
      if (fresh) continue;
      // Beside the bucket's first text only: similar ones meet in other bands, too.
      size_t a = root(at->second), b = root(i);
      if (a == b) continue;
      const uint32_t* other = signatures_.data() + at->second * kHashes;
      size_t equal = 0;
      for (size_t h = 0; h < kHashes; ++h) equal += signature[h] == other[h];
      if (static_cast<double>(equal) >= kLeastAlike * kHashes) parent_[std::max(a, b)] = static_cast<uint32_t>(std::min(a, b));
    }
  }
  std::vector<uint32_t> sizes(texts, 0);
  for (size_t i = 0; i < texts; ++i) ++sizes[root(i)];
  flagged_.assign(text_of_.size(), false);
  for (size_t i = 0; i < texts; ++i) {
    size_t top = root(i);
    groups_ += top == i && sizes[i] >= group_;
    if (sizes[top] < group_) continue;
    flagged_[row_of_[i]] = true;
    ++count_;
  }
  signatures_.clear();
  signatures_.shrink_to_fit();
}

size_t NearDuplicates::first_of(size_t row) const {
  if (row >= text_of_.size() || text_of_[row] == kNone) return row;
  size_t text = text_of_[row];
  while (parent_[text] != text) text = parent_[text];
  return row_of_[text];
}

}  // namespace furrow::govern
