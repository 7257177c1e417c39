// The beginning of a text for a message or a sample, never ending within a character.
// Threads: pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace furrow {

// At most `bytes` bytes of UTF-8 text; of bytes that are no UTF-8 at most 3 fewer than that.
constexpr std::string_view cut_text(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  size_t end = bytes;
  for (int back = 0; back < 3 && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80; ++back) --end;
  return text.substr(0, (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80 ? bytes : end);
}

}  // namespace furrow
