#include "identity/linkage_copies.h"

#include <algorithm>

#include "base/ids.h"

namespace furrow::identity {
namespace {

constexpr double kByChance = 0.05;    // different people to expect with the same row, at most
constexpr double kAloneCopies = 0.25; // rows to expect of a value that no other row has

struct Row {
  uint64_t hash = 0;
  uint32_t record = 0;
  bool operator<(const Row& other) const { return hash != other.hash ? hash < other.hash : record < other.record; }
};

}  // namespace

std::vector<std::vector<uint32_t>> copies_of_rows(const LinkRecords& records, size_t fewest) {
  size_t width = records.fields().size();
  std::vector<Row> rows;
  rows.reserve(records.size());
  for (uint32_t record = 0; record < records.size(); ++record) {
    size_t source = records.source_of(record);
    uint64_t hash = mix64(source + 1);
    bool told = false;
    for (size_t f = 0; f < width; ++f) {
      if (static_cast<int>(f) == records.key_field(source)) continue;
      hash = mix64(hash + records.code(record, f) + (uint64_t{f} << 40));
      told |= records.code(record, f) != 0;
    }
    if (told) rows.push_back({hash, record});
  }
  std::sort(rows.begin(), rows.end());
  std::vector<std::vector<uint32_t>> groups;
  for (size_t i = 0, end = 0; i < rows.size(); i = end) {
    for (end = i + 1; end < rows.size() && rows[end].hash == rows[i].hash; ++end) {
    }
    if (end - i <= fewest) continue;
    std::vector<uint32_t>& group = groups.emplace_back();
    for (size_t r = i; r < end; ++r) group.push_back(rows[r].record);
  }
  if (groups.empty()) return groups;
  // How many different rows have each value.
  std::vector<std::vector<uint32_t>> having;
  for (const LinkField& field : records.fields()) having.emplace_back(field.values.size(), 0);
  double different = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].hash == rows[i - 1].hash) continue;
    ++different;
    for (size_t f = 0; f < width; ++f) ++having[f][records.code(rows[i].record, f)];
  }
  std::erase_if(groups, [&](const std::vector<uint32_t>& group) {
    double expected = different;
    for (size_t f = 0; f < width; ++f) {
      uint32_t code = records.code(group[0], f);
      if (code == 0 || static_cast<int>(f) == records.key_field(records.source_of(group[0]))) continue;
      expected *= std::min(1.0, (having[f][code] - 1 + kAloneCopies) / different);
    }
    return expected > kByChance;
  });
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace furrow::identity
