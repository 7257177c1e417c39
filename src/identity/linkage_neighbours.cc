#include "identity/linkage_neighbours.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/ids.h"
#include "identity/linkage_halves.h"

namespace furrow::identity {
namespace {

struct Scored {
  float score;
  uint32_t record;
  bool operator<(const Scored& other) const { return score != other.score ? score > other.score : record < other.record; }
};

}  // namespace

void add_features(const LinkField& field, size_t index, const LinkValue& value, std::vector<uint64_t>& features) {
  if (value.text.empty()) return;
  switch (field.kind) {
    case FieldKind::kName:
      features.push_back(value.order_key);
      features.push_back(mix64(value.sound + 0x5eed));
      [[fallthrough]];
    case FieldKind::kText:
      for (uint32_t t = 0; t < value.token_count; ++t) features.push_back(hash64(value.tokens[t].text));
      break;
    case FieldKind::kNumber: break;  // near numbers say too little
    case FieldKind::kEmail: features.push_back(hash64(value.text.substr(0, value.text.find('@')), index)); [[fallthrough]];
    default: features.push_back(hash64(value.text, index + 1));
  }
}

NeighbourIndex::NeighbourIndex(const LinkRecords& records) : records_(records) {
  size_t n = records.size();
  const auto& fields = records.fields();
  // Features of each distinct value, then of each record.
  std::vector<std::vector<uint64_t>> value_starts(fields.size());
  std::vector<std::vector<uint64_t>> value_features(fields.size());
  for (size_t f = 0; f < fields.size(); ++f) {
    for (size_t code = 0; code < fields[f].values.size(); ++code) {
      value_starts[f].push_back(value_features[f].size());
      if (code == 0 || (!fields[f].common.empty() && fields[f].common[code] != 0)) continue;
      add_features(fields[f], f, fields[f].values[code], value_features[f]);
    }
    value_starts[f].push_back(value_features[f].size());
  }
  struct Entry { uint64_t key; uint32_t record; };
  std::vector<Entry> entries;
  std::vector<uint64_t> bag;
  for (uint32_t record = 0; record < n; ++record) {
    bag.clear();
    for (size_t f = 0; f < fields.size(); ++f) {
      uint32_t code = records.code(record, f);
      for (uint64_t i = value_starts[f][code]; i < value_starts[f][code + 1]; ++i) bag.push_back(value_features[f][i]);
    }
    std::sort(bag.begin(), bag.end());
    bag.erase(std::unique(bag.begin(), bag.end()), bag.end());
    for (uint64_t key : bag) entries.push_back({key, record});
  }
  size_t middle = entries.size() / 2;
  auto less = [](const Entry& x, const Entry& y) { return x.key != y.key ? x.key < y.key : x.record < y.record; };
  std::thread other([&] { std::sort(entries.begin(), entries.begin() + static_cast<long>(middle), less); });
  std::sort(entries.begin() + static_cast<long>(middle), entries.end(), less);
  other.join();
  std::inplace_merge(entries.begin(), entries.begin() + static_cast<long>(middle), entries.end(), less);

  // The largest cap whose postings stay within the budget.
  std::vector<uint64_t> reads(1 << 12, 0);
  for (size_t i = 0; i < entries.size();) {
    size_t end = i;
    while (end < entries.size() && entries[end].key == entries[i].key) ++end;
    uint64_t df = end - i;
    if (df > 1 && df < reads.size()) reads[df] += df * df;
    i = end;
  }
  uint64_t total = 0;
  uint64_t budget = std::min<uint64_t>(kPostings, (n > 50'000 ? 300 : 1'000) * static_cast<uint64_t>(n) + 30'000'000);
  uint32_t most = static_cast<uint32_t>(std::max<size_t>(50, n / 8));
  for (uint32_t df = 2; df < reads.size() && df <= most; ++df) {
    total += reads[df];
    if (total > budget && df > 10) break;
    cap_ = df;
  }
  std::vector<uint32_t> sizes(n, 0);
  for (size_t i = 0; i < entries.size();) {
    size_t end = i;
    while (end < entries.size() && entries[end].key == entries[i].key) ++end;
    if (end - i > 1 && end - i <= cap_) {
      keys_.push_back(entries[i].key);
      starts_.push_back(postings_.size());
      for (size_t j = i; j < end; ++j) {
        postings_.push_back(entries[j].record);
        ++sizes[entries[j].record];
      }
    } else if (end - i == 1) {
      keys_.push_back(entries[i].key);  // a later record may share it
      starts_.push_back(postings_.size());
      postings_.push_back(entries[i].record);
    }
    i = end;
  }
  starts_.push_back(postings_.size());
  bag_starts_.assign(n + 1, 0);
  for (size_t r = 0; r < n; ++r) bag_starts_[r + 1] = bag_starts_[r] + sizes[r];
  bags_.resize(bag_starts_[n]);
  std::vector<uint64_t> fill(bag_starts_.begin(), bag_starts_.end() - 1);
  for (uint32_t k = 0; k < keys_.size(); ++k) {
    if (starts_[k + 1] - starts_[k] < 2) continue;
    for (uint64_t p = starts_[k]; p < starts_[k + 1]; ++p) bags_[fill[postings_[p]]++] = k;
  }
}

void NeighbourIndex::collect(size_t first, size_t last, size_t across, size_t within, std::vector<PairKey>& out) const {
  std::vector<float> score(records_.size(), 0);
  std::vector<uint32_t> touched(records_.size() + 1);  // the first `found` of it
  std::vector<Scored> best[2];  // across sources, within one
  std::vector<float> weight_of(cap_ + 1, 0);  // by how many records have a feature
  double n = static_cast<double>(records_.size());
  for (size_t having = 1; having <= cap_; ++having) weight_of[having] = static_cast<float>(std::log(1 + n / static_cast<double>(having)));
  for (size_t r = first; r < last; ++r) {
    size_t found = 0;
    for (uint64_t i = bag_starts_[r]; i < bag_starts_[r + 1]; ++i) {
      uint64_t start = starts_[bags_[i]], end = starts_[bags_[i] + 1];
      float weight = weight_of[end - start];
      for (uint64_t p = start; p < end; ++p) {
        uint32_t other = postings_[p];
        touched[found] = other;
        found += score[other] == 0;
        score[other] += weight;
      }
    }
    best[0].clear(), best[1].clear();
    for (size_t t = 0; t < found; ++t) {
      uint32_t other = touched[t];
      Scored next{score[other], other};
      score[other] = 0;
      if (other == r) continue;
      bool own = records_.source_of(other) == records_.source_of(static_cast<uint32_t>(r));
      std::vector<Scored>& list = best[own];
      size_t limit = own ? within : across;
      if (limit == 0 || (list.size() == limit && !(next < list.back()))) continue;
      if (list.size() == limit) list.pop_back();
      list.insert(std::lower_bound(list.begin(), list.end(), next), next);
    }
    for (const auto& list : best) {
      for (const Scored& next : list) out.push_back(pair_key(static_cast<uint32_t>(r), next.record));
    }
  }
}

std::vector<PairKey> NeighbourIndex::pairs(size_t across, size_t within) const {
  std::vector<PairKey> found[2];
  in_halves(records_.size(), [&](size_t part, size_t first, size_t last) {
    collect(first, last, across, within, found[part]);
    std::sort(found[part].begin(), found[part].end());
    found[part].erase(std::unique(found[part].begin(), found[part].end()), found[part].end());
  });
  std::vector<PairKey> out;
  out.reserve(found[0].size() + found[1].size());
  std::set_union(found[0].begin(), found[0].end(), found[1].begin(), found[1].end(), std::back_inserter(out));
  return out;
}

std::vector<uint32_t> NeighbourIndex::nearest(const std::vector<uint64_t>& features, size_t limit) const {
  std::unordered_map<uint32_t, float> score;
  double n = static_cast<double>(records_.size());
  for (uint64_t feature : features) {
    auto at = std::lower_bound(keys_.begin(), keys_.end(), feature);
    if (at == keys_.end() || *at != feature) continue;
    auto k = static_cast<size_t>(at - keys_.begin());
    float weight = static_cast<float>(std::log(1 + n / static_cast<double>(starts_[k + 1] - starts_[k])));
    for (uint64_t p = starts_[k]; p < starts_[k + 1]; ++p) score[postings_[p]] += weight;
  }
  std::vector<Scored> ranked;
  for (auto [record, value] : score) ranked.push_back({value, record});
  std::sort(ranked.begin(), ranked.end());
  std::vector<uint32_t> out;
  for (size_t i = 0; i < std::min(limit, ranked.size()); ++i) out.push_back(ranked[i].record);
  return out;
}

}  // namespace furrow::identity
