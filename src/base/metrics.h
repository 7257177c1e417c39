// Operational metrics in Prometheus' text exposition format (version 0.0.4).
//
// Metrics are declared once, as members of a struct in the room that owns them, with a name, unit and help; a
// MetricsRegistry handed down from main writes them all. Counters and gauges are one relaxed atomic; a Histogram has
// fixed logarithmic buckets (8 a power of two: quantiles within 9 %) in microseconds.
// Threads: any. Cost: about 5 ns an update. Labels are not dynamic: one object a label set, made at start.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace furrow {

class Counter {
 public:
  void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  static constexpr int kBuckets = 8 * 40;
  void record_us(uint64_t micros);
  uint64_t count() const;
  double quantile_us(double q) const;  // upper bound of the bucket that holds it; 0 when empty
  double sum_us() const { return static_cast<double>(sum_.load(std::memory_order_relaxed)); }

 private:
  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> sum_{0};
};

// Owns nothing: a metric must outlive the registry's use of it.
class MetricsRegistry {
 public:
  // `name` as Prometheus wants it ("furrow_events_accepted_total"), `labels` as written inside the braces ("code=\"…\"").
  void add(std::string name, std::string help, const Counter& counter, std::string labels = {});
  void add(std::string name, std::string help, const Gauge& gauge, std::string labels = {});
  void add(std::string name, std::string help, const Histogram& histogram, std::string labels = {});
  std::string expose() const;

 private:
  struct Entry { std::string name, help, labels; const Counter* counter; const Gauge* gauge; const Histogram* histogram; };
  std::vector<Entry> entries_;
};

}  // namespace furrow
