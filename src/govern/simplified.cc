#include "govern/simplified.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <memory>
#include <vector>

namespace furrow::govern {
namespace {

constexpr char32_t kFirst = 0x3400, kLast = 0x9FFF;

struct Scripts {
  std::vector<char16_t> simplified = std::vector<char16_t>(kLast - kFirst + 1);
  std::vector<bool> only = std::vector<bool>(kLast - kFirst + 1);

  Scripts() {
    for (char32_t c = kFirst; c <= kLast; ++c) simplified[c - kFirst] = static_cast<char16_t>(c);
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::Transliterator> convert(icu::Transliterator::createInstance("Hant-Hans", UTRANS_FORWARD, status));
    if (U_FAILURE(status) || !convert) return;
    // A line break between them keeps the rules for words (two characters and more) from applying.
    icu::UnicodeString all;
    for (char32_t c = kFirst; c <= kLast; ++c) all.append(static_cast<char16_t>(c)).append(u'\n');
    convert->transliterate(all);
    char32_t c = kFirst;
    for (int32_t at = 0; at + 1 < all.length() && c <= kLast; at += 2, ++c) {
      if (all.charAt(at + 1) != u'\n') return;  // not one to one: keep the rest as it is
      char16_t to = all.charAt(at);
      if (to < kFirst || to > kLast || to == c) continue;
      simplified[c - kFirst] = to;
      only[to - kFirst] = true;
    }
    for (size_t i = 0; i < only.size(); ++i) {
      if (simplified[i] != kFirst + i) only[i] = false;
    }
  }
};

const Scripts& scripts() {
  static const Scripts table;
  return table;
}

}  // namespace

char32_t simplified_of(char32_t c) { return c < kFirst || c > kLast ? c : scripts().simplified[c - kFirst]; }
bool is_only_simplified(char32_t c) { return c >= kFirst && c <= kLast && scripts().only[c - kFirst]; }

}  // namespace furrow::govern
