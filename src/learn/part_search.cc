#include "learn/part_search.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "learn/blend.h"
#include "learn/margin_loss.h"

namespace furrow::learn {
namespace {

constexpr double kGeneralPrior = 0.5;

// Each held-out row's loss under the blend fitted without its fold.
std::vector<double> losses(const TrainingTask& task, const CrossValidated& cross, const std::vector<ForestPart>& parts) {
  const Task kind = task.target.task;
  const Lean lean = Blend::choose_lean(kind, cross.margins, cross.labels, blend_priors(parts, task.options.general != nullptr), cross.fold);
  std::vector<double> out = Blend::cross_fit(kind, cross.margins, cross.labels, lean, cross.fold);
  for (size_t i = 0; i < out.size(); ++i) out[i] = margin_loss(kind, out[i], static_cast<double>(cross.labels[i]));
  return out;
}

bool is_better(const std::vector<double>& now, const std::vector<double>& before) {
  double sum = 0, squares = 0;
  const double n = static_cast<double>(now.size());
  for (size_t i = 0; i < now.size(); ++i) {
    const double gain = before[i] - now[i];
    sum += gain, squares += gain * gain;
  }
  const double mean = sum / n, variance = std::max(0.0, squares / n - mean * mean);
  return mean > kGainErrors * std::sqrt(variance / n);
}

}  // namespace

std::vector<std::vector<double>> blend_priors(const std::vector<ForestPart>& parts, bool general) {
  std::vector<double> trees;
  for (const ForestPart& part : parts) trees.push_back(part.prior);
  if (general) trees.push_back(kGeneralPrior);
  trees.push_back(0);
  std::vector<double> linear(trees.size(), 0);
  linear.back() = 1;
  return {std::move(trees), std::move(linear)};
}

std::vector<ForestPart> further_parts(size_t rows, const TrainOptions& options) {
  const ForestPart deep = forest_parts(rows, options)[0];
  auto shape = [&](const char* name, int depth, double learning_rate, double column_share) {
    ForestPart part = deep;
    part.name = name;
    part.prior = 0;
    part.boosting.depth = depth;
    part.boosting.learning_rate = learning_rate;
    part.boosting.column_share = column_share;
    return part;
  };
  ForestPart all = shape("deep trees of all columns", deep.boosting.depth, deep.boosting.learning_rate, 1), slow = shape("slow trees", 5, 0.02, 0.3),
             middle = shape("trees of most columns", 4, 0.05, 0.8), wary = shape("wary trees", deep.boosting.depth, 0.05, 0.5);
  slow.boosting.rounds *= 2;
  wary.boosting.min_child_weight *= 5;
  wary.boosting.l2 *= 5;
  return {std::move(all), std::move(slow), std::move(middle), std::move(wary)};
}

Status search_parts(const TrainingTask& task, double used, double seconds, const std::function<void(double share, std::string_view what)>& progress,
                    std::vector<ForestPart>& parts, CrossValidated& cross) {
  std::vector<double> before;
  const double first = used;
  double expected = used;  // of the next shape: at most about as long as the first ones took together
  for (ForestPart& part : further_parts(task.target.rows.size(), task.options)) {
    if (used + expected > seconds) break;
    if (before.empty()) before = losses(task, cross, parts);
    const auto start = std::chrono::steady_clock::now();
    FURROW_ASSIGN(CrossValidated tried, cross_validate(task, {part}, seconds - used, [&](double share, std::string_view) {
      if (progress) progress((used + share * expected) / seconds, fmt::format("trying {}", part.name));
    }));
    CrossValidated with = cross;
    with.margins.insert(with.margins.begin() + static_cast<ptrdiff_t>(parts.size()), std::move(tried.margins[0]));
    with.rounds.push_back(tried.rounds[0]);
    std::vector<ForestPart> more = parts;
    more.push_back(std::move(part));
    std::vector<double> now = losses(task, with, more);
    if (is_better(now, before)) parts = std::move(more), cross = std::move(with), before = std::move(now);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    used += took;
    expected = std::max(took, first / 2);
  }
  return {};
}

}  // namespace furrow::learn
