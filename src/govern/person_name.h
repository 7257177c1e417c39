// People's names in one form, without losing any of them.
//
// Standard form. Chinese: family name then given name, no blanks, half width, no title (先生, 女士, 经理 …); simplified where
// asked for. Latin: "Given Family", one blank between words, no title (Mr, Dr, PhD …), capitals as names have them when the
// text was all in one case (O'Brien, McDonald, Jean-Luc, van der Berg); pinyin stays pinyin, in the order that the capitals
// or the comma tell (WANG Xiaoming and "Wang, Xiaoming" → "Xiaoming Wang").
// Order is changed only on evidence: a comma, one word all capitals beside one that is not, or a Chinese text that cannot
// begin with a family name and ends with a common one. Not for companies. Threads: any. Cost: about 0.3 µs.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace furrow::govern {

struct PersonName {
  std::string standard;
  std::string family, given;  // "" where the form does not tell them apart
  std::string title;          // what was taken off
  char gender = 0;            // 'm' or 'f' where the title says so
  bool reordered = false;
  bool partial = false;       // only a family name ("王先生"), an initial or masked (王**)
};

struct NameForm {
  bool simplify = true;  // Chinese characters to simplified
};

// Nothing for texts that cannot be a person's name (digits, an address, too long).
std::optional<PersonName> read_person_name(std::string_view text, const NameForm& form = {});
bool is_standard_person_name(std::string_view text, const NameForm& form = {});

// A given or a family name alone: blanks, width, case (no order, no titles).
std::optional<std::string> read_name_part(std::string_view text, const NameForm& form = {});

// Whether it is a Chinese family name (the 500 most common, single and double).
bool is_chinese_family_name(std::string_view text);
// Its length in bytes at the start of `text`; 0 when there is none. Double names before single ones.
size_t chinese_family_prefix(std::string_view text);
// A family name or given name in pinyin: every part a syllable of Mandarin.
bool is_pinyin(std::string_view latin);

// Company names: blanks, width, brackets; legal forms kept ("有限公司", "Ltd."), and the case, which is the company's own.
std::string standard_company_name(std::string_view text);
bool looks_like_company(std::string_view text);

}  // namespace furrow::govern
