#include "collect/row_identity.h"

#include <fmt/format.h>

#include <algorithm>

namespace furrow::collect {

bool RowIdentity::Seen::contains(uint64_t hash) const {
  if (slots_.empty()) return false;
  for (size_t at = hash & (slots_.size() - 1); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == hash) return true;
  }
  return false;
}

bool RowIdentity::Seen::insert(uint64_t hash) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  size_t at = hash & (slots_.size() - 1);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at] == hash) return false;
  }
  slots_[at] = hash;
  ++size_;
  return true;
}

void RowIdentity::Seen::grow() {
  std::vector<uint64_t> old(std::max<size_t>(1024, slots_.size() * 2), 0);
  old.swap(slots_);
  size_ = 0;
  for (uint64_t hash : old) {
    if (hash != 0) insert(hash);
  }
}

void RowIdentity::Seen::clear() {
  slots_ = {};
  size_ = 0;
}

void RowIdentity::bind(const std::vector<std::string>& columns) {
  order_.clear();
  for (size_t i = 0; i < columns.size(); ++i) order_.emplace_back(columns[i], i);
  std::sort(order_.begin(), order_.end());
}

void RowIdentity::start_file() {
  current_.clear();
  previous_.clear();
  repeated_.clear();
}

uint32_t RowIdentity::ordinal(uint64_t hash) {
  hash |= hash == 0;
  bool seen = previous_.contains(hash);
  if (!seen && current_.size() >= kGeneration) {
    std::swap(previous_, current_);
    current_.clear();
  }
  if (!seen) seen = !current_.insert(hash);
  return seen ? ++repeated_[hash] : 0;
}

std::string RowIdentity::name(const table::Row& row) {
  content_.assign(source_);
  for (const auto& [column, place] : order_) {
    if (place >= row.cells.size() || row.cells[place].missing() || row.cells[place].text.empty()) continue;
    content_ += '\x1e';
    content_ += column;
    content_ += '\x1f';
    content_ += row.cells[place].text;
  }
  Hash128 hash = hash128(content_);
  if (uint32_t n = once_ ? 0 : ordinal(hash.low)) hash = hash128(fmt::format("{}\x1d{}", content_, n));
  return fmt::format("row_{:016x}{:016x}", hash.high, hash.low);
}

}  // namespace furrow::collect
