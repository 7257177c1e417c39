#include "learn/folds.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/random.h"

namespace furrow::learn {
namespace {

void shuffle(std::vector<uint32_t>& rows, Random& random) {
  for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
}

std::vector<Fold> from_assignment(const std::vector<int>& fold_of, int folds) {
  std::vector<Fold> out(static_cast<size_t>(folds));
  for (uint32_t i = 0; i < fold_of.size(); ++i) {
    for (int f = 0; f < folds; ++f) (fold_of[i] == f ? out[static_cast<size_t>(f)].held_out : out[static_cast<size_t>(f)].train).push_back(i);
  }
  return out;
}

}  // namespace

std::vector<Fold> random_folds(const std::vector<float>& labels, bool stratify, int folds, uint64_t seed) {
  Random random(seed);
  std::vector<uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, random);
  if (stratify) std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return labels[a] < labels[b]; });
  std::vector<int> fold_of(labels.size());
  for (size_t k = 0; k < order.size(); ++k) fold_of[order[k]] = static_cast<int>(k % static_cast<size_t>(folds));
  return from_assignment(fold_of, folds);
}

std::vector<Fold> copy_folds(const std::vector<uint32_t>& set_of, const std::vector<float>& labels, bool stratify, int folds, uint64_t seed) {
  std::unordered_map<uint32_t, uint32_t> place;
  std::vector<std::vector<uint32_t>> sets;
  for (uint32_t i = 0; i < set_of.size(); ++i) {
    auto [at, fresh] = place.try_emplace(set_of[i], static_cast<uint32_t>(sets.size()));
    if (fresh) sets.emplace_back();
    sets[at->second].push_back(i);
  }
  Random random(seed + 1);
  std::vector<uint32_t> judged;
  std::vector<float> judged_labels;
  for (const auto& set : sets) {
    judged.push_back(set[set.size() > 1 ? random.below(set.size()) : 0]);
    judged_labels.push_back(labels[judged.back()]);
  }
  std::vector<Fold> out = random_folds(judged_labels, stratify, folds, seed);
  for (Fold& fold : out) {
    std::vector<uint32_t> train;
    for (uint32_t s : fold.train) train.insert(train.end(), sets[s].begin(), sets[s].end());
    std::sort(train.begin(), train.end());
    fold.train = std::move(train);
    for (uint32_t& s : fold.held_out) s = judged[s];
    std::sort(fold.held_out.begin(), fold.held_out.end());
  }
  return out;
}

std::vector<Fold> group_folds(const std::vector<std::string>& groups, int folds, uint64_t seed) {
  std::unordered_map<std::string, std::vector<uint32_t>> members;
  std::vector<const std::string*> names;
  for (uint32_t i = 0; i < groups.size(); ++i) {
    auto [place, fresh] = members.try_emplace(groups[i]);
    if (fresh) names.push_back(&place->first);
    place->second.push_back(i);
  }
  Random random(seed);
  for (size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random.below(i)]);
  std::stable_sort(names.begin(), names.end(), [&](const auto* a, const auto* b) { return members[*a].size() > members[*b].size(); });
  std::vector<size_t> load(static_cast<size_t>(folds), 0);
  std::vector<int> fold_of(groups.size());
  for (const auto* name : names) {
    auto lightest = std::min_element(load.begin(), load.end()) - load.begin();
    load[static_cast<size_t>(lightest)] += members[*name].size();
    for (uint32_t row : members[*name]) fold_of[row] = static_cast<int>(lightest);
  }
  return from_assignment(fold_of, folds);
}

std::vector<Fold> time_folds(const std::vector<double>& times, int folds) {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < times.size(); ++i) {
    if (times[i] == times[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return times[a] < times[b]; });
  std::vector<size_t> cut{0};
  for (int block = 1; block <= folds; ++block) {
    size_t at = order.size() * static_cast<size_t>(block) / static_cast<size_t>(folds + 1);
    while (at < order.size() && at > 0 && times[order[at]] == times[order[at - 1]]) ++at;
    cut.push_back(at);
  }
  cut.push_back(order.size());
  std::vector<Fold> out;
  for (size_t f = 1; f + 1 < cut.size(); ++f) {
    if (cut[f] == 0 || cut[f] == cut[f + 1]) continue;
    Fold fold;
    fold.train.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(cut[f]));
    fold.held_out.assign(order.begin() + static_cast<std::ptrdiff_t>(cut[f]), order.begin() + static_cast<std::ptrdiff_t>(cut[f + 1]));
    out.push_back(std::move(fold));
  }
  return out;
}

}  // namespace furrow::learn
