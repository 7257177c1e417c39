#include "govern/person_name.h"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <vector>

#include "govern/family_names.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

struct Title {
  std::string_view text;
  char gender;
};
constexpr std::array<Title, 34> kChineseTitles{{
    {"先生", 'm'}, {"女士", 'f'}, {"小姐", 'f'}, {"太太", 'f'}, {"夫人", 'f'}, {"老师", 0}, {"老師", 0}, {"经理", 0}, {"經理", 0}, {"总监", 0},
    {"总经理", 0}, {"董事长", 0}, {"主任", 0}, {"医生", 0}, {"教授", 0}, {"博士", 0}, {"律师", 0}, {"同学", 0}, {"同志", 0}, {"师傅", 0},
    {"阿姨", 'f'}, {"叔叔", 'm'}, {"大哥", 'm'}, {"大姐", 'f'}, {"工程师", 0}, {"处长", 0}, {"局长", 0}, {"校长", 0}, {"院长", 0}, {"书记", 0},
    {"女生", 'f'}, {"男士", 'm'}, {"总", 0}, {"工", 0},
}};
constexpr std::array<Title, 22> kLatinTitles{{
    {"mr", 'm'}, {"mrs", 'f'}, {"ms", 'f'}, {"miss", 'f'}, {"mister", 'm'}, {"madam", 'f'}, {"mme", 'f'}, {"dr", 0}, {"prof", 0},
    {"professor", 0}, {"sir", 'm'}, {"herr", 'm'}, {"frau", 'f'}, {"monsieur", 'm'}, {"señor", 'm'}, {"señora", 'f'}, {"rev", 0}, {"hon", 0},
    {"mx", 0}, {"sr.", 'm'}, {"sra.", 'f'}, {"dame", 'f'},
}};
constexpr std::array<std::string_view, 9> kLatinSuffixes{"phd", "md", "esq", "mba", "dds", "cpa", "rn", "dphil", "jd"};
constexpr std::array<std::string_view, 21> kParticles{"van", "von", "der", "den", "de", "da", "do", "dos", "del", "della", "di", "du",
                                                      "la", "le", "el", "al", "bin", "ibn", "ten", "ter", "y"};

bool is_title_word(std::string_view word, char& gender) {
  std::string plain = to_lower(word);
  for (const Title& title : kLatinTitles) {
    std::string_view bare = plain;
    if (bare.ends_with('.') && !title.text.ends_with('.')) bare.remove_suffix(1);
    if (bare != title.text) continue;
    gender = title.gender;
    return true;
  }
  return false;
}
bool is_suffix_word(std::string_view word) {
  std::string plain;
  for (char c : to_lower(word)) {
    if (c != '.' && c != ',') plain += c;
  }
  return std::find(kLatinSuffixes.begin(), kLatinSuffixes.end(), plain) != kLatinSuffixes.end();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

enum class Case { kCaseless, kLower, kUpper, kMixed };
Case case_of(std::string_view word) {
  std::string lower = to_lower(word), upper = to_upper(word);
  if (lower == upper) return Case::kCaseless;
  if (word == lower) return Case::kLower;
  return word == upper ? Case::kUpper : Case::kMixed;
}

size_t letters_in(std::string_view word) {
  size_t n = 0;
  for (size_t at = 0; at < word.size();) {
    char32_t c = next_character(word, at);
    n += c >= 0x80 || std::isalpha(static_cast<int>(c));
  }
  return n;
}

// o'brien → O'Brien, jean-luc → Jean-Luc, mcdonald → McDonald.
std::string capitalised(std::string_view word, bool first) {
  std::string lower = to_lower(word);
  if (!first && std::find(kParticles.begin(), kParticles.end(), lower) != kParticles.end()) return lower;
  std::string out;
  bool start = true;
  size_t part = 0;
  for (size_t at = 0; at < lower.size();) {
    size_t from = at;
    char32_t c = next_character(lower, at);
    std::string_view letter = std::string_view(lower).substr(from, at - from);
    out += start ? to_upper(letter) : std::string(letter);
    ++part;
    bool apostrophe = (c == '\'' || c == 0x2019) && part == 2 && lower.size() - at >= 3;
    start = c == '-' || c == '.' || apostrophe;
    if (start && !apostrophe) part = 0;
  }
  if (out.size() > 4 && out.starts_with("Mc") && std::isalpha(static_cast<unsigned char>(out[2]))) out[2] = static_cast<char>(std::toupper(out[2]));
  return out;
}

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

bool plausible(std::string_view text) {
  size_t letters = 0;
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_character(text, at);
    if ((c >= '0' && c <= '9') || c == '@' || c == '/' || c == '\\' || c == '|' || c == ';' || c == '<' || c == '_' || c == ':' || c == 0xFFFD) return false;
    letters += c >= 0xC0 || std::isalpha(static_cast<int>(c));
  }
  return letters > 0 && text.size() <= 96;
}

PersonName chinese_name(std::string text, const NameForm& form) {
  PersonName out;
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    size_t from = at;
    char32_t c = next_character(text, at);
    if (c == ' ' || c == ',' || c == 0xFF0C || c == '.') continue;
    if (c == 0x2022 || c == 0x30FB || c == 0x2027) plain += "·";
    else plain += std::string_view(text).substr(from, at - from);
  }
  if (form.simplify) plain = to_simplified(plain);
  for (const Title& title : kChineseTitles) {
    if (!plain.ends_with(title.text) || plain.size() == title.text.size()) continue;
    std::string_view rest = std::string_view(plain).substr(0, plain.size() - title.text.size());
    bool one = title.text.size() == 3;  // 总 and 工 are names, too: only after a bare family name
    if (one && !is_chinese_family_name(rest)) continue;
    // 博士 and the like end given names now and then: the rest must be a name of its own.
    if (chinese_family_prefix(rest) == 0) continue;
    out.title = title.text;
    out.gender = title.gender;
    plain = std::string(rest);
    break;
  }
  size_t family = chinese_family_prefix(plain);
  size_t characters = count_characters(plain);
  if (family == 0 && characters >= 2 && characters <= 4 && plain.find("·") == std::string::npos && plain.find('*') == std::string::npos) {
    for (size_t length : {size_t{6}, size_t{3}}) {
      if (plain.size() <= length) continue;
      std::string_view tail = std::string_view(plain).substr(plain.size() - length);
      if (!is_chinese_family_name(tail) || (length == 3 && !is_common_family_name(tail))) continue;
      plain = std::string(tail) + plain.substr(0, plain.size() - length);
      family = length;
      out.reordered = true;
      break;
    }
  }
  out.standard = plain;
  out.partial = plain.find('*') != std::string::npos || (family == plain.size() && characters <= 2);
  if (family > 0) {
    out.family = plain.substr(0, family);
    out.given = plain.substr(family);
  }
  return out;
}

PersonName latin_name(std::string_view text) {
  PersonName out;
  std::string family_first, rest(text);
  if (size_t comma = text.find(','); comma != std::string_view::npos) {
    std::string_view after = trim(text.substr(comma + 1));
    if (is_suffix_word(after)) {
      rest = std::string(trim(text.substr(0, comma)));
      out.title = after;
    } else if (!after.empty() && after.find(',') == std::string_view::npos) {
      family_first = std::string(trim(text.substr(0, comma)));
      rest = std::string(after);
    }
  }
  std::vector<std::string_view> words = words_of(rest);
  char gender = 0;
  while (words.size() > 1 && is_title_word(words.front(), gender)) {
    out.title = std::string(words.front());
    if (gender) out.gender = gender;
    words.erase(words.begin());
  }
  while (words.size() > 1 && is_suffix_word(words.back())) {
    out.title = std::string(words.back());
    words.pop_back();
  }
  std::vector<std::string_view> family_words = words_of(family_first);
  while (family_words.size() > 1 && is_title_word(family_words.front(), gender)) family_words.erase(family_words.begin());
  bool lower = true, upper = true;
  for (auto* list : {&words, &family_words}) {
    for (std::string_view word : *list) {
      Case kind = letters_in(word) < 2 ? Case::kCaseless : case_of(word);
      lower &= kind == Case::kLower || kind == Case::kCaseless;
      upper &= kind == Case::kUpper || kind == Case::kCaseless;
    }
  }
  bool one_case = lower || upper;
  auto write = [&](std::string_view word, bool first) {
    if (one_case) return capitalised(word, first);
    // "WANG Xiaoming": the one in capitals is the family name, written as a name.
    if (letters_in(word) >= 2 && case_of(word) == Case::kUpper) return capitalised(word, true);
    return std::string(word);
  };
  std::vector<std::string> given, family;
  if (!family_words.empty()) {
    for (std::string_view word : words) given.push_back(write(word, given.empty()));
    for (std::string_view word : family_words) family.push_back(write(word, family_words.size() == 1));
    out.reordered = true;
  } else if (!one_case && words.size() == 2 && letters_in(words[0]) >= 2 && case_of(words[0]) == Case::kUpper && case_of(words[1]) == Case::kMixed) {
    given.push_back(write(words[1], true));
    family.push_back(write(words[0], true));
    out.reordered = true;
  } else {
    for (std::string_view word : words) given.push_back(write(word, given.empty()));
    if (given.size() >= 2) {
      family.push_back(given.back());
      given.pop_back();
    }
  }
  out.given = join(given);
  out.family = join(family);
  out.standard = out.given.empty() ? out.family : out.family.empty() ? out.given : out.given + " " + out.family;
  out.partial = letters_in(given.empty() ? "" : given.front()) == 1 || family.empty() || out.standard.find('*') != std::string::npos;
  return out;
}

}  // namespace

std::optional<PersonName> read_person_name(std::string_view raw, const NameForm& form) {
  std::string text = fold_width(clean_text(raw));
  while (!text.empty() && std::string_view(".,;").find(text.back()) != std::string_view::npos && !text.ends_with("r.")) text.pop_back();
  if (!plausible(text)) return {};
  if (has_han(text)) {
    if (count_characters(text) > 24) return {};
    return chinese_name(std::move(text), form);
  }
  if (words_of(text).size() > 6) return {};
  return latin_name(text);
}

bool is_standard_person_name(std::string_view text, const NameForm& form) {
  auto name = read_person_name(text, form);
  return name && name->standard == text;
}

std::optional<std::string> read_name_part(std::string_view raw, const NameForm& form) {
  std::string text = fold_width(clean_text(raw));
  if (!plausible(text)) return {};
  if (has_han(text)) return form.simplify ? to_simplified(text) : text;
  std::vector<std::string> words;
  bool one_case = letters_in(text) >= 2 && (case_of(text) == Case::kLower || case_of(text) == Case::kUpper);
  for (std::string_view word : words_of(text)) words.push_back(one_case ? capitalised(word, words.empty()) : std::string(word));
  return join(words);
}

bool looks_like_company(std::string_view text) {
  static constexpr std::array<std::string_view, 24> kChinese{"公司", "集团", "有限", "股份", "企业", "商店", "商行", "工作室", "事务所", "研究院", "研究所", "大学",
                                                             "学院", "医院", "银行", "酒店", "餐厅", "超市", "工厂", "中心", "合作社", "经营部", "门市部", "厂"};
  if (has_han(text)) {
    for (std::string_view word : kChinese) {
      if (text.ends_with(word) || (word.size() > 3 && text.find(word) != std::string_view::npos)) return true;
    }
    return false;
  }
  static const std::unordered_set<std::string_view> latin{"inc", "ltd", "llc", "corp", "corporation", "company", "gmbh", "plc", "limited",
                                                          "ag", "s.a.", "s.a", "bv", "b.v", "pty", "group", "holdings", "llp", "srl", "spa", "oy",
                                                          "ab", "kg", "technologies", "solutions", "university", "bank", "partners", "sarl", "ltda"};
  std::string lower = to_lower(text);
  for (std::string_view word : words_of(lower)) {
    while (!word.empty() && std::string_view(".,()").find(word.back()) != std::string_view::npos) word.remove_suffix(1);
    if (latin.contains(word)) return true;
  }
  return false;
}

std::string standard_company_name(std::string_view raw) {
  std::string text = fold_width(clean_text(raw));
  if (has_han(text)) {  // blanks inside a Chinese name mean nothing; those between Latin words do
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      bool latin_both = i > 0 && i + 1 < text.size() && static_cast<unsigned char>(text[i - 1]) < 0x80 && static_cast<unsigned char>(text[i + 1]) < 0x80;
      if (text[i] == '(') out += "（";  // as the register writes them
      else if (text[i] == ')') out += "）";
      else if (text[i] != ' ' || latin_both) out += text[i];
    }
    return out;
  }
  return text;
}

}  // namespace furrow::govern
