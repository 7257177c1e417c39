#include "identity/linkage_index.h"

#include <algorithm>

namespace furrow::identity {

LinkIndex::LinkIndex(std::unique_ptr<LinkResult> linked) : linked_(std::move(linked)), neighbours_(linked_->records) {}

std::vector<LinkFound> LinkIndex::find(const std::vector<std::pair<std::string, std::string>>& cells, size_t limit, double least_bits) const {
  const LinkRecords& records = linked_->records;
  const auto& fields = records.fields();
  LinkArena arena;
  std::vector<LinkValue> values(fields.size());
  std::vector<uint64_t> features;
  for (const auto& [name, cell] : cells) {
    for (size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].name != name && std::find(fields[f].headers.begin(), fields[f].headers.end(), name) == fields[f].headers.end()) continue;
      LinkValue value;
      if (!fields[f].prepare(cell, arena, value)) continue;
      fields[f].add_tokens(value, arena);
      values[f] = value;
      add_features(fields[f], f, value, features);
    }
  }
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());

  Comparer comparer(records, *linked_->levels, Comparer::Memory::kNone);
  std::vector<LinkFound> out;
  bool within = records.sources().size() == 1;
  for (uint32_t record : neighbours_.nearest(features, kCompared)) {
    Levels levels{};
    comparer.compare(values, record, levels);
    // Equal values have the record's own codes, so that their frequency counts as in the batch.
    const uint32_t* codes = records.codes(record);
    double bits = linked_->model->bits(levels, codes, codes, within);
    if (bits < least_bits) continue;
    out.push_back({record, linked_->person[record], bits, linked_->model->explain(levels, codes, codes, within)});
  }
  std::sort(out.begin(), out.end(), [](const LinkFound& x, const LinkFound& y) { return x.bits != y.bits ? x.bits > y.bits : x.record < y.record; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace furrow::identity
