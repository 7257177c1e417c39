// Texts made comparable: width, case, accents, punctuation and scripts folded away.
//
// `fold` gives two forms of a value. `text` decides equality: lower case, full width to half, traditional to simplified
// characters, HTML entities decoded, punctuation to blanks, apostrophes gone, dots kept between digits. `latin` is what
// the fuzzy measures read: the same in ASCII, Chinese characters as pinyin syllables with blanks between (ICU Any-Latin,
// Latin-ASCII; surnames that are read otherwise by their reading as a surname).
// Threads: any (tables are per thread). Cost: about 10 ns a byte of ASCII, 50 ns another character once it was seen.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::identity {

struct Folded {
  std::string text, latin;
  uint32_t han = 0;  // Chinese characters among them
};
Folded fold(std::string_view value);

// Words at blanks; runs of Chinese characters as overlapping pairs. `folded` is a Folded::text.
std::vector<std::string_view> tokens_of(std::string_view folded);
// Words at blanks only.
std::vector<std::string_view> words_of(std::string_view folded);

// Forms of address taken off either end of a folded name: mr, dr, 先生, 女士 …
std::string_view without_title(std::string_view folded_name);
// "bob" and "robert" give the same; a word that is no known short form gives itself.
std::string_view formal_name(std::string_view given);

struct Day {
  int year = 0, month = 0, day = 0;  // month and day 0: not told
  bool operator==(const Day&) const = default;
};
enum class DayOrder : uint8_t { kDayFirst, kMonthFirst };
// 1990-05-17, 1990/5/17, 19900517, 1990年5月17日, 17/05/1990, 17.5.1990, and any of them followed by a time of day.
// Nothing for what is no date or an impossible one (31 February).
std::optional<Day> parse_day(std::string_view value, DayOrder order);

// The digits of a phone number that stay the same however it is written: the last nine; all when it has fewer.
std::string phone_digits(std::string_view value);
// ASCII digits and letters only, lower case.
std::string letters_and_digits(std::string_view latin);
// A number with thousands separators, currency or percent signs; NaN when it is none.
double parse_amount(std::string_view value);

}  // namespace furrow::identity
