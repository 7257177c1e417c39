// One row, many candidates and SHAP through the forest, next to XGBoost's own evaluation of the same model in the same
// run, one thread each. Prints a table; see docs/benchmarks.md, "Forest".
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/random.h"
#include "learn/boosting.h"
#include "learn/shap.h"
#include "learn/shared_scoring.h"

namespace furrow::learn {
namespace {

constexpr size_t kColumns = 50, kRows = 20000;

Samples make_samples() {
  Random random(1);
  Samples samples;
  samples.columns = kColumns;
  std::vector<double> weight(kColumns);
  for (double& w : weight) w = random.normal();
  for (size_t i = 0; i < kRows; ++i) {
    double signal = 0;
    std::vector<float> row(kColumns);
    for (size_t c = 0; c < kColumns; ++c) {
      row[c] = static_cast<float>(random.normal());
      signal += weight[c] * std::sin(2 * row[c]) + (c > 0 ? 0.5 * row[c] * row[c - 1] : 0);
      if (random.chance(0.05)) row[c] = std::numeric_limits<float>::quiet_NaN();
    }
    samples.labels.push_back(random.uniform() < 1 / (1 + std::exp(-signal / 3)) ? 1.0f : 0.0f);
    samples.values.insert(samples.values.end(), row.begin(), row.end());
  }
  return samples;
}

// Microseconds a call, the median of five measurements of at least 0.15 s each.
template <class Work>
double micros(Work work) {
  using clock = std::chrono::steady_clock;
  std::vector<double> times;
  size_t calls = 1;
  for (int repeat = 0; repeat < 6; ++repeat) {
    while (true) {
      auto start = clock::now();
      for (size_t i = 0; i < calls; ++i) work(i);
      double seconds = std::chrono::duration<double>(clock::now() - start).count();
      if (seconds < 0.15) {
        calls = seconds < 1e-4 ? calls * 100 : static_cast<size_t>(static_cast<double>(calls) * 0.2 / seconds) + 1;
        continue;
      }
      if (repeat > 0) times.push_back(seconds * 1e6 / static_cast<double>(calls));
      break;
    }
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

int run() {
  Samples samples = make_samples();
  fmt::print("{} columns; microseconds a row (median); one thread\n", kColumns);
  fmt::print("depth trees | margin  batch | XGBoost one row  ratio | 20 candidates | SHAP one  batch | XGBoost SHAP one  ratio\n");
  volatile double sink = 0;
  for (int depth : {4, 6, 8}) {
    for (int trees : {200, 500}) {
      BoostingOptions options;
      options.depth = depth;
      options.rounds = trees;
      options.min_child_weight = 1;
      auto boosted = boost(Task::kBinary, samples, nullptr, options);
      if (!boosted.ok()) return fmt::print(stderr, "{}\n", boosted.error().message()), 1;
      Forest forest = Forest::parse(boosted->json).value();
      XgboostModel peer = XgboostModel::load(boosted->json).value();
      auto row = [&](size_t i) { return samples.row(i * 7919 % kRows); };
      double one = micros([&](size_t i) { sink = forest.margin(row(i)); });
      std::vector<float> out(kRows);
      double batch = micros([&](size_t) { forest.margins(samples.values.data(), kRows, out.data()); }) / kRows;
      double peer_one = micros([&](size_t i) { sink = peer.margins(row(i), 1, kColumns).value()[0]; });

      std::vector<uint32_t> varying{3, 11, 20, 37, 44};
      SharedScorer scorer = SharedScorer::make(forest, varying).value();
      SharedScorer::Scratch shared_scratch;
      std::vector<float> values;
      for (size_t k = 0; k < 20; ++k) {
        for (uint32_t c : varying) values.push_back(samples.row(k * 31)[c]);
      }
      double candidates = micros([&](size_t i) { scorer.margins(row(i), values.data(), 20, shared_scratch, out.data()); });

      ShapExplainer explainer = ShapExplainer::make(forest).value();
      ShapExplainer::Scratch scratch;
      std::vector<double> shap(2000 * kColumns);
      double shap_one = micros([&](size_t i) { explainer.contributions(row(i), scratch, shap.data()); });
      double shap_batch = micros([&](size_t) { explainer.contributions(samples.values.data(), 2000, scratch, shap.data()); }) / 2000;
      double peer_shap = micros([&](size_t i) { sink = peer.contributions(row(i), 1, kColumns).value()[0]; });
      fmt::print("{:5} {:5} | {:6.2f} {:6.2f} | {:15.1f} {:6.1f} | {:13.2f} | {:8.1f} {:6.1f} | {:16.0f} {:6.1f}\n", depth,
                 trees, one, batch, peer_one, peer_one / one, candidates, shap_one, shap_batch, peer_shap,
                 peer_shap / shap_one);
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace
}  // namespace furrow::learn

int main() { return furrow::learn::run(); }
