// Feature files: 250 features as of many observations over many events, by `furrow features build` and by plain DuckDB SQL
// (one join of observations to earlier events, filtered aggregates), over the same Parquet files, both on two threads.
// Prints seconds, processor seconds and peak memory so far, and compares the values. See docs/benchmarks.md, "Feature files".
// Arguments: events (10000000), observations (1000000), profiles (100000), "build", "sql", "both" or "make", and a folder for the
// files: those that are there are used again ("make" only makes them). Without one they are temporary.
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "profile/feature_files.h"
#include "table/database.h"

namespace {

using namespace furrow;

struct Window {
  const char* name;
  const char* yaml;
  const char* sql;
};
constexpr Window kWindows[] = {{"1d", "1d", "1 day"}, {"7d", "7d", "7 days"}, {"30d", "30d", "30 days"}, {"90d", "90d", "90 days"}, {"ever", "", ""}};
constexpr const char* kEvents[] = {"view", "cart", "order", "mail", ""};
constexpr const char* kAggregates[] = {"count", "sum", "avg", "min", "max"};

struct Usage {
  double wall, processor, peak_gib;
};
Usage now() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return {std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(), seconds(used.ru_utime) + seconds(used.ru_stime),
          static_cast<double>(used.ru_maxrss) / (1 << 20)};
}
void report(const char* what, const Usage& start) {
  const Usage end = now();
  fmt::print("{:<14} {:>8.1f} s {:>8.1f} processor s {:>8.2f} GiB peak\n", what, end.wall - start.wall, end.processor - start.processor, end.peak_gib);
  std::fflush(stdout);
}

std::string definitions() {
  std::string yaml = "features:\n";
  for (const char* event : kEvents) {
    for (const Window& window : kWindows) {
      for (const char* aggregate : kAggregates) {
        for (const char* where : {"", "price > 50"}) {
          yaml += fmt::format("  - {{name: {}_{}_{}_{}, aggregate: {}", *event ? event : "any", aggregate, window.name, *where ? "dear" : "all",
                              std::string(aggregate) == "count" ? "count" : fmt::format("{}(price)", aggregate));
          if (*event) yaml += fmt::format(", event: {}", event);
          if (*window.yaml) yaml += fmt::format(", window: {}", window.yaml);
          yaml += fmt::format("{}}}\n", *where ? ", where: price > 50" : "");
        }
      }
    }
  }
  return yaml;
}

std::string sql(const std::string& folder) {
  std::string select;
  for (const char* event : kEvents) {
    for (const Window& window : kWindows) {
      for (const char* aggregate : kAggregates) {
        for (const char* where : {"", " AND e.price > 50"}) {
          const std::string call = std::string(aggregate) == "count" ? "count(e.price)" : fmt::format("{}(e.price)", aggregate);
          select += fmt::format(", {} FILTER (WHERE true{}{}{}) AS {}_{}_{}_{}", call, *event ? fmt::format(" AND e.event = '{}'", event) : "",
                                *window.sql ? fmt::format(" AND e.time >= o.time - INTERVAL '{}'", window.sql) : "", where, *event ? event : "any", aggregate,
                                window.name, *where ? "dear" : "all");
        }
      }
    }
  }
  return fmt::format("COPY (SELECT o.row, any_value(o.profile_id) AS profile_id, any_value(o.time) AS time{} FROM '{}/observations.parquet' o "
                     "LEFT JOIN '{}/events.parquet' e ON e.profile_id = o.profile_id AND e.time < o.time GROUP BY o.row ORDER BY o.row) "
                     "TO '{}/sql.parquet' (FORMAT parquet, COMPRESSION zstd)", select, folder, folder, folder);
}

void must(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.error().to_string());
  std::exit(1);
}

void make(table::Database& database, const std::string& folder, const std::string& events, const std::string& observations, const std::string& people) {
  must(database.execute(fmt::format(
      "SELECT setseed(0.5); COPY (SELECT 'p' || CAST(floor(random() * {}) AS INT) AS profile_id, ['view','view','view','cart','order','mail'][1 + CAST(floor(random() * 6) AS INT)] AS event, "
      "TIMESTAMP '2026-01-01' + to_milliseconds(CAST(floor(random() * 180 * 86400000) AS BIGINT)) AS time, round(random() * 100, 2) AS price "
      "FROM range({})) TO '{}/events.parquet' (FORMAT parquet)", people, events, folder)));
  must(database.execute(fmt::format(
      "COPY (SELECT i AS row, 'p' || CAST(floor(random() * {}) AS INT) AS profile_id, TIMESTAMP '2026-03-01' + to_milliseconds(CAST(floor(random() * 120 * 86400000) AS BIGINT)) AS time "
      "FROM range({}) t(i)) TO '{}/observations.parquet' (FORMAT parquet)", people, observations, folder)));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string events = argc > 1 ? argv[1] : "10000000", observations = argc > 2 ? argv[2] : "1000000", people = argc > 3 ? argv[3] : "100000";
  const std::string what = argc > 4 ? argv[4] : "both";
  TemporaryFolder temporary;
  const std::string folder = argc > 5 ? argv[5] : temporary.path().string();
  auto database = table::Database::open({.threads = 2, .memory_limit_bytes = size_t{4} << 30, .spill_folder = folder}).value();
  if (!std::filesystem::exists(folder + "/observations.parquet")) make(*database, folder, events, observations, people);
  if (what == "make") return 0;
  must(write_file_atomically(folder + "/features.yaml", definitions()));
  fmt::print("{} events, {} observations, {} profiles, 250 features, two threads, Parquet in and out\n", events, observations, people);
  if (what != "sql") {
    const Usage start = now();
    profile::FeatureFilesRequest request{folder + "/events.parquet", folder + "/features.yaml", folder + "/observations.parquet", folder + "/build.parquet"};
    auto built = profile::build_feature_file(request);
    if (!built.ok()) must(built.error());
    report("features build", start);
  }
  if (what != "build") {
    const Usage start = now();
    must(database->execute(sql(folder)));
    report("DuckDB SQL", start);
  }
  if (what == "both") {
    auto differ = database->query(fmt::format(
        "SELECT count(*) FILTER (WHERE abs(coalesce(b.any_sum_30d_dear, 0) - coalesce(s.any_sum_30d_dear, 0)) > 1e-6 OR coalesce(b.order_count_7d_all, 0) <> s.order_count_7d_all "
        "OR b.view_max_ever_all IS DISTINCT FROM s.view_max_ever_all) AS n FROM '{0}/build.parquet' b JOIN '{0}/sql.parquet' s USING (row)", folder));
    if (!differ.ok()) must(differ.error());
    fmt::print("rows that differ: {}\n", differ->column(0).to_text(0));
  }
  return 0;
}
