#include "learn/row_copies.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/ids.h"
#include "learn/naming_numbers.h"
#include "learn/words.h"

namespace furrow::learn {
namespace {

constexpr size_t kNamedRows = 50;  // fewer different texts may be names by chance
constexpr uint64_t kMissing = 0x7ff8dead7ff8dead;

uint64_t cell_bits(const Column& column, uint32_t row) {
  if (column.missing(row)) return kMissing;
  return column.kind == ColumnKind::kText ? static_cast<uint64_t>(column.codes[row]) : std::bit_cast<uint64_t>(column.numbers[row] + 0.0);  // -0 is 0
}

bool names_the_rows(const Column& column, const std::vector<uint32_t>& rows) {
  if (column.kind != ColumnKind::kText) return names_rows(column, rows);
  if (rows.size() < kNamedRows) return false;
  std::vector<bool> met(column.levels.size());
  std::vector<std::string_view> texts;
  for (uint32_t row : rows) {
    if (column.missing(row) || met[static_cast<size_t>(column.codes[row])]) return false;
    met[static_cast<size_t>(column.codes[row])] = true;
    texts.push_back(column.levels[static_cast<size_t>(column.codes[row])]);
  }
  return !looks_like_text(texts);
}

// The chance that two rows agree in a column.
double agreement(const Column& column, const std::vector<uint32_t>& rows) {
  std::unordered_map<uint64_t, double> counts;
  for (uint32_t row : rows) counts[cell_bits(column, row)] += 1;
  double agree = 0, n = static_cast<double>(rows.size());
  for (const auto& [value, count] : counts) agree += count / n * ((count - 1) / (n - 1));
  return agree;
}

// The chance that two of the labels differ, drawn without putting back.
double differing(const std::vector<float>& labels) {
  std::unordered_map<float, double> counts;
  for (float label : labels) counts[label] += 1;
  double same = 0, n = static_cast<double>(labels.size());
  for (const auto& [label, count] : counts) same += count * (count - 1);
  return n > 1 ? 1 - same / (n * (n - 1)) : 0;
}

}  // namespace

RowCopies find_row_copies(const Dataset& data, const std::vector<uint32_t>& rows, const std::vector<float>& labels, const std::vector<std::string>& ignored) {
  RowCopies out;
  const double n = static_cast<double>(rows.size());
  std::vector<uint64_t> hash(rows.size(), 0);
  std::vector<const Column*> inputs;
  for (const Column& column : data.columns) {
    if (std::find(ignored.begin(), ignored.end(), column.name) != ignored.end() || names_the_rows(column, rows)) continue;
    inputs.push_back(&column);
    for (size_t i = 0; i < rows.size(); ++i) hash[i] = mix64(hash[i] + mix64(cell_bits(column, rows[i]) + 1));
  }
  std::vector<uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return hash[a] != hash[b] ? hash[a] < hash[b] : a < b; });
  std::vector<uint32_t> set_of(rows.size());
  std::vector<float> repeated, set;  // labels: of all rows that have an equal one, and of one set of equal rows
  double repeats = 0, contradictions = 0, differ = 0, pairs = 0, sets = 0;
  for (size_t i = 0, end = 0; i < order.size(); i = end) {
    set.clear();
    for (end = i; end < order.size() && hash[order[end]] == hash[order[i]]; ++end) {
      set_of[order[end]] = order[i];
      set.push_back(labels[order[end]]);
      contradictions += set.back() != set.front();
    }
    ++sets;
    if (set.size() < 2) continue;
    const double count = static_cast<double>(set.size());
    repeats += count - 1;
    pairs += count * (count - 1) / 2;
    differ += differing(set) * count;
    repeated.insert(repeated.end(), set.begin(), set.end());
  }
  if (inputs.empty() || repeats < kCopyShare * n || repeats == 0) return out;
  out.share = repeats / n;
  out.contradicted = contradictions / repeats;
  if (differ / static_cast<double>(repeated.size()) > kCopyContradictions * differing(repeated) || n > kMostAlike * sets) return out;
  double expected = n * (n - 1) / 2;
  for (const Column* column : inputs) {
    if (pairs >= kBeyondChance * expected) break;
    expected *= agreement(*column, rows);
  }
  out.found = pairs >= kBeyondChance * expected;
  if (out.found) out.set_of = std::move(set_of);
  return out;
}

}  // namespace furrow::learn
