#include "identity/linkage_cluster.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace furrow::identity {
namespace {

uint32_t root_of(std::vector<uint32_t>& parent, uint32_t x) {
  while (parent[x] != x) x = parent[x] = parent[parent[x]];
  return x;
}

class SetOfRecords {
 public:
  SetOfRecords(std::vector<uint32_t> records, std::vector<ScoredPair> links, const ClusterOptions& options)
      : records_(std::move(records)), links_(std::move(links)), options_(options) {}

  void run(std::vector<uint32_t>& label) {
    if (records_.size() <= ClusterOptions::kWholeSet) {
      by_average(label);
    } else {
      by_strongest(label);
    }
  }

 private:
  double cut(double bits) const { return std::clamp(bits - options_.threshold_bits, -options_.most_bits, options_.most_bits); }
  int answer(uint32_t a, uint32_t b) const { return options_.answer ? options_.answer(a, b) : 0; }
  // Two records of a clean source, or two that a person told apart.
  bool never(uint32_t a, uint32_t b) const {
    size_t source = options_.source_of(a);
    if (int told = answer(a, b); told != 0) return told < 0;
    return options_.clean[source] && source == options_.source_of(b);
  }

  void by_average(std::vector<uint32_t>& label) {
    size_t n = records_.size();
    constexpr double kUnknown = std::numeric_limits<double>::infinity(), kNever = -1e9, kAlways = 1e6;
    std::vector<double> sum(n * n, kUnknown);
    auto at = [&](size_t i, size_t j) -> double& { return sum[i * n + j]; };
    auto place = [&](uint32_t record) { return static_cast<size_t>(std::lower_bound(records_.begin(), records_.end(), record) - records_.begin()); };
    for (const ScoredPair& link : links_) {
      size_t i = place(link.a), j = place(link.b);
      at(i, j) = at(j, i) = cut(link.bits);
    }
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) {
        if (never(records_[i], records_[j])) at(i, j) = at(j, i) = kNever;
        else if (answer(records_[i], records_[j]) > 0) at(i, j) = at(j, i) = kAlways;
        else if (at(i, j) == kUnknown) at(i, j) = at(j, i) = cut(options_.score(records_[i], records_[j]));
      }
    }
    std::vector<size_t> size(n, 1);
    std::vector<size_t> alive(n);
    std::iota(alive.begin(), alive.end(), size_t{0});
    std::vector<uint32_t> lowest = records_;
    std::vector<std::vector<uint32_t>> members(n);
    for (size_t i = 0; i < n; ++i) members[i] = {records_[i]};
    while (alive.size() > 1) {
      double best = 0;
      size_t x = 0, y = 0;
      for (size_t i = 0; i < alive.size(); ++i) {
        for (size_t j = i + 1; j < alive.size(); ++j) {
          double mean = at(alive[i], alive[j]) / static_cast<double>(size[alive[i]] * size[alive[j]]);
          if (mean > best) best = mean, x = i, y = j;
        }
      }
      if (best <= 0) break;
      size_t into = alive[x], from = alive[y];
      for (size_t other : alive) {
        if (other == into || other == from) continue;
        at(into, other) = at(other, into) = at(into, other) + at(from, other);
      }
      size[into] += size[from];
      members[into].insert(members[into].end(), members[from].begin(), members[from].end());
      alive.erase(alive.begin() + static_cast<long>(y));
    }
    for (size_t i : alive) name(members[i], label);
  }

  // Strongest links first; two clusters are joined when a sample of their pairs agrees on average.
  void by_strongest(std::vector<uint32_t>& label) {
    std::vector<size_t> of(records_.size());
    std::iota(of.begin(), of.end(), size_t{0});
    std::vector<std::vector<uint32_t>> members(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) members[i] = {records_[i]};
    std::sort(links_.begin(), links_.end(), [](const ScoredPair& x, const ScoredPair& y) {
      return x.bits != y.bits ? x.bits > y.bits : x.a != y.a ? x.a < y.a : x.b < y.b;
    });
    auto place = [&](uint32_t record) { return static_cast<size_t>(std::lower_bound(records_.begin(), records_.end(), record) - records_.begin()); };
    for (const ScoredPair& link : links_) {
      size_t i = of[place(link.a)], j = of[place(link.b)];
      if (i == j || !agree(members[i], members[j])) continue;
      if (members[i].size() < members[j].size()) std::swap(i, j);
      for (uint32_t record : members[j]) of[place(record)] = i;
      members[i].insert(members[i].end(), members[j].begin(), members[j].end());
      members[j].clear();
    }
    for (const auto& group : members) name(group, label);
  }

  bool agree(const std::vector<uint32_t>& x, const std::vector<uint32_t>& y) const {
    for (uint32_t a : x) {
      for (uint32_t b : y) {
        if (never(a, b)) return false;
      }
    }
    size_t all = x.size() * y.size(), step = std::max<size_t>(1, all / ClusterOptions::kSampledLinks);
    double sum = 0;
    for (size_t k = 0; k < all; k += step) sum += cut(options_.score(x[k / y.size()], y[k % y.size()]));
    return sum > 0;
  }

  static void name(const std::vector<uint32_t>& members, std::vector<uint32_t>& label) {
    if (members.empty()) return;
    uint32_t lowest = *std::min_element(members.begin(), members.end());
    for (uint32_t record : members) label[record] = lowest;
  }

  std::vector<uint32_t> records_;  // ascending
  std::vector<ScoredPair> links_;
  const ClusterOptions& options_;
};

}  // namespace

std::vector<uint32_t> cluster_pairs(size_t records, const std::vector<ScoredPair>& accepted, const ClusterOptions& options) {
  std::vector<uint32_t> parent(records), label(records);
  std::iota(parent.begin(), parent.end(), 0u);
  std::iota(label.begin(), label.end(), 0u);
  for (const ScoredPair& pair : accepted) {
    uint32_t a = root_of(parent, pair.a), b = root_of(parent, pair.b);
    if (a != b) parent[std::max(a, b)] = std::min(a, b);
  }
  std::vector<std::pair<uint32_t, uint32_t>> by_root;
  for (uint32_t r = 0; r < records; ++r) {
    if (uint32_t root = root_of(parent, r); root != r || parent[r] != r) by_root.emplace_back(root, r);
  }
  for (const ScoredPair& pair : accepted) by_root.emplace_back(root_of(parent, pair.a), root_of(parent, pair.a));
  std::sort(by_root.begin(), by_root.end());
  by_root.erase(std::unique(by_root.begin(), by_root.end()), by_root.end());
  std::vector<std::pair<uint32_t, uint32_t>> links;  // root, index into accepted
  for (uint32_t i = 0; i < accepted.size(); ++i) links.emplace_back(root_of(parent, accepted[i].a), i);
  std::sort(links.begin(), links.end());
  for (size_t i = 0, l = 0; i < by_root.size();) {
    uint32_t root = by_root[i].first;
    std::vector<uint32_t> members;
    for (; i < by_root.size() && by_root[i].first == root; ++i) members.push_back(by_root[i].second);
    std::vector<ScoredPair> inside;
    for (; l < links.size() && links[l].first == root; ++l) inside.push_back(accepted[links[l].second]);
    SetOfRecords(std::move(members), std::move(inside), options).run(label);
  }
  return label;
}

}  // namespace furrow::identity
