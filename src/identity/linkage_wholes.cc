#include "identity/linkage_wholes.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace furrow::identity {
namespace {

constexpr size_t kSample = 2'000;     // records
constexpr size_t kFewest = 20;        // records that tell both
constexpr double kContained = 0.85;   // share of a part's words that the whole has
constexpr double kCovered = 0.6;      // share of the whole's words that the parts have

using Words = std::vector<std::string_view>;

bool is_wordy(const LinkField& field) { return field.kind == FieldKind::kName || field.kind == FieldKind::kText; }

size_t in_common(const Words& words, const Words& others) {
  return static_cast<size_t>(std::count_if(words.begin(), words.end(), [&](std::string_view word) { return std::find(others.begin(), others.end(), word) != others.end(); }));
}

class Sample {
 public:
  explicit Sample(const LinkRecords& records) : records_(records) {
    size_t step = std::max<size_t>(1, records.size() / kSample);
    for (uint32_t record = 0; record < records.size(); record += static_cast<uint32_t>(step)) rows_.push_back(record);
  }
  // Mean share of the words of `fields` together that `other` has, over records that tell all of them.
  double contained(const std::vector<size_t>& fields, const std::vector<size_t>& others) const {
    double sum = 0, told = 0;
    for (uint32_t record : rows_) {
      Words words = words_of_fields(record, fields), there = words_of_fields(record, others);
      if (words.empty() || there.empty()) continue;
      sum += static_cast<double>(in_common(words, there)) / static_cast<double>(words.size());
      ++told;
    }
    return told < kFewest ? 0 : sum / told;
  }

 private:
  // Empty when one is missing.
  Words words_of_fields(uint32_t record, const std::vector<size_t>& fields) const {
    Words out;
    for (size_t field : fields) {
      const LinkValue& value = records_.value(record, field);
      if (value.text.empty() || value.token_count == 0) return {};
      for (uint32_t t = 0; t < value.token_count; ++t) out.push_back(value.tokens[t].text);
    }
    return out;
  }
  const LinkRecords& records_;
  std::vector<uint32_t> rows_;
};

}  // namespace

std::vector<FieldShare> evidence_shares(const LinkRecords& records) {
  const auto& fields = records.fields();
  std::vector<FieldShare> out(fields.size());
  Sample sample(records);
  int groups = 0;
  for (size_t whole = 0; whole < fields.size(); ++whole) {
    if (!is_wordy(fields[whole])) continue;
    std::vector<size_t> parts;
    for (size_t part = 0; part < fields.size(); ++part) {
      if (part != whole && is_wordy(fields[part]) && sample.contained({part}, {whole}) >= kContained) parts.push_back(part);
    }
    if (parts.empty() || sample.contained({whole}, parts) < kCovered) continue;
    int group = -1;
    for (size_t part : parts) group = std::max(group, out[part].group);
    group = std::max(group, out[whole].group);
    if (group < 0) group = groups++;
    for (size_t part : parts) out[part].group = group;
    out[whole].group = group;
    out[whole].share = 0;  // a way of its own to tell it
  }
  // The parts together are one way, each whole another.
  for (int group = 0; group < groups; ++group) {
    double ways = 0;
    bool parts = false;
    for (const FieldShare& field : out) {
      if (field.group != group) continue;
      ways += field.share == 0;
      parts |= field.share > 0;
    }
    for (FieldShare& field : out) {
      if (field.group == group) field.share = -1 / (ways + (parts ? 1 : 0));
    }
  }
  for (FieldShare& field : out) field.share = std::abs(field.share);
  return out;
}

}  // namespace furrow::identity
