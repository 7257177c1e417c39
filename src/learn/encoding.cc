#include "learn/encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/time.h"

namespace furrow::learn {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr size_t kMaxOutputs = 10000;

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
  if (input.hours) out[2] = static_cast<float>(std::floor((number - day * 86400) / 3600));
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
  if (found != input.index.end()) return found->second;
  return is_absent(text) ? kMissingLevel : kUnknownLevel;
}

}  // namespace

// How one column of a dataset feeds one input.
struct Encoder::Bound {
  const Column* column;
  std::vector<int32_t> level_of_code;  // text columns
};

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
    }
    input.outputs = output_names_.size() - input.first_output;
    input.index.clear();
    for (size_t l = 0; l < input.levels.size(); ++l) input.index.emplace(input.levels[l], static_cast<int32_t>(l));
  }
  if (output_names_.size() > kMaxOutputs) {
    return Error(ErrorCode::kTooLarge, fmt::format("the columns encode to {} numbers; at most {} are taken: drop some columns",
                                                   output_names_.size(), kMaxOutputs));
  }
  return {};
}

Result<std::vector<Encoder::Bound>> Encoder::bind(const Dataset& data) const {
  std::vector<Bound> bound;
  for (const InputEncoding& input : inputs_) {
    const Column* column = data.find(input.name);
    if (!column) {
      return Error(ErrorCode::kModelMismatch, fmt::format("the data have no column '{}', which the model was trained on", input.name)).in_field(input.name);
    }
    Bound b{column, {}};
    if (column->kind == ColumnKind::kText) {
      for (const std::string& level : column->levels) b.level_of_code.push_back(find_level(input, level));
    }
    if (input.kind != ColumnKind::kText && column->kind != input.kind) {
      for (size_t row = 0; row < data.rows; ++row) {
        if (column->missing(row)) continue;
        return Error(ErrorCode::kModelMismatch,
                     fmt::format("column '{}' held {} in training but here {}, such as '{}'", input.name, kind_name(input.kind),
                                 kind_name(column->kind), column->text(row).substr(0, 60)))
            .in_field(input.name);
      }
    }
    bound.push_back(std::move(b));
  }
  return bound;
}

Result<Samples> Encoder::encode(const Dataset& data, const std::vector<uint32_t>& rows) const {
  FURROW_ASSIGN(std::vector<Bound> bound, bind(data));
  Samples samples;
  samples.columns = outputs();
  size_t count = rows.empty() ? data.rows : rows.size();
  samples.values.resize(count * outputs());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const InputEncoding& input = inputs_[i];
    const Bound& b = bound[i];
    for (size_t k = 0; k < count; ++k) {
      size_t row = rows.empty() ? k : rows[k];
      float* out = samples.values.data() + k * outputs() + input.first_output;
      if (input.kind != ColumnKind::kText) {
        put_number(input, b.column->kind == input.kind ? b.column->numbers[row] : std::nan(""), out);
      } else if (b.column->missing(row)) {
        put_level(input, kMissingLevel, out);
      } else if (b.column->kind == ColumnKind::kText) {
        put_level(input, b.level_of_code[static_cast<size_t>(b.column->codes[row])], out);
      } else {
        put_level(input, find_level(input, b.column->text(row)), out);
      }
    }
  }
  return samples;
}

void Encoder::encode_value(size_t place, const Value& value, float* whole) const {
  const InputEncoding& input = inputs_[place];
  float* out = whole + input.first_output;
  if (input.kind == ColumnKind::kNumber) return put_number(input, value.as_number(), out);
  if (input.kind == ColumnKind::kTime) {
    double seconds = value.is_number() ? value.number() / 1000 : std::nan("");
    if (value.is_text()) {
      if (auto time = parse_time(value.text()); time.ok()) seconds = static_cast<double>(time->micros) / 1e6;
    }
    return put_number(input, seconds, out);
  }
  if (value.is_null()) return put_level(input, kMissingLevel, out);
  if (value.is_text()) return put_level(input, find_level(input, value.text()), out);
  if (value.is_bool()) return put_level(input, find_level(input, value.boolean() ? "true" : "false"), out);
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value.number());
  put_level(input, find_level(input, std::string_view(buffer, static_cast<size_t>(end - buffer))), out);
}

void Encoder::encode_row(std::span<const Value> values, float* out) const {
  FURROW_ASSERT(values.size() == inputs_.size());
  for (size_t i = 0; i < inputs_.size(); ++i) encode_value(i, values[i], out);
}

}  // namespace furrow::learn
