#include "learn/cluster_grouping.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/cluster_medoids.h"

namespace furrow::learn {

std::string_view to_string(GroupingMethod method) {
  switch (method) {
    case GroupingMethod::kMeans: return "kmeans";
    case GroupingMethod::kMedoids: return "kmedoids";
    case GroupingMethod::kMixture: return "mixture";
  }
  return "";
}

Result<GroupingMethod> parse_grouping_method(std::string_view text) {
  for (auto method : {GroupingMethod::kMeans, GroupingMethod::kMedoids, GroupingMethod::kMixture}) {
    if (text == to_string(method)) return method;
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("the method is kmeans, kmedoids or mixture, not \"{}\"", text)).in_field("method");
}

Grouping group_rows(const Points& points, size_t k, GroupingMethod method, uint64_t seed, size_t starts) {
  Grouping out;
  out.method = method;
  if (method == GroupingMethod::kMeans) {
    KMeansOptions options;
    options.seed = seed;
    options.starts = starts;
    KMeans result = k_means(points, k, options);
    out.k = result.k;
    out.labels = std::move(result.labels);
    out.centres = std::move(result.centres);
    return out;
  }
  if (method == GroupingMethod::kMedoids) {
    KMedoids result = starts > 0 ? k_medoids(points, k, seed, 1) : k_medoids(points, k, seed);
    out.k = result.medoids.size() / points.columns;
    out.labels = std::move(result.labels);
    out.centres = std::move(result.medoids);
    return out;
  }
  MixtureOptions options;
  options.seed = seed;
  if (starts > 0) options.starts = std::min<size_t>(starts, 2);
  auto mixture = std::make_shared<Mixture>(fit_mixture(points, k, options));
  out.labels = likeliest(*mixture, points);
  // A bell that is nobody's likeliest has no rows: numbers close up over it.
  std::vector<int64_t> counts(mixture->k);
  for (uint32_t label : out.labels) ++counts[label];
  std::vector<uint32_t> number(mixture->k);
  Mixture kept = *mixture;
  kept.weights.clear(), kept.means.clear(), kept.precisions.clear(), kept.log_determinants.clear();
  const size_t d = mixture->columns;
  for (size_t g = 0; g < mixture->k; ++g) {
    if (counts[g] == 0) continue;
    number[g] = static_cast<uint32_t>(kept.weights.size());
    kept.weights.push_back(mixture->weights[g]);
    kept.log_determinants.push_back(mixture->log_determinants[g]);
    kept.means.insert(kept.means.end(), &mixture->means[g * d], &mixture->means[g * d] + d);
    kept.precisions.insert(kept.precisions.end(), &mixture->precisions[g * d * d], &mixture->precisions[g * d * d] + d * d);
  }
  kept.k = kept.weights.size();
  for (uint32_t& label : out.labels) label = number[label];
  out.k = kept.k;
  out.centres.assign(kept.means.begin(), kept.means.end());
  out.mixture = std::make_shared<Mixture>(std::move(kept));
  return out;
}

std::vector<uint32_t> assign_rows(const Grouping& grouping, const Points& points) {
  switch (grouping.method) {
    case GroupingMethod::kMeans: return nearest_centres(points, grouping.centres);
    case GroupingMethod::kMedoids: return nearest_medoids(points, grouping.centres);
    case GroupingMethod::kMixture: return likeliest(*grouping.mixture, points);
  }
  return {};
}

void order_by_size(Grouping& grouping) {
  const size_t d = grouping.k > 0 ? grouping.centres.size() / grouping.k : 0;
  std::vector<size_t> counts(grouping.k), order(grouping.k);
  for (uint32_t label : grouping.labels) ++counts[label];
  std::iota(order.begin(), order.end(), size_t{0});
  auto centre = [&](size_t g) { return std::span(grouping.centres).subspan(g * d, d); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (counts[a] != counts[b]) return counts[a] > counts[b];
    return std::lexicographical_compare(centre(a).begin(), centre(a).end(), centre(b).begin(), centre(b).end());
  });
  std::vector<uint32_t> number(grouping.k);
  std::vector<float> centres;
  for (size_t place = 0; place < order.size(); ++place) {
    number[order[place]] = static_cast<uint32_t>(place);
    centres.insert(centres.end(), centre(order[place]).begin(), centre(order[place]).end());
  }
  for (uint32_t& label : grouping.labels) label = number[label];
  grouping.centres = std::move(centres);
  if (!grouping.mixture) return;
  Mixture mixture = *grouping.mixture;
  for (size_t place = 0; place < order.size(); ++place) {
    const size_t g = order[place];
    mixture.weights[place] = grouping.mixture->weights[g];
    mixture.log_determinants[place] = grouping.mixture->log_determinants[g];
    std::copy_n(&grouping.mixture->means[g * d], d, &mixture.means[place * d]);
    std::copy_n(&grouping.mixture->precisions[g * d * d], d * d, &mixture.precisions[place * d * d]);
  }
  grouping.mixture = std::make_shared<Mixture>(std::move(mixture));
}

Steadiness steadiness(const Points& points, const Grouping& grouping, uint64_t seed) {
  Steadiness out;
  out.jaccard.assign(grouping.k, 1.0);
  if (grouping.k < 2) return out;
  out.resamples = 20;
  out.seeds = 5;
  const auto rows = sample_rows(points.rows, kSteadyRows, mix64(seed ^ 0xb007));
  const Points sample = points.take(rows);
  std::vector<uint32_t> labels;
  for (uint32_t i : rows) labels.push_back(grouping.labels[i]);
  out.jaccard.assign(grouping.k, 0.0);
  out.bootstrap_rand = 0;
  Random random(mix64(seed ^ 0x57ead));
  for (size_t b = 0; b < out.resamples; ++b) {
    std::vector<uint32_t> drawn(sample.rows);
    for (uint32_t& i : drawn) i = static_cast<uint32_t>(random.below(sample.rows));
    const Grouping again = group_rows(sample.take(drawn), grouping.k, grouping.method, mix64(seed + 17 * b), 5);
    const auto assigned = assign_rows(again, sample);
    const auto kept = best_jaccard(labels, assigned);
    for (size_t g = 0; g < kept.size(); ++g) out.jaccard[g] += kept[g] / static_cast<double>(out.resamples);
    out.bootstrap_rand += adjusted_rand(labels, assigned) / static_cast<double>(out.resamples);
  }
  const bool all = points.rows <= 100'000;
  for (size_t s = 0; s < out.seeds; ++s) {
    const Grouping other = group_rows(all ? points : sample, grouping.k, grouping.method, mix64(seed + 1000 + s));
    out.seeds_rand = std::min(out.seeds_rand, adjusted_rand(all ? std::span(grouping.labels) : std::span(labels), other.labels));
  }
  return out;
}

}  // namespace furrow::learn
