#include "predict/segmentation.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/dataset_from_table.h"

namespace furrow::predict {
namespace {

constexpr size_t kMapPoints = 1000;
constexpr size_t kSilhouetteRows = 1500;

std::vector<CentreValue> centre_of(const learn::Dataset& data, const learn::ClusterSpace& space, const std::vector<uint32_t>& rows) {
  std::vector<CentreValue> out;
  for (const learn::SpaceColumn& column : space.columns) {
    CentreValue value{column.name, column.scale == learn::SpaceScale::kLevels, 0, 0, "", 0};
    std::vector<double> seen;
    for (uint32_t row : rows) {
      if (double v = learn::space_value(data, column, row); !std::isnan(v)) seen.push_back(v);
    }
    const double count = static_cast<double>(seen.size());
    if (value.is_level) {
      std::vector<size_t> counts(column.levels.size());
      for (double v : seen) ++counts[static_cast<size_t>(v)];
      const auto most = std::max_element(counts.begin(), counts.end());
      value.level = column.levels[static_cast<size_t>(most - counts.begin())];
      value.share = count > 0 ? static_cast<double>(*most) / count : 0;
    } else if (seen.empty()) {
      value.mean = value.median = std::nan("");
    } else {
      value.mean = std::accumulate(seen.begin(), seen.end(), 0.0) / count;
      const auto middle = seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 2);
      std::nth_element(seen.begin(), middle, seen.end());
      value.median = *middle;
      if (seen.size() % 2 == 0) value.median = (value.median + *std::max_element(seen.begin(), middle)) / 2;
    }
    out.push_back(std::move(value));
  }
  return out;
}

void draw_map(Segmentation& out, const learn::ClusterSpace& space, uint64_t seed) {
  const learn::Points sample = space.points.take(learn::sample_rows(space.points.rows, 20'000, mix64(seed ^ 0x3a9)));
  const auto d = static_cast<Eigen::Index>(sample.columns);
  if (d == 0) return;
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> x(sample.values.data(), static_cast<Eigen::Index>(sample.rows), d);
  const Eigen::RowVectorXd mean = x.cast<double>().colwise().mean();
  const Eigen::MatrixXd centred = x.cast<double>().rowwise() - mean;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centred.transpose() * centred / static_cast<double>(sample.rows));
  const double total = std::max(1e-12, solver.eigenvalues().sum());
  Eigen::MatrixXd axes = Eigen::MatrixXd::Zero(d, 2);
  for (Eigen::Index a = 0; a < std::min<Eigen::Index>(2, d); ++a) {
    Eigen::VectorXd axis = solver.eigenvectors().col(d - 1 - a);
    Eigen::Index largest;
    axis.cwiseAbs().maxCoeff(&largest);
    if (axis(largest) < 0) axis = -axis;  // an axis has no sign of its own
    axes.col(a) = axis;
    out.map_variance[a] = std::max(0.0, solver.eigenvalues()(d - 1 - a)) / total;
    std::vector<std::pair<double, std::string>> weights;
    for (const learn::SpaceColumn& column : space.columns) {
      double squared = 0, sign = axis(static_cast<Eigen::Index>(column.first));
      for (size_t l = 0; l < column.outputs; ++l) squared += std::pow(axis(static_cast<Eigen::Index>(column.first + l)), 2);
      weights.emplace_back(-squared, (column.outputs > 1 ? "" : sign > 0 ? "+" : "−") + column.name);
    }
    std::sort(weights.begin(), weights.end());
    for (size_t w = 0; w < weights.size() && w < 3 && (w == 0 || -weights[w].first > 0.1); ++w) out.map_axes[a] += (w > 0 ? ", " : "") + weights[w].second;
  }
  for (uint32_t row : learn::sample_rows(space.points.rows, kMapPoints, mix64(seed ^ 0x3aa))) {
    Eigen::RowVectorXd v(d);
    for (Eigen::Index j = 0; j < d; ++j) v(j) = space.points.row(row)[j] - mean(j);
    const Eigen::RowVectorXd at = v * axes;
    out.map.push_back({static_cast<float>(at(0)), static_cast<float>(at(1)), out.numbers[row]});
  }
}

void describe(Segmentation& out, const learn::Dataset& data, const learn::ClusterSpace& space, const std::vector<uint32_t>& labels, size_t groups,
              const WordsByColumn& words) {
  const std::vector<SegmentName> names = name_segments(space, labels, groups, words);
  std::vector<std::vector<uint32_t>> rows(groups);
  for (uint32_t i = 0; i < labels.size(); ++i) rows[labels[i]].push_back(i);
  for (size_t g = 0; g < groups; ++g) {
    Segment segment{static_cast<uint32_t>(g + 1), names[g], rows[g].size(), static_cast<double>(rows[g].size()) / static_cast<double>(labels.size()),
                    out.steadiness.jaccard.empty() ? 1 : out.steadiness.jaccard[g], centre_of(data, space, rows[g])};
    out.segments.push_back(std::move(segment));
  }
}

std::string choice_sentence(const Segmentation& out) {
  const size_t k = out.segments.size();
  switch (out.choice.basis) {
    case learn::ChoiceBasis::kGaps: return fmt::format("{} groups with gaps between them", k);
    case learn::ChoiceBasis::kContinuum: return fmt::format("no clear gaps: {} regions of a continuum, cut where cuts are steady", k);
    case learn::ChoiceBasis::kWanted: return fmt::format("no gaps and no more structure than one population would show: {} regions of a continuum, useful but not natural groups", k);
    case learn::ChoiceBasis::kBic: return fmt::format("{} bells have the smallest Bayesian information criterion", k);
    case learn::ChoiceBasis::kOneGroup: return "one group: the data show no gaps and no steady structure beyond one population; --k N cuts it into N parts all the same";
  }
  return {};
}

}  // namespace

Result<Segmentation> segment_people(const table::Table& people, const SegmentationOptions& options) {
  if (people.rows() == 0) return Error(ErrorCode::kInvalidFile, "there are no rows to group");
  if (options.k && (*options.k < 1 || *options.k > kMostSegments)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("k is {}, but from 1 to {} groups can be asked for", *options.k, kMostSegments)).in_field("k");
  }
  Segmentation out;
  out.method = options.method;
  out.k_given = options.k.has_value();
  const learn::Dataset data = learn::dataset_from_table(people);
  learn::ClusterSpace space = learn::cluster_space(data, options.ignored);
  out.left_out = space.left_out;
  out.empty_rows = space.empty_rows;
  for (const learn::SpaceColumn& column : space.columns) out.columns.push_back(column.name);
  learn::Grouping grouping;
  if (space.points.columns == 0) {
    grouping = {options.method, 1, std::vector<uint32_t>(people.rows()), {}, nullptr};
    out.notes.push_back("no column can be grouped by, so everybody is in one segment");
  } else {
    if (!options.k) out.choice = learn::choose_group_count(space, {options.method, options.at_least_two});
    const size_t k = options.k.value_or(out.choice.k);
    grouping = learn::group_rows(space.points, k, options.method, options.seed);
    learn::order_by_size(grouping);
    if (options.k && grouping.k < k) out.notes.push_back(fmt::format("only {} different groups of rows exist, fewer than the {} asked for", grouping.k, k));
    out.choice.k = grouping.k;
    out.steadiness = learn::steadiness(space.points, grouping, options.seed);
    const auto sample = learn::sample_rows(people.rows(), kSilhouetteRows, mix64(options.seed ^ 0x511));
    std::vector<uint32_t> labels;
    for (uint32_t i : sample) labels.push_back(grouping.labels[i]);
    out.silhouette = learn::silhouette(space.points.take(sample), labels);
  }
  describe(out, data, space, grouping.labels, grouping.k, options.words);
  if (!options.k && space.points.columns > 0) {
    out.notes.push_back(people.rows() < 10 && grouping.k == 1 ? "one group: fewer than 10 rows cannot show groups; --k N cuts them into N parts all the same"
                                                              : choice_sentence(out));
  }
  if (out.empty_rows > 0 && space.points.columns > 0) out.notes.push_back(fmt::format("{} rows have no value in any column and stand where the medians are", out.empty_rows));
  for (uint32_t label : grouping.labels) out.numbers.push_back(label + 1);
  draw_map(out, space, options.seed);
  return out;
}

size_t keep_numbers(Segmentation& segmentation, const std::vector<std::string>& ids, const std::unordered_map<std::string, uint32_t>& earlier) {
  std::vector<uint32_t> old_numbers;
  for (const auto& [id, number] : earlier) old_numbers.push_back(number);
  std::sort(old_numbers.begin(), old_numbers.end());
  old_numbers.erase(std::unique(old_numbers.begin(), old_numbers.end()), old_numbers.end());
  if (old_numbers.empty()) return 0;
  const size_t groups = segmentation.segments.size(), old_groups = old_numbers.size();
  std::vector<double> overlap(groups * old_groups);
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto at = earlier.find(ids[i]);
    if (at == earlier.end()) continue;
    const auto old = static_cast<size_t>(std::lower_bound(old_numbers.begin(), old_numbers.end(), at->second) - old_numbers.begin());
    ++overlap[(segmentation.numbers[i] - 1) * old_groups + old];
  }
  const std::vector<int> pairing = learn::heaviest_pairing(groups, old_groups, overlap);
  std::vector<uint32_t> number(groups);
  uint32_t fresh = old_numbers.back();
  size_t kept = 0;
  for (size_t g = 0; g < groups; ++g) {
    const bool same = pairing[g] >= 0 && overlap[g * old_groups + static_cast<size_t>(pairing[g])] > 0;
    number[g] = same ? old_numbers[static_cast<size_t>(pairing[g])] : ++fresh;
    kept += same;
  }
  for (uint32_t& n : segmentation.numbers) n = number[n - 1];
  for (MapPoint& point : segmentation.map) point.segment = number[point.segment - 1];
  for (Segment& segment : segmentation.segments) segment.number = number[segment.number - 1];
  std::sort(segmentation.segments.begin(), segmentation.segments.end(), [](const Segment& a, const Segment& b) { return a.number < b.number; });
  return kept;
}

}  // namespace furrow::predict
