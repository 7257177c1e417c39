// What can be somebody's identifier, wherever it comes from. Threads: pure.
#pragma once
#include <algorithm>
#include <string_view>

namespace furrow {

// Segment asks of an identifier only that it is not empty. One of control characters and blanks names nobody, and one with a NUL can stand
// in no address (RFC 3986 leaves it to the server, and ours, as most, refuse %00): such a person could never be asked for.
inline bool is_nameable(std::string_view id) {
  return id.find('\0') == std::string_view::npos && std::any_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; });
}
inline constexpr std::string_view kNotNameable = "has a NUL, or nothing but control characters";

}  // namespace furrow
