// Characters and blanks of ASCII, whatever the locale says. Bytes of UTF-8 beyond ASCII are none of them.
// Threads: pure.
#pragma once
#include <string_view>

namespace furrow {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without the spaces and tabs at both ends.
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace furrow
