// Texts as people typed them and systems mangled them, made plain: width, blanks, controls, broken encodings, script.
//
// Every function is total on valid UTF-8 (bytes that are not are kept as they are), idempotent (twice is once), and
// leaves a text alone that has none of its faults. Not for meaning: nothing here translates or guesses a value.
// Threads: any. Cost: ASCII takes one look at each byte and no allocation beyond the result; the rest is a table a character.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace furrow::govern {

// For hash maps of texts that are asked with views, without a copy.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

bool is_ascii(std::string_view text);
// Decodes the character at `at` and moves past it; U+FFFD and one byte on for bytes that are not UTF-8.
char32_t next_character(std::string_view text, size_t& at);
void append_character(std::string& out, char32_t character);
bool is_han(char32_t character);
bool has_han(std::string_view text);
size_t count_characters(std::string_view text);

// Without blanks (also U+3000, U+00A0, zero-width ones and the byte-order mark) at either end.
std::string_view trim(std::string_view text);
// Printable ASCII without a blank at an end or two together: clean_text leaves it as it is.
bool is_clean_ascii(std::string_view text);
// Trimmed; control and zero-width characters gone (a line break or tab inside stays in `free` texts, else is a blank);
// runs of blanks one blank, unless `free`. For free texts only what cannot be meant is removed.
std::string clean_text(std::string_view text, bool free = false);
// Full-width ASCII (U+FF01 … U+FF5E), the ideographic space and half-width katakana's punctuation as plain ASCII.
std::string fold_width(std::string_view text);
std::string to_lower(std::string_view text);  // Unicode
std::string to_upper(std::string_view text);
// Latin letters without their marks (é → e, ß → ss, ø → o); others stay.
std::string without_marks(std::string_view text);

enum class Script : uint8_t { kNeither, kSimplified, kTraditional };
// By the first character that only one of the two scripts has.
Script han_script(std::string_view text);
// Traditional characters as their simplified form, character by character (ICU's Hant-Hans); not words.
std::string to_simplified(std::string_view text);

// For comparing, not for showing: width, case, marks and script folded, blanks collapsed.
std::string comparison_key(std::string_view text);

// The text that was UTF-8 and was read as Windows-1252/Latin-1 or as GBK, when that explains every character of it;
// nothing for a text that is fine. "CafÃ©" → "Café", "涓枃" → "中文".
std::optional<std::string> repair_mojibake(std::string_view text);
// U+FFFD or what it became on another round (锟斤拷): lost, cannot be repaired.
bool has_lost_characters(std::string_view text);

// "", blanks, N/A, NA, null, none, nil, nan, -, --, ?, unknown, 无, 未知, 空, 暂无, 不详, 未填写 … in any width and case.
// `words` false: only those that no language uses as a value (not "none", "无", "unknown", "-"), for free texts and names.
bool is_missing_marker(std::string_view text, bool words = true);

}  // namespace furrow::govern
