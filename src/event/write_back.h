// WriteBack: what a view has changed since its checkpoints, and a bounded cache of what the store holds.
//
// A changed entry stays in memory until the checkpoint after the one that took it: asking for the next checkpoint says
// that the last batch was written. Clean entries live in two generations; the older is dropped when the younger is full.
// Threads: none of its own; the view guards it. `peek` changes nothing, so readers may share it. Cost: a hash lookup when hot.
#pragma once
#include <unordered_map>
#include <utility>

namespace furrow {

template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class WriteBack {
 public:
  using Map = std::unordered_map<Key, Value, Hash, Equal>;
  explicit WriteBack(size_t cache_entries) : generation_entries_(cache_entries / 2 + 1) {}

  // The latest value, or nothing when only the store can know. Valid until the next call that is not peek.
  template <class Lookup>
  const Value* find(const Lookup& key) {
    if (auto it = young_.find(key); it != young_.end()) return &it->second;
    if (const Value* changed = peek_changed(key)) return changed;
    auto it = old_.find(key);
    if (it == old_.end()) return nullptr;
    auto [young, inserted] = young_.emplace(it->first, std::move(it->second));
    old_.erase(it);
    return &young->second;
  }
  template <class Lookup>
  const Value* peek(const Lookup& key) const {
    if (auto it = young_.find(key); it != young_.end()) return &it->second;
    if (const Value* changed = peek_changed(key)) return changed;
    auto it = old_.find(key);
    return it == old_.end() ? nullptr : &it->second;
  }
  template <class Lookup>
  const Value* peek_changed(const Lookup& key) const {
    if (auto it = changed_.find(key); it != changed_.end()) return &it->second;
    auto it = committing_.find(key);
    return it == committing_.end() ? nullptr : &it->second;
  }

  void set(const Key& key, Value value) {
    old_.erase(key);
    if (auto it = young_.find(key); it != young_.end()) it->second = value;
    changed_.insert_or_assign(key, std::move(value));
  }
  // What the store was just read to hold.
  const Value* remember(const Key& key, Value value) {
    if (young_.size() >= generation_entries_) {
      old_ = std::move(young_);
      young_ = Map();
    }
    return &young_.insert_or_assign(key, std::move(value)).first->second;
  }

  // Calls take(key, value) for each entry changed since the last checkpoint.
  template <class Take>
  void checkpoint(const Take& take) {
    for (auto& [key, value] : committing_) {
      if (!changed_.contains(key)) remember(key, std::move(value));
    }
    committing_ = std::move(changed_);
    changed_ = Map();
    for (const auto& [key, value] : committing_) take(key, value);
  }
  // Calls visit(key, value) for the latest of every entry that the store may not hold yet.
  template <class Visit>
  void each_changed(const Visit& visit) const {
    for (const auto& [key, value] : changed_) visit(key, value);
    for (const auto& [key, value] : committing_) {
      if (!changed_.contains(key)) visit(key, value);
    }
  }

 private:
  size_t generation_entries_;
  Map changed_, committing_, young_, old_;
};

}  // namespace furrow
