#include "learn/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "base/cut_text.h"
#include "base/time.h"

namespace furrow::learn {
namespace {

constexpr double kLargePsi = 0.25, kSuspectAuc = 0.75, kSeen = 0.05;
constexpr size_t kWarnedInputs = 5;
constexpr double kWorthNaming = 0.2;       // of the largest change the same way
constexpr size_t kLongestLevel = 60;       // bytes
constexpr double kLeastMissing = 0.0005;   // shown as 0.0 %

std::string date_of(double day) { return format_time(Time{static_cast<int64_t>(std::llround(day)) * 86'400'000'000}).substr(0, 10); }

std::string shortened(const std::string& level) {
  if (level.size() <= kLongestLevel) return level;
  size_t end = kLongestLevel;
  while (end > 0 && (static_cast<unsigned char>(level[end]) & 0xC0) == 0x80) --end;
  return level.substr(0, end) + "…";
}

std::string english_name(const LevelShift& shift) {
  if (shift.level.empty()) return "values that training did not have";
  return shift.others == 0 ? fmt::format("'{}'", shortened(shift.level)) : fmt::format("'{}' and {} other{}", shortened(shift.level), shift.others, shift.others == 1 ? "" : "s");
}
std::string chinese_name(const LevelShift& shift) {
  if (shift.level.empty()) return "训练时没有的取值";
  return shift.others == 0 ? fmt::format("“{}”", shortened(shift.level)) : fmt::format("“{}”等 {} 个取值", shortened(shift.level), shift.others + 1);
}

DriftWords words_of_levels(const InputDrift& drift) {
  DriftWords out;
  for (const bool more : {true, false}) {
    std::string english, chinese;
    for (const LevelShift& shift : drift.levels) {
      if ((shift.now > shift.before) != more) continue;
      english += fmt::format("{}{} ({:.1f} % before, {:.1f} % now)", english.empty() ? "" : ", ", english_name(shift), 100 * shift.before, 100 * shift.now);
      chinese += fmt::format("{}{}（{:.1f}% → {:.1f}%）", chinese.empty() ? "" : "、", chinese_name(shift), 100 * shift.before, 100 * shift.now);
    }
    if (english.empty()) continue;
    out.english += fmt::format("{}{}: {}", out.english.empty() ? "" : "; ", more ? "more often" : "less often", english);
    out.chinese += fmt::format("{}{}：{}", out.chinese.empty() ? "" : "；", more ? "变多" : "变少", chinese);
  }
  return out;
}

// Those that changed most, the more frequent before the less frequent.
std::vector<LevelShift> largest(std::vector<LevelShift> shifts) {
  std::stable_sort(shifts.begin(), shifts.end(), [](const LevelShift& a, const LevelShift& b) { return a.now - a.before > b.now - b.before; });
  std::vector<LevelShift> out;
  auto keep = [&](auto begin, auto end, double sign) {
    const double most = begin == end ? 0 : sign * (begin->now - begin->before);
    for (size_t kept = 0; begin != end && kept < kShownShifts; ++begin, ++kept) {
      const double change = sign * (begin->now - begin->before);
      if (!(change > 0) || change < kWorthNaming * most) return;
      out.push_back(*begin);
    }
  };
  keep(shifts.begin(), shifts.end(), 1);
  keep(shifts.rbegin(), shifts.rend(), -1);
  return out;
}

// Levels by what they encode to: of one rate and as many rows they are the same in an encoded row.
std::vector<LevelShift> shifts_of_rates(const InputEncoding& input, double missing_before, const Samples& rows, size_t count) {
  std::map<std::pair<float, float>, LevelShift> shifts;
  double training = 0;
  for (float c : input.counts) training += std::expm1(static_cast<double>(c));
  for (size_t l = 0; l < input.levels.size(); ++l) {
    auto [at, fresh] = shifts.try_emplace({input.rates[l], input.counts[l]});
    if (fresh) at->second.level = input.levels[l];
    else ++at->second.others;
    at->second.before += (1 - missing_before) * std::expm1(static_cast<double>(input.counts[l])) / std::max(1.0, training);
  }
  for (size_t i = 0; i < count; ++i) {
    const float rate = rows.row(i)[input.first_output], known = rows.row(i)[input.first_output + 1];
    if (rate == rate) shifts[known == 0 ? std::pair(input.prior, 0.0f) : std::pair(rate, known)].now += 1 / static_cast<double>(count);
  }
  std::vector<LevelShift> out;
  for (auto& [key, shift] : shifts) out.push_back(std::move(shift));
  return out;
}

}  // namespace

void find_level_shifts(const InputEncoding& input, const std::vector<double>& before, const Samples& rows, size_t count, InputDrift& out) {
  const double there = 1 - out.missing_before;
  std::vector<LevelShift> shifts;
  if (has_rates(input.method)) {
    shifts = shifts_of_rates(input, out.missing_before, rows, count);
  } else {
    const bool two = input.method == EncodingMethod::kBinary;
    std::vector<double> now(input.levels.size(), 0), share = before;
    double unknown = 0;
    for (size_t i = 0; i < count; ++i) {
      const float* cell = rows.row(i) + input.first_output;
      if (cell[0] != cell[0]) continue;
      const size_t level = two ? (cell[0] > 0 ? 1 : 0) : static_cast<size_t>(std::find(cell, cell + now.size(), 1.0f) - cell);
      (level < now.size() ? now[level] : unknown) += 1 / static_cast<double>(count);
    }
    if (two) share = {1 - before[0], before[0]};
    double known = 0;
    for (size_t l = 0; l < now.size(); ++l) {
      shifts.push_back({input.levels[l], 0, there * share[l], now[l]});
      known += share[l];
    }
    shifts.push_back({"", 0, there * std::max(0.0, 1 - known), unknown});
  }
  out.levels = largest(std::move(shifts));
}

DriftWords drift_words(const InputDrift& d) {
  DriftWords out;
  switch (d.method) {
    case EncodingMethod::kBinary:
    case EncodingMethod::kOneHot:
    case EncodingMethod::kTargetRate:
    case EncodingMethod::kNamed: out = words_of_levels(d); break;
    case EncodingMethod::kTime:
      out = {fmt::format("on average {} before, {} now", date_of(d.mean_before), date_of(d.mean_now)), fmt::format("平均日期 {} → {}", date_of(d.mean_before), date_of(d.mean_now))};
      break;
    case EncodingMethod::kWords:
      out = {fmt::format("about {:.0f} words a text before, {:.0f} now; what they say of the target {:+.2g} before, {:+.2g} now", d.length_before, d.length_now, d.mean_before, d.mean_now),
             fmt::format("每条文本约 {:.0f} → {:.0f} 个词；文字对目标的倾向 {:+.2g} → {:+.2g}", d.length_before, d.length_now, d.mean_before, d.mean_now)};
      break;
    default: out = {fmt::format("mean {:.4g} before, {:.4g} now", d.mean_before, d.mean_now), fmt::format("均值 {:.4g} → {:.4g}", d.mean_before, d.mean_now)};
  }
  if (d.missing_now >= 1) out = {};  // nothing else can be said of it
  const bool gaps = std::max(d.missing_before, d.missing_now) >= kLeastMissing;
  if (out.english.empty() && !gaps) return {"no level stands out", "没有突出的取值"};
  if (!gaps) return out;
  out.english += fmt::format("{}missing {:.1f} % before, {:.1f} % now", out.english.empty() ? "" : "; ", 100 * d.missing_before, 100 * d.missing_now);
  out.chinese += fmt::format("{}缺失 {:.1f}% → {:.1f}%", out.chinese.empty() ? "" : "；", 100 * d.missing_before, 100 * d.missing_now);
  return out;
}

std::vector<Warning> unread_cells(const Encoder& encoder, const Dataset& data) {
  std::vector<Warning> out;
  for (const Encoder::Unread& unread : encoder.unread(data)) {
    const bool number = unread.kind == ColumnKind::kNumber;
    const std::string example = std::string(cut_text(unread.example, kLongestLevel));
    out.push_back({"unread_cells", unread.input,
                   fmt::format("column '{}': {} of {} cells cannot be read as {}, such as '{}'; they count as missing", unread.input, unread.cells, data.rows, number ? "a number" : "a time", example),
                   fmt::format("列“{}”：{} 行中有 {} 个单元格不能读作{}，例如“{}”；按缺失处理", unread.input, data.rows, unread.cells, number ? "数字" : "时间", example)});
  }
  return out;
}

std::vector<Warning> Drift::warnings(bool evaluating) const {
  std::vector<Warning> out;
  if (rows < kLeastReferenceRows) return out;
  if (evaluating && seen_in_training > kSeen) {
    out.push_back({"rows_seen", "", fmt::format("about {:.0f} % of these rows were in the training data: the figures flatter the model", 100 * seen_in_training),
                   fmt::format("约 {:.0f}% 的行出现在训练数据中：指标会偏乐观", 100 * seen_in_training)});
  }
  size_t shifted = 0;
  for (const InputDrift& d : inputs) {
    if (d.psi < kLargePsi || d.ks_p > 0.01 || ++shifted > kWarnedInputs) continue;
    const DriftWords words = drift_words(d);
    out.push_back({"drift", d.input, fmt::format("column '{}' differs from training (PSI {:.2f}). {}{}", d.input, d.psi, static_cast<char>(std::toupper(words.english[0])), words.english.substr(1)),
                   fmt::format("列“{}”的分布与训练时不同（PSI {:.2f}）。{}", d.input, d.psi, words.chinese)});
  }
  if (adversarial_auc >= kSuspectAuc) {
    out.push_back({"adversarial", "", fmt::format("a model tells these rows from the training rows with AUC {:.2f} (0.50 would be alike): scores may be off; check the columns, or train again on recent rows", adversarial_auc),
                   fmt::format("一个分类器能以 AUC {:.2f} 区分这些行与训练数据（0.50 表示相同）：分数可能不准，请核对列或用新数据重新训练", adversarial_auc)});
  }
  return out;
}

void write_json(JsonWriter& json, const Drift& drift) {
  json.begin_object().field("rows", drift.rows).field("adversarial_auc", drift.adversarial_auc).field("seen_in_training", drift.seen_in_training);
  json.key("inputs").begin_array();
  for (const InputDrift& d : drift.inputs) {
    json.begin_object().field("input", d.input).field("psi", d.psi).field("ks", d.ks).field("ks_p", d.ks_p);
    json.field("missing_before", d.missing_before).field("missing_now", d.missing_now);
    if (d.method == EncodingMethod::kBinary || d.method == EncodingMethod::kOneHot || has_rates(d.method)) {
      json.key("levels").begin_array();
      for (const LevelShift& shift : d.levels) {
        json.begin_object().key("level");
        if (shift.level.empty()) json.null();
        else json.text(shift.level);
        if (shift.others > 0) json.field("others", shift.others);
        json.field("before", shift.before).field("now", shift.now).end_object();
      }
      json.end_array();
    } else {
      json.field("mean_before", d.mean_before).field("mean_now", d.mean_now);
    }
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace furrow::learn
