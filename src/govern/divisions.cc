#include "govern/divisions.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <vector>

#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kLongestName = 15 * 3;

// 广西壮族自治区 → 广西; 延边朝鲜族自治州 → 延边; 杭州市 → 杭州. "" when too little would be left.
std::string_view short_name(std::string_view name, DivisionLevel level) {
  struct Known { std::string_view full, shortened; };
  static constexpr Known kKnown[] = {{"内蒙古自治区", "内蒙古"}, {"广西壮族自治区", "广西"}, {"西藏自治区", "西藏"}, {"宁夏回族自治区", "宁夏"},
                                     {"新疆维吾尔自治区", "新疆"}, {"香港特别行政区", "香港"}, {"澳门特别行政区", "澳门"}};
  for (const Known& known : kKnown) {
    if (name == known.full) return known.shortened;
  }
  static constexpr std::string_view kPeoples[] = {"蒙古族", "藏族", "回族", "朝鲜族", "土家族苗族", "苗族侗族", "布依族苗族", "哈尼族彝族", "壮族苗族", "傣族景颇族",
                                                  "藏族羌族", "蒙古族藏族", "彝族", "白族", "傣族", "傈僳族", "哈萨克", "柯尔克孜", "蒙古"};
  std::string_view out = name;
  for (std::string_view suffix : {"自治州", "自治县", "自治旗", "地区", "新区", "省", "市", "县", "区", "盟", "旗"}) {
    if (!out.ends_with(suffix)) continue;
    out.remove_suffix(suffix.size());
    break;
  }
  if (name.ends_with("自治州")) {
    std::string_view best = out;
    for (std::string_view people : kPeoples) {
      if (out.ends_with(people) && out.size() - people.size() < best.size()) best = out.substr(0, out.size() - people.size());
    }
    out = best;
  }
  size_t least = level == DivisionLevel::kProvince ? 6 : 6;
  return out.size() >= least && out.size() < name.size() ? out : std::string_view();
}

struct Gazetteer {
  std::vector<Division> all;
  std::unordered_map<int32_t, const Division*> by_code;
  std::unordered_map<std::string_view, std::vector<const Division*>> by_name;

  Gazetteer() {
    std::string_view rest = divisions_data();
    while (!rest.empty()) {
      size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      size_t tab = line.find('\t');
      if (tab != 6) continue;
      Division division;
      std::from_chars(line.data(), line.data() + tab, division.code);
      division.name = line.substr(tab + 1);
      division.level = division.code % 10000 == 0 ? DivisionLevel::kProvince : division.code % 100 == 0 ? DivisionLevel::kCity : DivisionLevel::kDistrict;
      all.push_back(division);
    }
    std::stable_sort(all.begin(), all.end(), [](const Division& a, const Division& b) { return a.level < b.level; });
    for (const Division& division : all) {
      by_code[division.code] = &division;
      // 市辖区, 县, 省直辖县级行政区划 are rows of the table, not names of places.
      if (division.level == DivisionLevel::kCity && (division.name == "市辖区" || division.name == "县" || division.name.find("直辖") != std::string_view::npos)) continue;
      by_name[division.name].push_back(&division);
      if (auto shortened = short_name(division.name, division.level); !shortened.empty()) by_name[shortened].push_back(&division);
    }
  }
};

const Gazetteer& gazetteer() {
  static const Gazetteer table;
  return table;
}

}  // namespace

const Division* find_division(int32_t code) {
  auto at = gazetteer().by_code.find(code);
  return at == gazetteer().by_code.end() ? nullptr : at->second;
}

std::span<const Division* const> divisions_named(std::string_view name) {
  auto at = gazetteer().by_name.find(name);
  if (at == gazetteer().by_name.end()) return {};
  return at->second;
}

bool is_within(int32_t code, int32_t parent) {
  if (parent == 0) return true;
  if (parent % 10000 == 0) return code / 10000 == parent / 10000;
  if (parent % 100 == 0) return code / 100 == parent / 100;
  return code == parent;
}

std::span<const Division* const> divisions_at(std::string_view text, DivisionLevel from, int32_t within, size_t& length) {
  thread_local std::vector<const Division*> found;
  size_t longest = std::min(text.size(), kLongestName) / 3 * 3;
  for (length = longest; length >= 6; length -= 3) {
    found.clear();
    for (const Division* division : divisions_named(text.substr(0, length))) {
      if (division->level >= from && is_within(division->code, within) && division->code != within) found.push_back(division);
    }
    if (!found.empty()) return found;
  }
  length = 0;
  return {};
}

}  // namespace furrow::govern
