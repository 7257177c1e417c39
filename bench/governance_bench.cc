// furrow simulate files --real-dirt --customers 120000 --months 1 --out FOLDER; governance_bench FOLDER OUT [FILE…]
// Cleans each export and prints rows/s, the scores before and after, and, against the twin's truth, precision and recall of
// clocks, shared and reset device ids, bots and copied reviews.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "base/files.h"
#include "govern/clean.h"
#include "table/row_reader.h"

using namespace furrow;

namespace {

double processor_seconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}
long peak_mib() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return use.ru_maxrss / 1024;
}

// Rows as name → text, one after another.
template <class Each>
void each_row(const std::filesystem::path& path, std::vector<std::string> wanted, Each each) {
  auto reader = table::RowReader::open(path);
  if (!reader.ok()) return;
  table::Row row;
  std::vector<std::string_view> cells(wanted.size());
  std::vector<size_t> places;
  size_t known = 0;
  while (true) {
    auto more = (*reader)->next(row);
    if (!more.ok() || !*more) return;
    if (!row.good()) continue;
    if (known != (*reader)->columns().size()) {
      known = (*reader)->columns().size();
      places.clear();
      for (const std::string& name : wanted) {
        size_t at = SIZE_MAX;
        for (size_t c = 0; c < known; ++c) at = (*reader)->columns()[c] == name ? c : at;
        places.push_back(at);
      }
    }
    for (size_t i = 0; i < wanted.size(); ++i) cells[i] = places[i] < row.cells.size() ? row.cells[places[i]].text : std::string_view();
    each(cells);
  }
}

struct Hits {
  size_t truth = 0, found = 0, both = 0;
  void add(bool real, bool seen) {
    truth += real;
    found += seen;
    both += real && seen;
  }
  void print(const char* what) const {
    auto share = [](size_t a, size_t b) { return b == 0 ? NAN : static_cast<double>(a) / static_cast<double>(b); };
    fmt::print("  {:<28} precision {:.4f}  recall {:.4f}  ({} true, {} found)\n", what, share(both, found), share(both, truth), truth, found);
  }
};

struct Truth {
  std::string clock, identity;
  int64_t offset = 0;
};

void judge_events(const std::filesystem::path& folder, const std::filesystem::path& cleaned, const std::filesystem::path& changes) {
  std::unordered_map<std::string, Truth> truth;
  each_row(folder / "truth_events.csv", {"message", "clock", "identity", "offset_seconds"},
           [&](const auto& c) { truth[std::string(c[0])] = {std::string(c[1]), std::string(c[2]), std::stoll(std::string(c[3]))}; });
  std::unordered_map<uint64_t, std::pair<std::string, std::string>> mended;  // row → original, rule
  each_row(changes, {"row", "rule", "original"}, [&](const auto& c) {
    if (c[1] == "mend.zone_offset" || c[1] == "mend.clock_drift" || c[1] == "mend.arrival_order" || c[1].starts_with("fault.")) {
      mended[std::stoull(std::string(c[0]))] = {std::string(c[2]), std::string(c[1])};
    }
  });
  Hits clocks, bots, shared, reset;
  size_t right = 0, judged = 0;
  uint64_t row = 0;
  each_row(cleaned, {"messageId", "timestamp", "_faults"}, [&](const auto& c) {
    ++row;
    auto known = truth.find(std::string(c[0]));
    Truth none;
    const Truth& real = known == truth.end() ? none : known->second;
    auto change = mended.find(row);
    clocks.add(!real.clock.empty(), change != mended.end());
    if (!real.clock.empty() && change != mended.end()) {
      ++judged;
      auto before = parse_time(change->second.first), after = parse_time(c[1]);
      right += before.ok() && after.ok() && std::abs((*before - seconds(real.offset) - *after).seconds()) <= 600;
    }
    bots.add(real.identity == "bot", c[2].find("bot") != std::string_view::npos);
    shared.add(real.identity == "shared", c[2].find("shared") != std::string_view::npos);
    reset.add(real.identity == "reset", c[2].find("reset") != std::string_view::npos);
  });
  fmt::print("  {} events, {} of them faulty\n", row, truth.size());
  clocks.print("times (faulty clock)");
  fmt::print("  {:<28} {:.4f} within ten minutes of the truth\n", "times mended", judged ? static_cast<double>(right) / static_cast<double>(judged) : NAN);
  shared.print("shared device ids");
  reset.print("reset device ids");
  bots.print("bots (events)");
}

void judge_reviews(const std::filesystem::path& folder, const std::filesystem::path& cleaned) {
  std::set<std::string> copied;
  each_row(folder / "truth_reviews.csv", {"review_id"}, [&](const auto& c) { copied.insert(std::string(c[0])); });
  Hits hits;
  each_row(cleaned, {"review_id", "_faults"}, [&](const auto& c) { hits.add(copied.contains(std::string(c[0])), c[1].find("near_duplicate") != std::string_view::npos); });
  hits.print("copied reviews");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: governance_bench FOLDER OUT [FILE...]\n");
    return 2;
  }
  std::filesystem::path folder = argv[1], out = argv[2];
  std::filesystem::create_directories(out);
  std::vector<std::string> files(argv + 3, argv + argc);
  bool twin = files.empty();
  if (twin) files = {"crm.csv", "orders.csv", "email_platform.tsv", "support_tickets.jsonl", "loyalty_cards.csv", "dmp.csv.gz", "reviews.csv", "web_events.jsonl.gz"};
  uint64_t values = 0, before = 0, after = 0;
  for (const std::string& file : files) {
    if (!std::filesystem::exists(folder / file)) continue;
    govern::CleanOptions options;
    options.out = out / (file.substr(0, file.find('.')) + (file.find("json") != std::string::npos ? ".jsonl" : ".csv"));
    bool events = file.starts_with("web_events");
    if (events) options.changes = out / "changes.csv";
    double start = processor_seconds();
    auto report = govern::clean_file(folder / file, options, SystemClock());
    if (!report.ok()) {
      fmt::print("{}\n", report.error().to_string());
      return 1;
    }
    double used = processor_seconds() - start;
    for (const auto& column : report->columns) {
      if (!column.counts()) continue;
      values += column.values;
      before += column.standard_before;
      after += column.standard_after;
    }
    fmt::print("{:<24} {:>9} rows  {:>6.2f} s  {:>6.2f} processor s  {:>8.0f} rows/processor s  before {:.3f}  after {:.3f}  rejected {}  peak {} MiB\n", file, report->rows_in, report->seconds,
               used, static_cast<double>(report->rows_in) / used, report->standardised_before(), report->standardised_after(), report->rejected(), peak_mib());
    if (twin && events) judge_events(folder, options.out, options.changes);
    if (twin && file == "reviews.csv") judge_reviews(folder, options.out);
    std::fflush(stdout);
  }
  if (values > 0) fmt::print("all: before {:.4f}, after {:.4f}\n", static_cast<double>(before) / static_cast<double>(values), static_cast<double>(after) / static_cast<double>(values));
  return 0;
}
