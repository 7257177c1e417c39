#include "learn/uplift_guards.h"

#include <algorithm>
#include <cmath>

#include "learn/folds.h"
#include "learn/linear.h"
#include "learn/metrics.h"

namespace furrow::learn {
namespace {

struct Moments {
  double rows = 0, there = 0, sum = 0, squares = 0;
  double mean() const { return there > 0 ? sum / there : 0; }
  double variance() const { return there > 1 ? std::max(0.0, squares / there - mean() * mean()) : 0; }
  double missing() const { return rows > 0 ? 1 - there / rows : 0; }
};

double z_of(double difference, double variance) { return variance > 0 ? std::abs(difference) / std::sqrt(variance) : difference != 0 ? 1e9 : 0; }

double largest_z(const Moments& a, const Moments& b) {
  double z = 0;
  if (a.there > 1 && b.there > 1) z = z_of(a.mean() - b.mean(), a.variance() / a.there + b.variance() / b.there);
  double share = (a.rows * a.missing() + b.rows * b.missing()) / (a.rows + b.rows);
  return std::max(z, z_of(a.missing() - b.missing(), share * (1 - share) * (1 / a.rows + 1 / b.rows)));
}

}  // namespace

ArmBalance compare_arms(const Encoder& encoder, const Samples& samples, const std::vector<int>& arm, int arms) {
  ArmBalance out;
  out.inputs = encoder.inputs().size();
  std::vector<bool> differs(out.inputs, false);
  std::vector<std::vector<Moments>> moments(static_cast<size_t>(arms), std::vector<Moments>(samples.columns));
  for (size_t i = 0; i < arm.size(); ++i) {
    const float* row = samples.row(i);
    for (size_t c = 0; c < samples.columns; ++c) {
      Moments& m = moments[static_cast<size_t>(arm[i])][c];
      m.rows += 1;
      if (row[c] != row[c]) continue;
      double v = row[c];
      m.there += 1, m.sum += v, m.squares += v * v;
    }
  }
  for (size_t c = 0; c < samples.columns; ++c) {
    for (size_t a = 1; a < moments.size(); ++a) {
      if (largest_z(moments[0][c], moments[a][c]) > kBalanceZ) differs[encoder.output_inputs()[c]] = true;
    }
  }
  for (size_t i = 0; i < differs.size(); ++i) {
    if (differs[i]) out.differing.push_back(encoder.inputs()[i].name);
  }
  return out;
}

Result<Propensity> estimate_propensity(const Samples& samples, const std::vector<uint8_t>& treated, uint64_t seed) {
  constexpr double kLeast = 0.05, kChanceSe = 3.3, kChanceAuc = 0.53;
  Samples arms = samples;
  arms.labels.assign(treated.begin(), treated.end());
  auto n1 = static_cast<double>(std::count(treated.begin(), treated.end(), 1)), n0 = static_cast<double>(treated.size()) - n1;
  Propensity out;
  out.treated.assign(treated.size(), n1 / (n1 + n0));
  std::vector<double> estimated(treated.size(), 0.5);
  for (const Fold& fold : random_folds(arms.labels, true, 2, seed)) {
    FURROW_ASSIGN(LinearModel line, LinearModel::fit(Task::kBinary, arms.subset(fold.train), 30));
    for (uint32_t row : fold.held_out) estimated[row] = line.predict(arms.row(row));
  }
  out.auc = auc(estimated, arms.labels);
  double chance = std::sqrt((n1 + n0 + 1) / (12 * n1 * n0));
  out.random = out.auc < std::max(kChanceAuc, 0.5 + kChanceSe * chance);
  if (!out.random) {
    for (size_t i = 0; i < estimated.size(); ++i) out.treated[i] = std::clamp(estimated[i], kLeast, 1 - kLeast);
  }
  return out;
}

}  // namespace furrow::learn
