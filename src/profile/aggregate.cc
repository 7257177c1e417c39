#include "profile/aggregate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace furrow::profile {
namespace {

constexpr int kRegisterBits = 12;
constexpr size_t kRegisters = size_t{1} << kRegisterBits;
constexpr int kMaxRank = 63 - kRegisterBits + 1;

// Ertl 2017, algorithm 6: corrects for registers that are still 0 …
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1, z = x, before;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}
// … and for registers that are full.
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}

}  // namespace

void ExactSum::add(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  int exponent = static_cast<int>(bits >> 52 & 0x7FF);
  uint64_t mantissa = bits & 0xFFFFFFFFFFFFFULL;
  if (exponent == 0 && mantissa == 0) return;
  // value = mantissa * 2^(exponent - 1075); in units of 2^-64 that is mantissa * 2^shift.
  mantissa |= uint64_t{1} << 52;
  int shift = exponent - 1075 + 64;
  if (exponent == 0 || shift > 51 || shift < -52) return add_rest(value);
  Fixed units;
  if (shift >= 0) {
    units = static_cast<Fixed>(mantissa) << shift;
  } else {
    if (mantissa & ((uint64_t{1} << -shift) - 1)) return add_rest(value);
    units = static_cast<Fixed>(mantissa >> -shift);
  }
  Fixed sum;
  if (__builtin_add_overflow(fixed_, bits >> 63 ? -units : units, &sum)) return add_rest(value);
  fixed_ = sum;
}

void ExactSum::add_rest(double value) {
  double sum = rest_ + value;
  compensation_ += std::fabs(rest_) >= std::fabs(value) ? (rest_ - sum) + value : (value - sum) + rest_;
  rest_ = sum;
}

void ExactSum::merge(const ExactSum& other) {
  Fixed sum;
  if (__builtin_add_overflow(fixed_, other.fixed_, &sum)) {
    add_rest(std::ldexp(static_cast<double>(other.fixed_), -64));
  } else {
    fixed_ = sum;
  }
  add_rest(other.rest_);
  compensation_ += other.compensation_;
}

double ExactSum::value() const {
  double exact = std::ldexp(static_cast<double>(fixed_), -64);
  return rest_ == 0 && compensation_ == 0 ? exact : exact + (rest_ + compensation_);
}

long double ExactSum::wide() const {
  return std::ldexp(static_cast<long double>(fixed_), -64) + (static_cast<long double>(rest_) + static_cast<long double>(compensation_));
}

void ExactSum::encode(ByteWriter& out) const {
  out.u64(static_cast<uint64_t>(fixed_));
  out.u64(static_cast<uint64_t>(fixed_ >> 64));
  out.f64(rest_);
  out.f64(compensation_);
}
void ExactSum::decode(ByteReader& in) {
  uint64_t low = in.u64(), high = in.u64();
  fixed_ = static_cast<Fixed>(static_cast<int64_t>(high)) << 64 | static_cast<Fixed>(low);
  rest_ = in.f64();
  compensation_ = in.f64();
}

void EventsState::merge(const EventsState& other) {
  if (other.count > 0 && (count == 0 || other.newest > newest)) newest = other.newest;
  if (other.count > 0 && (count == 0 || other.oldest < oldest)) oldest = other.oldest;
  count += other.count;
}
void EventsState::encode(ByteWriter& out) const {
  out.varint(count);
  if (count == 0) return;
  out.i64(newest.micros);
  out.varint(static_cast<uint64_t>((newest - oldest).micros));
}
void EventsState::decode(ByteReader& in) {
  count = in.varint();
  if (count == 0) return;
  newest.micros = in.i64();
  oldest = newest - microseconds(static_cast<int64_t>(in.varint()));
}

void NumberState::merge(const NumberState& other) {
  if (other.count == 0) return;
  if (count == 0 || other.min < min) min = other.min;
  if (count == 0 || other.max > max) max = other.max;
  count += other.count;
  sum.merge(other.sum);
}
void NumberState::encode(ByteWriter& out) const {
  out.varint(count);
  if (count == 0) return;
  out.f64(min);
  out.f64(max);
  sum.encode(out);
}
void NumberState::decode(ByteReader& in) {
  count = in.varint();
  if (count == 0) return;
  min = in.f64();
  max = in.f64();
  sum.decode(in);
}

void EdgeState::add(Time time, uint64_t position, Cell cell) {
  Edge edge{time, position, cell};
  auto earlier = [](const Edge& a, const Edge& b) { return a.time != b.time ? a.time < b.time : a.position < b.position; };
  if (empty || earlier(edge, first)) first = edge;
  if (empty || earlier(last, edge)) last = edge;
  empty = false;
}
void EdgeState::merge(const EdgeState& other) {
  if (other.empty) return;
  add(other.first.time, other.first.position, other.first.cell);
  add(other.last.time, other.last.position, other.last.cell);
}
void EdgeState::encode(ByteWriter& out) const {
  out.u8(empty ? 0 : 1);
  if (empty) return;
  for (const Edge& edge : {first, last}) {
    out.i64(edge.time.micros);
    out.varint(edge.position);
    out.u64(edge.cell);
  }
}
void EdgeState::decode(ByteReader& in) {
  empty = in.u8() == 0;
  if (empty) return;
  for (Edge* edge : {&first, &last}) {
    edge->time.micros = in.i64();
    edge->position = in.varint();
    edge->cell = in.u64();
  }
}

void DaysState::insert(int32_t day) {
  auto at = std::lower_bound(days_.begin(), days_.end(), day, std::greater<>());
  if (at != days_.end() && *at == day) return;
  if (days_.size() < kMaxDistinctDays) days_.insert(at, day);
}
void DaysState::merge(const DaysState& other) {
  for (int32_t day : other.days_) insert(day);
}
void DaysState::encode(ByteWriter& out) const {
  out.varint(days_.size());
  int64_t before = 1 << 22;  // after the year 9999
  for (int32_t day : days_) {
    out.varint(static_cast<uint64_t>(before - day));
    before = day;
  }
}
void DaysState::decode(ByteReader& in) {
  days_.clear();
  int64_t day = 1 << 22;
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    day -= static_cast<int64_t>(in.varint());
    days_.push_back(static_cast<int32_t>(day));
  }
}

void DistinctState::add(uint64_t hash) {
  if (registers_.empty()) insert(hash == 0 ? 1 : hash);
  else raise(hash == 0 ? 1 : hash);
}

void DistinctState::insert(uint64_t hash) {
  if (size_ * 2 >= slots_.size()) grow();
  size_t mask = slots_.size() - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    if (slots_[i] == hash) return;
    if (slots_[i] == 0) {
      slots_[i] = hash;
      if (++size_ > kMaxExactDistinct) to_registers();
      return;
    }
  }
}

void DistinctState::grow() {
  std::vector<uint64_t> old(slots_.empty() ? 8 : slots_.size() * 2);
  old.swap(slots_);
  size_t mask = slots_.size() - 1;
  for (uint64_t hash : old) {
    if (hash == 0) continue;
    size_t i = hash & mask;
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = hash;
  }
}

void DistinctState::to_registers() {
  registers_.assign(kRegisters, 0);
  for (uint64_t hash : slots_) {
    if (hash != 0) raise(hash);
  }
  slots_ = {};
  size_ = 0;
}

void DistinctState::raise(uint64_t hash) {
  uint64_t rest = hash << (kRegisterBits + 1);  // a hash cell has 63 bits
  uint8_t rank = static_cast<uint8_t>(rest == 0 ? kMaxRank : std::countl_zero(rest) + 1);
  uint8_t& at = registers_[hash >> (63 - kRegisterBits)];
  at = std::max(at, rank);
}

void DistinctState::merge(const DistinctState& other) {
  for (uint64_t hash : other.slots_) {
    if (hash != 0) add(hash);
  }
  if (other.registers_.empty()) return;
  if (registers_.empty()) to_registers();
  for (size_t i = 0; i < kRegisters; ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

double DistinctState::count() const {
  if (registers_.empty()) return static_cast<double>(size_);
  std::array<int, kMaxRank + 1> histogram{};
  for (uint8_t rank : registers_) ++histogram[std::min<size_t>(rank, kMaxRank)];
  const double m = kRegisters;
  double z = m * tau(1 - histogram[kMaxRank] / m);
  for (int k = kMaxRank - 1; k >= 1; --k) z = 0.5 * (z + histogram[static_cast<size_t>(k)]);
  z += m * sigma(histogram[0] / m);
  return std::round(m * m / (2 * std::log(2.0) * z));
}

void DistinctState::clear() {
  if (size_ > 0) {
    if (slots_.size() > 1024) slots_ = {};
    else std::fill(slots_.begin(), slots_.end(), 0);
  }
  size_ = 0;
  registers_.clear();
}

void DistinctState::encode(ByteWriter& out) const {
  if (!registers_.empty()) {
    out.varint(kMaxExactDistinct + 1);
    for (uint8_t rank : registers_) out.u8(rank);
    return;
  }
  std::vector<uint64_t> sorted;
  sorted.reserve(size_);
  std::copy_if(slots_.begin(), slots_.end(), std::back_inserter(sorted), [](uint64_t hash) { return hash != 0; });
  std::sort(sorted.begin(), sorted.end());
  out.varint(sorted.size());
  for (uint64_t hash : sorted) out.u64(hash);
}
void DistinctState::decode(ByteReader& in) {
  *this = {};
  uint64_t n = in.varint();
  if (n > kMaxExactDistinct) {
    registers_.resize(kRegisters);
    for (uint8_t& rank : registers_) rank = std::min<uint8_t>(in.u8(), kMaxRank);
    return;
  }
  for (; n > 0 && in.ok(); --n) {
    uint64_t hash = in.u64() & ~(uint64_t{1} << 63);
    if (hash != 0) insert(hash);
  }
}

}  // namespace furrow::profile
