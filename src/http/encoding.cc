#include "http/encoding.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <array>
#include <memory>

namespace furrow::http {
namespace {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};
libdeflate_decompressor* thread_decompressor() {
  thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor(libdeflate_alloc_decompressor());
  return decompressor.get();
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<int8_t, 256> base64_table() {
  std::array<int8_t, 256> table{};
  for (auto& entry : table) entry = -1;
  for (int i = 0; i < 26; ++i) {
    table[static_cast<size_t>('A' + i)] = static_cast<int8_t>(i);
    table[static_cast<size_t>('a' + i)] = static_cast<int8_t>(26 + i);
  }
  for (int i = 0; i < 10; ++i) table[static_cast<size_t>('0' + i)] = static_cast<int8_t>(52 + i);
  table['+'] = table['-'] = 62;
  table['/'] = table['_'] = 63;
  return table;
}

}  // namespace

Result<std::string> gunzip(std::string_view bytes, size_t limit_bytes) {
  std::string out;
  do {
    size_t start = out.size();
    // The last four bytes are the size modulo 2^32 of the last member: right for honest single members, so the first
    // try usually fits; a lie costs one retry at the limit.
    size_t guess = 0;
    if (bytes.size() >= 18) {
      for (int i = 4; i >= 1; --i) guess |= static_cast<size_t>(static_cast<unsigned char>(bytes[bytes.size() - static_cast<size_t>(i)])) << (8 * (4 - i));
    }
    size_t room = std::min(std::max<size_t>(guess, 256), limit_bytes - start);
    while (true) {
      out.resize(start + room);
      size_t used = 0, made = 0;
      auto result = libdeflate_gzip_decompress_ex(thread_decompressor(), bytes.data(), bytes.size(), out.data() + start, room, &used, &made);
      if (result == LIBDEFLATE_SUCCESS) {
        out.resize(start + made);
        bytes.remove_prefix(used);
        break;
      }
      if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
        return Error(ErrorCode::kInvalidArgument, "the body says gzip but cannot be decompressed").in_field("Content-Encoding");
      }
      if (start + room >= limit_bytes) {
        return Error(ErrorCode::kTooLarge, fmt::format("the body is larger than {} bytes when decompressed", limit_bytes));
      }
      room = limit_bytes - start;
    }
  } while (!bytes.empty());
  return out;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = hex(text[i + 1]), low = hex(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus && c == '+' ? ' ' : c;
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty() && pairs.size() < 256) {
    std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    if (part.empty()) continue;
    size_t equals = std::min(part.find('='), part.size());
    auto decode = [](std::string_view text) { return percent_decode(text, true).value_or(std::string(text)); };
    pairs.emplace_back(decode(part.substr(0, equals)), decode(part.substr(std::min(part.size(), equals + 1))));
  }
  return pairs;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  for (auto& [key, value] : parse_query(query)) {
    if (key == name) return std::move(value);
  }
  return std::nullopt;
}

std::optional<std::string> base64_decode(std::string_view text) {
  static constexpr auto kTable = base64_table();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    int value = kTable[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    std::string_view part = cookies.substr(0, cookies.find(';'));
    cookies.remove_prefix(std::min(cookies.size(), part.size() + 1));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') return part.substr(name.size() + 1);
  }
  return {};
}

}  // namespace furrow::http
