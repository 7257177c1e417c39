#include "learn/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/ascii.h"
#include "learn/amounts.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

constexpr size_t kListedColumns = 20, kListedValues = 5;

Result<const Column*> find_target(const Dataset& data, const std::string& name) {
  if (const Column* column = data.find(name)) return column;
  std::string names;
  size_t numbers = 0;
  for (size_t i = 0; i < data.columns.size() && i < kListedColumns; ++i) {
    names += (i ? ", " : "") + data.columns[i].name;
    numbers += read_number(data.columns[i].name).has_value();
  }
  if (numbers > 0 && 2 * numbers >= std::min(data.columns.size(), kListedColumns)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'; their first line, '{}', looks like a row: the first line must name the columns", name, names)).in_field(name);
  }
  return Error(ErrorCode::kInvalidArgument, fmt::format("the data have no column '{}'; they have: {}", name, names)).in_field(name);
}

bool reads_as_yes(std::string_view value) { return read_truth(value).value_or(false); }

// Finds the cells that are the value named on the command line or in training. Numbers compare as numbers, booleans were read as 1 and 0, and where all cells say
// yes or no, it is what they say that counts.
class ValueFinder {
 public:
  ValueFinder(const Column& column, std::string value) : column_(column), value_(std::move(value)), truth_(read_truth(value_)) {
    auto [end, error] = std::from_chars(value_.data(), value_.data() + value_.size(), number_);
    is_number_ = error == std::errc() && end == value_.data() + value_.size();
    if (column.kind == ColumnKind::kNumber && !is_number_) {
      if (std::any_of(column.numbers.begin(), column.numbers.end(), [](double x) { return x == x && x != 0 && x != 1; })) truth_.reset();
      return;
    }
    if (column.kind == ColumnKind::kText && !std::all_of(column.levels.begin(), column.levels.end(), [](const std::string& level) { return is_absent(level) || read_truth(level).has_value(); })) truth_.reset();
  }
  bool found(size_t row) const {
    if (column_.kind == ColumnKind::kText) return truth_ ? read_truth(column_.text(row)) == truth_ : column_.text(row) == value_;
    if (is_number_) return column_.numbers[row] == number_;
    return (truth_ && column_.kind == ColumnKind::kNumber && column_.numbers[row] == (*truth_ ? 1 : 0)) || column_.text(row) == value_;
  }

 private:
  const Column& column_;
  std::string value_;
  std::optional<bool> truth_;
  double number_ = 0;
  bool is_number_ = false;
};

// Levels that differ only in case or blanks, and are two classes but for that.
Status check_spelling(const Column& column, const std::string& name) {
  std::map<std::string, std::string> plain;  // folded -> as first met
  std::string pair;
  for (const std::string& level : column.levels) {
    std::string folded;
    for (char c : level) {
      if (c != ' ' && c != '\t') folded += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    auto [place, fresh] = plain.try_emplace(folded, level);
    if (!fresh && pair.empty()) pair = fmt::format("'{}' and '{}'", place->second, level);
  }
  if (pair.empty() || plain.size() > 2) return {};
  return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' spells its values in several ways, such as {}: clean it first (furrow clean), or name one with --positive", name, pair)).in_field(name);
}

Error of_several_units(const std::string& name, const std::vector<std::string>& units) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' holds amounts in '{}' and in '{}': write them in one of the two first", name, units[0], units[1])).in_field(name);
}

Error too_many_values(const Column& column, const std::string& name) {
  if (column.kind == ColumnKind::kTime) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' holds times, which cannot be predicted as they are: predict how long until then, as a number, or whether it comes, "
                                                          "as yes and no", name)).in_field(name);
  }
  const AmountCells amounts = read_amount_cells({column.levels.begin(), column.levels.end()});
  if (amounts.amounts >= 9 * amounts.others && amounts.amounts > 0) {
    if (amounts.units.size() > 1) return of_several_units(name, amounts.units);
    const std::string& example = amounts.others > 0 ? column.levels[amounts.first_other] : column.levels.front();
    return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' holds amounts written as text, and '{}' cannot be read as the others are: write them as plain numbers first (furrow clean)", name, example)).in_field(name);
  }
  std::map<int32_t, size_t> rows;
  for (int32_t code : column.codes) {
    if (code >= 0) ++rows[code];
  }
  std::vector<std::pair<size_t, int32_t>> order;
  for (auto [code, count] : rows) order.emplace_back(count, code);
  std::sort(order.begin(), order.end(), [](auto a, auto b) { return a.first > b.first || (a.first == b.first && a.second < b.second); });
  std::string listed;
  for (size_t k = 0; k < order.size() && k < kListedValues; ++k) {
    listed += fmt::format("{}'{}' in {} rows", k ? ", " : "", column.levels[static_cast<size_t>(order[k].second)], order[k].first);
  }
  if (order.size() > kListedValues) listed += fmt::format(" and {} more", order.size() - kListedValues);
  return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' has {} values ({}): name the one to predict with --positive, as in --positive '{}'", name, order.size(), listed,
                                                        column.levels[static_cast<size_t>(order.back().second)])).in_field(name);
}

// Rows of each number or text of a column; of at most one more than `most` of them.
std::map<std::string, size_t> count_values(const Column& column, size_t most) {
  std::map<std::string, size_t> rows;
  for (size_t row = 0; row < column.rows() && rows.size() <= most; ++row) {
    if (!column.missing(row)) ++rows[column.text(row)];
  }
  return rows;
}

// "'won' in 7 rows, 'lost' in 5 rows and 3 more", the most frequent first.
std::string list_values(const Column& column) {
  std::map<std::string, size_t> rows;
  for (size_t row = 0; row < column.rows(); ++row) {
    if (!column.missing(row)) ++rows[column.text(row)];
  }
  std::vector<std::pair<std::string, size_t>> order(rows.begin(), rows.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string listed;
  for (size_t k = 0; k < order.size() && k < kListedValues; ++k) listed += fmt::format("{}'{}' in {} rows", k ? ", " : "", order[k].first, order[k].second);
  return order.size() > kListedValues ? listed + fmt::format(" and {} more", order.size() - kListedValues) : listed;
}

}  // namespace

std::optional<TruthSpellings> truth_spellings(const Column& column) {
  if (column.kind != ColumnKind::kText) return std::nullopt;
  std::vector<size_t> rows(column.levels.size(), 0);
  for (int32_t code : column.codes) {
    if (code >= 0) ++rows[static_cast<size_t>(code)];
  }
  std::vector<size_t> order;
  for (size_t level = 0; level < rows.size(); ++level) {
    if (rows[level] > 0) order.push_back(level);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rows[a] > rows[b]; });
  TruthSpellings out;
  for (size_t level : order) {
    const auto truth = read_truth(column.levels[level]);
    if (!truth) return std::nullopt;
    (*truth ? out.yes : out.no).push_back(column.levels[level]);
  }
  return std::max(out.yes.size(), out.no.size()) > 1 ? std::optional(std::move(out)) : std::nullopt;
}

Result<Target> read_target(const Dataset& data, const std::string& name, const std::string& positive) {
  FURROW_ASSIGN(const Column* column, find_target(data, name));
  auto invalid = [&](std::string what) { return Error(ErrorCode::kInvalidArgument, std::move(what)).in_field(name); };
  Target target;
  const auto truths = truth_spellings(*column);
  std::map<std::string, size_t> count;  // of at most three values, to tell two from many
  for (uint32_t row = 0; row < data.rows; ++row) {
    if (column->missing(row)) continue;
    target.rows.push_back(row);
    const std::string value = !truths ? column->text(row) : reads_as_yes(column->text(row)) ? truths->yes[0] : truths->no[0];
    if (count.size() < 3) ++count[value];
    else if (auto found = count.find(value); found != count.end()) ++found->second;
  }
  if (target.rows.empty()) return invalid(fmt::format("target '{}' is missing in every row: name a column that is filled", name));
  if (positive.empty() && count.size() == 1) {
    const size_t without = data.rows - target.rows.size();
    return invalid(fmt::format("target '{}' is '{}' in every row{}: there is nothing to tell apart; add rows where it is something else", name, count.begin()->first,
                               without ? fmt::format(" that has a value ({} have none; if that says no, write it)", without) : ""));
  }
  if (positive.empty() && count.size() > 2) {
    if (column->kind != ColumnKind::kNumber) {
      FURROW_TRY(check_spelling(*column, name));
      return too_many_values(*column, name);
    }
    if (column->currencies.size() > 1) return of_several_units(name, column->currencies);
    target.task = Task::kRegression;
    for (uint32_t row : target.rows) target.labels.push_back(static_cast<float>(column->numbers[row]));
    return target;
  }
  target.positive = positive;
  if (positive.empty()) {
    auto first = count.begin(), second = std::next(first);
    bool first_yes = reads_as_yes(first->first), second_yes = reads_as_yes(second->first);
    bool choose_first = first_yes != second_yes ? first_yes : first->second < second->second;
    target.positive = choose_first ? first->first : second->first;
  }
  size_t positives = 0;
  const ValueFinder finder(*column, target.positive);
  for (uint32_t row : target.rows) {
    bool hit = finder.found(row);
    target.labels.push_back(hit ? 1.0f : 0.0f);
    positives += hit;
  }
  if (positives == 0) return invalid(fmt::format("no row has '{}' in target '{}'; there is {}", target.positive, name, list_values(*column)));
  if (positives == target.rows.size()) return invalid(fmt::format("every row has '{}' in target '{}': there is nothing to tell apart; add rows where it is something else", target.positive, name));
  return target;
}

Result<std::vector<float>> read_labels(const Dataset& data, const std::string& name, Task task, const std::string& positive) {
  FURROW_ASSIGN(const Column* column, find_target(data, name));
  if (task == Task::kRegression && column->kind != ColumnKind::kNumber) {
    return Error(ErrorCode::kModelMismatch, fmt::format("target '{}' held numbers in training but here {}", name, kind_name(column->kind))).in_field(name);
  }
  std::vector<float> labels(data.rows, std::nanf(""));
  const ValueFinder finder(*column, positive);
  for (size_t row = 0; row < data.rows; ++row) {
    if (column->missing(row)) continue;
    labels[row] = task == Task::kRegression ? static_cast<float>(column->numbers[row]) : finder.found(row) ? 1.0f : 0.0f;
  }
  return labels;
}

bool has_classes(const Dataset& data, const std::string& name, bool numbers_too) {
  const Column* column = data.find(name);
  if (!column || column->kind == ColumnKind::kTime || (column->kind == ColumnKind::kNumber && !numbers_too) || truth_spellings(*column)) return false;
  const auto values = count_values(*column, ClassTarget::kMostClasses);
  return values.size() > 2 && values.size() <= ClassTarget::kMostClasses;
}

std::string say_numbers_are_amounts(const Dataset& data, const std::string& name) {
  const Column* column = data.find(name);
  if (!column || column->kind != ColumnKind::kNumber) return "";
  const auto values = count_values(*column, ClassTarget::kMostClasses);
  if (values.size() <= 2 || values.size() > ClassTarget::kMostClasses) return "";
  return fmt::format("'{}' holds {} different numbers, taken for amounts: --classes predicts each as a class", name, values.size());
}

Result<ClassTarget> read_class_target(const Dataset& data, const std::string& name) {
  FURROW_ASSIGN(const Column* column, find_target(data, name));
  if (column->kind == ColumnKind::kText) FURROW_TRY(check_spelling(*column, name));
  std::map<std::string, size_t> rows;
  for (size_t row = 0; row < data.rows; ++row) {
    if (!column->missing(row)) ++rows[column->text(row)];
  }
  std::vector<std::pair<std::string, size_t>> order(rows.begin(), rows.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  ClassTarget out;
  for (const auto& [level, count] : order) {
    if (count < ClassTarget::kLeastRows) {
      out.too_rare.emplace_back(level, count);
      continue;
    }
    out.classes.push_back(level);
    out.class_rows.push_back(count);
  }
  if (out.classes.size() < 2) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("target '{}' has {} values but only {} in {} rows or more: there is too little to tell apart", name, order.size(), out.classes.size(),
                                                          ClassTarget::kLeastRows)).in_field(name);
  }
  FURROW_ASSIGN(std::vector<int> labels, read_class_labels(data, name, out.classes));
  for (uint32_t row = 0; row < data.rows; ++row) {
    if (labels[row] < 0) continue;
    out.rows.push_back(row);
    out.labels.push_back(static_cast<uint32_t>(labels[row]));
  }
  return out;
}

Result<std::vector<int>> read_class_labels(const Dataset& data, const std::string& name, const std::vector<std::string>& classes) {
  FURROW_ASSIGN(const Column* column, find_target(data, name));
  std::map<std::string, int, std::less<>> place;
  for (size_t k = 0; k < classes.size(); ++k) place[classes[k]] = static_cast<int>(k);
  std::vector<int> out(data.rows, -1);
  for (size_t row = 0; row < data.rows; ++row) {
    if (column->missing(row)) continue;
    auto found = place.find(column->text(row));
    if (found != place.end()) out[row] = found->second;
  }
  return out;
}

Status check_training_rows(size_t rows, const std::string& column) {
  if (rows >= kLeastTrainingRows) return {};
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} rows with a target are too few to learn from: at least {} are needed", rows, kLeastTrainingRows)).in_field(column);
}

}  // namespace furrow::learn
