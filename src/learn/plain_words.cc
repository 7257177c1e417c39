#include "learn/plain_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace furrow::learn {
namespace {

// The largest of one sign, largest first.
std::vector<const NamedReason*> largest(std::span<const NamedReason> reasons, int sign, double least) {
  std::vector<const NamedReason*> out;
  for (const NamedReason& reason : reasons) {
    if (sign * reason.contribution > 0 && std::abs(reason.contribution) >= least) out.push_back(&reason);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return std::abs(a->contribution) > std::abs(b->contribution); });
  if (out.size() > kReasonsNamed) out.resize(kReasonsNamed);
  return out;
}

std::string named(const NamedReason& reason, const char* missing) { return fmt::format("{} = {}", reason.input, reason.value.empty() ? missing : reason.value); }

std::string english_list(const std::vector<const NamedReason*>& reasons) {
  std::string out;
  for (size_t i = 0; i < reasons.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : i + 1 == reasons.size() ? " and " : ", ", named(*reasons[i], "(missing)"));
  return out;
}
std::string chinese_list(const std::vector<const NamedReason*>& reasons) {
  std::string out;
  for (size_t i = 0; i < reasons.size(); ++i) out += fmt::format("{}{}", i == 0 ? "" : "、", named(*reasons[i], "（缺失）"));
  return out;
}

}  // namespace

PlainWords plain_words(Task task, double score, double usual, std::span<const NamedReason> reasons) {
  double most = 0;
  for (const NamedReason& reason : reasons) most = std::max(most, std::abs(reason.contribution));
  const auto up = largest(reasons, 1, kWorthSaying * most), down = largest(reasons, -1, kWorthSaying * most);
  auto shown = [&](double value, const char* percent) { return task == Task::kBinary ? fmt::format("{:.1f}{}", 100 * value, percent) : fmt::format("{:.4g}", value); };
  PlainWords out{fmt::format("The score is {}, where {} is usual.", shown(score, " %"), shown(usual, " %")),
                 fmt::format("得分为 {}，一般为 {}。", shown(score, "%"), shown(usual, "%"))};
  if (up.empty() && down.empty()) {
    out.english += " Nothing about this row moves it.";
    out.chinese += "该行没有任何信息影响分数。";
    return out;
  }
  auto verb = [](const auto& list, const char* one, const char* several) { return list.size() == 1 ? one : several; };
  if (!up.empty()) {
    out.english += fmt::format(" {} {} it most", english_list(up), verb(up, "raises", "raise"));
    out.chinese += fmt::format("提高分数最多的是 {}", chinese_list(up));
  }
  if (!down.empty()) {
    out.english += fmt::format("{}{} {} it most", up.empty() ? " " : "; ", english_list(down), verb(down, "lowers", "lower"));
    out.chinese += fmt::format("{}降低分数最多的是 {}", up.empty() ? "" : "；", chinese_list(down));
  }
  out.english += ".";
  out.chinese += "。";
  return out;
}

}  // namespace furrow::learn
