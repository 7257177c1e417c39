// WriteBack: what a view has changed since its checkpoints, and a bounded cache of what the store holds.
//
// A changed entry stays in memory until the freeze after the one that took it: freezing again says that the last batch was
// written. Then it stays readable for one more checkpoint, and longer when it is used. Clean entries live in two
// generations; the older is let go when the younger is full. Maps are let go whole and handed to whoever freezes next,
// since freeing a large one takes long.
// Threads: none of its own; the view guards it. `peek` changes nothing, so readers may share it. Cost: a hash lookup when hot.
#pragma once
#include <unordered_map>
#include <utility>
#include <vector>

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
    if (auto it = settled_.find(key); it != settled_.end()) return remember(it->first, it->second);
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
    if (auto it = settled_.find(key); it != settled_.end()) return &it->second;
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
      dropped_.push_back(std::exchange(old_, std::exchange(young_, Map())));
    }
    return &young_.insert_or_assign(key, std::move(value)).first->second;
  }

  // Begins a checkpoint: frozen() is from now on what changed since the last, and stands still until the next freeze.
  // Gives what was let go meanwhile, to be freed where nobody waits.
  std::vector<Map> freeze() {
    std::vector<Map> dropped = std::exchange(dropped_, {});
    dropped.push_back(std::exchange(settled_, std::exchange(committing_, std::exchange(changed_, Map()))));
    changed_.reserve(committing_.size());
    return dropped;
  }
  const Map& frozen() const { return committing_; }
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
  Map changed_, committing_;  // what the store may not hold yet
  Map settled_, young_, old_;
  std::vector<Map> dropped_;
};

}  // namespace furrow
