#include "learn/guards.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "base/cut_text.h"
#include "base/ids.h"
#include "base/time.h"
#include "learn/metrics.h"
#include "learn/row_copies.h"
#include "learn/target.h"
#include "learn/word_leaks.h"

namespace furrow::learn {
namespace {

constexpr size_t kLongestStray = 60;      // bytes
constexpr double kFilledLater = 0.97;     // mean of the two classes' rates of "filled tells the label"
constexpr double kOrdered = 0.95;         // AUC of a row's own number
constexpr double kPure = 0.995;           // share of one label beyond a value
constexpr double kPureReach = 0.2;        // of that label's rows
constexpr double kPureOutside = 0.8;      // a strong but honest column fades: just outside it is still nearly pure
constexpr double kPureBase = 0.7;         // a label more frequent than this makes pure ranges by itself
constexpr size_t kPureRows = 30, kPureRangeRows = 100;
constexpr size_t kCopyValues = 12;
constexpr size_t kCopyRows = 1'000'000;   // copies lie far apart in a file, so that a draw would miss them
constexpr double kNearlyAll = 0.995;
constexpr double kCopyCorrelation = 1 - 1e-10;

struct Rows {
  std::vector<uint32_t> rows;
  std::vector<float> labels;
  double positives = 0;
};

Rows draw(const Target& target, size_t most) {
  Rows out;
  size_t stride = std::max<size_t>(1, target.rows.size() / most);
  for (size_t i = 0; i < target.rows.size(); i += stride) {
    out.rows.push_back(target.rows[i]);
    out.labels.push_back(target.labels[i]);
    out.positives += target.labels[i] > 0;
  }
  return out;
}

std::string key_of(const Column& column, uint32_t row) { return column.missing(row) ? std::string("\x01missing") : column.text(row); }

// Every value has one label, and both labels occur.
bool is_copy(const Column& column, const Rows& rows) {
  std::unordered_map<std::string, std::pair<size_t, size_t>> seen;  // negatives, positives
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    auto& counts = seen[key_of(column, rows.rows[i])];
    (rows.labels[i] > 0 ? counts.second : counts.first) += 1;
    if (seen.size() > kCopyValues || (counts.first > 0 && counts.second > 0)) return false;
  }
  return true;
}

// Being filled is exactly the one label.
bool filled_is_label(const Column& column, const Rows& rows, double& agreement) {
  double filled[2] = {0, 0}, count[2] = {0, 0};
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    int label = rows.labels[i] > 0;
    count[label] += 1;
    filled[label] += !column.missing(rows.rows[i]);
  }
  double yes = filled[1] / count[1], no = filled[0] / count[0];
  agreement = std::max(yes + 1 - no, no + 1 - yes) / 2;
  return (yes == 1 && no == 0) || (yes == 0 && no == 1);
}

// The label's rate in each level, learnt from the other half of the rows.
std::vector<double> rates_out_of_half(const Column& column, const Rows& rows) {
  std::vector<double> sum[2], count[2];
  for (int half : {0, 1}) sum[half].assign(column.levels.size() + 1, 0), count[half].assign(column.levels.size() + 1, 0);
  auto level = [&](size_t i) { return static_cast<size_t>(column.codes[rows.rows[i]] + 1); };
  double prior = rows.positives / static_cast<double>(rows.rows.size());
  for (size_t i = 0; i < rows.rows.size(); ++i) sum[i % 2][level(i)] += rows.labels[i] > 0, count[i % 2][level(i)] += 1;
  std::vector<double> scores;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    size_t other = 1 - i % 2;
    scores.push_back((sum[other][level(i)] + prior) / (count[other][level(i)] + 1));
  }
  return scores;
}

struct PureRange {
  bool found = false, above = true;
  double bound = 0, purity = 0, reach = 0;
  size_t rows = 0;
  bool positive = true;
};

// The longest tail of the values, from either end, that is nearly all of one label which is not frequent by itself.
PureRange pure_range(const std::vector<std::pair<double, float>>& sorted, const Rows& rows) {
  PureRange best;
  for (bool positive : {true, false}) {
    double of_label = positive ? rows.positives : static_cast<double>(rows.rows.size()) - rows.positives;
    if (of_label / static_cast<double>(rows.rows.size()) > kPureBase) continue;
    for (bool above : {true, false}) {
      double hits = 0;
      for (size_t k = 0; k < sorted.size(); ++k) {
        const auto& [value, label] = sorted[above ? sorted.size() - 1 - k : k];
        hits += (label > 0) == positive;
        if (k + 1 < sorted.size() && sorted[above ? sorted.size() - 2 - k : k + 1].first == value) continue;
        double purity = hits / static_cast<double>(k + 1), reach = hits / of_label;
        if (k + 1 < kPureRangeRows || purity < kPure || reach < kPureReach || reach <= best.reach) continue;
        double outside = 0, looked = 0;
        for (size_t o = k + 1; o < std::min(sorted.size(), 2 * (k + 1)); ++o, ++looked) {
          outside += (sorted[above ? sorted.size() - 1 - o : o].second > 0) == positive;
        }
        if (looked == 0 || outside > kPureOutside * looked) continue;
        best = {true, above, value, purity, reach, k + 1, positive};
      }
    }
  }
  return best;
}

class ColumnGuard {
 public:
  ColumnGuard(const Column& column, const Rows& rows, const std::string& target, GuardFindings& out)
      : column_(column), rows_(rows), target_(target), out_(out) {}

  void check() {
    if (is_copy(column_, rows_)) {
      out_.copies.push_back(column_.name);
      return warn("target_copy", fmt::format("column '{}' is the target '{}' under another name (each of its values has one label): it is left out; --keep {} takes it in",
                                             column_.name, target_, column_.name),
                  fmt::format("列“{}”就是目标“{}”的另一种写法（每个取值只对应一种结果），已排除；如确需使用请加 --keep {}", column_.name, target_, column_.name));
    }
    double agreement = 0;
    if (filled_is_label(column_, rows_, agreement)) {
      out_.copies.push_back(column_.name);
      return warn("target_copy", fmt::format("column '{}' is filled exactly when '{}' is one label, so it is known only after the outcome: it is left out; --keep {} takes it in",
                                             column_.name, target_, column_.name),
                  fmt::format("列“{}”是否有值与目标“{}”完全一致，说明它在结果之后才产生，已排除；如确需使用请加 --keep {}", column_.name, target_, column_.name));
    }
    if (agreement >= kFilledLater) {
      return warn("leak_filled_later", fmt::format("column '{}' leaks the target '{}': whether it is filled tells the label {:.1f} % of the time, as if it were entered after the outcome; leave it out with --drop {}",
                                            column_.name, target_, 100 * agreement, column_.name),
           fmt::format("列“{}”疑似泄漏：是否有值在 {:.1f}% 的情况下就能判断“{}”，像是结果之后才录入；建议 --drop {}", column_.name, 100 * agreement, target_, column_.name));
    }
    column_.kind == ColumnKind::kText ? check_text() : check_numbers();
  }

 private:
  void warn(std::string code, std::string english, std::string chinese) {
    out_.warnings.push_back({std::move(code), column_.name, std::move(english), std::move(chinese)});
  }
  bool warn_of_area(double area) {
    area = std::max(area, 1 - area);
    if (area < kLeakAuc) return false;
    warn("leak", fmt::format("column '{}' leaks the target '{}': alone it ranks the rows almost perfectly (AUC {:.3f}); if it is not known before the outcome, leave it out with --drop {}",
                             column_.name, target_, area, column_.name),
         fmt::format("列“{}”疑似泄漏：仅凭它就几乎能完美排序“{}”（AUC {:.3f}）；若它在结果之前并不可知，请用 --drop {} 排除", column_.name, target_, area, column_.name));
    return true;
  }
  void warn_of_range(const std::string& range, double reach, double purity, bool positive) {
    warn("leak_range", fmt::format("column '{0}' may leak the target '{5}': where {1}, {2:.1f} % of the rows have the {3} label, and that is {4:.0f} % of all such rows; check how it is made, or leave it out with --drop {0}",
                                   column_.name, range, 100 * purity, positive ? "positive" : "negative", 100 * reach, target_),
         fmt::format("列“{0}”可能泄漏“{5}”：当 {1} 时，{2:.1f}% 的行为{3}，占全部{3}的 {4:.0f}%；请核对其来源，或用 --drop {0} 排除", column_.name, range, 100 * purity,
                     positive ? "正例" : "负例", 100 * reach, target_));
  }
  void check_text() {
    if (warn_of_area(auc(rates_out_of_half(column_, rows_), rows_.labels))) return;
    std::vector<std::pair<double, double>> levels(column_.levels.size(), {0, 0});  // rows, positives
    for (size_t i = 0; i < rows_.rows.size(); ++i) {
      if (column_.missing(rows_.rows[i])) continue;
      auto& [count, positives] = levels[static_cast<size_t>(column_.codes[rows_.rows[i]])];
      count += 1;
      positives += rows_.labels[i] > 0;
    }
    double base = rows_.positives / static_cast<double>(rows_.rows.size());
    bool warned = false;
    for (size_t l = 0; l < levels.size(); ++l) {
      auto [count, positives] = levels[l];
      for (bool positive : {true, false}) {
        double hits = positive ? positives : count - positives, of_label = positive ? rows_.positives : static_cast<double>(rows_.rows.size()) - rows_.positives;
        if (count < kPureRangeRows || hits / count < kPure || hits / of_label < kPureReach || (positive ? base : 1 - base) > kPureBase) continue;
        warned = true;
        warn_of_range(fmt::format("{} = {}", column_.name, column_.levels[l].substr(0, 60)), hits / of_label, hits / count, positive);
      }
    }
    if (warned) return;
    if (auto leak = find_word_leak(column_, rows_.rows, rows_.labels)) warn_of_words(*leak);
  }
  void warn_of_words(const WordLeak& leak) {
    const char *label = leak.positive ? "positive" : "negative", *label_zh = leak.positive ? "正例" : "负例";
    warn(leak.field ? "leak_field" : "leak_words",
         fmt::format("column '{0}' may leak the target '{5}': '{1}' stands in {2:.1f} % of the rows with the {3} label and in {4:.1f} % of the others; unless it was written before the outcome, leave it out with --drop {0}",
                     column_.name, leak.words, 100 * leak.share, label, 100 * leak.other_share, target_),
         fmt::format("列“{0}”可能泄漏“{5}”：{3}中有 {2:.1f}% 含“{1}”，其他行中只有 {4:.1f}%；除非该文字在结果之前就已写入，否则请用 --drop {0} 排除", column_.name, leak.words, 100 * leak.share, label_zh,
                     100 * leak.other_share, target_));
  }
  void check_numbers() {
    std::vector<std::pair<double, float>> sorted;
    std::vector<double> values;
    std::vector<float> labels;
    bool whole = column_.kind == ColumnKind::kNumber;
    for (size_t i = 0; i < rows_.rows.size(); ++i) {
      if (column_.missing(rows_.rows[i])) continue;
      double value = column_.numbers[rows_.rows[i]];
      whole = whole && value == std::floor(value);
      sorted.emplace_back(value, rows_.labels[i]);
      values.push_back(value);
      labels.push_back(rows_.labels[i]);
    }
    double positives = std::accumulate(labels.begin(), labels.end(), 0.0);
    if (sorted.size() < kPureRows || positives == 0 || positives == static_cast<double>(labels.size())) return;
    std::sort(sorted.begin(), sorted.end());
    double area = auc(values, labels);
    bool own = whole && std::adjacent_find(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first == b.first; }) == sorted.end();
    if (own && std::max(area, 1 - area) >= kOrdered) {
      return warn("leak_order", fmt::format("column '{0}' numbers the rows, and the file is ordered by the label: it tells the label without meaning anything (AUC {1:.3f}); leave it out with --drop {0}, or name it with --id",
                                            column_.name, std::max(area, 1 - area)),
                  fmt::format("列“{0}”只是行编号，而文件按结果排序，因此它能猜出结果却没有意义（AUC {1:.3f}）；请用 --drop {0} 排除，或用 --id 指明", column_.name, std::max(area, 1 - area)));
    }
    if (2 * sorted.size() > rows_.rows.size() && warn_of_area(area)) return;
    if (PureRange range = pure_range(sorted, rows_); range.found) {
      const std::string bound = column_.kind == ColumnKind::kTime ? format_time(Time{static_cast<int64_t>(range.bound * 1e6)}) : fmt::format("{}", range.bound);
      warn_of_range(fmt::format("{} {} {}", column_.name, range.above ? ">=" : "<=", bound), range.reach, range.purity, range.positive);
    }
  }

  const Column& column_;
  const Rows& rows_;
  const std::string& target_;
  GuardFindings& out_;
};

// A numeric target that a column repeats, but for a factor and an offset.
bool repeats_target(const Column& column, const Target& target) {
  if (column.kind != ColumnKind::kNumber || target.rows.size() < kPureRows) return false;
  double n = static_cast<double>(target.rows.size()), mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < target.rows.size(); ++i) {
    if (column.missing(target.rows[i])) return false;
    mx += column.numbers[target.rows[i]] / n;
    my += target.labels[i] / n;
  }
  for (size_t i = 0; i < target.rows.size(); ++i) {
    double x = column.numbers[target.rows[i]] - mx, y = target.labels[i] - my;
    xx += x * x, yy += y * y, xy += x * y;
  }
  return xx > 0 && yy > 0 && std::abs(xy) / std::sqrt(xx * yy) > kCopyCorrelation;
}

void check_duplicates(const Dataset& data, const Target& target, const std::vector<std::string>& ignored, GuardFindings& out) {
  Rows rows = draw(target, kCopyRows);
  const RowCopies copies = find_row_copies(data, rows.rows, rows.labels, ignored);
  if (!copies.found) return;
  out.warnings.push_back({"duplicate_rows", "",
                          fmt::format("{:.1f} % of the rows repeat another row in every column, {:.1f} % of these with another label: equal rows are kept in one fold and judged once, unless --time or --group says how to judge; in training "
                                      "each counts, so remove them if they are copies",
                                      100 * copies.share, 100 * copies.contradicted),
                          fmt::format("{:.1f}% 的行与其他行完全重复，其中 {:.1f}% 结果相互矛盾；相同的行已归入同一折且只检验一次（指定 --time 或 --group 时除外）；训练时每行都计入，如属重复导出请先去重", 100 * copies.share,
                                      100 * copies.contradicted)});
}

void check_labels(const Target& target, const std::string& name, GuardFindings& out) {
  size_t positives = static_cast<size_t>(std::count(target.labels.begin(), target.labels.end(), 1.0f)), n = target.labels.size();
  size_t rarer = std::min(positives, n - positives);
  if (rarer < kFewOfClass) {
    out.warnings.push_back({"few_labels", "", fmt::format("only {} of {} rows of '{}' are of the rarer class: the figures are uncertain, read their intervals", rarer, n, name),
                            fmt::format("“{2}”的 {1} 行中较少的一类只有 {0} 行：指标不确定性大，请看区间", rarer, n, name)});
  } else if (static_cast<double>(n - rarer) > kNearlyAll * static_cast<double>(n)) {
    out.warnings.push_back({"rare_labels", "", fmt::format("{:.2f} % of the rows have the same label in '{}': judge by PR-AUC and lift rather than by AUC", 100.0 * static_cast<double>(n - rarer) / static_cast<double>(n), name),
                            fmt::format("“{1}”中 {0:.2f}% 的行结果相同：请看 PR-AUC 与提升倍数，而不是 AUC", 100.0 * static_cast<double>(n - rarer) / static_cast<double>(n), name)});
  }
}

}  // namespace

GuardFindings guard_training(const Dataset& data, const Target& target, const std::string& target_name,
                             const std::vector<std::string>& ignored) {
  GuardFindings out;
  std::vector<const Column*> inputs;
  for (const Column& column : data.columns) {
    if (std::find(ignored.begin(), ignored.end(), column.name) == ignored.end()) inputs.push_back(&column);
  }
  for (const Column* column : inputs) {
    if (column->currencies.empty()) continue;
    const std::string &one = column->currencies[0], &other = column->currencies[1];
    out.warnings.push_back({"currencies", column->name,
                            fmt::format("column '{}' holds amounts in '{}' and in '{}': they are compared as bare numbers; write them in one currency, or leave the column out with --drop {}", column->name, one, other, column->name),
                            fmt::format("列“{}”混有“{}”和“{}”两种货币：只按数字大小比较；请换算成同一货币，或用 --drop {} 排除", column->name, one, other, column->name)});
  }
  for (const Column* column : inputs) {
    if (column->strays == 0) continue;
    const std::string stray(cut_text(column->first_stray, kLongestStray));
    out.warnings.push_back({"strays", column->name, fmt::format("column '{}': {} of {} cells are no numbers, such as '{}'; they count as missing", column->name, column->strays, data.rows, stray),
                            fmt::format("列“{}”：{} 行中有 {} 个单元格不是数字，例如“{}”；按缺失处理", column->name, data.rows, column->strays, stray)});
  }
  if (target.task == Task::kRegression) {
    for (const Column* column : inputs) {
      if (!repeats_target(*column, target)) continue;
      out.copies.push_back(column->name);
      out.warnings.push_back({"target_copy", column->name,
                              fmt::format("column '{}' is the target '{}' but for a factor: it is left out; --keep {} takes it in", column->name, target_name, column->name),
                              fmt::format("列“{}”与目标“{}”只差一个倍数，已排除；如确需使用请加 --keep {}", column->name, target_name, column->name)});
    }
    check_duplicates(data, target, ignored, out);
    return out;
  }
  Rows rows = draw(target, kGuardRows);
  if (rows.positives == 0 || rows.positives == static_cast<double>(rows.rows.size())) return out;
  for (const Column* column : inputs) ColumnGuard(*column, rows, target_name, out).check();
  check_duplicates(data, target, ignored, out);
  check_labels(target, target_name, out);
  return out;
}

void warn_of_spellings(const Column& target, std::vector<Warning>& out) {
  const auto truths = truth_spellings(target);
  if (!truths) return;
  out.push_back({"target_spellings", target.name,
                 fmt::format("target '{}' is spelt in several ways: '{}' are taken for yes, '{}' for no", target.name, fmt::join(truths->yes, "', '"), fmt::join(truths->no, "', '")),
                 fmt::format("目标“{}”的写法不统一：“{}”按“是”处理，“{}”按“否”处理", target.name, fmt::join(truths->yes, "”“"), fmt::join(truths->no, "”“"))});
}

void warn_if_too_good(double auc, const std::vector<std::pair<std::string, double>>& importance, std::vector<Warning>& out) {
  if (auc < kTooGood || std::any_of(out.begin(), out.end(), [](const Warning& w) { return w.code.starts_with("leak"); })) return;
  std::string names, names_zh;
  for (size_t i = 0; i < std::min<size_t>(importance.size(), 2); ++i) {
    names += fmt::format("{}'{}'", i ? " and " : "", importance[i].first);
    names_zh += fmt::format("“{}”", importance[i].first);
  }
  out.push_back({"too_good", "", fmt::format("an AUC of {:.4f} on held-out rows is better than outcomes can mostly be foreseen: make sure that the inputs, first of all {}, are known before the outcome", auc, names),
                 fmt::format("检验集 AUC 达 {:.4f}，好得少见：请确认各输入（首先是{}）在结果之前就已知", auc, names_zh)});
}

void write_json(JsonWriter& json, const std::vector<Warning>& warnings) {
  json.begin_array();
  for (const Warning& w : warnings) {
    json.begin_object().field("code", w.code).field("column", w.column).field("message", w.english).field("message_zh", w.chinese).end_object();
  }
  json.end_array();
}

std::vector<Warning> parse_warnings(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::array array;
  std::vector<Warning> warnings;
  if (parser.parse(text.data(), text.size()).get(array) != simdjson::SUCCESS) return warnings;
  for (simdjson::dom::element element : array) {
    Warning warning;
    for (auto [key, member] : {std::pair("code", &Warning::code), {"column", &Warning::column}, {"message", &Warning::english}, {"message_zh", &Warning::chinese}}) {
      std::string_view value;
      if (element[key].get(value) == simdjson::SUCCESS) warning.*member = value;
    }
    if (!warning.english.empty()) warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace furrow::learn
