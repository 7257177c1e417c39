#include "learn/report_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "learn/report_charts.h"
#include "learn/report_page.h"

namespace furrow::learn {
namespace {

constexpr int kBars = 20;

}  // namespace

double number(const Element& element, const char* name) {
  double value = 0;
  return element[name].get(value) == simdjson::SUCCESS ? value : 0;
}
std::string_view text(const Element& element, const char* name) {
  std::string_view value;
  return element[name].get(value) == simdjson::SUCCESS ? value : std::string_view();
}

void quality_table(std::string& out, std::span<const MeasureText> measures, const Element& model, const Element& baseline,
                   const BothLanguages& baseline_name, const BothLanguages& protocol) {
  out += heading("Quality on rows the model had not seen", "在未见过的数据上的质量");
  out += "<div class='scroll'><table><tr><th></th><th class='n'>" + both("model", "模型") + "</th><th class='n'>" + both(baseline_name.english, baseline_name.chinese) + "</th></tr>";
  auto cell = [](const Element& m) { return fmt::format("{:.4f} <small>[{:.4f}, {:.4f}]</small>", number(m, "value"), number(m, "low"), number(m, "high")); };
  for (const auto& measure : measures) {
    Element ours, theirs;
    if (model[measure.key].get(ours) || baseline[measure.key].get(theirs)) continue;
    out += fmt::format("<tr><td>{}</td><td class='n'>{}</td><td class='n'>{}</td></tr>", both(measure.english, measure.chinese), cell(ours), cell(theirs));
  }
  out += "</table></div>" + paragraph(protocol.english, protocol.chinese);
}

void importance_bars(std::string& out, const Element& metrics, const BothLanguages& title, const BothLanguages& unit) {
  simdjson::dom::array importance;
  if (metrics["importance"].get(importance)) return;
  out += heading(title.english, title.chinese) + paragraph(unit.english, unit.chinese) + "<div class='scroll'><table>";
  double most = 0;
  int shown = 0;
  for (Element item : importance) {
    double value = number(item, "mean_abs_shap");
    if (value <= 0 || ++shown > kBars) continue;
    most = std::max(most, value);
    out += fmt::format("<tr><td>{}</td><td class='n'>{:.3f}</td><td style='width:45%'><span class='bar' style='width:{:.0f}%'></span></td></tr>", escape_html(text(item, "input")), value, 100 * value / most);
  }
  out += "</table></div>";
}

}  // namespace furrow::learn
