#include "learn/cluster_choice.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/cluster_dip.h"
#include "learn/dense.h"

namespace furrow::learn {
namespace {

constexpr double kValleyLevel = 0.05;
constexpr double kStrong = 0.8, kCompactStrong = 0.6;
constexpr size_t kSilhouetteRows = 1000;
constexpr size_t kStarts = 5;
constexpr uint64_t kSeed = 20261122;  // the choice is the data's, not the caller's seed's
constexpr double kCompact = 0.5;  // Kaufman and Rousseeuw's "reasonable structure"
constexpr double kOneColumn = 0.9;

// Rows of both groups on the line between their means; empty when the means are one.
std::vector<double> valley_projection(const Points& points, const std::vector<uint32_t>& labels, uint32_t a, uint32_t b) {
  std::vector<double> from(points.columns), to(points.columns);
  double count_a = 0, count_b = 0;
  for (size_t i = 0; i < points.rows; ++i) {
    if (labels[i] != a && labels[i] != b) continue;
    auto& sum = labels[i] == a ? from : to;
    (labels[i] == a ? count_a : count_b) += 1;
    for (size_t j = 0; j < points.columns; ++j) sum[j] += points.row(i)[j];
  }
  if (count_a == 0 || count_b == 0) return {};
  for (size_t j = 0; j < points.columns; ++j) to[j] = to[j] / count_b - from[j] / count_a;
  std::vector<double> left, right;
  for (size_t i = 0; i < points.rows; ++i) {
    if (labels[i] != a && labels[i] != b) continue;
    double at = 0;
    for (size_t j = 0; j < points.columns; ++j) at += to[j] * points.row(i)[j];
    (labels[i] == a ? left : right).push_back(at);
  }
  const size_t most = 2 * std::min(left.size(), right.size());
  if (left.size() > most) {
    std::sort(left.begin(), left.end(), std::greater<>());
    left.resize(most);
  }
  if (right.size() > most) {
    std::sort(right.begin(), right.end());
    right.resize(most);
  }
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// Rows of one population with the given rows' covariance: normal, or uniform in the box of the principal axes. Columns of
// levels are drawn level by level.
class OnePopulation {
 public:
  OnePopulation(const Points& points, const ClusterSpace* space) : columns_(points.columns), space_(space), mean_(columns_, 0.0) {
    const double rows = static_cast<double>(points.rows);
    for (size_t i = 0; i < points.rows; ++i) {
      for (size_t j = 0; j < columns_; ++j) mean_[j] += points.row(i)[j] / rows;
    }
    Dense centred(points.rows, columns_);
    for (size_t i = 0; i < points.rows; ++i) {
      for (size_t j = 0; j < columns_; ++j) centred(i, j) = points.row(i)[j] - mean_[j];
    }
    axes_ = symmetric_eigenpairs(gram(centred, std::vector<double>(points.rows, 1 / rows)));
    for (double& variance : axes_.values) variance = std::sqrt(std::max(variance, 0.0));
  }

  Points draw(size_t rows, bool uniform, Random& random) const {
    Points out{rows, columns_, std::vector<float>(rows * columns_)};
    std::vector<double> z(columns_);
    for (size_t i = 0; i < rows; ++i) {
      for (size_t j = 0; j < columns_; ++j) z[j] = axes_.values[j] * (uniform ? random.uniform(-1.7320508, 1.7320508) : random.normal());
      const std::vector<double> x = multiply(axes_.vectors, z);
      for (size_t j = 0; j < columns_; ++j) out.row(i)[j] = static_cast<float>(mean_[j] + x[j]);
      if (space_) draw_levels(out.row(i), random);
    }
    return out;
  }

 private:
  void draw_levels(float* row, Random& random) const {
    for (const SpaceColumn& column : space_->columns) {
      if (column.scale != SpaceScale::kLevels) continue;
      double at = random.uniform();
      size_t level = 0;
      while (level + 1 < column.outputs && (at -= column.shares[level]) > 0) ++level;
      for (size_t l = 0; l < column.outputs; ++l) row[column.first + l] = static_cast<float>(((l == level) - column.shares[l]) * column.weight);
    }
  }

  size_t columns_;
  const ClusterSpace* space_;
  std::vector<double> mean_;
  Eigenpairs axes_;  // with deviations along them in place of variances
};

// Is the valley deeper than where one normal population of the pair's covariance is cut in two?
bool beats_chance(const Points& points, const std::vector<uint32_t>& labels, uint32_t a, uint32_t b) {
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < points.rows; ++i) {
    if (labels[i] == a || labels[i] == b) rows.push_back(i);
  }
  if (rows.size() > 1500) return true;  // too many for a cut to find a valley by chance
  const Points pair = points.take(rows);
  const double seen = dip(valley_projection(points, labels, a, b));
  const OnePopulation one(pair, nullptr);
  Random random(mix64(kSeed + 77 * a + 1009 * b));
  size_t beaten = 0;
  for (size_t draw = 0; draw < 19; ++draw) {
    const Points drawn = one.draw(pair.rows, false, random);
    const Grouping cut = group_rows(drawn, 2, GroupingMethod::kMeans, draw, 2);
    beaten += cut.k < 2 || dip(valley_projection(drawn, cut.labels, 0, 1)) < seen;
  }
  return beaten == 19;
}

// Are two of the groups told apart by one column of levels alone? Whatever groups there are, such a column doubles them.
bool split_by_one_level_column(const ClusterSpace& space, const Points& points, const Grouping& grouping) {
  std::vector<double> centres(grouping.k * points.columns), sizes(grouping.k);
  for (size_t i = 0; i < points.rows; ++i) {
    const size_t g = grouping.labels[i];
    ++sizes[g];
    for (size_t j = 0; j < points.columns; ++j) centres[g * points.columns + j] += points.row(i)[j];
  }
  auto square = [&](size_t a, size_t b, size_t j) {
    const double apart = centres[a * points.columns + j] / sizes[a] - centres[b * points.columns + j] / sizes[b];
    return apart * apart;
  };
  for (size_t a = 0; a < grouping.k; ++a) {
    for (size_t b = a + 1; b < grouping.k; ++b) {
      double all = 0, most = 0;
      for (const SpaceColumn& column : space.columns) {
        double own = 0;
        for (size_t l = 0; l < column.outputs; ++l) own += square(a, b, column.first + l);
        all += own;
        if (column.scale == SpaceScale::kLevels) most = std::max(most, own);
      }
      if (most > kOneColumn * all) return true;
    }
  }
  return false;
}

double prediction_strength(const Points& points, size_t k) {
  constexpr size_t kSplits = 10, kFirstSplits = 3;
  double total = 0;
  Random random(mix64(kSeed ^ (k * 0x9e37)));
  std::vector<uint32_t> order(points.rows);
  std::iota(order.begin(), order.end(), 0u);
  for (size_t s = 0; s < kSplits; ++s) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    const size_t half = order.size() / 2;
    const Points train = points.take(std::span(order).first(half)), test = points.take(std::span(order).subspan(half));
    const Grouping from = group_rows(train, k, GroupingMethod::kMeans, random.next(), kStarts), of = group_rows(test, k, GroupingMethod::kMeans, random.next(), kStarts);
    const Contingency table = contingency(of.labels, assign_rows(from, test));
    double weakest = of.k < k ? 0 : 1;
    for (size_t g = 0; g < table.rows; ++g) {
      double together = 0, size = 0;
      for (size_t c = 0; c < table.columns; ++c) {
        const double n = static_cast<double>(table.at(g, c));
        together += n * (n - 1);
        size += n;
      }
      weakest = std::min(weakest, size < 2 ? 0 : together / (size * (size - 1)));
    }
    total += weakest;
    if (s + 1 == kFirstSplits && total / kFirstSplits < kCompactStrong - 0.1) return total / kFirstSplits;  // far from any threshold
  }
  return total / kSplits;
}

class Chooser {
 public:
  Chooser(const ClusterSpace& space, const ChoiceOptions& options) : space_(space), options_(options) {
    const auto rows = sample_rows(space.points.rows, kChoiceRows, mix64(kSeed ^ 0xc0de));
    sample_ = space.points.take(rows);
    spread_ = spread_ties(space, rows, mix64(kSeed ^ 0x71e5));
    small_ = sample_.take(sample_rows(sample_.rows, kSilhouetteRows, mix64(kSeed ^ 0x51)));
    most_ = std::min(kMostGroups, std::max<size_t>(1, sample_.rows / 5));
  }

  Choice choose() {
    Choice out;
    const PairDistances distances(small_);
    for (size_t k = 2; k <= most_; ++k) {
      Grouping grouping = group_rows(sample_, k, GroupingMethod::kMeans, mix64(kSeed + k), 16);
      if (grouping.k < k) break;
      KEvidence evidence;
      evidence.k = k;
      evidence.valley_p = worst_valley(grouping);
      evidence.silhouette = silhouette(distances, assign_rows(grouping, small_));
      evidence.one_level_column = split_by_one_level_column(space_, sample_, grouping);
      out.evidence.push_back(evidence);
      groupings_.push_back(std::move(grouping));
    }
    add_strength(out);
    add_chance(out);
    for (size_t i = out.evidence.size(); i-- > 0 && out.k == 1;) {
      const KEvidence& e = out.evidence[i];
      if (e.one_level_column || e.valley_p > kValleyLevel || e.prediction_strength < kStrong || !all_beat_chance(groupings_[i])) continue;
      out.k = e.k;
      out.basis = ChoiceBasis::kGaps;
    }
    take_compact(out);
    if (out.k > 1) return out;
    for (const KEvidence& e : out.evidence) {
      if (e.k <= kContinuumGroups && !e.one_level_column && beyond_chance(e)) {
        out.k = e.k;
        out.basis = ChoiceBasis::kContinuum;
      }
    }
    if (out.k == 1 && options_.at_least_two) take_strongest(out);
    return out;
  }

 private:
  double worst_valley(const Grouping& grouping) const {
    double worst = 0;
    for (uint32_t a = 0; a < grouping.k; ++a) {
      for (uint32_t b = a + 1; b < grouping.k; ++b) {
        worst = std::max(worst, valley_p_value(spread_, grouping.labels, a, b));
        if (worst > 0.5) return worst;
      }
    }
    return worst;
  }

  bool all_beat_chance(const Grouping& grouping) const {
    for (uint32_t a = 0; a < grouping.k; ++a) {
      for (uint32_t b = a + 1; b < grouping.k; ++b) {
        if (!beats_chance(spread_, grouping.labels, a, b)) return false;
      }
    }
    return true;
  }

  void add_strength(Choice& out) const {
    for (KEvidence& e : out.evidence) e.prediction_strength = prediction_strength(sample_, e.k);
  }

  void add_chance(Choice& out) const {
    constexpr size_t kDraws = 5;
    const OnePopulation one(sample_, &space_);
    Random random(mix64(kSeed ^ 0xca5e));
    std::vector<std::vector<double>> seen[2];  // of each kind of population, a draw's silhouette at each k
    for (size_t i = 0; i < 2 * kDraws; ++i) {
      const bool uniform = i >= kDraws;
      const Points drawn = one.draw(small_.rows, uniform, random);
      const PairDistances distances(drawn);
      auto& at_k = seen[uniform].emplace_back(out.evidence.size());
      for (size_t e = 0; e < at_k.size(); ++e) {
        if (out.evidence[e].prediction_strength < kCompactStrong) continue;
        at_k[e] = silhouette(distances, group_rows(drawn, out.evidence[e].k, GroupingMethod::kMeans, i % kDraws, 4).labels);
      }
    }
    for (size_t e = 0; e < out.evidence.size(); ++e) {
      for (const auto& draws : seen) {
        double sum = 0, square = 0;
        for (const auto& at_k : draws) {
          sum += at_k[e] / kDraws;
          square += at_k[e] * at_k[e] / kDraws;
        }
        double& chance = out.evidence[e].chance_silhouette;
        chance = std::max(chance, sum + 3 * std::sqrt(std::max(0.0, square - sum * sum)));
      }
    }
  }

  static bool beyond_chance(const KEvidence& e, double strong = kStrong) {
    return e.prediction_strength >= strong && e.silhouette > e.chance_silhouette + 0.02;
  }

  // Groups so compact that their silhouette is the highest of all and high in itself, where rows are too few for valleys.
  static void take_compact(Choice& out) {
    const KEvidence* best = nullptr;
    for (const KEvidence& e : out.evidence) {
      if (!e.one_level_column && (!best || e.silhouette > best->silhouette)) best = &e;
    }
    if (!best || best->k <= out.k || best->silhouette < kCompact || !beyond_chance(*best, kCompactStrong)) return;
    out.k = best->k;
    out.basis = ChoiceBasis::kGaps;
  }

  static void take_strongest(Choice& out) {
    const KEvidence* best = nullptr;
    for (const KEvidence& e : out.evidence) {
      if (e.k > kContinuumGroups) break;
      const bool strong = e.prediction_strength >= kStrong;
      if (!best || strong || e.prediction_strength > best->prediction_strength) best = best && best->prediction_strength >= kStrong && !strong ? best : &e;
    }
    if (!best) return;
    out.k = best->k;
    out.basis = ChoiceBasis::kWanted;
  }

  const ClusterSpace& space_;
  const ChoiceOptions& options_;
  Points sample_, spread_, small_;
  size_t most_ = 1;
  std::vector<Grouping> groupings_;
};

Choice choose_by_bic(const ClusterSpace& space) {
  const Points sample = space.points.take(sample_rows(space.points.rows, kChoiceRows, kSeed));
  Choice out;
  out.basis = ChoiceBasis::kBic;
  double best = 0;
  for (size_t k = 1; k <= std::min(kMostGroups, sample.rows / 10); ++k) {
    MixtureOptions options;
    options.seed = kSeed;
    options.starts = 2;
    KEvidence evidence;
    evidence.k = k;
    evidence.bic = fit_mixture(sample, k, options).bic;
    out.evidence.push_back(evidence);
    if (k == 1 || evidence.bic < best) { best = evidence.bic; out.k = k; }
    if (k >= out.k + 3) break;
  }
  return out;
}

}  // namespace

std::string_view to_string(ChoiceBasis basis) {
  switch (basis) {
    case ChoiceBasis::kGaps: return "gaps";
    case ChoiceBasis::kContinuum: return "continuum";
    case ChoiceBasis::kOneGroup: return "one_group";
    case ChoiceBasis::kWanted: return "wanted";
    case ChoiceBasis::kBic: return "bic";
  }
  return "";
}

double valley_p_value(const Points& points, const std::vector<uint32_t>& labels, uint32_t a, uint32_t b) {
  const std::vector<double> projected = valley_projection(points, labels, a, b);
  return dip_p_value(dip(projected), projected.size());
}

Choice choose_group_count(const ClusterSpace& space, const ChoiceOptions& options) {
  if (space.points.columns == 0 || space.points.rows < 10) return {};
  if (options.method == GroupingMethod::kMixture) return choose_by_bic(space);
  return Chooser(space, options).choose();
}

}  // namespace furrow::learn
