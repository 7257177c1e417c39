#include "identity/linkage_strings.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace furrow::identity {
namespace {

constexpr size_t kWord = 64;

// Where each byte stands in a string, as bits. One a thread; only touched entries are cleared again.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {
    for (size_t i = 0; i < text.size(); ++i) table()[static_cast<uint8_t>(text[i])] |= uint64_t{1} << i;
  }
  ~Positions() {
    for (char c : text_) table()[static_cast<uint8_t>(c)] = 0;
  }
  Positions(const Positions&) = delete;
  Positions& operator=(const Positions&) = delete;
  uint64_t of(char c) const { return table()[static_cast<uint8_t>(c)]; }

 private:
  static uint64_t* table() {
    static thread_local uint64_t entries[256] = {};
    return entries;
  }
  std::string_view text_;
};

uint64_t low_bits(size_t n) { return n >= kWord ? ~uint64_t{0} : (uint64_t{1} << n) - 1; }

double with_prefix(double jaro, std::string_view a, std::string_view b) {
  size_t prefix = 0;
  while (prefix < 4 && prefix < a.size() && prefix < b.size() && a[prefix] == b[prefix]) ++prefix;
  return jaro + 0.1 * static_cast<double>(prefix) * (1 - jaro);
}

}  // namespace

CharacterBag bag_of(std::string_view text) {
  CharacterBag bag;
  for (char c : text) {
    bool letter = c >= 'a' && c <= 'z';
    if (!letter && !(c >= '0' && c <= '9')) {
      bag.others += bag.others < UINT8_MAX;
      continue;
    }
    int kind = letter ? c - 'a' : CharacterBag::kLetters + (c - '0');
    uint64_t bit = uint64_t{1} << kind, third = letter ? uint64_t{1} << (CharacterBag::kKinds + kind) : 0;
    if (!(bag.first & bit)) bag.first |= bit;
    else if (!(bag.again & bit)) bag.again |= bit;
    else if (letter && !(bag.again & third)) bag.again |= third;
    else bag.others += bag.others < UINT8_MAX;
  }
  bag.kinds = static_cast<uint8_t>(count_bits(bag.first));
  return bag;
}

double most_alike(int in_common, std::string_view a, std::string_view b) {
  a = a.substr(0, kWord);
  b = b.substr(0, kWord);
  if (a.empty() || b.empty()) return 1;
  double m = in_common;
  constexpr double kRounding = 1e-9;
  return with_prefix((m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) + 1) / 3, a, b) + kRounding;
}

double jaro_winkler(std::string_view a, std::string_view b) {
  a = a.substr(0, kWord);
  b = b.substr(0, kWord);
  if (a.empty() || b.empty()) return a.size() == b.size() ? 1.0 : 0.0;
  size_t window = std::max(a.size(), b.size()) / 2;
  window = window > 0 ? window - 1 : 0;
  Positions in_b(b);
  uint64_t matched_a = 0, matched_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t range = low_bits(i + window + 1);
    if (i > window) range &= ~low_bits(i - window);
    uint64_t hit = in_b.of(a[i]) & range & ~matched_b;
    if (hit == 0) continue;
    matched_b |= hit & (~hit + 1);
    matched_a |= uint64_t{1} << i;
  }
  int matches = count_bits(matched_a);
  if (matches == 0) return 0;
  int out_of_order = 0;
  for (uint64_t x = matched_a, y = matched_b; x != 0; x &= x - 1, y &= y - 1) {
    out_of_order += a[static_cast<size_t>(std::countr_zero(x))] != b[static_cast<size_t>(std::countr_zero(y))];
  }
  double m = matches;
  double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) + (m - out_of_order / 2) / m) / 3;
  return with_prefix(jaro, a, b);
}

int edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kWord);
  b = b.substr(0, kWord);
  if (a.empty()) return static_cast<int>(b.size());
  if (b.empty()) return static_cast<int>(a.size());
  Positions in_a(a);
  uint64_t vp = low_bits(a.size()), vn = 0, d0 = 0, pm_before = 0;
  uint64_t last = uint64_t{1} << (a.size() - 1);
  int distance = static_cast<int>(a.size());
  for (char c : b) {
    uint64_t pm = in_a.of(c);
    uint64_t swapped = (((~d0) & pm) << 1) & pm_before;
    d0 = (((pm & vp) + vp) ^ vp) | pm | vn | swapped;
    uint64_t hp = vn | ~(d0 | vp);
    uint64_t hn = d0 & vp;
    distance += (hp & last) != 0;
    distance -= (hn & last) != 0;
    hp = (hp << 1) | 1;
    hn <<= 1;
    vp = hn | ~(d0 | hp);
    vn = hp & d0;
    pm_before = pm;
  }
  return distance;
}

bool one_edit_apart(std::string_view a, std::string_view b) {
  if (a.size() != b.size() || a.size() > kWord) return edit_distance(a, b) == 1;
  size_t first = 0, last = a.size();
  while (first < last && a[first] == b[first]) ++first;
  while (last > first && a[last - 1] == b[last - 1]) --last;
  return last - first == 1 || (last - first == 2 && a[first] == b[last - 1] && a[last - 1] == b[first]);
}

uint32_t soundex(std::string_view word) {
  constexpr std::string_view kCodes = "01230120022455012623010202";
  uint32_t code = 0;
  int digits = 0;
  char before = 0;
  for (char c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (c < 'a' || c > 'z') continue;
    char digit = kCodes[static_cast<size_t>(c - 'a')];
    if (code == 0) {
      code = static_cast<uint32_t>(c);
    } else if (digit != '0' && digit != before && digits < 3) {
      code = code * 8 + static_cast<uint32_t>(digit - '0');
      ++digits;
    }
    if (c != 'h' && c != 'w') before = digit;
  }
  if (code == 0) return 0;
  for (; digits < 3; ++digits) code *= 8;
  return code;
}

std::string least_rotation(std::string_view text) {
  size_t n = text.size(), i = 0, j = 1, k = 0;
  while (i < n && j < n && k < n) {
    char x = text[(i + k) % n], y = text[(j + k) % n];
    if (x == y) {
      ++k;
      continue;
    }
    (x > y ? i : j) += k + 1;
    if (i == j) ++j;
    k = 0;
  }
  size_t start = std::min(i, j);
  std::string out(text.substr(start));
  return out.append(text.substr(0, start));
}

}  // namespace furrow::identity
