// Closed lists whose members are written in many ways: gender, yes and no, and a column's own categories.
// Threads: any (CategorySpellings: observed by one thread, then read by any). Cost: under 0.2 µs.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "govern/text_form.h"

namespace furrow::govern {

// "male", "female" or "other" of 男, M, Male, 先生, 女, F, 女士, 其他, X …; with `coded` also of 1 and 2 (0 or 9: nothing;
// ISO/IEC 5218) and, when the column has no 2, of 0 and 1 as female and male.
enum class GenderCode : uint8_t { kNone, kOneTwo, kZeroOne };
std::optional<std::string_view> read_gender(std::string_view text, GenderCode code = GenderCode::kNone);

// true or false of yes/no, y/n, true/false, t/f, on/off, 是/否, 对/错, 有/无, √/×, 1/0.
std::optional<bool> read_boolean(std::string_view text);

// The spellings of a column's categories: those that differ only in case, width, marks, script and blanks are one; the one
// used most often is the standard (ties: the one that sorts last, so lower case wins over capitals). Codes of one letter
// are left alone, as 'a' and 'A' may mean two things. Keeps at most kMostSpellings; beyond that nothing is unified.
class CategorySpellings {
 public:
  static constexpr size_t kMostSpellings = 4096;
  void observe(std::string_view text, uint64_t count = 1);
  void settle();
  bool overflowed() const { return overflowed_; }
  // Itself when it is unknown.
  std::string standard(std::string_view text) const;
  size_t distinct() const { return counts_.size(); }
  // Whether every spelling is one of `words` (lower case) in some case.
  bool all_among(std::initializer_list<std::string_view> words) const;

 private:
  std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>> counts_;
  std::unordered_map<std::string, std::string> standards_;  // by comparison key
  bool overflowed_ = false;
};

}  // namespace furrow::govern
