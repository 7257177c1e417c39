// States over numbers and times that need more than a total: spread, slope, and sums that fade.
//
//   state          serves                  merge     removable   result
//   MomentState    variance, stddev        exact     yes         within 1e-12 of the mean square
//   TrendState     trend                   exact     yes         1e-9 relative (times to the millisecond)
//   DecayState     decayed_sum, _count     rounded   yes         1e-12 of the sum of sizes
// Threads: values.
#pragma once
#include "profile/aggregate.h"

namespace furrow::profile {

struct MomentState {
  uint64_t count = 0;
  ExactSum sum, squares;
  void add(double value);
  void merge(const MomentState& other);
  double variance() const;  // of a sample; NaN below two values
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

// Least squares of a value on its time: the sums of times are whole milliseconds since 2020, so exact.
class TrendState {
 public:
  uint64_t count() const { return count_; }
  void add(Time time, double value);
  void merge(const TrendState& other);
  double slope_a_day() const;  // NaN unless there are two different times
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);

 private:
  __extension__ typedef __int128 Wide;
  uint64_t count_ = 0;
  Wide times_ = 0, times_squared_ = 0;
  ExactSum values_, products_;
};

// Exponential decay (Cormode and others, "Forward decay", 2009): the sum as of its newest event, faded from there on.
struct DecayState {
  uint64_t count = 0;
  double half_life_us = 0;
  Time newest;
  double value = 0;
  void add(Time time, double amount, double half_life);
  void merge(const DecayState& other);
  double as_of(Time time) const;
  void encode(ByteWriter& out) const;
  void decode(ByteReader& in);
};

}  // namespace furrow::profile
