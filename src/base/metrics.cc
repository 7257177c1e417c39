#include "base/metrics.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>

namespace furrow {
namespace {

// 0..7 have a bucket each; from 8 on, 8 buckets a power of two.
int bucket_of(uint64_t v) {
  if (v < 8) return static_cast<int>(v);
  int power = std::bit_width(v) - 1;
  int bucket = (power - 2) * 8 + static_cast<int>(v >> (power - 3) & 7);
  return std::min(bucket, Histogram::kBuckets - 1);
}
double upper_bound(int bucket) {
  if (bucket < 8) return bucket + 1;
  int power = bucket / 8 + 2;
  return std::ldexp(8 + bucket % 8 + 1, power - 3);
}

}  // namespace

void Histogram::record_us(uint64_t micros) {
  buckets_[static_cast<size_t>(bucket_of(micros))].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(micros, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

double Histogram::quantile_us(double q) const {
  uint64_t total = count();
  if (total == 0) return 0;
  auto wanted = static_cast<uint64_t>(std::ceil(q * static_cast<double>(total)));
  uint64_t seen = 0;
  for (int i = 0; i < kBuckets; ++i) {
    seen += buckets_[static_cast<size_t>(i)].load(std::memory_order_relaxed);
    if (seen >= std::max<uint64_t>(wanted, 1)) return upper_bound(i);
  }
  return upper_bound(kBuckets - 1);
}

void MetricsRegistry::add(std::string name, std::string help, const Counter& counter, std::string labels) {
  entries_.push_back({std::move(name), std::move(help), std::move(labels), &counter, nullptr, nullptr});
}
void MetricsRegistry::add(std::string name, std::string help, const Gauge& gauge, std::string labels) {
  entries_.push_back({std::move(name), std::move(help), std::move(labels), nullptr, &gauge, nullptr});
}
void MetricsRegistry::add(std::string name, std::string help, const Histogram& histogram, std::string labels) {
  entries_.push_back({std::move(name), std::move(help), std::move(labels), nullptr, nullptr, &histogram});
}

std::string MetricsRegistry::expose() const {
  std::string out;
  std::string_view previous;
  for (const auto& e : entries_) {
    if (e.name != previous) {
      out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", e.name, e.help, e.name,
                         e.counter ? "counter" : e.gauge ? "gauge" : "summary");
    }
    previous = e.name;
    std::string braces = e.labels.empty() ? "" : "{" + e.labels + "}";
    if (e.counter) out += fmt::format("{}{} {}\n", e.name, braces, e.counter->value());
    if (e.gauge) out += fmt::format("{}{} {}\n", e.name, braces, e.gauge->value());
    if (e.histogram) {
      for (double q : {0.5, 0.9, 0.99, 0.999}) {
        out += fmt::format("{}{{{}{}quantile=\"{}\"}} {}\n", e.name, e.labels, e.labels.empty() ? "" : ",", q,
                           e.histogram->quantile_us(q) / 1e6);
      }
      out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", e.name, braces, e.histogram->sum_us() / 1e6, e.name, braces, e.histogram->count());
    }
  }
  return out;
}

}  // namespace furrow
