#include "identity/linkage_text.h"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uscript.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"

namespace furrow::identity {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// What one character that is not ASCII becomes; found once a thread by ICU.
struct Character {
  std::string text, latin;
  bool han = false, blank = false;
};

// Characters that as surnames are read otherwise than elsewhere.
constexpr std::pair<UChar32, std::string_view> kSurnameReadings[] = {
    {U'曾', "zeng"}, {U'单', "shan"}, {U'仇', "qiu"}, {U'解', "xie"}, {U'查', "zha"}, {U'朴', "piao"},
    {U'区', "ou"},   {U'盖', "ge"},   {U'覃', "qin"}, {U'缪', "miao"}, {U'翟', "zhai"}, {U'尉', "yu"}};

class CharacterTable {
 public:
  CharacterTable() = default;
  const Character& of(UChar32 code) {
    auto [at, fresh] = known_.try_emplace(code);
    if (fresh) at->second = make(code);
    return at->second;
  }

 private:
  // At the first character that is not ASCII: transliterators take ICU a tenth of a second.
  void open() {
    UErrorCode status = U_ZERO_ERROR;
    latin_.reset(icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
    status = U_ZERO_ERROR;
    simplified_.reset(icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    status = U_ZERO_ERROR;
    folding_ = icu::Normalizer2::getNFKCCasefoldInstance(status);
  }
  Character make(UChar32 code) {
    if (folding_ == nullptr) open();
    Character out;
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString folded = folding_ ? folding_->normalize(icu::UnicodeString(code), status) : icu::UnicodeString(code);
    UScriptCode script = uscript_getScript(folded.char32At(0), &status);
    out.han = script == USCRIPT_HAN;
    if (!folded.isEmpty() && !u_isalnum(folded.char32At(0)) && u_charType(folded.char32At(0)) != U_NON_SPACING_MARK) {
      out.blank = true;
      folded.toUTF8String(out.text);  // full-width punctuation becomes ASCII, and then its own case
      if (out.text.size() != 1) out.text.clear();
      return out;
    }
    if (out.han && simplified_) simplified_->transliterate(folded);
    icu::UnicodeString ascii = folded;
    if (latin_) latin_->transliterate(ascii);
    ascii.toUTF8String(out.latin);
    std::erase_if(out.latin, [](char c) { return !is_lower(c) && !is_digit(c); });
    for (auto [character, reading] : kSurnameReadings) {
      if (folded.char32At(0) == character) out.latin = reading;
    }
    if (script == USCRIPT_LATIN) {
      out.text = out.latin;  // accents never tell people apart
    } else {
      folded.toUTF8String(out.text);
    }
    return out;
  }
  std::unique_ptr<icu::Transliterator> latin_, simplified_;
  const icu::Normalizer2* folding_ = nullptr;
  std::unordered_map<UChar32, Character> known_;
};

// The character of a numeric or one of the common named HTML entities at `at`; 0 when there is none.
UChar32 entity_at(std::string_view value, size_t at, size_t& length) {
  size_t end = value.find(';', at);
  if (end == std::string_view::npos || end - at > 8) return 0;
  std::string_view name = value.substr(at + 1, end - at - 1);
  length = end - at + 1;
  if (name == "amp") return '&';
  if (name == "quot" || name == "apos" || name == "lt" || name == "gt" || name == "nbsp") return ' ';
  if (name.size() < 2 || name[0] != '#') return 0;
  bool hex = name[1] == 'x' || name[1] == 'X';
  uint32_t code = 0;
  std::string_view digits = name.substr(hex ? 2 : 1);
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  return error == std::errc{} && stop == digits.data() + digits.size() && code < 0x110000 ? static_cast<UChar32>(code) : 0;
}

// Takes characters one by one and keeps blanks single.
class Folding {
 public:
  void ascii(char c, char before, char after) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (is_lower(c) || is_digit(c)) {
      add({&c, 1}, {&c, 1});
    } else if (c == '\'' || c == '`') {
      return;
    } else if (c == '.' && is_digit(before) && is_digit(after)) {
      add(".", ".");
    } else {
      blank_ = true;
    }
    after_han_ = false;
  }
  void other(const Character& character) {
    if (character.blank) {
      if (character.text != "'") blank_ = true;
      return;
    }
    if (character.han) {
      bool before = after_han_;
      size_t latin = out_.latin.size();
      add(character.text, character.latin, before || latin > 0);
      after_han_ = true;
      ++out_.han;
    } else {
      add(character.text, character.latin);
      after_han_ = false;
    }
  }
  Folded take() { return std::move(out_); }

 private:
  void add(std::string_view text, std::string_view latin, bool latin_blank = false) {
    if ((blank_ || after_han_ || latin_blank) && !out_.latin.empty() && out_.latin.back() != ' ') out_.latin += ' ';
    if (blank_ && !out_.text.empty()) out_.text += ' ';
    blank_ = false;
    out_.text += text;
    out_.latin += latin;
  }
  Folded out_;
  bool blank_ = false, after_han_ = false;
};

bool is_ascii(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// Decodes one UTF-8 character at `at`; broken bytes count as blanks.
UChar32 code_at(std::string_view value, size_t at, size_t& length) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(value[i]); };
  unsigned char first = byte(at);
  length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (length == 1 || at + length > value.size()) {
    length = 1;
    return ' ';
  }
  UChar32 code = first & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) code = (code << 6) | (byte(at + i) & 0x3f);
  return code;
}

}  // namespace

Folded fold(std::string_view value) {
  static thread_local CharacterTable table;
  Folding out;
  char before = 0;
  for (size_t i = 0; i < value.size();) {
    size_t length = 1;
    char c = value[i];
    if (c == '&') {
      if (UChar32 code = entity_at(value, i, length); code > 127) {
        out.other(table.of(code));
      } else if (code > 0) {
        out.ascii(static_cast<char>(code), 0, 0);
      } else {
        length = 1;
        out.ascii(' ', 0, 0);
      }
    } else if (static_cast<unsigned char>(c) < 128) {
      out.ascii(c, before, i + 1 < value.size() ? value[i + 1] : 0);
    } else if (UChar32 code = code_at(value, i, length); code < 128) {
      out.ascii(' ', 0, 0);
    } else {
      out.other(table.of(code));
    }
    before = c;
    i += length;
  }
  return out.take();
}

std::vector<std::string_view> words_of(std::string_view folded) {
  std::vector<std::string_view> out;
  for (size_t start = 0; start < folded.size();) {
    size_t end = std::min(folded.find(' ', start), folded.size());
    if (end > start) out.push_back(folded.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::vector<std::string_view> tokens_of(std::string_view folded) {
  std::vector<std::string_view> out;
  for (std::string_view word : words_of(folded)) {
    if (is_ascii(word)) {
      out.push_back(word);
      continue;
    }
    // Runs of one script; wide characters in overlapping pairs.
    size_t previous = std::string_view::npos, run = 0;
    bool alone = false;
    for (size_t i = 0; i < word.size();) {
      size_t length = 1;
      if (static_cast<unsigned char>(word[i]) >= 0xe0) {
        code_at(word, i, length);
        if (previous != std::string_view::npos) {
          out.push_back(word.substr(previous, i + length - previous));
          alone = false;
        } else {
          alone = true;
        }
        previous = i;
        i += length;
        continue;
      }
      if (alone && previous != std::string_view::npos) out.push_back(word.substr(previous, i - previous));
      previous = std::string_view::npos;
      alone = false;
      run = i;
      while (i < word.size() && static_cast<unsigned char>(word[i]) < 0xe0) ++i;
      out.push_back(word.substr(run, i - run));
    }
    if (alone && previous != std::string_view::npos) out.push_back(word.substr(previous));
  }
  return out;
}

std::string_view without_title(std::string_view name) {
  constexpr std::string_view kBefore[] = {"mr ", "mrs ", "ms ", "miss ", "dr ", "prof ", "sir ", "herr ", "frau ", "monsieur ", "madame "};
  constexpr std::string_view kAfter[] = {"先生", "女士", "小姐", "太太", "老师", "总", " jr", " sr", " iii", " ii", " phd", " md", " mr", " mrs", " ms"};
  for (bool changed = true; changed;) {
    changed = false;
    for (std::string_view title : kBefore) {
      if (name.size() > title.size() && name.starts_with(title)) name.remove_prefix(title.size()), changed = true;
    }
    for (std::string_view title : kAfter) {
      if (name.size() > title.size() && name.ends_with(title)) name.remove_suffix(title.size()), changed = true;
    }
    while (name.ends_with(' ')) name.remove_suffix(1);
  }
  return name;
}

std::string_view formal_name(std::string_view given) {
  constexpr std::pair<std::string_view, std::string_view> kShort[] = {
      {"abby", "abigail"}, {"al", "albert"}, {"alex", "alexander"}, {"andy", "andrew"}, {"ben", "benjamin"}, {"beth", "elizabeth"},
      {"betty", "elizabeth"}, {"bill", "william"}, {"billy", "william"}, {"bob", "robert"}, {"bobby", "robert"}, {"cathy", "catherine"},
      {"charlie", "charles"}, {"chris", "christopher"}, {"chuck", "charles"}, {"cindy", "cynthia"}, {"dan", "daniel"},
      {"danny", "daniel"}, {"dave", "david"}, {"deb", "deborah"}, {"debbie", "deborah"}, {"dick", "richard"}, {"don", "donald"},
      {"ed", "edward"}, {"eddie", "edward"}, {"fred", "frederick"}, {"greg", "gregory"}, {"harry", "henry"}, {"jack", "john"},
      {"jake", "jacob"}, {"jen", "jennifer"}, {"jenny", "jennifer"}, {"jerry", "gerald"}, {"jim", "james"}, {"jimmy", "james"},
      {"joe", "joseph"}, {"johnny", "john"}, {"jon", "jonathan"}, {"josh", "joshua"}, {"kate", "katherine"}, {"kathy", "katherine"},
      {"ken", "kenneth"}, {"larry", "lawrence"}, {"liz", "elizabeth"}, {"maggie", "margaret"}, {"matt", "matthew"},
      {"mick", "michael"}, {"mike", "michael"}, {"nick", "nicholas"}, {"nikki", "nicole"}, {"pam", "pamela"}, {"pat", "patricia"},
      {"peggy", "margaret"}, {"pete", "peter"}, {"phil", "philip"}, {"rick", "richard"}, {"rob", "robert"}, {"ron", "ronald"},
      {"sam", "samuel"}, {"sandy", "sandra"}, {"steve", "steven"}, {"sue", "susan"}, {"ted", "edward"}, {"terry", "terence"},
      {"tim", "timothy"}, {"tom", "thomas"}, {"tommy", "thomas"}, {"tony", "anthony"}, {"vicky", "victoria"}, {"will", "william"},
      {"zach", "zachary"}};
  for (auto [name, formal] : kShort) {
    if (name == given) return formal;
  }
  return given;
}

std::optional<Day> parse_day(std::string_view value, DayOrder order) {
  int parts[3] = {0, 0, 0}, lengths[3] = {0, 0, 0}, n = 0;
  size_t i = 0;
  while (i < value.size() && value[i] == ' ') ++i;
  for (; i < value.size() && n < 3; ++i) {
    if (is_digit(value[i])) {
      if (lengths[n] >= 8) return {};
      parts[n] = parts[n] * 10 + (value[i] - '0');
      ++lengths[n];
      continue;
    }
    if (lengths[n] == 0) return {};
    ++n;
    if (n == 3) break;
    std::string_view rest = value.substr(i);
    if (value[i] == '-' || value[i] == '/' || value[i] == '.') continue;
    if (rest.starts_with("年") || rest.starts_with("月")) {
      i += 2;
      continue;
    }
    if (value[i] == ' ' && n == 1 && lengths[0] == 8) break;
    return {};
  }
  if (n < 3 && lengths[n] > 0) ++n;
  Day day;
  if (n == 1 && lengths[0] == 8) {
    if (i < value.size() && value[i] != ' ' && value[i] != 'T') return {};
    day = {parts[0] / 10'000, parts[0] / 100 % 100, parts[0] % 100};
  } else if (n == 3 && lengths[0] == 4) {
    day = {parts[0], parts[1], parts[2]};
  } else if (n == 3 && lengths[2] == 4) {
    day = {parts[2], parts[1], parts[0]};
    if (order == DayOrder::kMonthFirst) std::swap(day.month, day.day);
    if (day.month > 12 && day.day <= 12) std::swap(day.month, day.day);
  } else {
    return {};
  }
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day.year < 1800 || day.year > 2200 || day.month < 1 || day.month > 12) return {};
  if (day.day < 1 || day.day > kDays[day.month - 1]) return {};
  return day;
}

std::string phone_digits(std::string_view value) {
  std::string digits;
  for (char c : value) {
    if (is_digit(c)) digits += c;
  }
  return digits.size() > 9 ? digits.substr(digits.size() - 9) : digits;
}

std::string letters_and_digits(std::string_view latin) {
  std::string out;
  for (char c : latin) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (is_digit(c) || is_lower(c)) out += c;
  }
  return out;
}

double parse_amount(std::string_view value) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::string plain;
  for (char c : value) {
    if (is_digit(c) || c == '.' || (c == '-' && plain.empty())) plain += c;
    else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      if (!plain.empty() && plain != "-") {  // a unit may follow
        continue;
      }
    }
  }
  double number = 0;
  auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), number);
  return error == std::errc{} && end == plain.data() + plain.size() ? number : kNone;
}

}  // namespace furrow::identity
