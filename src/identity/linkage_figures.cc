#include "identity/linkage_figures.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/ascii.h"
#include "base/ids.h"
#include "identity/linkage_text.h"

namespace furrow::identity {
namespace {

constexpr size_t kMostJoined = 4;    // words
constexpr size_t kLongestPart = 4;   // of a word of letters only, to be joined
constexpr size_t kLeastCut = 4, kMostCut = 3;
constexpr size_t kLeastCode = 5, kLeastNumber = 6;

bool has_digits(std::string_view word) { return std::any_of(word.begin(), word.end(), is_digit); }
bool has_letters(std::string_view word) {
  return std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}
bool is_plain(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// The word without up to kMostCut letters at its end; empty when what is left is no code.
std::string_view cut(std::string_view word) {
  size_t end = word.size();
  while (end > 0 && !is_digit(word[end - 1])) --end;
  if (end == word.size() || word.size() - end > kMostCut || end < kLeastCut) return {};
  std::string_view left = word.substr(0, end);
  return has_letters(left) ? left : std::string_view();
}

// The number of each word with digits, equal words the same; -1 for the others and for those past the limit.
std::vector<int> numbered(const std::vector<std::string_view>& tokens) {
  std::vector<int> out;
  std::vector<std::string_view> seen;
  for (std::string_view token : tokens) {
    if (!is_plain(token) || !has_digits(token)) {
      out.push_back(-1);
      continue;
    }
    auto at = std::find(seen.begin(), seen.end(), token);
    bool fresh = at == seen.end();
    out.push_back(fresh && seen.size() == Figure::kMostWords ? -1 : static_cast<int>(at - seen.begin()));
    if (fresh && seen.size() < Figure::kMostWords) seen.push_back(token);
  }
  return out;
}

class Forms {
 public:
  void add(std::string_view text, uint32_t words, FigureForm form, bool rare) {
    if (out_.size() < Figure::kMost) out_.push_back({hash64(text), words, form, rare});
    if (form == FigureForm::kCut) return;
    if (std::string_view shorter = cut(text); !shorter.empty()) add(shorter, words, FigureForm::kCut, false);
  }
  std::vector<Figure> take() {
    auto order = [](const Figure& x, const Figure& y) { return x.key != y.key ? x.key < y.key : x.words != y.words ? x.words < y.words : x.form < y.form; };
    std::sort(out_.begin(), out_.end(), order);
    auto same = [](const Figure& x, const Figure& y) { return x.key == y.key && x.words == y.words; };
    out_.erase(std::unique(out_.begin(), out_.end(), same), out_.end());
    return std::move(out_);
  }

 private:
  std::vector<Figure> out_;
};

}  // namespace

std::vector<Figure> figures_of(std::string_view folded, const std::function<bool(std::string_view)>& is_rare) {
  if (!has_digits(folded)) return {};
  std::vector<std::string_view> tokens = tokens_of(folded);
  std::vector<int> number = numbered(tokens);
  Forms forms;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (number[i] < 0) continue;
    bool letters = has_letters(tokens[i]);
    bool code = letters ? tokens[i].size() >= kLeastCode : tokens[i].size() >= kLeastNumber && tokens[i].find('.') == tokens[i].npos;
    forms.add(tokens[i], 1u << number[i], FigureForm::kWord, code && is_rare(tokens[i]));
  }
  std::string joined;
  for (size_t i = 0; i < tokens.size(); ++i) {
    joined.clear();
    uint32_t words = 0;
    for (size_t j = i; j < std::min(tokens.size(), i + kMostJoined); ++j) {
      if (!is_plain(tokens[j]) || (number[j] < 0 && tokens[j].size() > kLongestPart)) break;
      joined += tokens[j];
      if (number[j] >= 0) words |= 1u << number[j];
      if (j > i && words != 0 && has_letters(joined)) forms.add(joined, words, FigureForm::kJoined, false);
    }
  }
  return forms.take();
}

uint8_t figures_level(Figures a, Figures b) {
  if (a.count == 0 || b.count == 0) return 0;
  uint32_t all_a = 0, all_b = 0, found_a = 0, found_b = 0, whole_a = 0, whole_b = 0;
  bool rare = false;
  for (size_t i = 0; i < a.count; ++i) all_a |= a.first[i].words;
  for (size_t j = 0; j < b.count; ++j) all_b |= b.first[j].words;
  for (size_t i = 0, j = 0; i < a.count && j < b.count;) {
    const Figure& x = a.first[i];
    if (x.key > b.first[j].key) {
      ++j;
      continue;
    }
    for (size_t k = j; k < b.count && b.first[k].key == x.key; ++k) {
      const Figure& y = b.first[k];
      bool cut_x = x.form == FigureForm::kCut, cut_y = y.form == FigureForm::kCut;
      if (cut_x && cut_y) continue;  // two colours of one model
      found_a |= x.words, found_b |= y.words;
      if (cut_x || cut_y) continue;
      whole_a |= x.words, whole_b |= y.words;
      rare |= x.rare || y.rare;
    }
    ++i;
  }
  if (found_a == 0) return 1;
  if (rare) return 5;
  if (whole_a == all_a && whole_b == all_b) return 4;
  return found_a == all_a || found_b == all_b ? 3 : 2;
}

}  // namespace furrow::identity
