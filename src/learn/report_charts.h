// The drawings of a model report, as SVG text. Threads: pure.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "learn/metrics.h"

namespace furrow::learn {

std::string escape_html(std::string_view text);
// Predicted against observed, with intervals, on equal axes from 0.
std::string calibration_svg(const std::vector<CalibrationBin>& bins);
// Share called (across) against share of successes reached (up), beside chance. Points by rising share.
std::string gains_svg(const std::vector<std::pair<double, double>>& points);
// Share called (across) against money (up), from the lowest to the highest, with the line of nothing earned.
std::string profit_svg(const std::vector<std::pair<double, double>>& points);

}  // namespace furrow::learn
