// Telephone numbers to E.164 ("+8613812345678"), judged by libphonenumber's numbering plans.
//
// Read: any width of digits, blanks, dashes, dots, brackets, 00 and + prefixes, (+86), 086-, trunk zeros, Chinese landlines
// (010-8888 6666, (0571)87654321), service numbers (400-800-8888), extensions (转 801, ext. 12, x12, #12: kept as
// ";ext=801" after the number, RFC 3966), "tel:", several labels (电话:, Mobile:), and spreadsheet damage (1.38E+10 is lost
// and told as such; "13812345678.0" is mended).
// A number without a country code is read in the region given; it must be valid there: nothing is guessed from length alone.
// Threads: any. Cost: under 0.2 µs for a Chinese mobile or a +86 one, 5 to 40 µs for others (libphonenumber).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::govern {

struct Phone {
  std::string e164;       // with ";ext=…" when it has an extension
  std::string region;     // ISO 3166-1 alpha-2 of the number; "" when several share it or none does (400 numbers: "CN")
  bool mobile = false;
  bool international = false;  // written with its country code
};

// Nothing when it is no valid number in `region` ("CN") nor by its own country code.
std::optional<Phone> read_phone(std::string_view text, std::string_view region);

// The region of a column's numbers that carry no country code: of about two dozen, the one in which most of them are valid
// (the first with three quarters ends the search; `hint`, "" for none, goes first); `hint` when none makes half of them valid.
std::string infer_region(std::span<const std::string> sample, std::string_view hint = {});

// "+" and 7 to 15 digits, a valid number, with nothing but ";ext=".
bool is_standard_phone(std::string_view text);

// A number that stands for nobody: all digits equal, a run (12345678), 13800000000 and 13800138000.
bool is_dummy_phone(std::string_view e164);

}  // namespace furrow::govern
