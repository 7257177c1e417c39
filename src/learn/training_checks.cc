#include "learn/training_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "learn/encoding.h"

namespace furrow::learn {
namespace {

constexpr size_t kLeastOfClass = 2;

Error invalid(std::string what, const std::string& field) { return Error(ErrorCode::kInvalidArgument, std::move(what)).in_field(field); }

}  // namespace

Result<std::vector<float>> read_weights(const Dataset& data, const TrainOptions& options, const Target& target) {
  if (options.weight.empty()) return std::vector<float>();
  const Column* column = data.find(options.weight);
  if (column->kind != ColumnKind::kNumber) return invalid(fmt::format("--weight column '{}' holds {}, not numbers", options.weight, kind_name(column->kind)), options.weight);
  std::vector<float> weights;
  double sum = 0;
  for (uint32_t row : target.rows) {
    double w = column->missing(row) ? 0 : column->numbers[row];
    if (w < 0) return invalid(fmt::format("--weight column '{}' has a negative weight in row {}", options.weight, row + 1), options.weight);
    sum += w;
    weights.push_back(static_cast<float>(w));
  }
  if (!(sum > 0)) return invalid(fmt::format("--weight column '{}' is 0 in every row", options.weight), options.weight);
  for (float& w : weights) w = static_cast<float>(w * static_cast<double>(weights.size()) / sum);  // a mean of 1, as penalties expect
  return weights;
}

Status check_columns(const Dataset& data, const TrainOptions& options) {
  auto known = [&](const std::string& name, const char* what) -> Status {
    if (name.empty() || data.find(name)) return {};
    return invalid(fmt::format("the data have no column '{}'{}", name, what), name);
  };
  for (const auto& name : options.drop) FURROW_TRY(known(name, " to drop"));
  for (const auto& name : options.keep) FURROW_TRY(known(name, " to keep"));
  for (const auto& name : options.slices) FURROW_TRY(known(name, " to slice by"));
  for (const std::string* name : {&options.id, &options.time, &options.group, &options.weight}) FURROW_TRY(known(*name, ""));
  for (const auto& [name, sign] : options.monotone) {
    FURROW_TRY(known(name, " to keep monotone"));
    if (sign != 1 && sign != -1) return invalid(fmt::format("--monotone {} must rise (+) or fall (-)", name), name);
    const Column& column = *data.find(name);
    if (column.kind == ColumnKind::kText && !Encoder::is_ordered_text(column)) {
      return invalid(fmt::format("--monotone column '{}' holds text without an order", name), name);
    }
  }
  return {};
}

Status check_target(const Target& target, const TrainOptions& options) {
  FURROW_TRY(check_training_rows(target.rows.size(), options.target));
  if (target.task != Task::kBinary) return {};
  auto positives = static_cast<size_t>(std::count(target.labels.begin(), target.labels.end(), 1.0f));
  if (std::min(positives, target.rows.size() - positives) < kLeastOfClass) {
    return invalid(fmt::format("only {} of {} rows has {}'{}' in target '{}': at least {} of each class are needed", std::min(positives, target.rows.size() - positives),
                               target.rows.size(), positives < kLeastOfClass ? "" : "not ", target.positive, options.target, kLeastOfClass), options.target);
  }
  return {};
}

}  // namespace furrow::learn
