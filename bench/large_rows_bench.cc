// The last two fits of a large table, side by side, with rows held as floats or read and kept as bins: processor seconds, peak memory,
// and a fingerprint of the trees, which must be the same. Memory is a process's, so one run a way: see docs/benchmarks.md, "Many rows".
//   large_rows_bench held|read ROWS NUMBERS MISSING_SHARE ROUNDS
#include <fmt/format.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string_view>

#include "base/random.h"
#include "learn/binned_rows.h"
#include "learn/cross_validation.h"
#include "learn/encoded_rows.h"

namespace furrow::learn {
namespace {

// `numbers` columns of numbers and a text of 5,000 levels; two of the numbers and the text matter.
Dataset make_rows(size_t rows, size_t numbers, double missing, std::vector<float>& labels) {
  Random random(1);
  Dataset data;
  data.rows = rows;
  std::vector<double> signal(rows, -1.2);
  for (size_t c = 0; c < numbers; ++c) {
    std::vector<double> values(rows);
    for (size_t i = 0; i < rows; ++i) {
      values[i] = random.normal();
      if (c < 2) signal[i] += std::sin(2 * values[i]);
      if (random.chance(missing)) values[i] = std::nan("");
    }
    data.columns.push_back(number_column(fmt::format("x{}", c), std::move(values)));
  }
  TextColumnBuilder text("product");
  for (size_t i = 0; i < rows; ++i) {
    const auto level = static_cast<size_t>(5000 * random.uniform() * random.uniform());
    text.add(fmt::format("P{:05}", level));
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-signal[i] - (level % 7 == 0))) ? 1.0f : 0.0f);
  }
  data.columns.push_back(std::move(text).finish());
  return data;
}

rusage used() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}
double seconds(const rusage& u) {
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int run(bool held, size_t rows, size_t numbers, double missing, int rounds) {
  std::vector<float> labels;
  const Dataset data = make_rows(rows, numbers, missing, labels);
  std::vector<uint32_t> places(rows);
  std::iota(places.begin(), places.end(), 0u);
  const rusage before = used();
  const auto read = EncodedRows::fit(data, {}, places, labels, 1).value();
  Samples floats;
  if (held) floats = read->all();
  std::vector<ForestPart> parts = forest_parts(rows, {});
  const std::optional<BinnedRows> bins = held ? std::nullopt : std::optional(BinnedRows::make(Task::kBinary, *read, parts[0].boosting).value());
  std::vector<std::string> models(2);
  run_jobs(2, 2, [&](size_t p) {
    parts[p].boosting.rounds = rounds;
    models[p] = (held ? boost(Task::kBinary, floats, nullptr, parts[p].boosting) : boost(Task::kBinary, *bins, nullptr, parts[p].boosting)).value().json;
  });
  const rusage after = used();
  fmt::print("{} rows x {} numbers and a text, {:.0f} % missing, {}: {:.1f} processor seconds, {} MB before, {} MB at most; trees {:016x}\n", rows, numbers, 100 * missing,
             held ? "held as floats" : "read and binned", seconds(after) - seconds(before), before.ru_maxrss / 1024, after.ru_maxrss / 1024, std::hash<std::string>{}(models[0] + models[1]));
  return 0;
}

}  // namespace
}  // namespace furrow::learn

int main(int argc, char** argv) {
  if (argc != 6) return std::fputs("large_rows_bench held|read ROWS NUMBERS MISSING_SHARE ROUNDS\n", stderr), 2;
  return furrow::learn::run(std::string_view(argv[1]) == "held", std::strtoul(argv[2], nullptr, 10), std::strtoul(argv[3], nullptr, 10), std::strtod(argv[4], nullptr), std::atoi(argv[5]));
}
