#include "profile/pattern_states.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace furrow::profile {
namespace {

constexpr double kGrowth = 1.01 / 0.99;  // of bucket borders: the middle of a bucket is within 1 % of all in it
constexpr double kLeastSize = 1e-9;
const double kLogGrowth = std::log(kGrowth);
const int32_t kKeyOfLeast = static_cast<int32_t>(std::ceil(std::log(kLeastSize) / kLogGrowth)) - 1;

int32_t bucket_key(double value) {
  const double size = std::fabs(value);
  if (size < kLeastSize) return 0;
  const int32_t key = static_cast<int32_t>(std::ceil(std::log(size) / kLogGrowth)) - kKeyOfLeast;
  return value > 0 ? key : -key;
}
double bucket_value(int32_t key) {
  if (key == 0) return 0;
  const double size = 2 * std::exp(kLogGrowth * (std::abs(key) + kKeyOfLeast)) / (kGrowth + 1);
  return key > 0 ? size : -size;
}

bool newer(const RecentState::Item& a, const RecentState::Item& b) {
  return a.time != b.time ? a.time > b.time : a.position > b.position;
}

}  // namespace

void RecentState::add(const Item& item, size_t limit) {
  limit_ = static_cast<uint32_t>(limit);
  if (items_.empty() || newer(items_.back(), item)) {
    if (items_.size() < limit) items_.push_back(item);
    return;
  }
  items_.insert(std::upper_bound(items_.begin(), items_.end(), item, newer), item);
  if (items_.size() > limit) items_.pop_back();
}
void RecentState::merge(const RecentState& other) {
  limit_ = std::max(limit_, other.limit_);
  std::vector<Item> both(items_.size() + other.items_.size());
  std::merge(items_.begin(), items_.end(), other.items_.begin(), other.items_.end(), both.begin(), newer);
  if (both.size() > limit_) both.resize(limit_);
  items_ = std::move(both);
}
void RecentState::encode(ByteWriter& out) const {
  out.varint(limit_);
  out.varint(items_.size());
  for (const Item& item : items_) {
    out.i64(item.time.micros);
    out.varint(item.position);
    out.u64(item.cell);
  }
}
void RecentState::decode(ByteReader& in) {
  items_.clear();
  limit_ = static_cast<uint32_t>(in.varint());
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    Item item;
    item.time.micros = in.i64();
    item.position = in.varint();
    item.cell = in.u64();
    items_.push_back(item);
  }
}

size_t ValuesState::slot_of(Cell cell) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = mix64(cell) & mask;
  while (slots_[slot] != 0 && items_[slots_[slot] - 1u].cell != cell) slot = (slot + 1) & mask;
  return slot;
}
void ValuesState::index() {
  size_t size = std::max<size_t>(8, slots_.size());
  while (size < 2 * (items_.size() + 1)) size *= 2;
  slots_.assign(size, 0);
  for (size_t i = 0; i < items_.size(); ++i) slots_[slot_of(items_[i].cell)] = static_cast<uint16_t>(i + 1);
}
void ValuesState::lower(uint64_t by) {
  std::erase_if(items_, [&](const Item& item) { return item.count <= by; });
  for (Item& item : items_) item.count -= by;
  index();
}
void ValuesState::add(Cell cell, uint64_t count) {
  if (slots_.size() < 2 * (items_.size() + 1)) index();
  const size_t slot = slot_of(cell);
  if (slots_[slot] != 0) {
    items_[slots_[slot] - 1u].count += count;
  } else if (items_.size() < kMaxExactValues) {
    items_.push_back({cell, count});
    slots_[slot] = static_cast<uint16_t>(items_.size());
  } else {
    uint64_t least = count;
    for (const Item& item : items_) least = std::min(least, item.count);
    lower(least);
    if (count > least) add(cell, count - least);
  }
}
void ValuesState::merge(const ValuesState& other) {
  if (slots_.empty()) index();
  for (const Item& item : other.items_) {
    const size_t slot = slot_of(item.cell);
    if (slots_[slot] != 0) {
      items_[slots_[slot] - 1u].count += item.count;
      continue;
    }
    items_.push_back(item);
    slots_[slot] = static_cast<uint16_t>(items_.size());
    if (slots_.size() < 2 * (items_.size() + 1)) index();
  }
  if (items_.size() <= kMaxExactValues) return;
  std::vector<uint64_t> counts;
  for (const Item& item : items_) counts.push_back(item.count);
  std::nth_element(counts.begin(), counts.begin() + kMaxExactValues, counts.end(), std::greater<>());
  lower(counts[kMaxExactValues]);
}
void ValuesState::clear() {
  if (slots_.size() > 1024) slots_ = {};
  else if (!items_.empty()) std::fill(slots_.begin(), slots_.end(), uint16_t{0});
  items_.clear();
}
void ValuesState::encode(ByteWriter& out) const {
  std::vector<Item> sorted = items_;
  std::sort(sorted.begin(), sorted.end(), [](const Item& a, const Item& b) { return a.cell < b.cell; });
  out.varint(sorted.size());
  for (const Item& item : sorted) {
    out.u64(item.cell);
    out.varint(item.count);
  }
}
void ValuesState::decode(ByteReader& in) {
  items_.clear();
  for (uint64_t n = std::min<uint64_t>(in.varint(), kMaxExactValues); n > 0 && in.ok(); --n) {
    const Cell cell = in.u64();
    items_.push_back({cell, in.varint()});
  }
  index();
}

void QuantileState::add(double value) {
  value += 0.0;  // -0 is 0: equal states have equal bytes
  ++count_;
  if (buckets_.empty()) values_.push_back(value);
  else add_bucket(bucket_key(value), 1);
  if (values_.size() > kMaxExactQuantile) to_buckets();
}
void QuantileState::to_buckets() {
  for (double value : values_) add_bucket(bucket_key(value), 1);
  values_ = {};
}
void QuantileState::add_bucket(int32_t key, uint64_t count) {
  auto at = std::lower_bound(buckets_.begin(), buckets_.end(), key, [](const Bucket& b, int32_t k) { return b.key < k; });
  if (at != buckets_.end() && at->key == key) at->count += count;
  else buckets_.insert(at, {key, count});
}
void QuantileState::merge(const QuantileState& other) {
  for (double value : other.values_) add(value);
  if (other.buckets_.empty()) return;
  to_buckets();
  for (const Bucket& bucket : other.buckets_) add_bucket(bucket.key, bucket.count);
  count_ += other.count_;
}
double QuantileState::quantile(double p) const {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = p * static_cast<double>(count_ - 1);
  if (buckets_.empty()) {
    std::sort(values_.begin(), values_.end());
    const size_t below = static_cast<size_t>(rank);
    const double part = rank - static_cast<double>(below), low = values_[below];
    return part == 0 ? low : low + (values_[below + 1] - low) * part;
  }
  uint64_t before = 0;
  for (const Bucket& bucket : buckets_) {
    before += bucket.count;
    if (static_cast<double>(before) > rank) return bucket_value(bucket.key);
  }
  return bucket_value(buckets_.back().key);
}
void QuantileState::clear() {
  count_ = 0;
  values_.clear();
  buckets_.clear();
}
void QuantileState::encode(ByteWriter& out) const {
  out.varint(count_);
  out.varint(buckets_.size());
  for (const Bucket& bucket : buckets_) {
    out.u32(static_cast<uint32_t>(bucket.key));
    out.varint(bucket.count);
  }
  if (!buckets_.empty()) return;
  std::sort(values_.begin(), values_.end());
  for (double value : values_) out.f64(value);
}
void QuantileState::decode(ByteReader& in) {
  clear();
  count_ = in.varint();
  const uint64_t buckets = in.varint();
  for (uint64_t n = buckets; n > 0 && in.ok(); --n) {
    const int32_t key = static_cast<int32_t>(in.u32());
    buckets_.push_back({key, in.varint()});
  }
  if (buckets > 0) return;
  for (uint64_t n = std::min<uint64_t>(count_, kMaxExactQuantile); n > 0 && in.ok(); --n) values_.push_back(in.f64());
  count_ = values_.size();
}

void HistogramState::add(double value, const std::vector<double>& edges) {
  counts.resize(edges.size() + 1);
  ++counts[static_cast<size_t>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin())];
}
void HistogramState::merge(const HistogramState& other) {
  counts.resize(std::max(counts.size(), other.counts.size()));
  for (size_t i = 0; i < other.counts.size(); ++i) counts[i] += other.counts[i];
}
void HistogramState::encode(ByteWriter& out) const {
  out.varint(counts.size());
  for (uint64_t n : counts) out.varint(n);
}
void HistogramState::decode(ByteReader& in) {
  counts.clear();
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) counts.push_back(in.varint());
}

void HoursState::add(Time time, const TimeZone& zone) {
  constexpr int64_t kDay = 86400;
  const int64_t second = time.micros / 1000000 - (time.micros % 1000000 < 0);
  const int64_t local = second + zone.offset_seconds(time);
  const int64_t day = local / kDay - (local % kDay < 0);
  ++count;
  ++hours[static_cast<size_t>((local - day * kDay) / 3600)];
  ++weekdays[static_cast<size_t>(((day + 3) % 7 + 7) % 7)];  // 1970-01-01 was a Thursday
}
void HoursState::merge(const HoursState& other) {
  count += other.count;
  for (size_t i = 0; i < hours.size(); ++i) hours[i] += other.hours[i];
  for (size_t i = 0; i < weekdays.size(); ++i) weekdays[i] += other.weekdays[i];
}
void HoursState::encode(ByteWriter& out) const {
  out.varint(count);
  if (count == 0) return;
  for (uint32_t n : hours) out.varint(n);
  for (uint32_t n : weekdays) out.varint(n);
}
void HoursState::decode(ByteReader& in) {
  count = in.varint();
  if (count == 0) return;
  for (uint32_t& n : hours) n = static_cast<uint32_t>(in.varint());
  for (uint32_t& n : weekdays) n = static_cast<uint32_t>(in.varint());
}

}  // namespace furrow::profile
