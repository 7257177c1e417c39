// JSON that our parser refuses though it is JSON, and with it all that stands beside it in the body or the row: numbers that neither
// a double nor 64 bits hold (ids of 25 digits, 1e999), and half a character (\ud83d alone, from a text that was cut within an emoji).
//
// Threads: pure. Cost: one pass; meant for what the parser has refused.
#pragma once
#include <string>

namespace furrow {

// Puts quotes around such numbers, so that they are read as texts of the same digits, and U+FFFD in the place of half a character;
// false when there was none of both. The text may be anything.
bool ease_json(std::string& json);

}  // namespace furrow
