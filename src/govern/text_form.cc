#include "govern/text_form.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <unordered_set>
#include <vector>

#include "govern/simplified.h"

namespace furrow::govern {
namespace {

constexpr char32_t kLost = 0xFFFD;
constexpr uint64_t kHighBits = 0x8080808080808080;

bool is_invisible(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7F && c < 0xA0 && c != 0x85) || c == 0xAD ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) || c == 0xFEFF;
}
bool is_blank(char32_t c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }  // meant in Persian, Indic scripts and emoji

template <class Change>
std::string by_wide(std::string_view text, Change change) {
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  change(wide);
  std::string out;
  wide.toUTF8String(out);
  return out;
}

// The bytes that Windows-1252 (or Latin-1 where it has no character) writes for it; -1 for none.
int cp1252_byte(char32_t c) {
  if (c < 0x80 || (c >= 0xA0 && c <= 0xFF)) return static_cast<int>(c);
  if (c >= 0x80 && c < 0xA0) return static_cast<int>(c);
  static constexpr std::array<char32_t, 32> kHigh{0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                                  0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                                  0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};
  for (size_t i = 0; i < kHigh.size(); ++i) {
    if (kHigh[i] == c) return static_cast<int>(0x80 + i);
  }
  return -1;
}

// Strict UTF-8 with at least one character beyond ASCII, all of them accepted.
template <class Accept>
bool reads_as_utf8(std::string_view bytes, Accept accept) {
  bool any = false;
  for (size_t at = 0; at < bytes.size();) {
    size_t before = at;
    char32_t c = next_character(bytes, at);
    if (c == kLost && at == before + 1) return false;
    if (c < 0x80) continue;
    any = true;
    if (!accept(c)) return false;
  }
  return any;
}

bool is_chinese_text(char32_t c) {
  return is_han(c) || (c >= 0x3000 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFFEF) || (c >= 0x2010 && c <= 0x2027);
}

std::optional<std::string> gbk_bytes(std::string_view text) {
  thread_local std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(nullptr, ucnv_close);
  UErrorCode status = U_ZERO_ERROR;
  if (!converter) {
    converter.reset(ucnv_open("gb18030", &status));
    if (U_FAILURE(status)) return {};
    ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  }
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  std::string out(static_cast<size_t>(wide.length()) * 4 + 8, '\0');
  int32_t n = ucnv_fromUChars(converter.get(), out.data(), static_cast<int32_t>(out.size()), wide.getBuffer(), wide.length(), &status);
  if (U_FAILURE(status)) return {};
  out.resize(static_cast<size_t>(n));
  return out;
}

// What a marker in ASCII can begin with.
constexpr std::array<bool, 128> kMarkerStart = [] {
  std::array<bool, 128> out{};
  for (char c : std::string_view("nN#(<\\uUmM-_?./*tTxX")) out[static_cast<size_t>(c)] = true;
  return out;
}();

const std::unordered_set<std::string_view>& sure_markers() {
  static const std::unordered_set<std::string_view> markers{
      "n/a", "#n/a", "na", "null", "(null)", "<null>", "\\n", "nan", "#null!", "#value!", "#ref!", "#div/0!", "undefined", "n.a.",
      "<na>", "not available", "missing", "(blank)", "<empty>"};
  return markers;
}
const std::unordered_set<std::string_view>& word_markers() {
  static const std::unordered_set<std::string_view> markers{
      "none", "nil", "unknown", "-", "--", "---", "—", "——", "_", "?", "??", "???", ".", "/", "*", "tbd", "unspecified", "not specified",
      "无", "未知", "空", "暂无", "不详", "未填写", "未填", "未提供", "没有", "无数据", "缺失", "保密", "无信息", "（空）", "(空)", "n", "x"};
  return markers;
}

}  // namespace

bool is_ascii(std::string_view text) {
  uint64_t all = 0, word = 0;
  size_t at = 0;
  for (; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    all |= word;
  }
  for (; at < text.size(); ++at) all |= static_cast<unsigned char>(text[at]);
  return (all & kHighBits) == 0;
}

char32_t next_character(std::string_view text, size_t& at) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  unsigned first = byte(at);
  if (first < 0x80) return ++at, first;
  size_t length = first >= 0xF0 && first < 0xF5 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first >= 0xF5) return ++at, kLost;
  char32_t c = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    unsigned next = byte(at + i);
    if ((next & 0xC0) != 0x80) return ++at, kLost;
    c = c << 6 | (next & 0x3F);
  }
  bool wrong = (length == 3 && (c < 0x800 || (c >= 0xD800 && c < 0xE000))) || (length == 4 && (c < 0x10000 || c > 0x10FFFF));
  if (wrong) return ++at, kLost;
  at += length;
  return c;
}

void append_character(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_han(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x323AF) || (c >= 0xF900 && c <= 0xFAFF) ||
         c == 0x3007;
}
bool has_han(std::string_view text) {
  if (is_ascii(text)) return false;
  for (size_t at = 0; at < text.size();) {
    if (is_han(next_character(text, at))) return true;
  }
  return false;
}
size_t count_characters(std::string_view text) {
  size_t n = 0;
  for (size_t at = 0; at < text.size(); ++n) next_character(text, at);
  return n;
}

std::string_view trim(std::string_view text) {
  auto stays = [](char c) { return c > ' ' && c < 0x7F; };
  if (!text.empty() && stays(text.front()) && stays(text.back())) return text;
  size_t start = 0;
  while (start < text.size()) {
    size_t at = start;
    char32_t c = next_character(text, at);
    if (!is_blank(c) && !is_invisible(c)) break;
    start = at;
  }
  text.remove_prefix(start);
  while (!text.empty()) {
    size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
    size_t end = at;
    char32_t c = next_character(text, end);
    if (end != text.size() || (!is_blank(c) && !is_invisible(c))) break;
    text = text.substr(0, at);
  }
  return text;
}

// Eight bytes at a time.
bool is_clean_ascii(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) return false;
  uint64_t odd = 0, before = 0;  // before: whether the byte before was a blank, in the highest byte
  for (size_t at = 0; at < text.size(); at += sizeof before) {
    uint64_t word = kOnes * '.';
    std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
    odd |= word | (word - kOnes * ' ') | (word + kOnes);  // the high bit: beyond ASCII, a control, DEL
    uint64_t other = word ^ kOnes * ' ';
    uint64_t blank = ~(((other & ~kHighBits) + ~kHighBits) | other) & kHighBits;
    odd |= blank & (blank << 8 | before >> 56);
    before = blank;
  }
  return (odd & kHighBits) == 0;
}

std::string clean_text(std::string_view text, bool free) {
  if (is_clean_ascii(text)) return std::string(text);
  text = trim(text);
  std::string out;
  out.reserve(text.size());
  bool blank = false;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    if (is_invisible(c) && !(free && is_joiner(c))) continue;
    if (!free && is_blank(c)) {
      blank = true;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += text.substr(from, at - from);
  }
  return out;
}

std::string fold_width(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    if (c >= 0xFF01 && c <= 0xFF5E) append_character(out, c - 0xFF01 + 0x21);
    else if (c == 0x3000) out += ' ';
    else if (c == 0xFFE5) append_character(out, 0xA5);  // ￥
    else out += text.substr(from, at - from);
  }
  return out;
}

std::string to_lower(std::string_view text) {
  if (!is_ascii(text)) return by_wide(text, [](icu::UnicodeString& wide) { wide.toLower(icu::Locale::getRoot()); });
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}
std::string to_upper(std::string_view text) {
  if (!is_ascii(text)) return by_wide(text, [](icu::UnicodeString& wide) { wide.toUpper(icu::Locale::getRoot()); });
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

std::string without_marks(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  icu::UnicodeString wide = nfd->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))), status);
  if (U_FAILURE(status)) return std::string(text);
  std::string decomposed, out;
  wide.toUTF8String(decomposed);
  bool latin = false;
  for (size_t at = 0; at < decomposed.size();) {
    size_t from = at;
    char32_t c = next_character(decomposed, at);
    if (c >= 0x300 && c <= 0x36F && latin) continue;
    latin = c < 0x250;
    if (c == 0xDF) out += "ss";
    else if (c == 0xF8) out += 'o';
    else if (c == 0xD8) out += 'O';
    else if (c == 0xE6) out += "ae";
    else if (c == 0xC6) out += "AE";
    else if (c == 0x142) out += 'l';
    else if (c == 0x141) out += 'L';
    else if (c == 0x111) out += 'd';
    else if (c == 0x131) out += 'i';
    else out += std::string_view(decomposed).substr(from, at - from);
  }
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  return by_wide(out, [&](icu::UnicodeString& joined) { joined = nfc->normalize(joined, status); });
}

Script han_script(std::string_view text) {
  if (is_ascii(text)) return Script::kNeither;
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_character(text, at);
    if (!is_han(c)) continue;
    if (simplified_of(c) != c) return Script::kTraditional;
    if (is_only_simplified(c)) return Script::kSimplified;
  }
  return Script::kNeither;
}

std::string to_simplified(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    if (is_han(c)) append_character(out, simplified_of(c));
    else out += text.substr(from, at - from);
  }
  return out;
}

std::string comparison_key(std::string_view text) {
  return to_lower(without_marks(to_simplified(fold_width(clean_text(text)))));
}

std::optional<std::string> repair_mojibake(std::string_view text) {
  if (is_ascii(text)) return {};
  std::string bytes;
  bool western = true;
  for (size_t at = 0; at < text.size() && western;) {
    int byte = cp1252_byte(next_character(text, at));
    western = byte >= 0;
    bytes += static_cast<char>(byte);
  }
  if (western) {
    if (reads_as_utf8(bytes, [](char32_t c) { return c >= 0xA0; })) return bytes;
    return {};
  }
  if (!has_han(text)) return {};
  auto gbk = gbk_bytes(text);
  if (gbk && reads_as_utf8(*gbk, is_chinese_text) && has_han(*gbk)) return gbk;
  return {};
}

bool has_lost_characters(std::string_view text) {
  return text.find("\xEF\xBF\xBD") != std::string_view::npos || text.find("锟斤拷") != std::string_view::npos;
}

bool is_missing_marker(std::string_view text, bool words) {
  text = trim(text);
  if (text.empty()) return true;
  if (text.size() > 24) return false;
  auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80 && !kMarkerStart[first]) return false;
  // Of all markers only #DIV/0! has a digit: an id is none.
  if (first != '#' && std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  std::string plain = to_lower(fold_width(text));
  return sure_markers().contains(plain) || (words && word_markers().contains(plain));
}

}  // namespace furrow::govern
