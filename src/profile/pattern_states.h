// States that remember values or moments: the newest events, counts of values, quantiles, histograms, clock profiles.
//
//   state           serves                                    merge             removable   result
//   RecentState     last_k, gap_std_days, sessions, ngrams    exact             no          exact over the newest `limit`
//   ValuesState     top_k, mode                               exact, then       no          exact to 4,096 values, then counts
//                                                             Misra-Gries                   at most n/4,097 too low
//   QuantileState   quantile, median                          exact             no          exact to 1,024, then within 1 %
//   HistogramState  histogram                                 exact             yes         exact
//   HoursState      hour_profile, weekday_profile, peak_…     exact             yes         exact
// Threads: values.
#pragma once
#include <array>
#include <vector>

#include "profile/aggregate.h"

namespace furrow::profile {

inline constexpr size_t kMaxRecent = 1'024;
inline constexpr size_t kMaxExactValues = 4'096;
inline constexpr size_t kMaxExactQuantile = 1'024;

// The newest events up to a limit, newest first.
class RecentState {
 public:
  struct Item {
    Time time;
    uint64_t position = 0;
    Cell cell = 0;
  };
  void add(const Item& item, size_t limit);
  void merge(const RecentState& other);
  const std::vector<Item>& items() const { return items_; }
  std::vector<Item>& items() { return items_; }
  void clear() {
    items_.clear();
    limit_ = 0;
  }
  size_t bytes() const { return items_.capacity() * sizeof(Item); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  std::vector<Item> items_;
  uint32_t limit_ = 0;
};

// How often each value came. Beyond kMaxExactValues different ones: Misra and Gries 1982, merged as in Agarwal and others,
// "Mergeable summaries" (2012): a count is too low by at most n / (kMaxExactValues + 1).
class ValuesState {
 public:
  struct Item {
    Cell cell = 0;
    uint64_t count = 0;
  };
  void add(Cell cell, uint64_t count = 1);
  void merge(const ValuesState& other);
  const std::vector<Item>& items() const { return items_; }
  bool empty() const { return items_.empty(); }
  // Texts got other numbers: visit each cell, which may change; no two become one.
  template <class Visit>
  void for_each_cell(Visit&& visit) {
    for (Item& item : items_) visit(item.cell);
    index();
  }
  void clear();
  size_t bytes() const { return items_.capacity() * sizeof(Item) + slots_.capacity() * sizeof(uint16_t); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  void index();
  size_t slot_of(Cell cell) const;
  void lower(uint64_t by);
  std::vector<Item> items_;
  std::vector<uint16_t> slots_;  // open addressing: index into items_ plus 1, 0 is free
};

// Numbers one by one to kMaxExactQuantile, then DDSketch buckets (Masson, Rim and Lee 2019) of relative width 1 %: a
// function of the set of numbers alone. Sizes under 1e-9 count as 0.
class QuantileState {
 public:
  void add(double value);
  void merge(const QuantileState& other);
  uint64_t count() const { return count_; }
  // p from 0 to 1; between neighbours in proportion while exact. NaN when empty.
  double quantile(double p) const;
  void clear();
  size_t bytes() const { return values_.capacity() * sizeof(double) + buckets_.capacity() * sizeof(Bucket); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  struct Bucket {
    int32_t key;
    uint64_t count;
  };
  void to_buckets();
  void add_bucket(int32_t key, uint64_t count);
  uint64_t count_ = 0;
  mutable std::vector<double> values_;  // sorted when read
  std::vector<Bucket> buckets_;  // by key, which rises with the value
};

struct HistogramState {
  std::vector<uint64_t> counts;  // empty: no event
  void add(double value, const std::vector<double>& edges);
  void merge(const HistogramState& other);
  void clear() { counts.clear(); }
  size_t bytes() const { return counts.capacity() * sizeof(uint64_t); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

struct HoursState {
  uint64_t count = 0;
  std::array<uint32_t, 24> hours{};
  std::array<uint32_t, 7> weekdays{};  // Monday first
  void add(Time time, const TimeZone& zone);
  void merge(const HoursState& other);
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

}  // namespace furrow::profile
