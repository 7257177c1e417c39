#include "learn/report.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "learn/guards.h"
#include "learn/lineage.h"
#include "learn/report_charts.h"
#include "learn/report_page.h"
#include "learn/report_tables.h"
#include "learn/report_words.h"

namespace furrow::learn {
namespace {

using Array = simdjson::dom::array;

constexpr MeasureText kMeasures[] = {
    {"auc", "AUC: the chance that a positive row ranks above a negative one", "AUC：正例排在负例之前的概率"},
    {"pr_auc", "PR-AUC: average precision", "PR-AUC：平均精确率"},
    {"log_loss", "Log loss (lower is better)", "对数损失（越低越好）"},
    {"brier", "Brier score (lower is better)", "Brier 分数（越低越好）"},
    {"ece", "ECE: how far scores are from rates", "ECE：分数与实际比例的差距"},
    {"lift_at_10pct", "Lift in the best tenth", "前 10% 的提升倍数"},
    {"rmse", "RMSE (lower is better)", "均方根误差（越低越好）"},
    {"mae", "MAE (lower is better)", "平均绝对误差（越低越好）"},
    {"r2", "R²: share of the spread explained", "决定系数 R²"},
};

void warnings(std::string& out, const Element& metrics) {
  Array array;
  if (metrics["warnings"].get(array) != simdjson::SUCCESS || array.size() == 0) return;
  out += heading("Warnings", "警告");
  for (const Warning& warning : parse_warnings(simdjson::minify(array))) {
    out += "<div class='warning'>" + both(escape_html(warning.english), escape_html(warning.chinese)) + "</div>";
  }
}

void charts(std::string& out, const Element& metrics) {
  Array curve, thresholds;
  bool calibrated = metrics["calibration_curve"].get(curve) == simdjson::SUCCESS, ranked = metrics["thresholds"].get(thresholds) == simdjson::SUCCESS;
  if (!calibrated || !ranked) return;
  out += "<div class='flex'><div>" + heading("Calibration", "校准");
  out += paragraph("Ten equal groups by score: what was predicted and what happened (bars: 95 %). On the line, a score of 20 % means 20 in 100.",
                   "按分数分成十等份：预测值与实际发生率（竖线为 95% 区间）。落在对角线上，表示 20% 的分数就是 100 次中 20 次。");
  std::vector<CalibrationBin> bins;
  for (Element b : curve) bins.push_back({0, number(b, "predicted"), number(b, "observed"), number(b, "low"), number(b, "high")});
  out += calibration_svg(bins) + "</div><div>" + heading("Whom the best scores reach", "高分名单能覆盖多少");
  out += paragraph("Call this share of the rows, from the best score down, and reach this share of all successes. Dashed: calling at random.",
                   "按分数从高到低联系多少比例的人，可覆盖多少比例的成功。虚线为随机联系。");
  std::vector<std::pair<double, double>> gains;
  for (Element row : thresholds) gains.emplace_back(number(row, "share_flagged"), number(row, "recall"));
  out += gains_svg(gains) + "</div></div>";
}

// What a general model to begin from was worth.
void transfer_table(std::string& out, const Element& metrics) {
  Element transfer, with, alone, nothing;
  if (metrics["transfer"].get(transfer) || metrics["cross_validated"].get(with) || transfer["general_alone"].get(alone) || transfer["from_nothing"].get(nothing)) return;
  out += heading("Beginning from a general model", "从通用模型开始");
  out += paragraph(fmt::format("The general model counts for {:.2f} in the score. On the same held-out rows: with it, it alone, and the same learners from nothing. Where the intervals overlap, it may not help here.", number(transfer, "weight")),
                   fmt::format("通用模型在分数中的权重为 {:.2f}。在相同的留出数据上：使用它、仅用它、完全不用它。若区间重叠，它在此可能没有帮助。", number(transfer, "weight")));
  out += "<div class='scroll'><table><tr><th></th>";
  for (auto [english, chinese] : {std::pair("with it", "使用"), {"it alone", "仅用通用模型"}, {"from nothing", "不用"}}) out += "<th class='n'>" + both(english, chinese) + "</th>";
  out += "</tr>";
  for (const auto& measure : kMeasures) {
    Element value;
    if (with[measure.key].get(value)) continue;
    out += "<tr><td>" + both(measure.english, measure.chinese) + "</td>";
    for (const Element& quality : {with, alone, nothing}) {
      Element m;
      if (!quality[measure.key].get(m)) out += fmt::format("<td class='n'>{:.4f} <small>[{:.4f}, {:.4f}]</small></td>", number(m, "value"), number(m, "low"), number(m, "high"));
    }
    out += "</tr>";
  }
  out += "</table></div>";
}

// Of a numeric target: what was predicted and what came, group by group.
void tenths_table(std::string& out, const Element& metrics) {
  Array tenths;
  if (metrics["tenths"].get(tenths) != simdjson::SUCCESS || tenths.size() == 0) return;
  out += heading("Predicted and actual", "预测与实际");
  out += paragraph("Held-out rows in ten equal groups by prediction. The means should agree; eight outcomes in ten lie in the range.",
                   "按预测值分成十等份的留出数据。两个均值应一致；十个结果中有八个落在范围内。");
  out += "<div class='scroll'><table><tr>";
  for (auto [english, chinese] : {std::pair("rows", "行数"), {"mean prediction", "平均预测"}, {"mean outcome", "平均实际"}, {"8 in 10 outcomes", "十之八的实际值"}}) out += "<th class='n'>" + both(english, chinese) + "</th>";
  out += "</tr>";
  for (Element t : tenths) {
    out += fmt::format("<tr><td class='n'>{:.0f}</td><td class='n'>{:.5g}</td><td class='n'>{:.5g}</td><td class='n'>{:.5g} – {:.5g}</td></tr>", number(t, "rows"), number(t, "predicted"),
                       number(t, "observed"), number(t, "low"), number(t, "high"));
  }
  out += "</table></div>";
}

// What calling the best-scored share of a thousand rows earns, at every share of the threshold table.
void profit(std::string& out, const Element& metrics, const ReportMoney& money) {
  Array table;
  if (!(money.benefit > 0 && money.cost > 0) || metrics["thresholds"].get(table) != simdjson::SUCCESS) return;
  auto worth = [&](double share, double precision) { return 1000 * share * (precision * money.benefit - money.cost); };
  std::vector<std::pair<double, double>> points{{0, 0}};
  double rate = 0, best = 0, best_share = 0, pays_share = 0;
  for (Element row : table) {
    double share = number(row, "share_flagged"), precision = number(row, "precision"), gain = worth(share, precision);
    if (number(row, "recall") > 0) rate = share * precision / number(row, "recall");
    if (gain > best) best = gain, best_share = share;
    if (number(row, "threshold") >= money.cost / money.benefit) pays_share = share;
    points.emplace_back(share, gain);
  }
  points.emplace_back(1, worth(1, rate));
  out += heading("What it earns", "能赚多少");
  out += paragraph(fmt::format("A success brings {:g}, a call costs {:g}: a call pays from a score of {:.4f}, which is about {:.0f} % of the rows. On the curve the most is {:.0f} per 1,000 rows, "
                               "calling the best {:.0f} %; calling everybody earns {:.0f}. Held-out rows.", money.benefit, money.cost, money.cost / money.benefit, 100 * pays_share, best, 100 * best_share, worth(1, rate)),
                   fmt::format("一次成功带来 {:g}，一次联系花费 {:g}：分数不低于 {:.4f} 时联系才划算，约占 {:.0f} %。曲线最高点为每 1,000 行 {:.0f}（联系分数最高的 {:.0f} %）；全部联系为 {:.0f}。基于留出数据。",
                               money.benefit, money.cost, money.cost / money.benefit, 100 * pays_share, best, 100 * best_share, worth(1, rate)));
  out += profit_svg(points);
}

void thresholds_table(std::string& out, const Element& metrics) {
  Array table;
  if (metrics["thresholds"].get(table) != simdjson::SUCCESS) return;
  out += heading("Thresholds", "阈值") + "<div class='scroll'><table><tr>";
  for (auto [english, chinese] : {std::pair("score at least", "分数不低于"), {"rows called", "选中比例"}, {"of all successes reached (recall)", "覆盖的成功（召回率）"}, {"of these succeed (precision)", "其中成功（精确率）"}, {"pays when a success brings, times a call's cost", "一次成功的收益为联系成本的几倍才划算"}}) {
    out += "<th class='n'>" + both(english, chinese) + "</th>";
  }
  out += "</tr>";
  for (Element row : table) {
    double threshold = number(row, "threshold");
    out += fmt::format("<tr><td class='n'>{:.4f}</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f}</td></tr>", threshold,
                       100 * number(row, "share_flagged"), 100 * number(row, "recall"), 100 * number(row, "precision"), 1 / std::max(threshold, 1e-6));
  }
  out += "</table></div>" + paragraph("A call pays from a score of cost / benefit. For your own money: furrow model evaluate DIR DATA --benefit X --cost Y.",
                                      "当分数不低于 成本 / 收益 时，联系才划算。按您的金额计算：furrow model evaluate DIR DATA --benefit X --cost Y。");
}

void dependence_tables(std::string& out, const Element& metrics) {
  Array dependence;
  if (metrics["dependence"].get(dependence) != simdjson::SUCCESS || dependence.size() == 0) return;
  out += heading("How it moves the score", "如何影响分数");
  out += paragraph("The mean contribution where the column has this value: green raises the score, red lowers it.", "该列取此值时的平均贡献：绿色提高分数，红色降低分数。");
  out += "<div class='flex'>";
  for (Element item : dependence) {
    Array points;
    if (item["points"].get(points) != simdjson::SUCCESS) continue;
    double most = 1e-9;
    for (Element p : points) most = std::max(most, std::abs(number(p, "effect")));
    out += fmt::format("<div><b>{}</b><table>", escape_html(text(item, "input")));
    for (Element p : points) {
      double effect = number(p, "effect");
      out += fmt::format("<tr><td>{}</td><td class='n'>{:+.3f}</td><td style='width:40%'><span class='bar{}' style='width:{:.0f}%'></span></td></tr>", escape_html(text(p, "at")), effect,
                         effect < 0 ? " minus" : "", 100 * std::abs(effect) / most);
    }
    out += "</table></div>";
  }
  out += "</div>";
}

// Of a workspace's model: people seen for the first time up to those seen often.
void history_table(std::string& out, const Element& metrics) {
  Array groups;
  if (metrics.at_pointer("/holdout/by_history").get(groups) || groups.size() == 0) return;
  out += heading("How little it takes to score somebody", "需要多少历史才能评分");
  out += paragraph("Held-out rows by how often the person had been observed before. The first row is people it meets for the first time: it knows what came with them and this visit, and its mean score should still be the rate.",
                   "按此前被观察到的次数划分的留出数据。第一行是首次遇到的人：模型只知道其自带信息和本次访问，平均分仍应等于实际比例。");
  out += "<div class='scroll'><table><tr>";
  for (auto [english, chinese] : {std::pair("seen before", "此前次数"), {"rows", "行数"}, {"rate", "实际比例"}, {"mean score", "平均分"}, {"AUC", "AUC"}}) out += "<th class='n'>" + both(english, chinese) + "</th>";
  out += "</tr>";
  for (Element g : groups) {
    std::string area = number(g, "auc") > 0 ? fmt::format("{:.3f}", number(g, "auc")) : "–";
    out += fmt::format("<tr><td class='n'>{}</td><td class='n'>{:.0f}</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f} %</td><td class='n'>{}</td></tr>", escape_html(text(g, "earlier")), number(g, "rows"),
                       100 * number(g, "rate"), 100 * number(g, "mean_score"), area);
  }
  out += "</table></div>";
}

// Of a workspace's model of actions: what choosing by it was worth.
void choice_table(std::string& out, const Element& metrics) {
  Element choice, part;
  if (metrics.at_pointer("/holdout/choice").get(choice)) return;
  out += heading("What choosing for each person is worth", "为每个人选择动作的价值");
  out += paragraph("Told from held-out rows by the doubly robust estimate: the model's probabilities, mended where the action taken happened to be the one it would choose. The best action for everybody is the one of the highest mean probability, "
                   "valued in the same way. It holds as far as the reasons for which actions were taken are among the inputs and each action was sometimes taken for people of every kind; a hold-out in service says it for certain.",
                   "根据留出数据用双重稳健估计得出：以模型概率为基础，在实际动作恰好等于模型选择处加以修正。“对所有人最好的动作”指平均模型概率最高的动作，用同样的方法估值。只要当初采取动作的原因都在输入中，且各类人都曾有过各种动作，该估计就成立；上线后的对照组给出确定的答案。");
  out += "<div class='scroll'><table><tr><th></th><th class='n'>" + both("rate", "比例") + "</th><th class='n'>" + both("95 % interval", "95% 区间") + "</th></tr>";
  auto row = [&](const std::string& name, const char* key, const char* unit) {
    if (choice[key].get(part)) return;
    out += fmt::format("<tr><td>{}</td><td class='n'>{:.2f}{}</td><td class='n'>{:.2f} – {:.2f}</td></tr>", name, 100 * number(part, "value"), unit, 100 * number(part, "low"), 100 * number(part, "high"));
  };
  row(both("by the model, for each person", "按模型逐人选择"), "chosen", " %");
  row(both("the best one for everybody", "对所有人最好的动作") + " (" + escape_html(text(choice, "best_action")) + ")", "best_for_all", " %");
  out += fmt::format("<tr><td>{}</td><td class='n'>{:.2f} %</td><td></td></tr>", both("what was done", "实际做法"), 100 * number(choice, "as_it_was"));
  row(both("the model over the best for everybody, points", "模型比对所有人最好的动作高（百分点）"), "gain", "");
  row(both("the model over what was done, points", "模型比实际做法高（百分点）"), "gain_over_past", "");
  out += "</table></div>";
}

// Pairs of inputs that move the score together, beyond each alone.
void interactions_table(std::string& out, const Element& metrics) {
  Array interactions;
  if (metrics["interactions"].get(interactions) || interactions.size() == 0) return;
  out += heading("What works together", "哪些因素共同起作用");
  out += paragraph("The strongest pairs: how much two columns move the score together beyond what each does alone (mean size of the SHAP interaction value, in log-odds or units of the target). "
                   "A strong pair means that the effect of one column depends on the other.",
                   "最强的组合：两列共同作用超出各自单独作用的部分（SHAP 交互值绝对值的均值，单位为对数几率或目标的单位）。组合越强，一列的作用越取决于另一列的取值。");
  out += "<div class='scroll'><table>";
  double most = 1e-12;
  for (Element pair : interactions) most = std::max(most, number(pair, "strength"));
  for (Element pair : interactions) {
    double strength = number(pair, "strength");
    out += fmt::format("<tr><td>{} × {}</td><td class='n'>{:.3f}</td><td style='width:45%'><span class='bar' style='width:{:.0f}%'></span></td></tr>", escape_html(text(pair, "first")),
                       escape_html(text(pair, "second")), strength, 100 * strength / most);
  }
  out += "</table></div>";
}

void slices_table(std::string& out, const Element& metrics) {
  Array slices;
  if (metrics["slices"].get(slices) != simdjson::SUCCESS || slices.size() == 0) return;
  out += heading("Parts of the rows, and fairness", "分群表现与公平性");
  out += paragraph("Held-out rows by the value of a column. Mean score and rate should agree in every group; \"reached\" is the share of the group's successes that calling the best-scored tenth of all rows reaches. "
                   "Look here whether a group that must not be treated differently is.",
                   "按列的取值划分的留出数据。各群的平均分应与实际比例一致；“覆盖”是联系总分最高的 10% 时，该群成功者被覆盖的比例。请检查不应被区别对待的群体是否受到了不同对待。");
  out += "<div class='scroll'><table><tr><th>" + both("group", "群体") + "</th>";
  for (auto [english, chinese] : {std::pair("rows", "行数"), {"rate", "实际比例"}, {"mean score", "平均分"}, {"AUC", "AUC"}, {"reached", "覆盖"}}) out += "<th class='n'>" + both(english, chinese) + "</th>";
  out += "</tr>";
  for (Element s : slices) {
    std::string area = number(s, "auc") > 0 ? fmt::format("{:.3f}", number(s, "auc")) : "–";
    out += fmt::format("<tr><td>{}: {}</td><td class='n'>{:.0f}</td><td class='n'>{:.1f} %</td><td class='n'>{:.1f} %</td><td class='n'>{}</td><td class='n'>{:.0f} %</td></tr>", escape_html(text(s, "input")),
                       escape_html(text(s, "part")), number(s, "rows"), 100 * number(s, "rate"), 100 * number(s, "mean_score"), area, 100 * number(s, "reached_share"));
  }
  out += "</table></div>";
}

void lineage_table(std::string& out, const Model& model, const Element& metrics, const Lineage& lineage) {
  out += heading("Lineage", "来源与版本") + "<div class='scroll'><table>";
  auto row = [&](std::string_view english, std::string_view chinese, const std::string& value) {
    out += fmt::format("<tr><td>{}</td><td>{}</td></tr>", both(english, chinese), escape_html(value));
  };
  std::string parts;
  Array blend;
  if (metrics["blend"].get(blend) == simdjson::SUCCESS) {
    for (Element part : blend) {
      if (number(part, "weight") > 0) parts += fmt::format("{}{} × {:.2f}", parts.empty() ? "" : ", ", text(part, "part"), number(part, "weight"));
    }
  }
  row("data", "数据", fmt::format("{} ({})", lineage.data_file, lineage.data_hash));
  row("rows", "行数", rows_text(lineage));
  row("inputs", "输入列", std::to_string(lineage.inputs));
  row("split", "划分方式", lineage.split);
  row("parts, by weight", "组成（权重）", parts);
  row("trees", "树", fmt::format("{}, depth {}", lineage.rounds, lineage.depth));
  row("calibration", "校准方法", std::string(model.calibration().method_name()));
  row("seed", "随机种子", std::to_string(lineage.seed));
  row("made", "生成", fmt::format("{} by furrow {}", lineage.created, lineage.furrow));
  out += "</table></div>";
}

}  // namespace

Result<std::string> model_report_html(const Model& model, const ReportMoney& money) {
  simdjson::dom::parser parser;
  Element metrics, ours, theirs;
  if (parser.parse(model.metrics_json()).get(metrics) != simdjson::SUCCESS || metrics["cross_validated"].get(ours) != simdjson::SUCCESS ||
      metrics.at_pointer("/baseline/cross_validated").get(theirs) != simdjson::SUCCESS) {
    return Error(ErrorCode::kModelMismatch, "the model's metrics.json has no cross-validated quality to report").at((model.folder() / "metrics.json").string());
  }
  FURROW_ASSIGN(Lineage lineage, parse_lineage(model.lineage_json()));
  std::string title = escape_html(lineage.positive.empty() ? lineage.target : fmt::format("{} = {}", lineage.target, lineage.positive));
  std::string out = page_begin(title);
  out += fmt::format("<h1>{}: {}</h1>", both("Model report", "模型报告"), title);
  warnings(out, metrics);
  binary_or_number_words(out, metrics, ours, theirs, lineage);
  quality_table(out, kMeasures, ours, theirs, {"linear baseline", "线性基线"},
                {"Cross-validated; brackets are 95 % intervals. The baseline is a regularised linear model judged on the same rows.",
                 "交叉验证结果；方括号为 95% 区间。基线为在相同数据上评估的正则化线性模型。"});
  draw_words(out, lineage);
  transfer_table(out, metrics);
  charts(out, metrics);
  tenths_table(out, metrics);
  profit(out, metrics, money);
  thresholds_table(out, metrics);
  importance_bars(out, metrics, {"What moves the score", "影响分数的因素"},
                  {"Mean size of the SHAP value (path-dependent, exact), in log-odds before calibration (or units of the target). It says what the model uses, not what causes the outcome. "
                   "Values against rows of your choice: furrow model explain DIR DATA --method interventional.",
                   "SHAP 值（路径依赖，精确）绝对值的均值，单位为校准前的对数几率（或目标的单位）。它说明模型用了什么，而不是因果。与您选定的数据行相比：furrow model explain DIR DATA --method interventional。"});
  dependence_tables(out, metrics);
  interactions_table(out, metrics);
  choice_table(out, metrics);
  history_table(out, metrics);
  slices_table(out, metrics);
  lineage_table(out, model, metrics, lineage);
  out += "</body></html>\n";
  return out;
}

}  // namespace furrow::learn
