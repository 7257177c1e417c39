#include "learn/word_leaks.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/ascii.h"
#include "learn/words.h"

namespace furrow::learn {
namespace {

constexpr size_t kFieldBytes = 16'000;  // of a text that is looked through for fields
constexpr size_t kLongestKey = 40, kLongestValue = 60;
constexpr double kLeastOfLabel = 30;    // rows of a label, to say what they have in common
constexpr double kNearlyAsGood = 0.97;  // a field is named rather than a word of it that tells hardly more
constexpr double kPiecesOfText = 1.5;   // a cell, else the column is of plain levels, which are looked at as such

bool is_key_byte(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80; }

// Whether a full-width mark, of three bytes, begins here.
bool is_wide(std::string_view text, size_t at, std::string_view mark) { return text.substr(at, mark.size()) == mark; }
bool ends_value(std::string_view text, size_t at, bool quoted) {
  const char c = text[at];
  if (quoted) return c == '"';
  if (c == ',' || c == ';' || c == '|' || c == '}' || c == ']' || c == '\n' || c == '\r' || c == '&' || c == ' ' || c == '"' || c == '<') return true;
  for (std::string_view mark : {"，", "；", "。", "、", "）"}) {
    if (is_wide(text, at, mark)) return true;
  }
  return false;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

// The key that ends before `end`: its last word, or all between quotes.
std::string_view key_before(std::string_view text, size_t end) {
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '"')) --end;
  size_t begin = end;
  while (begin > 0 && is_key_byte(text[begin - 1]) && end - begin <= kLongestKey) --begin;
  std::string_view key = text.substr(begin, end - begin);
  for (std::string_view mark : {"，", "；", "。", "、", "（"}) {
    if (const size_t at = key.rfind(mark); at != key.npos) key.remove_prefix(at + mark.size());
  }
  return key;
}

void for_each_field(std::string_view text, const std::function<void(std::string_view)>& visit) {
  text = text.substr(0, kFieldBytes);
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t mark = text[at] == ':' || text[at] == '=' ? 1 : is_wide(text, at, "：") ? 3 : 0;
    if (mark == 0) continue;
    const std::string_view key = key_before(text, at);
    if (key.empty() || key.size() > kLongestKey || is_digit(key[0])) continue;
    size_t begin = at + mark;
    while (begin < text.size() && text[begin] == ' ') ++begin;
    const bool quoted = begin < text.size() && text[begin] == '"';
    begin += quoted;
    size_t end = begin;
    while (end < text.size() && end - begin <= kLongestValue && !ends_value(text, end, quoted)) ++end;
    const std::string name = lowered(key) + ":";
    visit(name);
    if (end > begin && end - begin <= kLongestValue && text[begin] != '/' && text[begin] != '{' && text[begin] != '[') visit(name + " " + lowered(text.substr(begin, end - begin)));
  }
}

struct Piece {
  bool field = false;
  double rows[2] = {0, 0};  // without and with the label
};

// How much a piece tells of a label, as the difference of the shares; nothing when it is not enough.
std::optional<WordLeak> judge(const Piece& piece, const double (&count)[2], bool positive) {
  const double share = piece.rows[positive] / count[positive], other = piece.rows[!positive] / count[!positive];
  const double cautious = (piece.rows[!positive] + 1) / (count[!positive] + 1);  // none among few rows is not never
  if (!(share >= kWidely && cautious * kRarely <= share) && !(share >= kMostly && cautious * kLess <= share)) return std::nullopt;
  return WordLeak{"", piece.field, positive, share, other};
}

}  // namespace

std::optional<WordLeak> find_word_leak(const Column& column, const std::vector<uint32_t>& rows, const std::vector<float>& labels) {
  if (column.kind != ColumnKind::kText) return std::nullopt;
  const size_t stride = std::max<size_t>(1, rows.size() / kLeakTexts);
  std::vector<double> level_rows[2] = {std::vector<double>(column.levels.size(), 0), std::vector<double>(column.levels.size(), 0)};
  double count[2] = {0, 0}, cells = 0, pieces = 0;
  for (size_t i = 0; i < rows.size(); i += stride) {
    const bool positive = labels[i] > 0;
    ++count[positive];
    if (!column.missing(rows[i])) ++level_rows[positive][static_cast<size_t>(column.codes[rows[i]])];
  }
  if (std::min(count[0], count[1]) < kLeastOfLabel) return std::nullopt;
  std::unordered_map<std::string, Piece> found;
  std::unordered_set<std::string> own;
  for (size_t level = 0; level < column.levels.size(); ++level) {
    const double without = level_rows[0][level], with = level_rows[1][level];
    if (without + with == 0) continue;
    own.clear();
    auto add = [&](std::string_view text, bool field) {
      auto [place, fresh] = own.emplace(text);
      if (!fresh) return;
      Piece& piece = found[*place];
      piece.field = field;
      piece.rows[0] += without, piece.rows[1] += with;
    };
    for_each_word(column.levels[level], [&](std::string_view word) { add(word, false); });
    for_each_field(column.levels[level], [&](std::string_view field) { add(field, true); });
    cells += without + with;
    pieces += static_cast<double>(own.size()) * (without + with);
  }
  if (pieces < kPiecesOfText * cells) return std::nullopt;
  std::optional<WordLeak> best;
  auto tells = [](const WordLeak& leak) { return (leak.share - leak.other_share) / (leak.field ? kNearlyAsGood : 1); };
  for (const auto& [words, piece] : found) {
    for (bool positive : {true, false}) {
      auto leak = judge(piece, count, positive);
      if (!leak) continue;
      leak->words = words;
      // Of equals the one of the positive label and the longer one say more, and ties are not left to the map's order.
      const auto rank = [&](const WordLeak& l) { return std::tuple(tells(l), l.positive, l.words.size(), std::string_view(l.words)); };
      if (!best || rank(*leak) > rank(*best)) best = std::move(leak);
    }
  }
  return best;
}

}  // namespace furrow::learn
