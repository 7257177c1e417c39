#include "profile/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "profile/program_compiler.h"

namespace furrow::profile {
namespace {

enum HashKind : uint64_t { kHashNumber = 1, kHashBool, kHashText };

// Text that is exactly how a number is written ("12", "0.5", "100000", and "1e+05" too) is that number, so that a CSV and a JSON
// source agree; "007", "1.0" and ids of more digits than a double keeps stay texts.
std::optional<double> number_text(std::string_view text) {
  if (text.empty() || text.size() > 24 || !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) return {};
  double parsed = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(parsed)) return {};
  char buffer[400];  // 1e308 has 309 digits
  auto reads = [&](std::to_chars_result written) { return std::string_view(buffer, static_cast<size_t>(written.ptr - buffer)) == text; };
  if (reads(std::to_chars(buffer, buffer + sizeof buffer, parsed))) return parsed;
  if (reads(std::to_chars(buffer, buffer + sizeof buffer, parsed, std::chars_format::fixed))) return parsed;
  return {};
}

uint64_t hash_number(double value) {
  value += 0.0;  // -0 is 0
  return hash64({reinterpret_cast<const char*>(&value), sizeof value}, kHashNumber);
}

uint64_t hash_value(const Value& value) {
  if (value.is_number()) return hash_number(value.number());
  if (value.is_bool()) return hash64(value.boolean() ? "1" : "0", kHashBool);
  if (auto number = number_text(value.text())) return hash_number(*number);
  return hash64(value.text(), kHashText);
}

}  // namespace

Result<std::shared_ptr<const FeatureProgram>> FeatureProgram::compile(std::vector<FeatureDefinition> definitions) {
  std::shared_ptr<FeatureProgram> program(new FeatureProgram());
  program->definitions_ = std::move(definitions);
  FURROW_TRY(ProgramCompiler(*program).compile());
  return std::shared_ptr<const FeatureProgram>(std::move(program));
}

std::optional<size_t> FeatureProgram::index_of(std::string_view name) const {
  auto at = by_name_.find(name);
  if (at == by_name_.end()) return {};
  return at->second;
}

const FeatureProgram::Listener& FeatureProgram::listener(std::string_view label) const {
  auto at = listeners_.find(label);
  return at == listeners_.end() ? any_ : at->second;
}

bool FeatureProgram::wants(std::string_view label) const { return !listener(label).selectors.empty(); }

Value FeatureProgram::evaluate_bound(int expression, std::span<const Value> names) const {
  const BoundExpression& bound = expressions_[static_cast<size_t>(expression)];
  if (bound.is_name) return names[bound.slots[0]];
  thread_local Value slots[64];  // Expression's limit on names
  for (size_t i = 0; i < bound.slots.size(); ++i) slots[i] = names[bound.slots[i]];
  return bound.expression.evaluate(std::span<const Value>(slots, bound.slots.size()));
}

void FeatureProgram::append_cell(const Column& column, const Value& value, size_t index, JournalEntry& entry) {
  Cell cell = 0;
  if (column.kind == ColumnKind::kTruth) {
    cell = number_cell(Expression::truth(value) ? 1 : 0);
  } else if (value.is_null()) {
    return;
  } else if (column.kind == ColumnKind::kHash) {
    cell = hash_cell(hash_value(value));
  } else if (column.kind == ColumnKind::kAny && value.is_text() && !number_text(value.text())) {
    cell = text_cell(static_cast<uint32_t>(entry.texts.size()));
    entry.texts.push_back(value.text());
  } else {
    double number = value.as_number();
    if (!std::isfinite(number)) return;
    cell = number_cell(number);
  }
  entry.columns[index / 64] |= uint64_t{1} << (index % 64);
  entry.cells.push_back(cell);
}

bool FeatureProgram::extract(std::string_view label, const Fields& properties, Time time, LogPosition position,
                             JournalEntry& entry) const {
  const Listener& concerned = listener(label);
  if (concerned.selectors.empty()) return false;
  thread_local std::vector<Value> names;
  names.resize(std::max(names.size(), names_.size()));
  for (uint16_t name : concerned.names) names[name] = name == label_name_ ? Value(label) : properties.get(names_[name]);
  return extract(label, std::span<const Value>(names), time, position, entry);
}

bool FeatureProgram::extract(std::string_view label, std::span<const Value> names, Time time, LogPosition position,
                             JournalEntry& entry) const {
  const Listener& concerned = listener(label);
  entry.selectors.assign(selector_words(), 0);
  thread_local std::vector<uint64_t> wanted;
  wanted.assign(column_words(), 0);
  bool any = false;
  for (uint16_t s : concerned.selectors) {
    const Selector& selector = selectors_[s];
    if (selector.where >= 0 && !Expression::truth(evaluate_bound(selector.where, names))) continue;
    any = true;
    entry.selectors[s / 64] |= uint64_t{1} << (s % 64);
    for (uint16_t column : selector.columns) wanted[column / 64] |= uint64_t{1} << (column % 64);
  }
  if (!any) return false;

  entry.time = time;
  entry.position = position;
  entry.columns.assign(column_words(), 0);
  entry.cells.clear();
  entry.texts.clear();
  for (size_t word = 0; word < wanted.size(); ++word) {
    for (uint64_t bits = wanted[word]; bits != 0; bits &= bits - 1) {
      size_t column = word * 64 + static_cast<size_t>(std::countr_zero(bits));
      append_cell(columns_[column], evaluate_bound(columns_[column].expression, names), column, entry);
    }
  }
  return true;
}

AggregateStates FeatureProgram::lifetime_states() const {
  AggregateStates states;
  states.reset(lifetime_counts_);
  return states;
}

}  // namespace furrow::profile
