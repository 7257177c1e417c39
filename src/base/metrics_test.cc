#include "base/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "base/log.h"
#include "base/random.h"
#include "base/value.h"

namespace furrow {
namespace {

TEST(Histogram, QuantilesStayWithinTheirBuckets) {
  Histogram histogram;
  Random random(5);
  std::vector<uint64_t> values;
  for (int i = 0; i < 20000; ++i) {
    values.push_back(static_cast<uint64_t>(random.exponential(1.0 / 5000)));
    histogram.record_us(values.back());
  }
  std::sort(values.begin(), values.end());
  for (double q : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    auto exact = static_cast<double>(values[static_cast<size_t>(q * 20000) - 1]);
    EXPECT_GE(histogram.quantile_us(q), exact);
    EXPECT_LE(histogram.quantile_us(q), exact * 1.13 + 1);
  }
  EXPECT_EQ(histogram.count(), 20000u);
  EXPECT_EQ(Histogram().quantile_us(0.5), 0);
}

TEST(MetricsRegistry, ExposesInPrometheusForm) {
  Counter events;
  Gauge depth;
  MetricsRegistry registry;
  registry.add("furrow_events_total", "Events.", events, "source=\"live\"");
  registry.add("furrow_queue_depth", "Depth.", depth);
  events.add(3);
  depth.set(1.5);
  EXPECT_EQ(registry.expose(),
            "# HELP furrow_events_total Events.\n# TYPE furrow_events_total counter\nfurrow_events_total{source=\"live\"} 3\n"
            "# HELP furrow_queue_depth Depth.\n# TYPE furrow_queue_depth gauge\nfurrow_queue_depth 1.5\n");
}

TEST(Logger, WritesOneJsonObjectALine) {
  std::string written;
  Logger logger(LogLevel::kInfo, [&](std::string_view line) { written += line; });
  logger.info("ready", {{"port", "8080"}});
  logger.write(LogLevel::kDebug, "hidden");
  EXPECT_NE(written.find(R"("level":"info","message":"ready","port":"8080"})"), std::string::npos) << written;
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 1);
}

TEST(Bytes, ReadsBackWhatWasWrittenAndNeverPastTheEnd) {
  std::string buffer;
  ByteWriter out(buffer);
  out.u8(7);
  out.varint(300);
  out.bytes("text");
  out.f64(-0.5);
  out.i64(-9);
  ByteReader in(buffer);
  EXPECT_EQ(in.u8(), 7);
  EXPECT_EQ(in.varint(), 300u);
  EXPECT_EQ(in.bytes(), "text");
  EXPECT_EQ(in.f64(), -0.5);
  EXPECT_EQ(in.i64(), -9);
  EXPECT_TRUE(in.ok() && in.at_end());
  for (size_t cut = 0; cut < buffer.size(); ++cut) {
    ByteReader torn(std::string_view(buffer).substr(0, cut));
    torn.u8(), torn.varint(), torn.bytes(), torn.f64(), torn.i64();
    EXPECT_FALSE(torn.ok()) << cut;
  }
  std::string no_end(20, '\xff');
  ByteReader endless(no_end);
  endless.varint();
  EXPECT_FALSE(endless.ok());
}

TEST(Value, ReadsNumbersFromTextsThatAreNumbers) {
  EXPECT_EQ(Value(std::string_view("12.5")).as_number(), 12.5);
  EXPECT_TRUE(std::isnan(Value(std::string_view("12.5 kg")).as_number()));
  EXPECT_TRUE(std::isnan(Value().as_number()));
  EXPECT_EQ(Value(true).as_number(), 1);
}

}  // namespace
}  // namespace furrow
