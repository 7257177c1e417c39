#include "profile/moment_states.h"

#include <cmath>
#include <limits>

namespace furrow::profile {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kEpochMs = 1'577'836'800'000;  // 2020-01-01
constexpr double kMsADay = 86400e3;

// a * b as two doubles whose sum is the product, so that ExactSum holds all of it.
void add_product(ExactSum& sum, double a, double b) {
  const double high = a * b;
  if (!std::isfinite(high)) return sum.add(std::copysign(std::numeric_limits<double>::max(), high));
  sum.add(high);
  sum.add(std::fma(a, b, -high));
}

}  // namespace

void MomentState::add(double value) {
  ++count;
  sum.add(value);
  add_product(squares, value, value);
}
void MomentState::merge(const MomentState& other) {
  count += other.count;
  sum.merge(other.sum);
  squares.merge(other.squares);
}
double MomentState::variance() const {
  if (count < 2) return kNothing;
  const long double n = static_cast<long double>(count), total = sum.wide();
  return static_cast<double>(std::max(0.0L, (squares.wide() - total * total / n) / (n - 1)));
}
void MomentState::encode(ByteWriter& out) const {
  out.varint(count);
  if (count == 0) return;
  sum.encode(out);
  squares.encode(out);
}
void MomentState::decode(ByteReader& in) {
  count = in.varint();
  if (count == 0) return;
  sum.decode(in);
  squares.decode(in);
}

void TrendState::add(Time time, double value) {
  const int64_t ms = time.milliseconds() - kEpochMs;
  ++count_;
  times_ += ms;
  times_squared_ += static_cast<Wide>(ms) * ms;
  values_.add(value);
  add_product(products_, static_cast<double>(ms), value);
}
void TrendState::merge(const TrendState& other) {
  count_ += other.count_;
  times_ += other.times_;
  times_squared_ += other.times_squared_;
  values_.merge(other.values_);
  products_.merge(other.products_);
}
double TrendState::slope_a_day() const {
  const Wide n = static_cast<Wide>(count_);
  const Wide spread = n * times_squared_ - times_ * times_;
  if (count_ < 2 || spread <= 0) return kNothing;
  const long double shared = static_cast<long double>(count_) * products_.wide() - static_cast<long double>(times_) * values_.wide();
  return static_cast<double>(shared / static_cast<long double>(spread) * static_cast<long double>(kMsADay));
}
void TrendState::encode(ByteWriter& out) const {
  out.varint(count_);
  if (count_ == 0) return;
  for (Wide v : {times_, times_squared_}) {
    out.u64(static_cast<uint64_t>(v));
    out.u64(static_cast<uint64_t>(v >> 64));
  }
  values_.encode(out);
  products_.encode(out);
}
void TrendState::decode(ByteReader& in) {
  count_ = in.varint();
  if (count_ == 0) return;
  for (Wide* v : {&times_, &times_squared_}) {
    const uint64_t low = in.u64(), high = in.u64();
    *v = static_cast<Wide>(static_cast<int64_t>(high)) << 64 | static_cast<Wide>(low);
  }
  values_.decode(in);
  products_.decode(in);
}

void DecayState::add(Time time, double amount, double half_life) {
  half_life_us = half_life;
  if (count++ == 0) {
    newest = time;
    value = amount;
  } else if (time > newest) {
    value = as_of(time) + amount;
    newest = time;
  } else {
    value += amount * std::exp2(-static_cast<double>((newest - time).micros) / half_life);
  }
}
void DecayState::merge(const DecayState& other) {
  if (other.count == 0) return;
  const uint64_t total = count + other.count;
  if (count == 0) *this = other;
  else add(other.newest, other.value, other.half_life_us);
  count = total;
}
double DecayState::as_of(Time time) const { return value * std::exp2(-static_cast<double>((time - newest).micros) / half_life_us); }
void DecayState::encode(ByteWriter& out) const {
  out.varint(count);
  if (count == 0) return;
  out.f64(half_life_us);
  out.i64(newest.micros);
  out.f64(value);
}
void DecayState::decode(ByteReader& in) {
  count = in.varint();
  if (count == 0) return;
  half_life_us = in.f64();
  newest.micros = in.i64();
  value = in.f64();
}

}  // namespace furrow::profile
