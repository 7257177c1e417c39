// Dates as business files write them, told from a whole column: 26-02-2018 19:58, 02/26/2018, 2018/2/26, 31-Jul-18,
// Jul 31, 2018, 2018年2月26日, 20180226.
//
// Day first or month first is decided by the column (a number above 12 in either place); when every value would fit
// both, day first after '-' and '.', month first after '/'. Two-digit years are 1970 to 2069. Zone: UTC.
// ISO 8601 is parse_time's (base/time.h). Threads: pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::learn {

// Seconds since 1970 of each text, NaN for those that are absent; nothing when one is no such date, or none is there.
std::optional<std::vector<double>> read_dates(const std::vector<std::string>& texts);

}  // namespace furrow::learn
