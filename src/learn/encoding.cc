#include "learn/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/ascii.h"
#include "base/cut_text.h"
#include "base/number_text.h"
#include "base/time.h"
#include "learn/amounts.h"
#include "learn/words.h"

namespace furrow::learn {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr size_t kMaxOutputs = 10000;
constexpr size_t kMaxOrderedLevels = 200;
constexpr double kLeastDifferent = 0.8;  // levels of an ordered text that have a number of their own

void put_number(const InputEncoding& input, double number, float* out) {
  if (input.method == EncodingMethod::kNumber) {
    auto narrow = static_cast<float>(number);
    out[0] = std::isinf(narrow) ? kMissing : narrow;
    return;
  }
  if (number != number) return std::fill(out, out + input.outputs, kMissing);
  double day = std::floor(number / 86400);
  out[0] = static_cast<float>(day);
  out[1] = static_cast<float>(std::fmod(std::fmod(day + 3, 7) + 7, 7));
  size_t next = 2;
  if (input.months) out[next++] = static_cast<float>(civil_from_days(static_cast<int64_t>(day)).month);
  if (input.hours) out[next] = static_cast<float>(std::floor((number - day * 86400) / 3600));
}

// `level` is a place in input.levels, -1 unknown, -2 missing.
constexpr int32_t kUnknownLevel = -1, kMissingLevel = -2;
void put_level(const InputEncoding& input, int32_t level, float* out) {
  if (level == kMissingLevel) return std::fill(out, out + input.outputs, kMissing);
  switch (input.method) {
    case EncodingMethod::kBinary: out[0] = level == kUnknownLevel ? kMissing : static_cast<float>(level); return;
    case EncodingMethod::kOneHot:
      std::fill(out, out + input.outputs, 0.0f);
      if (level >= 0) out[level] = 1;
      return;
    default:
      out[0] = level >= 0 ? input.rates[static_cast<size_t>(level)] : input.prior;
      out[1] = level >= 0 ? input.counts[static_cast<size_t>(level)] : 0.0f;
  }
}

int32_t find_level(const InputEncoding& input, std::string_view text) {
  auto found = input.index.find(text);
  if (found == input.index.end()) found = input.index.find(trimmed(text));
  if (found != input.index.end()) return found->second;
  if (input.no_level >= 0 || input.yes_level >= 0) {
    if (const auto truth = read_truth(text)) return *truth ? input.yes_level : input.no_level;
  }
  return is_absent(text) ? kMissingLevel : kUnknownLevel;
}

// Finds the levels that any word for yes or no means: where every level is such a word, or just one is each.
void find_truths(InputEncoding& input) {
  input.no_level = input.yes_level = -1;
  if (input.method != EncodingMethod::kBinary && input.method != EncodingMethod::kOneHot) return;
  std::vector<int32_t> yes, no;
  for (size_t l = 0; l < input.levels.size(); ++l) {
    if (const auto truth = read_truth(input.levels[l])) (*truth ? yes : no).push_back(static_cast<int32_t>(l));
  }
  if (yes.size() > 1 || no.size() > 1 || (yes.size() + no.size() != 2 && yes.size() + no.size() != input.levels.size())) return;
  if (!yes.empty()) input.yes_level = yes[0];
  if (!no.empty()) input.no_level = no[0];
}

// A cell of text where numbers were learnt from.
double number_of_text(const InputEncoding& input, std::string_view text) {
  if (const auto amount = read_amount(text)) return *amount;
  const auto truth = input.truths ? read_truth(text) : std::nullopt;
  return truth ? *truth : std::nan("");
}

// WordModel::margin over the input's words; `count` receives how many words the text has.
double words_margin(const InputEncoding& input, std::string_view text, size_t& count) {
  count = 0;
  for_each_word(text, [&](std::string_view) { ++count; });
  return word_margin(text, [&](std::string_view word) {
    auto found = input.index.find(word);
    return found == input.index.end() ? -1 : found->second;
  }, input.counts, input.rates, input.prior);
}

// The first number of a text, when no letter touches it: "f 1000-4999" says 1000, "A11" nothing, and "007" or twenty digits are ids.
double first_number(std::string_view text) {
  if (text.size() > 1 && (text[0] == '0' || text.size() > kExactDigits) && std::all_of(text.begin(), text.end(), is_digit)) return std::nan("");
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    auto before = i > 0 ? static_cast<unsigned char>(text[i - 1]) : ' ';
    if ((before | 32) >= 'a' && (before | 32) <= 'z') return std::nan("");
    std::string digits;
    bool point = false;
    for (size_t k = i; k < text.size(); ++k) {
      char c = text[k];
      if (c >= '0' && c <= '9') digits += c;
      else if (c == '.' && !point && k + 1 < text.size() && text[k + 1] >= '0' && text[k + 1] <= '9') digits += c, point = true;
      else if (c != ',' || k + 3 >= text.size() || text[k + 1] < '0' || text[k + 1] > '9') break;
    }
    double value = std::strtod(digits.c_str(), nullptr);
    // "< 1" is below "1", "> 100" and "100+" above "100".
    std::string_view ahead = text.substr(0, i);
    if (ahead.find('<') != ahead.npos) value -= 0.5;
    return value;
  }
  return std::nan("");
}

// A cell of a text input that is there.
void put_text(const InputEncoding& input, std::string_view text, float* out) {
  if (input.method == EncodingMethod::kOrdered) {
    out[0] = static_cast<float>(first_number(text));
  } else if (input.method == EncodingMethod::kWords) {
    if (is_absent(text)) return std::fill(out, out + input.outputs, kMissing);
    size_t words = 0;
    out[0] = static_cast<float>(words_margin(input, text, words));
    out[1] = static_cast<float>(std::log1p(static_cast<double>(words)));
  } else {
    put_level(input, find_level(input, text), out);
    if (input.method == EncodingMethod::kNamed) out[2] = static_cast<float>(read_number(text).value_or(std::nan("")));
  }
}

}  // namespace

bool Encoder::is_ordered_text(const Column& column) {
  if (column.kind != ColumnKind::kText) return false;
  size_t levels = 0;
  std::vector<double> numbers;
  for (const std::string& level : column.levels) {
    if (is_absent(level)) continue;
    double number = first_number(level);
    if (number != number || ++levels > kMaxOrderedLevels) return false;
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  auto different = static_cast<double>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
  return levels >= 3 && different >= kLeastDifferent * static_cast<double>(levels);
}

Status Encoder::finish() {
  output_names_.clear();
  output_inputs_.clear();
  for (uint32_t i = 0; i < inputs_.size(); ++i) {
    InputEncoding& input = inputs_[i];
    input.first_output = output_names_.size();
    auto add = [&](std::string name) {
      output_names_.push_back(std::move(name));
      output_inputs_.push_back(i);
    };
    switch (input.method) {
      case EncodingMethod::kNumber: add(input.name); break;
      case EncodingMethod::kTime:
        add(input.name + " (day)");
        add(input.name + " (weekday)");
        if (input.months) add(input.name + " (month)");
        if (input.hours) add(input.name + " (hour)");
        break;
      case EncodingMethod::kBinary: add(fmt::format("{} = {}", input.name, input.levels[1])); break;
      case EncodingMethod::kOneHot:
        for (const auto& level : input.levels) add(fmt::format("{} = {}", input.name, level));
        break;
      case EncodingMethod::kTargetRate:
        add(input.name + " (rate)");
        add(input.name + " (count)");
        break;
      case EncodingMethod::kNamed:
        add(input.name + " (rate)");
        add(input.name + " (count)");
        add(input.name);
        break;
      case EncodingMethod::kOrdered: add(input.name); break;
      case EncodingMethod::kWords:
        add(input.name + " (words)");
        add(input.name + " (length)");
        break;
    }
    input.outputs = output_names_.size() - input.first_output;
    input.index.clear();
    for (size_t l = 0; l < input.levels.size(); ++l) input.index.emplace(input.levels[l], static_cast<int32_t>(l));
    find_truths(input);
  }
  if (output_names_.size() > kMaxOutputs) {
    return Error(ErrorCode::kTooLarge, fmt::format("the columns encode to {} numbers; at most {} are taken: drop some columns",
                                                   output_names_.size(), kMaxOutputs));
  }
  return {};
}

namespace {

constexpr size_t kNamedColumns = 8;  // of those that lack

// Fewer than half of the cells may be of another kind than in training; they are missing then.
Status check_kind(const InputEncoding& input, const Column& column, const std::vector<double>& number_of_code, size_t rows) {
  size_t present = 0, wrong = 0, first = rows;
  for (size_t row = 0; row < rows; ++row) {
    if (column.missing(row)) continue;
    ++present;
    if (!number_of_code.empty() && !std::isnan(number_of_code[static_cast<size_t>(column.codes[row])])) continue;
    ++wrong;
    first = std::min(first, row);
  }
  if (2 * wrong <= present) return {};
  return Error(ErrorCode::kModelMismatch, fmt::format("column '{}' held {} in training but here {}, such as '{}': write it as in training, or train again on such rows", input.name, kind_name(input.kind),
                                                      kind_name(column.kind), cut_text(column.text(first), 60)))
      .in_field(input.name);
}

// Says which column differs from a wanted one in case only.
std::string like_named(const Dataset& data, std::string_view name) {
  auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == (b >= 'A' && b <= 'Z' ? b + 32 : b); };
  for (const Column& column : data.columns) {
    if (std::equal(column.name.begin(), column.name.end(), name.begin(), name.end(), same)) return fmt::format(" (they have '{}')", column.name);
  }
  return "";
}

// All that lack, so that a file is mended once.
Error missing_columns(const std::vector<InputEncoding>& inputs, const Dataset& data) {
  std::vector<const InputEncoding*> lacking;
  for (const InputEncoding& input : inputs) {
    if (!data.find(input.name)) lacking.push_back(&input);
  }
  const std::string& first = lacking[0]->name;
  if (lacking.size() == 1) {
    return Error(ErrorCode::kModelMismatch, fmt::format("the data have no column '{}', which the model was trained on{}: add it, with empty cells where it is not known", first, like_named(data, first))).in_field(first);
  }
  std::string names;
  for (size_t i = 0; i < std::min(lacking.size(), kNamedColumns); ++i) names += fmt::format("{}'{}'{}", i == 0 ? "" : ", ", lacking[i]->name, like_named(data, lacking[i]->name));
  if (lacking.size() > kNamedColumns) names += fmt::format(" and {} more", lacking.size() - kNamedColumns);
  return Error(ErrorCode::kModelMismatch, fmt::format("the data lack {} of the {} columns that the model was trained on: {}; add them, with empty cells where they are not known", lacking.size(), inputs.size(), names)).in_field(first);
}

}  // namespace

std::vector<Encoder::Unread> Encoder::unread(const Dataset& data) const {
  std::vector<Unread> out;
  for (const InputEncoding& input : inputs_) {
    const Column* column = data.find(input.name);
    if (!column || input.kind == ColumnKind::kText) continue;
    if (column->kind == input.kind) {
      if (column->strays > 0) out.push_back({input.name, input.kind, column->strays, column->first_stray});
      continue;
    }
    std::vector<bool> read;  // of each level
    if (column->kind == ColumnKind::kText && input.kind == ColumnKind::kNumber) {
      for (const std::string& level : column->levels) read.push_back(is_absent(level) || !std::isnan(number_of_text(input, level)));
    }
    Unread found{input.name, input.kind, 0, {}};
    for (size_t row = 0; row < data.rows; ++row) {
      if (column->missing(row) || (!read.empty() && read[static_cast<size_t>(column->codes[row])])) continue;
      if (found.cells++ == 0) found.example = column->text(row);
    }
    if (found.cells > 0) out.push_back(std::move(found));
  }
  return out;
}

Result<std::vector<Encoder::Bound>> Encoder::bind(const Dataset& data) const {
  std::vector<Bound> bound;
  for (const InputEncoding& input : inputs_) {
    const Column* column = data.find(input.name);
    if (!column) return missing_columns(inputs_, data);
    Bound b{column, {}, {}};
    if (column->kind == ColumnKind::kText && input.kind == ColumnKind::kText) {
      b.outputs_of_code.resize(column->levels.size() * input.outputs);
      for (size_t l = 0; l < column->levels.size(); ++l) put_text(input, column->levels[l], b.outputs_of_code.data() + l * input.outputs);
    } else if (column->kind == ColumnKind::kText && input.kind == ColumnKind::kNumber) {
      for (const std::string& level : column->levels) b.number_of_code.push_back(number_of_text(input, level));
    }
    if (input.kind != ColumnKind::kText && column->kind != input.kind) FURROW_TRY(check_kind(input, *column, b.number_of_code, data.rows));
    bound.push_back(std::move(b));
  }
  return bound;
}

void Encoder::write_rows(const std::vector<Bound>& bound, const uint32_t* rows, size_t count, float* values) const {
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const InputEncoding& input = inputs_[i];
    const Bound& b = bound[i];
    for (size_t k = 0; k < count; ++k) {
      size_t row = rows ? rows[k] : k;
      float* out = values + k * outputs() + input.first_output;
      if (input.kind != ColumnKind::kText) {
        double number = std::nan("");
        if (b.column->kind == input.kind) number = b.column->numbers[row];
        else if (!b.number_of_code.empty() && !b.column->missing(row)) number = b.number_of_code[static_cast<size_t>(b.column->codes[row])];
        put_number(input, number, out);
      } else if (b.column->missing(row)) {
        put_level(input, kMissingLevel, out);
      } else if (b.column->kind == ColumnKind::kText) {
        const float* block = b.outputs_of_code.data() + static_cast<size_t>(b.column->codes[row]) * input.outputs;
        std::copy(block, block + input.outputs, out);
      } else {
        put_text(input, b.column->text(row), out);
      }
    }
  }
}

Result<Samples> Encoder::encode(const Dataset& data, const std::vector<uint32_t>& rows) const {
  FURROW_ASSIGN(std::vector<Bound> bound, bind(data));
  Samples samples;
  samples.columns = outputs();
  const size_t count = rows.empty() ? data.rows : rows.size();
  samples.values.resize(count * outputs());
  write_rows(bound, rows.empty() ? nullptr : rows.data(), count, samples.values.data());
  return samples;
}

void Encoder::encode_value(size_t place, const Value& value, float* whole) const {
  const InputEncoding& input = inputs_[place];
  float* out = whole + input.first_output;
  if (input.kind == ColumnKind::kNumber) {
    return put_number(input, input.truths && value.is_text() ? number_of_text(input, value.text()) : value.as_number(), out);
  }
  if (input.kind == ColumnKind::kTime) {
    double seconds = value.is_number() ? value.number() / 1000 : std::nan("");
    if (value.is_text()) {
      if (auto time = parse_time(value.text()); time.ok()) seconds = static_cast<double>(time->micros) / 1e6;
    }
    return put_number(input, seconds, out);
  }
  if (value.is_null()) return put_level(input, kMissingLevel, out);
  if (value.is_text()) return put_text(input, value.text(), out);
  if (value.is_bool()) return put_text(input, value.boolean() ? "true" : "false", out);
  put_text(input, number_text(value.number()), out);
}

void Encoder::encode_row(std::span<const Value> values, float* out) const {
  FURROW_ASSERT(values.size() == inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) encode_value(i, values[i], out);
}

}  // namespace furrow::learn
