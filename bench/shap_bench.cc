// Exact SHAP values of many rows of a real table: 500 trees of depth 8, 10,000 rows, ours on two threads beside XGBoost's own
// pred_contribs on two threads, the same model and rows in the same run. Checks that contributions add up to the margin.
//   shap_bench FILE TARGET [rows] [trees] [depth]      a table with a header; Adult: name its columns in a first line
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "learn/dataset_from_table.h"
#include "learn/encoding.h"
#include "learn/shap.h"
#include "learn/target.h"
#include "table/files.h"

namespace furrow::learn {
namespace {

constexpr int kThreads = 2;

struct Clocks {
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  double cpu = processor();
  static double processor() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  std::string since() const {
    return fmt::format("{:.2f} s wall, {:.2f} s processor", std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(), processor() - cpu);
  }
};

Status run(int count, char** words) {
  size_t rows = count > 3 ? static_cast<size_t>(std::atoll(words[3])) : 10'000;
  FURROW_ASSIGN(table::Table table, table::read_table(words[1]));
  Dataset data = dataset_from_table(table);
  FURROW_ASSIGN(Target target, read_target(data, words[2], ""));
  Samples samples;
  FURROW_ASSIGN(Encoder encoder, Encoder::fit(data, {words[2]}, target.rows, target.labels, 1, &samples));
  BoostingOptions options;
  options.rounds = count > 4 ? std::atoi(words[4]) : 500;
  options.depth = count > 5 ? std::atoi(words[5]) : 8;
  options.min_child_weight = 1;
  options.threads = kThreads;
  Clocks training;
  FURROW_ASSIGN(Boosted boosted, boost(target.task, samples, nullptr, options));
  fmt::print("{} rows, {} columns, {} trees of depth {}: trained in {}\n", samples.rows(), samples.columns, options.rounds, options.depth, training.since());
  FURROW_ASSIGN(Forest forest, Forest::parse(boosted.json));
  FURROW_ASSIGN(ShapExplainer explainer, ShapExplainer::make(forest));
  rows = std::min(rows, samples.rows());

  std::vector<double> ours(rows * samples.columns);
  Clocks mine;
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      size_t begin = rows * t / kThreads, end = rows * (t + 1) / kThreads;
      ShapExplainer::Scratch scratch;
      explainer.contributions(samples.row(begin), end - begin, scratch, ours.data() + begin * samples.columns);
    });
  }
  for (auto& thread : threads) thread.join();
  fmt::print("ours, {} rows, {} threads: {}\n", rows, kThreads, mine.since());

  FURROW_ASSIGN(XgboostModel reference, XgboostModel::load(boosted.json, kThreads));
  Clocks theirs;
  FURROW_ASSIGN(std::vector<float> peer, reference.contributions(samples.values.data(), rows, samples.columns));
  fmt::print("XGBoost, {} rows, {} threads: {}\n", rows, kThreads, theirs.since());

  double unlike = 0, open = 0;
  for (size_t i = 0; i < rows; ++i) {
    double sum = explainer.bias();
    for (size_t c = 0; c < samples.columns; ++c) {
      sum += ours[i * samples.columns + c];
      unlike = std::max(unlike, std::abs(ours[i * samples.columns + c] - static_cast<double>(peer[i * (samples.columns + 1) + c])));
    }
    double margin = forest.base_margin();
    std::vector<float> leaves(forest.trees().size());
    forest.leaves(samples.row(i), leaves.data());
    for (float leaf : leaves) margin += static_cast<double>(leaf);
    open = std::max(open, std::abs(sum - margin));
  }
  fmt::print("largest difference of a contribution to XGBoost's: {:.2g}; of their sum to the margin: {:.2g}\n", unlike, open);
  return {};
}

}  // namespace
}  // namespace furrow::learn

int main(int count, char** words) {
  if (count < 3) {
    fmt::print(stderr, "shap_bench FILE TARGET [rows] [trees] [depth]\n");
    return 2;
  }
  auto status = furrow::learn::run(count, words);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.error().to_string());
  return status.ok() ? 0 : 1;
}
