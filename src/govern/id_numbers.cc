#include "govern/id_numbers.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/ascii.h"
#include "govern/divisions.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

int number(std::string_view digits) {
  int n = 0;
  for (char c : digits) n = n * 10 + (c - '0');
  return n;
}

char check_character(std::string_view seventeen) {
  constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (size_t i = 0; i < 17; ++i) sum += (seventeen[i] - '0') * kWeights[i];
  return "10X98765432"[sum % 11];
}

std::string plain_card(std::string_view text) {
  std::string out;
  for (char c : to_upper(fold_width(trim(text)))) {
    if (c != ' ' && c != '-' && c != '\'') out += c;
  }
  return out;
}

bool is_date(int year, int month, int day) {
  if (year < 1850 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  CivilDate back = civil_from_days(days_from_civil(year, month, day));
  return back.month == month && back.day == day;
}

struct Reading {
  std::optional<IdCard> card;
  std::string fault;
};
Reading read(std::string_view text) {
  std::string plain = plain_card(text);
  bool old = plain.size() == 15;
  if (!old && plain.size() != 18) return {{}, "it does not have 15 or 18 characters"};
  for (size_t i = 0; i < plain.size(); ++i) {
    if (!is_digit(plain[i]) && !(i == 17 && plain[i] == 'X')) return {{}, "it has characters other than digits"};
  }
  if (old) {
    plain.insert(6, "19");
    plain += check_character(plain);
  }
  IdCard card;
  card.number = plain;
  card.region = number(std::string_view(plain).substr(0, 6));
  if (!find_division(card.region / 10000 * 10000) && card.region / 10000 != 83) return {{}, fmt::format("no province has the code {:02}", card.region / 10000)};
  card.born = {number(std::string_view(plain).substr(6, 4)), number(std::string_view(plain).substr(10, 2)), number(std::string_view(plain).substr(12, 2))};
  if (!is_date(card.born.year, card.born.month, card.born.day)) return {{}, fmt::format("{} is no date", plain.substr(6, 8))};
  if (char right = check_character(plain); plain[17] != right) return {{}, fmt::format("its check character should be {}", right)};
  card.gender = (plain[16] - '0') % 2 == 1 ? 'm' : 'f';
  return {card, {}};
}

}  // namespace

std::optional<IdCard> read_id_card(std::string_view text) {
  if (text.size() > 80) return {};
  return read(text).card;
}
std::string id_card_fault(std::string_view text) { return read(text).fault; }

bool passes_luhn(std::string_view digits) {
  if (digits.size() < 12 || digits.size() > 19) return false;
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    char c = digits[digits.size() - 1 - i];
    if (!is_digit(c)) return false;
    int n = (c - '0') * (i % 2 == 1 ? 2 : 1);
    sum += n > 9 ? n - 9 : n;
  }
  return sum % 10 == 0 && digits.find_first_not_of('0') != std::string_view::npos;
}

std::optional<std::string> read_ip(std::string_view raw) {
  std::string text = fold_width(trim(raw));
  if (text.size() < 3 || text.size() > 64) return {};
  if (text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (in_addr v4; inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    for (size_t i = 0; i + 1 < text.size(); ++i) {
      if (text[i] == '0' && is_digit(text[i + 1]) && (i == 0 || text[i - 1] == '.')) return {};
    }
    return text;
  }
  if (in6_addr v6; inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    char out[INET6_ADDRSTRLEN];
    if (inet_ntop(AF_INET6, &v6, out, sizeof out)) return std::string(out);
  }
  return {};
}

std::optional<std::string> read_url(std::string_view raw) {
  std::string text(trim(raw));
  if (text.size() < 4 || text.size() > 8192) return {};
  for (char c : text) {
    if (static_cast<unsigned char>(c) <= ' ') return {};
  }
  if (text.starts_with("www.") || text.starts_with("WWW.")) text = "http://" + text;
  size_t scheme = text.find("://");
  if (scheme == std::string::npos || scheme == 0 || scheme > 16) return {};
  for (size_t i = 0; i < scheme; ++i) {
    if (!std::isalnum(static_cast<unsigned char>(text[i])) && text[i] != '+' && text[i] != '-' && text[i] != '.') return {};
  }
  size_t end = std::min(text.find_first_of("/?#", scheme + 3), text.size());
  if (end == scheme + 3) return {};
  std::string head = to_lower(std::string_view(text).substr(0, end));
  if (size_t user = text.find('@', scheme); user < end) return text;  // a password is not case folded
  return head + text.substr(end);
}

}  // namespace furrow::govern
