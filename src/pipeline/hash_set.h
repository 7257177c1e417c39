// HashSet: a growing set of 128-bit hashes. 16 bytes an entry and no memory of its own for each, so it fills and frees fast.
//
// Open addressing with linear probing, in 64 tables that double one by one: the longest an insertion takes is the rehash of a
// 64th of the set. Tables and slots follow the hash's bytes as they are stored, so a walk goes nearly in the order of keys,
// which is several times cheaper to put into a sorted store. The hash 0 counts as the hash 1.
// Threads: guarded by the owner; const methods may run together. Memory: 21 to 43 bytes an entry. Entries stay: no erase.
#pragma once
#include <array>
#include <bit>
#include <vector>

#include "base/ids.h"

namespace furrow::pipeline {

class HashSet {
 public:
  // False when it was there.
  bool insert(Hash128 hash) {
    hash = stored(hash);
    Table& table = tables_[order(hash) >> kTableShift];
    if (4 * (table.used + 1) > 3 * table.slots.size()) grow(table);
    Hash128& slot = table.slots[probe(table, hash)];
    if (slot == hash) return false;
    slot = hash;
    ++table.used;
    ++size_;
    return true;
  }
  bool contains(Hash128 hash) const {
    hash = stored(hash);
    const Table& table = tables_[order(hash) >> kTableShift];
    return !table.slots.empty() && table.slots[probe(table, hash)] == hash;
  }
  size_t size() const { return size_; }

  // A place to go on from; starts at the first.
  struct Place {
    size_t table = 0, slot = 0;
  };
  // Calls take(hash) for at most `entries` more from `place` on; counts them off `entries`. False when all are taken.
  template <class Take>
  bool walk(Place& place, size_t& entries, const Take& take) const {
    for (; place.table < kTables; ++place.table, place.slot = 0) {
      const auto& slots = tables_[place.table].slots;
      for (; place.slot < slots.size(); ++place.slot) {
        if (slots[place.slot] == Hash128{}) continue;
        if (entries == 0) return true;
        take(slots[place.slot]);
        --entries;
      }
    }
    return false;
  }
  template <class Take>
  void each(const Take& take) const {
    Place place;
    size_t all = size_ + 1;
    walk(place, all, take);
  }

 private:
  static constexpr int kTableBits = 6, kTableShift = 64 - kTableBits;
  static constexpr size_t kTables = size_t{1} << kTableBits, kFirstSlots = 16;
  static uint64_t order(const Hash128& hash) { return __builtin_bswap64(hash.high); }
  struct Table {
    std::vector<Hash128> slots;  // a power of two of them, or none
    size_t used = 0;
  };
  static Hash128 stored(Hash128 hash) { return hash == Hash128{} ? Hash128{0, 1} : hash; }
  // Where the hash is, or would be put. There is always an empty slot.
  static size_t probe(const Table& table, const Hash128& hash) {
    const size_t mask = table.slots.size() - 1;
    size_t at = (order(hash) << kTableBits) >> (64 - std::countr_zero(table.slots.size()));
    while (table.slots[at] != Hash128{} && table.slots[at] != hash) at = (at + 1) & mask;
    return at;
  }
  static void grow(Table& table) {
    Table larger{std::vector<Hash128>(table.slots.empty() ? kFirstSlots : 2 * table.slots.size()), table.used};
    for (const Hash128& hash : table.slots) {
      if (hash != Hash128{}) larger.slots[probe(larger, hash)] = hash;
    }
    table = std::move(larger);
  }

  std::array<Table, kTables> tables_;
  size_t size_ = 0;
};

}  // namespace furrow::pipeline
