#include "learn/report_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "learn/report_charts.h"
#include "learn/report_page.h"

namespace furrow::learn {
namespace {

constexpr double kAtTheirWord = 0.02, kToPlanBy = 0.05;  // calibration errors
constexpr double kFewRows = 2000;                        // chance alone shows errors of some points in fewer

struct Interval {
  double value = 0, low = 0, high = 0;
};

Interval measure(const Element& quality, const char* name) {
  Element m;
  if (quality[name].get(m)) return {};
  return {number(m, "value"), number(m, "low"), number(m, "high")};
}

std::string sentences(const std::vector<std::string>& english, const std::vector<std::string>& chinese) {
  std::string out = "<ul class='words'>";
  for (size_t i = 0; i < english.size(); ++i) out += "<li>" + both(english[i], chinese[i]) + "</li>";
  return out + "</ul>";
}

// Can a chance be taken at its word?
void say_calibration(double error, double rows, std::vector<std::string>& english, std::vector<std::string>& chinese) {
  const double points = 100 * error;
  const bool few = rows < kFewRows && error > kAtTheirWord;
  const char* few_english = few ? " With so few rows, part of that is chance." : "";
  const char* few_chinese = few ? "由于行数很少，其中一部分是偶然误差。" : "";
  if (error <= kAtTheirWord) {
    english.push_back(fmt::format("Its chances can be taken at their word: a score of 20 % means about 20 in 100. They are {:.1f} points off on average.", points));
    chinese.push_back(fmt::format("分数可以直接当作概率：20% 的分数就是 100 次中约 20 次，平均相差 {:.1f} 个百分点。", points));
  } else if (error <= kToPlanBy) {
    english.push_back(fmt::format("Its chances are {:.1f} points off on average: near enough to plan by.{}", points, few_english));
    chinese.push_back(fmt::format("分数与实际比例平均相差 {:.1f} 个百分点：可用于做计划。{}", points, few_chinese));
  } else {
    english.push_back(fmt::format("Its chances are {:.1f} points off on average: go by the order of the scores rather than by their size.{}", points, few_english));
    chinese.push_back(fmt::format("分数与实际比例平均相差 {:.1f} 个百分点：宜看分数的高低顺序，不宜看其大小。{}", points, few_chinese));
  }
}

// Is it worth more than a straight line? Of `loss` less is better; `shown` is the measure that is named.
void say_baseline(const Interval& loss, const Interval& line, const std::string& shown, std::vector<std::string>& english, std::vector<std::string>& chinese) {
  if (loss.high < line.low) {
    english.push_back(fmt::format("It is clearly better than a simple linear model on the same rows ({}).", shown));
    chinese.push_back(fmt::format("在相同数据上明显优于简单的线性模型（{}）。", shown));
  } else if (loss.value < line.value) {
    english.push_back(fmt::format("It is better than a simple linear model on the same rows ({}); the intervals overlap.", shown));
    chinese.push_back(fmt::format("在相同数据上优于简单的线性模型（{}），但两者的区间有重叠。", shown));
  } else {
    english.push_back(fmt::format("A simple linear model does as well on the same rows ({}).", shown));
    chinese.push_back(fmt::format("简单的线性模型在相同数据上表现相当（{}）。", shown));
  }
}

// Of all successes, the share in the best-scored tenth.
double reached_by_a_tenth(const Element& metrics) {
  simdjson::dom::array thresholds;
  double reached = 0;
  if (metrics["thresholds"].get(thresholds)) return 0;
  for (Element row : thresholds) {
    if (number(row, "share_flagged") < 0.115) reached = number(row, "recall");
  }
  return reached;
}

void binary_words(std::string& out, const Element& metrics, const Element& ours, const Element& theirs, const Lineage& lineage) {
  const Interval auc = measure(ours, "auc"), lift = measure(ours, "lift_at_10pct"), line = measure(theirs, "auc");
  const double rows = number(ours, "rows"), rate = 100 * number(ours, "positives") / std::max(1.0, rows), reached = 100 * reached_by_a_tenth(metrics);
  const std::string plain = fmt::format("{} = {}", escape_html(lineage.target), escape_html(lineage.positive)), what = "<b>" + plain + "</b>";
  std::vector<std::string> english, chinese;
  if (auc.low <= 0.5) {
    english.push_back("<b>It cannot be told from guessing on these rows: do not act on its scores.</b>");
    chinese.push_back("<b>在这些数据上，它与瞎猜没有可靠的区别：请勿依据其分数行动。</b>");
  }
  english.push_back(fmt::format("It gives every row the chance that {}. That is so in {:.1f} % of the {} rows it learnt from.", what, rate, lineage.rows));
  chinese.push_back(fmt::format("它给出每一行 {} 的概率。在学习所用的 {} 行中，这样的占 {:.1f}%。", what, lineage.rows, rate));
  english.push_back(fmt::format("The tenth of the rows with the highest scores holds {:.0f} % of all with {}: {:.1f} times as many as a tenth taken at random.", reached, what, lift.value));
  chinese.push_back(fmt::format("分数最高的 10% 的行包含全部 {} 的 {:.0f}%，是随机抽取 10% 的 {:.1f} 倍。", what, reached, lift.value));
  say_calibration(measure(ours, "ece").value, rows, english, chinese);
  say_baseline({-auc.value, -auc.high, -auc.low}, {-line.value, -line.high, -line.low}, fmt::format("AUC {:.3f} / {:.3f}", auc.value, line.value), english, chinese);
  out += heading("In short", "要点") + sentences(english, chinese);
  auto card = [](const std::string& value, const std::string& label) { return fmt::format("<div class='card'><b>{}</b>{}</div>", value, label); };
  out += "<div class='cards'>" + card(fmt::format("{:.3f}", auc.value), both("AUC: 0.5 is guessing, 1 is perfect", "AUC：0.5 为瞎猜，1 为完美"));
  out += card(fmt::format("{:.1f} ×", lift.value), both("as many of them in the best-scored tenth as on average", "分数最高的 10% 中，其比例是平均的倍数"));
  out += card(fmt::format("{:.0f} %", reached), both("of all of them are in that tenth", "集中在这 10% 中"));
  out += card(fmt::format("{:.1f} %", rate), both("of all rows have " + plain, "的行为 " + plain)) + "</div>";
}

void number_words(std::string& out, const Element& ours, const Element& theirs, const Lineage& lineage) {
  const Interval r2 = measure(ours, "r2"), mae = measure(ours, "mae"), rmse = measure(ours, "rmse"), line = measure(theirs, "rmse");
  std::vector<std::string> english, chinese;
  if (r2.low <= 0) {
    english.push_back("<b>It cannot be told from saying the mean for every row: do not act on its predictions.</b>");
    chinese.push_back("<b>它与对每一行都预测平均值没有可靠的区别：请勿依据其预测行动。</b>");
  }
  english.push_back(fmt::format("It predicts <b>{}</b> for every row, learnt from {} rows.", escape_html(lineage.target), lineage.rows));
  chinese.push_back(fmt::format("它为每一行预测 <b>{}</b>，学自 {} 行。", escape_html(lineage.target), lineage.rows));
  english.push_back(fmt::format("Its predictions are {:.4g} off on average, and explain {:.0f} % of the differences between rows (100 % would be perfect, 0 % is the mean for everybody).", mae.value, 100 * r2.value));
  chinese.push_back(fmt::format("预测平均相差 {:.4g}，解释了各行差异的 {:.0f}%（100% 为完美，0% 相当于一律取平均值）。", mae.value, 100 * r2.value));
  say_baseline(rmse, line, fmt::format("RMSE {:.4g} / {:.4g}", rmse.value, line.value), english, chinese);
  out += heading("In short", "要点") + sentences(english, chinese);
}

}  // namespace

void binary_or_number_words(std::string& out, const Element& metrics, const Element& ours, const Element& theirs, const Lineage& lineage) {
  Element auc;
  ours["auc"].get(auc) ? number_words(out, ours, theirs, lineage) : binary_words(out, metrics, ours, theirs, lineage);
}

void class_words(std::string& out, const Element& ours, const Element& theirs, const Lineage& lineage) {
  const Interval right = measure(ours, "accuracy"), loss = measure(ours, "log_loss"), line = measure(theirs, "log_loss");
  double rows = 0, most = 0;
  size_t count = 0;
  std::string name;
  simdjson::dom::array classes;
  if (!ours["classes"].get(classes)) {
    count = classes.size();
    for (Element c : classes) {
      rows += number(c, "rows");
      if (number(c, "rows") > most) most = number(c, "rows"), name = escape_html(text(c, "class"));
    }
  }
  const double usual = 100 * most / std::max(1.0, rows);
  std::vector<std::string> english{fmt::format("It gives every row a chance for each of the {} classes of <b>{}</b>, learnt from {} rows.", count, escape_html(lineage.target), lineage.rows)},
      chinese{fmt::format("它为每一行给出 <b>{}</b> 的 {} 个类别各自的概率，学自 {} 行。", escape_html(lineage.target), count, lineage.rows)};
  english.push_back(fmt::format("The class it finds most probable is right in {:.1f} % of the rows; always saying ‘{}’ would be right in {:.1f} %.", 100 * right.value, name, usual));
  chinese.push_back(fmt::format("它认为最可能的类别在 {:.1f}% 的行中正确；一律预测“{}”则为 {:.1f}%。", 100 * right.value, name, usual));
  say_calibration(measure(ours, "ece").value, rows, english, chinese);
  say_baseline(loss, line, fmt::format("log loss {:.3f} / {:.3f}", loss.value, line.value), english, chinese);
  out += heading("In short", "要点") + sentences(english, chinese);
}

void draw_words(std::string& out, const Lineage& lineage) {
  if (lineage.rows_cross_validated == 0 || lineage.rows_cross_validated >= lineage.rows) return;
  out += paragraph(fmt::format("Cross-validated on {} of the {} rows, drawn at random.", lineage.rows_cross_validated, lineage.rows),
                   fmt::format("交叉验证使用随机抽取的 {} 行（共 {} 行）。", lineage.rows_cross_validated, lineage.rows));
}

std::string rows_text(const Lineage& lineage) {
  const bool drawn = lineage.rows_cross_validated > 0 && lineage.rows_cross_validated < lineage.rows;
  return drawn ? fmt::format("{} ({} cross-validated)", lineage.rows, lineage.rows_cross_validated) : std::to_string(lineage.rows);
}

}  // namespace furrow::learn
