#include "identity/linkage_index.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/ids.h"

namespace furrow::identity {
namespace {

constexpr size_t kMostSharers = 400;  // of a feature among the added: what more have is no rare evidence

}  // namespace

LinkIndex::LinkIndex(std::unique_ptr<LinkResult> linked)
    : linked_(std::move(linked)), neighbours_(linked_->records), comparer_(linked_->records, *linked_->levels, Comparer::Memory::kNone),
      base_(static_cast<uint32_t>(linked_->records.size())) {
  for (const LinkField& field : linked_->records.fields()) {
    std::vector<uint32_t> slots(std::bit_ceil(std::max<size_t>(16, field.values.size() * 2)), 0);
    for (uint32_t code = 1; code < field.values.size(); ++code) {
      size_t at = hash64(field.values[code].text) & (slots.size() - 1);
      while (slots[at] != 0) at = (at + 1) & (slots.size() - 1);
      slots[at] = code;
    }
    codes_.push_back(std::move(slots));
  }
}

uint32_t LinkIndex::code_of(size_t field, std::string_view text) const {
  const std::vector<uint32_t>& slots = codes_[field];
  const auto& values = linked_->records.fields()[field].values;
  for (size_t at = hash64(text) & (slots.size() - 1); slots[at] != 0; at = (at + 1) & (slots.size() - 1)) {
    if (values[slots[at]].text == text) return slots[at];
  }
  return kUnseenCode;
}

LinkRow LinkIndex::prepare(std::string_view source, const Cells& cells, LinkArena& arena) const {
  const LinkRecords& records = linked_->records;
  const auto& fields = records.fields();
  LinkRow row;
  row.values.resize(fields.size());
  row.codes.assign(fields.size(), 0);
  for (size_t s = 0; s < records.sources().size(); ++s) {
    if (records.sources()[s].name == source) row.source = static_cast<int>(s);
  }
  auto cell_of = [&](std::string_view column) -> const std::string* {
    auto at = std::find_if(cells.begin(), cells.end(), [&](const auto& cell) { return cell.first == column; });
    return at == cells.end() || at->second.empty() ? nullptr : &at->second;
  };
  std::string joined;
  for (size_t f = 0; f < fields.size(); ++f) {
    joined.clear();
    if (row.source >= 0) {
      auto s = static_cast<size_t>(row.source);
      for (int part : records.plans()[f].columns[s]) {
        const std::string* cell = cell_of(records.sources()[s].columns[static_cast<size_t>(part)]);
        if (cell != nullptr) joined += (joined.empty() ? "" : " ") + *cell;
      }
    } else {
      const std::string* cell = cell_of(fields[f].name);
      for (size_t h = 0; h < fields[f].headers.size() && cell == nullptr; ++h) cell = cell_of(fields[f].headers[h]);
      if (cell != nullptr) joined = *cell;
    }
    LinkValue value;
    if (joined.empty() || !fields[f].prepare(joined, arena, value)) continue;
    row.codes[f] = code_of(f, value.text);
    if (row.codes[f] == kUnseenCode) {
      fields[f].add_tokens(value, arena);
      row.values[f] = value;
    } else {
      row.values[f] = fields[f].values[row.codes[f]];
    }
  }
  return row;
}

std::vector<uint64_t> LinkIndex::features_of(const LinkRow& row) const {
  const auto& fields = linked_->records.fields();
  std::vector<uint64_t> features;
  for (size_t f = 0; f < fields.size(); ++f) {
    bool common = row.codes[f] != kUnseenCode && !fields[f].common.empty() && fields[f].common[row.codes[f]] != 0;
    if (row.codes[f] != 0 && !common) add_features(fields[f], f, row.values[f], features);
  }
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  return features;
}

std::vector<uint32_t> LinkIndex::nearest_added(const std::vector<uint64_t>& features) const {
  std::unordered_map<uint32_t, float> score;
  double n = static_cast<double>(added_.size());
  for (uint64_t feature : features) {
    auto at = added_by_feature_.find(feature);
    if (at == added_by_feature_.end() || at->second.size() > kMostSharers) continue;
    float weight = static_cast<float>(std::log(1 + n / static_cast<double>(at->second.size())));
    for (uint32_t record : at->second) score[record] += weight;
  }
  std::vector<std::pair<float, uint32_t>> ranked;
  for (auto [record, value] : score) ranked.emplace_back(-value, record);
  size_t most = std::min(kCompared, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(most), ranked.end());
  std::vector<uint32_t> out;
  for (size_t i = 0; i < most; ++i) out.push_back(base_ + ranked[i].second);
  return out;
}

bool LinkIndex::compare(const LinkRow& row, uint32_t record, Levels& levels) const {
  levels.fill(0);
  if (record < base_) comparer_.compare(row, record, levels);
  else comparer_.compare(row, added_[record - base_].row, levels);
  bool within = linked_->records.sources().size() == 1 || (row.source >= 0 && row.source == source_of(record));
  linked_->model->forget_unmet(levels, within);
  return within;
}

std::vector<LinkFound> LinkIndex::find(const LinkRow& row, size_t limit, double least_bits) const {
  std::vector<uint64_t> features = features_of(row);
  std::vector<uint32_t> near = neighbours_.nearest(features, kCompared);
  std::vector<uint32_t> added = nearest_added(features);
  near.insert(near.end(), added.begin(), added.end());
  std::vector<LinkFound> out;
  Levels levels{};
  for (uint32_t record : near) {
    if (clean(row.source) && row.source == source_of(record)) continue;  // it gives one record to a person
    bool within = compare(row, record, levels);
    const uint32_t* codes = record < base_ ? linked_->records.codes(record) : added_[record - base_].row.codes.data();
    double bits = linked_->model->bits(levels, row.codes.data(), codes, within);
    if (bits < least_bits) continue;
    out.push_back({record, bits, linked_->model->explain(levels, row.codes.data(), codes, within)});
  }
  std::sort(out.begin(), out.end(), [](const LinkFound& x, const LinkFound& y) { return x.bits != y.bits ? x.bits > y.bits : x.record < y.record; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

double LinkIndex::weigh(const LinkRow& row, uint32_t record) const {
  Levels levels{};
  bool within = compare(row, record, levels);
  const uint32_t* codes = record < base_ ? linked_->records.codes(record) : added_[record - base_].row.codes.data();
  double bits = linked_->model->bits(levels, row.codes.data(), codes, within);
  const double most = ClusterOptions().most_bits;
  return std::clamp(bits_in_cluster(*linked_, bits, levels, within), -most, most);
}

bool LinkIndex::equal(const LinkRow& row, uint32_t record) const {
  if (row.source != source_of(record)) return false;
  for (size_t f = 0; f < row.codes.size(); ++f) {
    uint32_t code = record < base_ ? linked_->records.code(record, f) : added_[record - base_].row.codes[f];
    if (code != row.codes[f]) return false;
    if (code == kUnseenCode && added_[record - base_].row.values[f].text != row.values[f].text) return false;
  }
  return true;
}

Result<uint32_t> LinkIndex::add(LinkRow row, std::string id) {
  if (added_.size() >= kMostAdded) return Error(ErrorCode::kTooLarge, "a million records came since the weights were learned; link everything again");
  auto number = static_cast<uint32_t>(added_.size());
  for (uint64_t feature : features_of(row)) added_by_feature_[feature].push_back(number);
  added_.push_back({std::move(row), std::move(id)});
  return base_ + number;
}

}  // namespace furrow::identity
