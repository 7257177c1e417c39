#include "learn/report.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "learn/lineage.h"

namespace furrow::learn {
namespace {

using Element = simdjson::dom::element;

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

double number(const Element& element, const char* name) {
  double value = 0;
  return element[name].get(value) == simdjson::SUCCESS ? value : 0;
}

struct MeasureText {
  const char* key;
  const char* english;
  const char* chinese;
};
constexpr MeasureText kMeasures[] = {
    {"auc", "AUC: a buyer ranks above a non-buyer", "AUC：正例排在负例之前的概率"},
    {"pr_auc", "PR-AUC: average precision", "PR-AUC：平均精确率"},
    {"log_loss", "Log loss", "对数损失"},
    {"brier", "Brier score", "Brier 分数"},
    {"ece", "ECE: calibration error", "ECE：校准误差"},
    {"lift_at_10pct", "Lift in the best tenth", "前 10% 的提升倍数"},
    {"rmse", "RMSE", "均方根误差"},
    {"mae", "MAE", "平均绝对误差"},
    {"r2", "R²", "决定系数 R²"},
};

void quality_table(std::string& out, const Element& model, const Element& baseline) {
  out += "<h2>Quality, cross-validated <span>交叉验证质量</span></h2><table><tr><th></th><th>Model 模型</th><th>Baseline 基线</th></tr>";
  auto cell = [](const Element& m) { return fmt::format("{:.4f} <small>[{:.4f}, {:.4f}]</small>", number(m, "value"), number(m, "low"), number(m, "high")); };
  for (const auto& measure : kMeasures) {
    Element ours, theirs;
    if (model[measure.key].get(ours) != simdjson::SUCCESS || baseline[measure.key].get(theirs) != simdjson::SUCCESS) continue;
    out += fmt::format("<tr><td>{}<br><span>{}</span></td><td>{}</td><td>{}</td></tr>", measure.english, measure.chinese, cell(ours), cell(theirs));
  }
  out += "</table><p><small>Brackets: 95 % intervals. The baseline is a regularised linear model on the same folds. "
         "方括号为 95% 区间；基线为同一折上的正则化线性模型。</small></p>";
}

void calibration_chart(std::string& out, const simdjson::dom::array& curve) {
  constexpr double kSize = 320, kLeft = 46, kTop = 10;
  double most = 0.05;
  for (Element bin : curve) most = std::max({most, number(bin, "predicted"), number(bin, "high")});
  auto x = [&](double p) { return kLeft + kSize * p / most; };
  auto y = [&](double p) { return kTop + kSize * (1 - p / most); };
  out += "<h2>Calibration <span>校准</span></h2><p>Ten equal groups by score: what was predicted, and what happened (bars: 95 %). "
         "On the line, a score of 20 % means 20 in 100. 按分数分成十等份：预测值与实际发生率。</p>";
  out += fmt::format("<svg viewBox='0 0 {0} {1}' width='{0}' height='{1}' role='img' aria-label='Calibration chart'>", kLeft + kSize + 20, kTop + kSize + 44);
  out += fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='#bbb'/>", kLeft, kTop, kSize, kSize);
  out += fmt::format("<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='#999' stroke-dasharray='4 4'/>", x(0), y(0), x(most), y(most));
  for (Element bin : curve) {
    double at = x(number(bin, "predicted"));
    out += fmt::format("<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' stroke='#2f7d4f'/><circle cx='{0:.1f}' cy='{3:.1f}' r='4' fill='#2f7d4f'/>", at,
                       y(number(bin, "low")), y(number(bin, "high")), y(number(bin, "observed")));
  }
  out += fmt::format("<text x='{}' y='{}' text-anchor='middle'>predicted 预测</text><text x='{}' y='{}'>0</text><text x='{}' y='{}' text-anchor='end'>{:.0f} %</text>",
                     kLeft + kSize / 2, kTop + kSize + 36, kLeft, kTop + kSize + 16, kLeft + kSize, kTop + kSize + 16, most * 100);
  out += fmt::format("<text x='14' y='{0}' text-anchor='middle' transform='rotate(-90 14 {0})'>observed 实际</text></svg>", kTop + kSize / 2);
}

void importance_bars(std::string& out, const simdjson::dom::array& importance) {
  out += "<h2>What moves the score <span>影响分数的因素</span></h2><p>Mean size of the SHAP value, in log-odds before calibration (or units of the target). "
         "SHAP 值绝对值的均值，单位为校准前的对数几率（或目标的单位）。</p><table>";
  double most = 0;
  int shown = 0;
  for (Element item : importance) {
    std::string_view name;
    double value = number(item, "mean_abs_shap");
    if (item["input"].get(name) != simdjson::SUCCESS || value <= 0 || ++shown > 20) continue;
    most = std::max(most, value);
    out += fmt::format("<tr><td>{}</td><td><div class='bar' style='width:{:.0f}px'></div> {:.3f}</td></tr>", escape(name), 240 * value / most, value);
  }
  out += "</table>";
}

void threshold_rows(std::string& out, const simdjson::dom::array& table) {
  out += "<h2>Thresholds <span>阈值</span></h2><table><tr><th>score ≥ 分数</th><th>flagged 选中</th><th>recall 召回率</th><th>precision 精确率</th></tr>";
  for (Element row : table) {
    out += fmt::format("<tr><td>{:.4f}</td><td>{:.1f} %</td><td>{:.1f} %</td><td>{:.1f} %</td></tr>", number(row, "threshold"), 100 * number(row, "share_flagged"),
                       100 * number(row, "recall"), 100 * number(row, "precision"));
  }
  out += "</table>";
}

}  // namespace

Result<std::string> model_report_html(const Model& model) {
  simdjson::dom::parser parser;
  Element metrics, ours, theirs;
  if (parser.parse(model.metrics_json()).get(metrics) != simdjson::SUCCESS || metrics["cross_validated"].get(ours) != simdjson::SUCCESS ||
      metrics.at_pointer("/baseline/cross_validated").get(theirs) != simdjson::SUCCESS) {
    return Error(ErrorCode::kModelMismatch, "the model's metrics.json has no cross-validated quality to report").at((model.folder() / "metrics.json").string());
  }
  FURROW_ASSIGN(Lineage lineage, parse_lineage(model.lineage_json()));
  std::string title = lineage.positive.empty() ? lineage.target : fmt::format("{} = {}", lineage.target, lineage.positive);
  std::string out = fmt::format(
      "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{0}</title><style>"
      "body{{font:15px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:760px;margin:2em auto;padding:0 1em;color:#222;background:#fff}}"
      "h1{{font-size:1.5em}}h2{{font-size:1.15em;margin-top:1.8em}}span,small{{color:#666;font-weight:normal}}table{{border-collapse:collapse}}"
      "td,th{{padding:4px 14px 4px 0;text-align:left;border-bottom:1px solid #e5e5e5;vertical-align:top}}text{{font-size:12px;fill:#444}}"
      ".bar{{display:inline-block;height:10px;background:#2f7d4f}}"
      "@media(prefers-color-scheme:dark){{body{{background:#181a1b;color:#ddd}}td,th{{border-color:#333}}text{{fill:#aaa}}span,small{{color:#999}}}}"
      "</style></head><body><h1>Model of {0} <span>模型报告</span></h1>",
      escape(title));
  quality_table(out, ours, theirs);
  simdjson::dom::array array;
  if (metrics["calibration_curve"].get(array) == simdjson::SUCCESS) calibration_chart(out, array);
  if (metrics["importance"].get(array) == simdjson::SUCCESS) importance_bars(out, array);
  if (metrics["thresholds"].get(array) == simdjson::SUCCESS) threshold_rows(out, array);
  out += "<h2>Lineage <span>来源</span></h2><table>";
  auto row = [&](const char* name, const std::string& value) { out += fmt::format("<tr><td>{}</td><td>{}</td></tr>", name, escape(value)); };
  row("data 数据", fmt::format("{} ({})", lineage.data_file, lineage.data_hash));
  row("rows 行数", std::to_string(lineage.rows));
  row("inputs 输入列", std::to_string(lineage.inputs));
  row("split 划分", lineage.split);
  row("trees 树", fmt::format("{} of depth {}", lineage.rounds, lineage.depth));
  row("calibration 校准", std::string(model.calibration().method_name()));
  row("seed 随机种子", std::to_string(lineage.seed));
  row("made 生成", fmt::format("{} by furrow {}", lineage.created, lineage.furrow));
  out += "</table></body></html>\n";
  return out;
}

}  // namespace furrow::learn
