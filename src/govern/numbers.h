// Numbers as people write them: money with its currency, percents, grouped digits, Chinese units, quantities with units.
//
// Standard form of a number: digits with at most one point ("1234.50", "-3"); a number that already has it keeps its digits
// as they are ("0.10" stays). Money: the number, and its currency beside it (ISO 4217). Percent: the number and whether it
// was written with a sign. Negative forms: -5, (5), 5-. Which of , and . is the decimal point is told by the text, or by
// the column where the text cannot tell ("1,234"). Threads: any. Cost: about 0.1 µs.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace furrow::govern {

struct Quantity {
  std::string number;    // standard form
  double value = 0;
  std::string currency;  // ISO 4217, "" for none
  std::string unit;      // SI or trade: "kg", "cm", "ml", "%", "‰", "件"; "" for none
};

struct NumberForm {
  char decimal = '.';    // where the text cannot tell: "1,234" is 1234 with '.', 1.234 with ','
};

bool is_plain_number(std::string_view text);
// Nothing when it is not wholly a number with at most one currency or unit. 万, 亿, k, M (with money) multiply.
std::optional<Quantity> read_quantity(std::string_view text, const NumberForm& form = {});
// "¥", "RMB", "人民币", "US$", "EUR" … to ISO 4217; "" for none.
std::string currency_code(std::string_view text);
// A quantity in the unit's base: mass in kg, length in m, volume in l, time in s, data in bytes. False for others.
bool to_base_unit(Quantity& quantity);

}  // namespace furrow::govern
