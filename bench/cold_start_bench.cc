// What a model that knows registration and third-party data is worth where people have done little yet, and how it leans: people of a
// workspace, asked every week whether they order within two weeks, once with what they were told to be ($identify features) and once without.
// Both learn from the first 80 % of time (rows whose label reaches over are left out) and are judged on the rest, by how much somebody has
// done before (tracked events, pages, screens). Differences in log loss are of the same rows, with 95 % intervals by a bootstrap over people;
// below 0 the told model is better. `told` is the share of mean |SHAP| that what was told has in the told model's scores.
//   cold_start_bench WORKSPACE [DATA]
// Figures: docs/benchmarks.md, "Cold start".
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "app/query.h"
#include "app/workspace.h"
#include "base/files.h"
#include "base/random.h"
#include "bench/splits.h"
#include "learn/metrics.h"
#include "learn/model.h"
#include "learn/trainer.h"
#include "predict/training_set.h"

namespace furrow {
namespace {

constexpr const char* kDeeds = "$deeds";
constexpr int kDraws = 500;

struct Judged {
  std::vector<double> scores, told;  // told: share of |SHAP| by what was told, a row
};

Result<Judged> judge(const predict::TrainingSet& set, const std::vector<uint32_t>& train, const std::vector<uint32_t>& held, const std::vector<std::string>& told, bool with) {
  learn::TrainOptions options;
  options.target = predict::kLabelColumn;
  options.positive = "1";
  options.time = predict::kTimeColumn;
  options.drop = {kDeeds};
  options.threads = 1;
  if (!with) options.drop.insert(options.drop.end(), told.begin(), told.end());
  FURROW_ASSIGN(auto trained, learn::train(learn::take(set.data, train), options));
  TemporaryFolder folder;
  FURROW_TRY(learn::write_model(trained.files, folder.path() / "m"));
  FURROW_ASSIGN(auto model, learn::Model::load(folder.path() / "m"));
  FURROW_ASSIGN(auto rows, model->encoder().encode(set.data, held));
  Judged out;
  learn::Model::Scratch scratch;
  std::vector<double> shap(model->inputs().size());
  for (size_t i = 0; i < held.size(); ++i) {
    const float* row = rows.values.data() + i * rows.columns;
    out.scores.push_back(model->score_encoded(row));
    model->contributions(row, scratch, shap.data());
    double all = 0, of_told = 0;
    for (size_t c = 0; c < shap.size(); ++c) {
      all += std::abs(shap[c]);
      if (std::find(told.begin(), told.end(), model->inputs()[c].name) != told.end()) of_told += std::abs(shap[c]);
    }
    out.told.push_back(all > 0 ? of_told / all : 0);
  }
  return out;
}

double loss(double p, bool y) { return -std::log(std::max(1e-9, y ? p : 1 - p)); }

// The mean of differences, with an interval over people, whose rows hang together.
learn::Measure mean_over_people(const std::vector<std::pair<ProfileId, double>>& differences) {
  std::unordered_map<ProfileId, std::pair<double, double>> people;
  for (auto [person, d] : differences) people[person].first += d, people[person].second += 1;
  std::vector<std::pair<double, double>> sums;
  double total = 0;
  for (auto& [person, sum] : people) sums.push_back(sum), total += sum.first;
  std::sort(sums.begin(), sums.end());
  Random random(1);
  std::vector<double> draws;
  for (int d = 0; d < kDraws; ++d) {
    double s = 0, n = 0;
    for (size_t k = 0; k < sums.size(); ++k) {
      const auto& sum = sums[random.below(sums.size())];
      s += sum.first, n += sum.second;
    }
    draws.push_back(s / n);
  }
  std::sort(draws.begin(), draws.end());
  return {total / static_cast<double>(differences.size()), draws[kDraws / 40], draws[kDraws - 1 - kDraws / 40]};
}

Status run(const std::string& root, const std::string& data) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(root));
  FURROW_ASSIGN(auto scan, app::read_only_scan(data.empty() ? workspace.default_data_dir() : std::filesystem::path(data)));
  auto definitions = workspace.features;
  std::vector<std::string> told;
  for (const auto& feature : definitions) {
    if (feature.events == std::vector<std::string>{"$identify"}) told.push_back(feature.name);
  }
  profile::FeatureDefinition deeds;
  deeds.name = kDeeds;
  deeds.where = "event != \"$identify\"";
  deeds.default_value = 0;
  definitions.push_back(deeds);
  FURROW_ASSIGN(auto program, profile::FeatureProgram::compile(std::move(definitions)));
  predict::ModelDeclaration model;
  model.name = "orders_14d";
  model.label = {"Order Completed", days(14)};
  model.observations.every = days(7);
  model.observations.active_within = days(90);
  FURROW_ASSIGN(auto set, predict::build_training_set(model, program, [&](const auto& visit) { return scan(LogPosition{1}, visit); }));
  const Time at = set.times[set.times.size() * 4 / 5];
  std::vector<uint32_t> train, held;
  for (uint32_t i = 0; i < set.times.size(); ++i) {
    if (set.times[i] >= at) held.push_back(i);
    else if (set.times[i] + model.label.within < at) train.push_back(i);
  }
  fmt::print("{} rows to learn from, {} to judge by from {} on; told: {} features\n", train.size(), held.size(), format_time(at), told.size());
  FURROW_ASSIGN(Judged with, judge(set, train, held, told, true));
  FURROW_ASSIGN(Judged without, judge(set, train, held, told, false));
  const auto* label = set.data.find(predict::kLabelColumn);
  const auto* done = set.data.find(kDeeds);
  fmt::print("| done before | rows | people | ordered | score, told | not told | AUC, told | not told | log loss, told less not told | told's share of the reasons |\n");
  constexpr std::pair<double, double> kSlices[] = {{0, 0}, {1, 2}, {0, 2}, {3, 10}, {11, 50}, {51, 1e18}, {0, 1e18}};
  for (auto [low, high] : kSlices) {
    std::vector<std::pair<ProfileId, double>> differences;
    std::vector<double> a, b;
    std::vector<float> y;
    double share = 0, mean_a = 0, mean_b = 0, rate = 0;
    std::unordered_map<ProfileId, int> people;
    for (size_t k = 0; k < held.size(); ++k) {
      const double n = done->numbers[held[k]];
      if (n < low || n > high) continue;
      const bool ordered = label->numbers[held[k]] > 0;
      a.push_back(with.scores[k]), b.push_back(without.scores[k]), y.push_back(ordered ? 1.0f : 0.0f);
      mean_a += a.back(), mean_b += b.back(), rate += ordered, share += with.told[k];
      differences.emplace_back(set.people[held[k]], loss(a.back(), ordered) - loss(b.back(), ordered));
      people[set.people[held[k]]] = 1;
    }
    if (a.empty()) continue;
    const auto n = static_cast<double>(a.size());
    const learn::Measure gain = mean_over_people(differences);
    const bool both = rate > 0 && rate < n;
    fmt::print("| {} | {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.4f} | {:.4f} | {:+.4f} [{:+.4f}, {:+.4f}] | {:.0f} % |\n", high > 1e17 ? fmt::format("{:.0f}+", low) : low == high ? fmt::format("{:.0f}", low) : fmt::format("{:.0f}-{:.0f}", low, high),
               a.size(), people.size(), 100 * rate / n, 100 * mean_a / n, 100 * mean_b / n, both ? learn::auc(a, y) : NAN, both ? learn::auc(b, y) : NAN, gain.value, gain.low, gain.high, 100 * share / n);
  }
  return {};
}

}  // namespace
}  // namespace furrow

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: cold_start_bench WORKSPACE [DATA]\n"), 2;
  auto status = furrow::run(argv[1], argc > 2 ? argv[2] : "");
  if (!status.ok()) return fmt::print(stderr, "{}\n", status.error().to_string()), 1;
  return 0;
}
