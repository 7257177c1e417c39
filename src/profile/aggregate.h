// The algebra of features: small states that take values one by one, merge, and give a result. Those here, with those of
// moment_states.h and pattern_states.h, are behind every aggregate of aggregate_table.h; aggregate_states.h groups them.
//
//   state          serves                 merge            removable   result
//   EventsState    count, recency_days …  exact            count only  exact
//   NumberState    sum, avg, min, max     exact            sum only    exact for what ExactSum says, else 1e-9 relative
//   EdgeState      first, last            exact            no          exact
//   DaysState      distinct_days          exact            no          exact to 16,384 days, then 16,384
//   DistinctState  distinct               exact            no          exact to 4,096 values, then HyperLogLog, 1.6 % (1 sd)
// Every result is a function of the set of values alone, whatever the order they came in and however they were merged:
// that is what makes live, batch and rebuilt values the same number. Encodings are canonical: equal states, equal bytes.
// Threads: values.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"

namespace furrow::profile {

inline constexpr size_t kMaxDistinctDays = 16'384;
inline constexpr size_t kMaxExactDistinct = 4'096;

// A value in a journal: the bits of a finite double, a hash of 63 bits (distinct), or a text of the journal's text pool.
// No number and no hash has the form of a text.
using Cell = uint64_t;
constexpr Cell hash_cell(uint64_t hash) { return hash >> 1; }
inline Cell number_cell(double value) { return std::bit_cast<Cell>(value); }
inline double cell_number(Cell cell) { return std::bit_cast<double>(cell); }
constexpr Cell text_cell(uint32_t index) { return 0xFFFC'0000'0000'0000ULL | index; }  // a NaN no arithmetic gives
constexpr bool is_text_cell(Cell cell) { return cell >> 50 == 0x3FFF; }
constexpr uint32_t text_index(Cell cell) { return static_cast<uint32_t>(cell); }

// A sum that does not depend on order: 128-bit fixed point with units of 2^-64. Exact (correctly rounded once, at the
// end) for values under 2^40 in size that are multiples of 2^-64, which every double from 2^-12 to 2^40 is; other values
// go to a compensated sum (Neumaier 1974) beside it, good to 1e-15 of the sum of sizes.
class ExactSum {
 public:
  void add(double value);
  void merge(const ExactSum& other);
  double value() const;
  long double wide() const;  // the same before the last rounding
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  __extension__ typedef __int128 Fixed;
  void add_rest(double value);
  Fixed fixed_ = 0;
  double rest_ = 0, compensation_ = 0;
};

struct EventsState {
  uint64_t count = 0;
  Time newest, oldest;
  void add(Time time) {
    if (count == 0 || time > newest) newest = time;
    if (count == 0 || time < oldest) oldest = time;
    ++count;
  }
  void merge(const EventsState& other);
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

struct NumberState {
  uint64_t count = 0;
  ExactSum sum;
  double min = 0, max = 0;
  void add(double value) {
    if (count == 0 || value < min) min = value;
    if (count == 0 || value > max) max = value;
    ++count;
    sum.add(value);
  }
  void merge(const NumberState& other);
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

struct EdgeState {
  struct Edge {
    Time time;
    uint64_t position = 0;
    Cell cell = 0;
  };
  bool empty = true;
  Edge first, last;
  void add(Time time, uint64_t position, Cell cell);
  void merge(const EdgeState& other);
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

class DaysState {
 public:
  void add(int64_t day) {
    if (!days_.empty() && days_.back() == day) return;
    insert(static_cast<int32_t>(day));
  }
  void merge(const DaysState& other);
  size_t count() const { return days_.size(); }
  void clear() { days_.clear(); }
  size_t bytes() const { return days_.capacity() * sizeof(int32_t); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  void insert(int32_t day);
  std::vector<int32_t> days_;  // newest first: the order in which a read meets them
};

// Different hash cells: an open-addressing set up to kMaxExactDistinct, then HyperLogLog registers with Ertl's
// estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017).
class DistinctState {
 public:
  void add(uint64_t hash);
  void merge(const DistinctState& other);
  double count() const;
  bool empty() const { return size_ == 0 && registers_.empty(); }
  void clear();
  size_t bytes() const { return slots_.capacity() * sizeof(uint64_t) + registers_.capacity(); }
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  void insert(uint64_t hash);
  void grow();
  void to_registers();
  void raise(uint64_t hash);
  std::vector<uint64_t> slots_;  // 0 is free
  size_t size_ = 0;
  std::vector<uint8_t> registers_;
};

}  // namespace furrow::profile
