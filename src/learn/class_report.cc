#include "learn/class_report.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "learn/guards.h"
#include "learn/lineage.h"
#include "learn/report_charts.h"
#include "learn/report_page.h"
#include "learn/report_tables.h"
#include "learn/report_words.h"

namespace furrow::learn {
namespace {

using Array = simdjson::dom::array;

constexpr int kClassInputs = 5;

constexpr MeasureText kClassMeasures[] = {
    {"log_loss", "Log loss (lower is better)", "对数损失（越低越好）"},
    {"accuracy", "Accuracy: the most probable class is the one that came", "准确率：最可能的类别即实际类别"},
    {"macro_f1", "Macro F1: the mean of the classes' F1", "宏平均 F1"},
    {"auc", "AUC: each class against the rest, the mean", "AUC：各类别对其余类别的平均"},
    {"ece", "ECE: how far the predicted class's probability is from how often it is right", "ECE：预测类别的概率与实际正确率的差距"},
    {"brier", "Brier score (lower is better)", "Brier 分数（越低越好）"},
};

void class_table(std::string& out, const ClassModel& model, const Element& quality) {
  Array classes;
  if (quality["classes"].get(classes)) return;
  out += heading("Each class", "各类别") + "<div class='scroll'><table><tr><th>" + both("class", "类别") + "</th>";
  for (auto [english, chinese] : {std::pair("rows", "行数"), {"predicted", "预测行数"}, {"precision", "精确率"}, {"recall", "召回率"}, {"F1", "F1"}, {"AUC", "AUC"}}) out += "<th class='n'>" + both(english, chinese) + "</th>";
  out += "<th>" + both("what speaks for or against it most", "主要影响因素") + "</th></tr>";
  size_t k = 0;
  for (Element c : classes) {
    simdjson::dom::parser parser;
    Element metrics;
    Array importance;
    std::string inputs;
    if (!parser.parse(model.model(k++).metrics_json()).get(metrics) && !metrics["importance"].get(importance)) {
      int shown = 0;
      for (Element item : importance) {
        if (number(item, "mean_abs_shap") > 0 && shown++ < kClassInputs) inputs += fmt::format("{}{}", inputs.empty() ? "" : ", ", escape_html(text(item, "input")));
      }
    }
    out += fmt::format("<tr><td>{}</td><td class='n'>{:.0f}</td><td class='n'>{:.0f}</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f} %</td><td class='n'>{:.3f}</td><td class='n'>{:.3f}</td><td>{}</td></tr>",
                       escape_html(text(c, "class")), number(c, "rows"), number(c, "predicted"), 100 * number(c, "precision"), 100 * number(c, "recall"), number(c, "f1"), number(c, "auc"), inputs);
  }
  out += "</table></div>";
}

void confusion_table(std::string& out, const ClassModel& model, const Element& quality) {
  Array rows;
  if (quality["confusion"].get(rows)) return;
  out += heading("What is taken for what", "混淆矩阵");
  out += paragraph("A row a class that came, a column a class that was predicted; held-out rows.", "每行为实际类别，每列为预测类别；基于留出数据。");
  out += "<div class='scroll'><table><tr><th></th>";
  for (const auto& name : model.classes()) out += fmt::format("<th class='n'>{}</th>", escape_html(name));
  out += "</tr>";
  size_t k = 0;
  for (Element row : rows) {
    Array counts;
    if (row.get(counts)) continue;
    out += fmt::format("<tr><th>{}</th>", escape_html(model.classes()[std::min(k++, model.classes().size() - 1)]));
    for (Element count : counts) {
      int64_t value = 0;
      if (!count.get(value)) out += fmt::format("<td class='n'>{}</td>", value);
    }
    out += "</tr>";
  }
  out += "</table></div>";
}

}  // namespace

Result<std::string> class_report_html(const ClassModel& model) {
  simdjson::dom::parser parser;
  Element metrics, ours, theirs;
  if (parser.parse(model.metrics_json()).get(metrics) || metrics["cross_validated"].get(ours) || metrics.at_pointer("/baseline/cross_validated").get(theirs)) {
    return Error(ErrorCode::kModelMismatch, "the model has no cross-validated quality to report").at((model.folder() / "classes.json").string());
  }
  FURROW_ASSIGN(Lineage lineage, parse_lineage(model.lineage_json()));
  const std::string title = escape_html(lineage.target);
  std::string out = page_begin(title) + fmt::format("<h1>{}: {}</h1>", both("Model report", "模型报告"), title);
  Array warnings;
  if (!metrics["warnings"].get(warnings) && warnings.size() > 0) {
    out += heading("Warnings", "警告");
    for (const Warning& warning : parse_warnings(simdjson::minify(warnings))) out += "<div class='warning'>" + both(escape_html(warning.english), escape_html(warning.chinese)) + "</div>";
  }
  class_words(out, ours, theirs, lineage);
  quality_table(out, kClassMeasures, ours, theirs, {"multinomial baseline", "多项逻辑回归基线"},
                {"Cross-validated; brackets are 95 % intervals. The baseline is a regularised multinomial logistic regression judged on the same rows.",
                 "交叉验证结果；方括号为 95% 区间。基线为在相同数据上评估的正则化多项逻辑回归。"});
  draw_words(out, lineage);
  class_table(out, model, ours);
  confusion_table(out, model, ours);
  importance_bars(out, metrics, {"What moves the scores", "影响分数的因素"},
                  {"Mean size of the SHAP value over classes, in log-odds of a class against the rest before calibration. It says what the model uses, not what causes the outcome.",
                   "各类别 SHAP 值绝对值的均值，单位为该类别对其余类别的对数几率（校准前）。它说明模型用了什么，而不是因果。"});
  out += heading("Lineage", "来源与版本") + "<div class='scroll'><table>";
  for (const auto& [english, chinese, value] : {std::tuple("data", "数据", fmt::format("{} ({})", lineage.data_file, lineage.data_hash)), {"rows", "行数", rows_text(lineage)},
                                                {"split", "划分方式", lineage.split}, {"trees", "树", fmt::format("{}, depth {}", lineage.rounds, lineage.depth)},
                                                {"probabilities", "概率合成方法", std::string(model.probabilities().method_name())}, {"seed", "随机种子", std::to_string(lineage.seed)},
                                                {"made", "生成", fmt::format("{} by furrow {}", lineage.created, lineage.furrow)}}) {
    out += fmt::format("<tr><td>{}</td><td>{}</td></tr>", both(english, chinese), escape_html(value));
  }
  return out + "</table></div></body></html>\n";
}

}  // namespace furrow::learn
