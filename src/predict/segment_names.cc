#include "predict/segment_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace furrow::predict {
namespace {

struct Words {
  std::vector<std::string_view> names;  // parts of a column's name
  std::string_view high_en, high_zh, low_en, low_zh;
};

// Of several that fit, the first.
const Words kWords[] = {
    {{"recency", "dayssince", "recencydays", "lastpurchase", "最近购买", "未购天数", "最近消费"}, "long inactive", "久未购买", "recently active", "近期活跃"},
    {{"monetary", "spend", "spending", "totalspend", "totalspent", "revenue", "gmv", "amount", "totalamount", "消费", "消费金额", "金额", "销售额", "累计消费"},
     "high spend", "高消费", "low spend", "低消费"},
    {{"frequency", "orders", "ordercount", "purchases", "purchasecount", "购买次数", "订单数", "消费次数", "频次"}, "frequent", "高频购买", "infrequent", "低频购买"},
    {{"income", "annualincome", "salary", "收入", "年收入", "月收入"}, "high income", "高收入", "low income", "低收入"},
    {{"age", "年龄"}, "older", "年长", "younger", "年轻"},
    {{"tenure", "tenuremonths", "tenuredays", "客龄", "会龄", "注册天数"}, "long-standing", "老客户", "new", "新客户"},
    {{"visits", "sessions", "pageviews", "访问次数", "会话数"}, "many visits", "访问多", "few visits", "访问少"},
    {{"aov", "averageordervalue", "avgordervalue", "客单价"}, "big baskets", "高客单价", "small baskets", "低客单价"},
};

std::string plain(std::string_view name) {
  std::string out;
  for (char c : name) {
    if (c == '_' || c == ' ' || c == '-' || c == '.') continue;
    out.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c));
  }
  return out;
}

const Words* words_for(const learn::SpaceColumn& column) {
  const std::string name = plain(column.name);
  for (const Words& words : kWords) {
    if (std::find(words.names.begin(), words.names.end(), name) != words.names.end()) return &words;
  }
  return nullptr;
}

struct Moments {
  std::vector<double> mean;  // group × output, then everybody
  std::vector<double> deviation;
};

Moments moments(const learn::Points& points, const std::vector<uint32_t>& labels, size_t groups) {
  const size_t d = points.columns;
  Moments out{std::vector<double>((groups + 1) * d), std::vector<double>(d)};
  std::vector<double> count(groups + 1), square(d);
  for (size_t i = 0; i < points.rows; ++i) {
    ++count[labels[i]];
    ++count[groups];
    for (size_t j = 0; j < d; ++j) {
      const double v = points.row(i)[j];
      out.mean[labels[i] * d + j] += v;
      out.mean[groups * d + j] += v;
      square[j] += v * v;
    }
  }
  for (size_t g = 0; g <= groups; ++g) {
    for (size_t j = 0; j < d; ++j) out.mean[g * d + j] /= std::max(1.0, count[g]);
  }
  for (size_t j = 0; j < d; ++j) {
    const double mean = out.mean[groups * d + j];
    out.deviation[j] = std::sqrt(std::max(1e-12, square[j] / std::max(1.0, count[groups]) - mean * mean));
  }
  return out;
}

Trait number_trait(const learn::SpaceColumn& column, double effect, const WordsByColumn& given) {
  Trait trait{column.name, "", "", effect};
  if (const auto own = given.find(column.name); own != given.end()) {
    trait.en = effect > 0 ? own->second.high_en : own->second.low_en;
    trait.zh = effect > 0 ? own->second.high_zh : own->second.low_zh;
    return trait;
  }
  // Times are days before the newest: fewer is more recent.
  if (column.time) {
    trait.en = fmt::format("{} {}", effect < 0 ? "recent" : "early", column.name);
    trait.zh = fmt::format("{}{}", column.name, effect < 0 ? "较近" : "较早");
  } else if (const Words* words = words_for(column)) {
    trait.en = effect > 0 ? words->high_en : words->low_en;
    trait.zh = effect > 0 ? words->high_zh : words->low_zh;
  } else {
    trait.en = fmt::format("{} {}", effect > 0 ? "high" : "low", column.name);
    trait.zh = fmt::format("{}{}", column.name, effect > 0 ? "高" : "低");
  }
  return trait;
}

// The level that stands out most, when one does.
std::optional<Trait> level_trait(const learn::SpaceColumn& column, const Moments& m, size_t group, size_t groups, size_t d, const WordsByColumn& given) {
  std::optional<Trait> best;
  const auto own = given.find(column.name);
  const std::string& name = own != given.end() ? own->second.name_en : column.name;
  const std::string& name_zh = own != given.end() ? own->second.name_zh : column.name;
  const bool two = column.outputs == 2 && (column.levels[0] == "0" || column.levels[0] == "false" || column.levels[0] == "No" || column.levels[0] == "no");
  for (size_t l = 0; l < column.outputs; ++l) {
    if (column.levels[l].empty()) continue;
    const size_t at = column.first + l;
    const double everybody = column.shares[l], here = everybody + (m.mean[group * d + at] - m.mean[groups * d + at]) / column.weight;
    const double effect = (m.mean[group * d + at] - m.mean[groups * d + at]) / m.deviation[at];
    const bool common = here >= 0.5 && here - everybody >= 0.15, rare = everybody >= 0.3 && here <= 0.25 * everybody;
    if (!common && !rare) continue;
    if (rare && column.outputs == 2) continue;  // the other level says it
    if (best && std::abs(effect) <= std::abs(best->effect)) continue;
    Trait trait{column.name, "", "", effect};
    const std::string_view between = own != given.end() ? ": " : " ";
    const std::string label = two ? (l == 1 ? name : fmt::format("no {}", name)) : fmt::format("{}{}{}", name, between, column.levels[l]);
    const std::string zh = two ? (l == 1 ? fmt::format("有{}", name_zh) : fmt::format("无{}", name_zh)) : fmt::format("{}为{}", name_zh, column.levels[l]);
    trait.en = common ? (here > 0.95 ? label : "mostly " + label) : "few " + label;
    if (here > 0.95) trait.zh = zh;
    else if (two) trait.zh = "多" + zh;
    else trait.zh = fmt::format("{}{}{}", name_zh, common ? "多为" : "少有", column.levels[l]);
    best = std::move(trait);
  }
  return best;
}

// The traits that tell; of a group that nothing tells apart the two strongest, said with care.
void keep_telling(std::vector<Trait>& traits) {
  auto faint = [](const Trait& t) { return std::abs(t.effect) < kTraitEffect; };
  if (std::all_of(traits.begin(), traits.end(), faint)) {
    std::erase_if(traits, [](const Trait& t) { return std::abs(t.effect) < kFaintEffect; });
    if (traits.size() > 2) traits.resize(2);
    for (Trait& t : traits) {
      t.en = "somewhat " + t.en;
      t.zh = "略" + t.zh;
    }
    return;
  }
  std::erase_if(traits, faint);
}

std::string joined(const std::vector<Trait>& traits, size_t count, bool chinese) {
  std::string out;
  for (size_t i = 0; i < count && i < traits.size(); ++i) {
    if (i > 0) out += chinese ? "·" : ", ";
    out += chinese ? traits[i].zh : traits[i].en;
  }
  return out;
}

}  // namespace

std::vector<SegmentName> name_segments(const learn::ClusterSpace& space, const std::vector<uint32_t>& labels, size_t groups, const WordsByColumn& words) {
  std::vector<SegmentName> out(groups);
  if (groups == 1) {
    out[0].en = "everyone";
    out[0].zh = "全部";
    return out;
  }
  const size_t d = space.points.columns;
  const Moments m = moments(space.points, labels, groups);
  for (size_t g = 0; g < groups; ++g) {
    std::vector<Trait> traits;
    for (const learn::SpaceColumn& column : space.columns) {
      if (column.scale == learn::SpaceScale::kLevels) {
        if (auto trait = level_trait(column, m, g, groups, d, words)) traits.push_back(std::move(*trait));
        continue;
      }
      traits.push_back(number_trait(column, (m.mean[g * d + column.first] - m.mean[groups * d + column.first]) / m.deviation[column.first], words));
    }
    std::stable_sort(traits.begin(), traits.end(), [](const Trait& a, const Trait& b) { return std::abs(a.effect) > std::abs(b.effect); });
    keep_telling(traits);
    // Two columns of one meaning say it once.
    std::set<std::string> said;
    std::erase_if(traits, [&](const Trait& t) { return !said.insert(t.en).second; });
    out[g].traits = std::move(traits);
  }
  // As few traits as tell all groups apart, from two (where they are strong) to six.
  for (size_t g = 0; g < groups; ++g) {
    auto strong = static_cast<size_t>(std::count_if(out[g].traits.begin(), out[g].traits.end(), [](const Trait& t) { return std::abs(t.effect) >= 0.5; }));
    size_t count = std::clamp<size_t>(strong, 1, 3);
    auto taken = [&](const std::string& name) {
      return std::any_of(out.begin(), out.end(), [&](const SegmentName& other) { return &other != &out[g] && joined(other.traits, count, false) == name; });
    };
    while (count < std::min<size_t>(6, out[g].traits.size()) && taken(joined(out[g].traits, count, false))) ++count;
    out[g].en = out[g].traits.empty() ? "close to the average" : joined(out[g].traits, count, false);
    out[g].zh = out[g].traits.empty() ? "接近平均" : joined(out[g].traits, count, true);
  }
  for (size_t g = 0; g < groups; ++g) {
    size_t same = 1;
    for (size_t other = 0; other < g; ++other) same += out[other].en == out[g].en;
    if (same == 1) continue;
    const std::string base_en = out[g].en, base_zh = out[g].zh;
    do {
      out[g].en = fmt::format("{} ({})", base_en, same);
      out[g].zh = fmt::format("{}（{}）", base_zh, same);
      ++same;
    } while (std::any_of(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(g), [&](const SegmentName& o) { return o.en == out[g].en; }));
  }
  return out;
}

}  // namespace furrow::predict
