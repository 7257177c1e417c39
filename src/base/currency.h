// Currencies as people and programs write them beside an amount or in a column of their own, in English, Chinese and by sign.
// A sign that several countries use is the most usual one's: $ is USD, ¥ is CNY. Threads: pure. Cost: a walk over a hundred short texts.
#pragma once
#include <string_view>

namespace furrow {

// The ISO 4217 code of what is a currency and nothing else: "¥", "RMB", "人民币", "US$", "eur", "dollars"; capitals or not. "" for other text.
std::string_view currency_of(std::string_view text);

// Takes the currency ahead of an amount, else the one behind it, off `text` with the blanks between, and gives its code. "" when there is
// none. Only what is not also a word of the language or a unit: "5 pounds" may be a weight.
std::string_view take_currency(std::string_view& text);

}  // namespace furrow
