#include "learn/report_charts.h"

#include <fmt/format.h>

#include <algorithm>

namespace furrow::learn {
namespace {

constexpr double kSize = 300, kLeft = 46, kTop = 10;

// A square plot of [0, most] x [0, most] with its frame, diagonal and labels; `body` is drawn inside.
struct Plot {
  double most;
  double x(double v) const { return kLeft + kSize * v / most; }
  double y(double v) const { return kTop + kSize * (1 - v / most); }
  std::string frame(std::string_view label, std::string_view across, std::string_view up, const std::string& body) const {
    std::string out = fmt::format("<svg viewBox='0 0 {0} {1}' width='{0}' height='{1}' role='img' aria-label='{2}'>", kLeft + kSize + 16, kTop + kSize + 44, label);
    out += fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='var(--line)'/>", kLeft, kTop, kSize, kSize);
    out += fmt::format("<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='var(--soft)' stroke-dasharray='4 4'/>", x(0), y(0), x(most), y(most)) + body;
    out += fmt::format("<text x='{}' y='{}' text-anchor='middle'>{}</text><text x='{}' y='{}'>0</text><text x='{}' y='{}' text-anchor='end'>{:.0f} %</text>", kLeft + kSize / 2,
                       kTop + kSize + 36, across, kLeft, kTop + kSize + 16, kLeft + kSize, kTop + kSize + 16, most * 100);
    return out + fmt::format("<text x='14' y='{0}' text-anchor='middle' transform='rotate(-90 14 {0})'>{1}</text></svg>", kTop + kSize / 2, up);
  }
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else if (c == '\'') out += "&#39;";
    else out += c;
  }
  return out;
}

std::string calibration_svg(const std::vector<CalibrationBin>& bins) {
  Plot plot{0.05};
  for (const auto& bin : bins) plot.most = std::max({plot.most, bin.predicted, bin.high});
  std::string body;
  for (const auto& bin : bins) {
    body += fmt::format("<line x1='{0:.1f}' y1='{1:.1f}' x2='{0:.1f}' y2='{2:.1f}' stroke='var(--mark)'/><circle cx='{0:.1f}' cy='{3:.1f}' r='4' fill='var(--mark)'/>", plot.x(bin.predicted),
                        plot.y(bin.low), plot.y(bin.high), plot.y(bin.observed));
  }
  return plot.frame("Calibration chart", "predicted 预测", "observed 实际", body);
}

std::string gains_svg(const std::vector<std::pair<double, double>>& points) {
  Plot plot{1};
  std::string line = fmt::format("{:.1f},{:.1f}", plot.x(0), plot.y(0)), dots;
  for (const auto& [share, recall] : points) {
    line += fmt::format(" {:.1f},{:.1f}", plot.x(share), plot.y(recall));
    dots += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='var(--mark)'/>", plot.x(share), plot.y(recall));
  }
  line += fmt::format(" {:.1f},{:.1f}", plot.x(1), plot.y(1));
  return plot.frame("Gains chart", "called 联系", "reached 覆盖", fmt::format("<polyline points='{}' fill='none' stroke='var(--mark)' stroke-width='2'/>", line) + dots);
}

std::string profit_svg(const std::vector<std::pair<double, double>>& points) {
  double low = 0, high = 0;
  for (const auto& [share, money] : points) low = std::min(low, money), high = std::max(high, money);
  if (!(high > low)) high = low + 1;
  auto x = [](double share) { return kLeft + 30 + kSize * share; };
  auto y = [&](double money) { return kTop + kSize * (1 - (money - low) / (high - low)); };
  std::string line, dots;
  for (const auto& [share, money] : points) {
    line += fmt::format("{}{:.1f},{:.1f}", line.empty() ? "" : " ", x(share), y(money));
    dots += fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='3' fill='var(--mark)'/>", x(share), y(money));
  }
  std::string out = fmt::format("<svg viewBox='0 0 {0} {1}' width='{0}' height='{1}' role='img' aria-label='Profit chart'>", kLeft + kSize + 50, kTop + kSize + 44);
  out += fmt::format("<rect x='{}' y='{}' width='{}' height='{}' fill='none' stroke='var(--line)'/>", x(0), kTop, kSize, kSize);
  out += fmt::format("<line x1='{}' y1='{}' x2='{}' y2='{}' stroke='var(--soft)' stroke-dasharray='4 4'/>", x(0), y(0), x(1), y(0));
  out += fmt::format("<polyline points='{}' fill='none' stroke='var(--mark)' stroke-width='2'/>", line) + dots;
  for (double money : {low, high, 0.0}) {
    bool near_edge = money == 0 && (y(0) - y(high) < 14 || y(low) - y(0) < 14) && low != 0 && high != 0;
    if (!near_edge) out += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{:.0f}</text>", x(0) - 4, y(money) + 4, money);
  }
  return out + fmt::format("<text x='{}' y='{}' text-anchor='middle'>called 联系</text><text x='{}' y='{}'>0</text><text x='{}' y='{}' text-anchor='end'>100 %</text></svg>", x(0.5), kTop + kSize + 36,
                           x(0), kTop + kSize + 16, x(1), kTop + kSize + 16);
}

}  // namespace furrow::learn
