#include "base/currency.h"

#include <algorithm>

#include "base/ascii.h"

namespace furrow {
namespace {

struct Written {
  std::string_view as, code;
};

constexpr Written kBesideAmounts[] = {
    {"¥", "CNY"},    {"￥", "CNY"},     {"CN¥", "CNY"},  {"RMB", "CNY"},   {"CNH", "CNY"},   {"人民币", "CNY"}, {"元", "CNY"},    {"元整", "CNY"}, {"圆", "CNY"},   {"块", "CNY"},   {"块钱", "CNY"},
    {"$", "USD"},    {"US$", "USD"},    {"U$", "USD"},   {"美元", "USD"},  {"美金", "USD"},  {"€", "EUR"},      {"欧元", "EUR"},  {"£", "GBP"},    {"英镑", "GBP"},  {"JP¥", "JPY"},  {"円", "JPY"},
    {"日元", "JPY"}, {"日圆", "JPY"},   {"HK$", "HKD"},  {"港币", "HKD"},  {"港元", "HKD"},  {"NT$", "TWD"},    {"台币", "TWD"},  {"新台币", "TWD"}, {"A$", "AUD"},  {"AU$", "AUD"},  {"澳元", "AUD"},
    {"C$", "CAD"},   {"CA$", "CAD"},    {"加元", "CAD"}, {"S$", "SGD"},    {"新加坡元", "SGD"}, {"NZ$", "NZD"}, {"MX$", "MXN"},   {"R$", "BRL"},   {"₩", "KRW"},     {"韩元", "KRW"}, {"₹", "INR"},
    {"Rs.", "INR"},  {"卢比", "INR"},   {"₽", "RUB"},    {"руб", "RUB"},   {"руб.", "RUB"},  {"卢布", "RUB"},   {"฿", "THB"},     {"泰铢", "THB"}, {"₫", "VND"},     {"₱", "PHP"},    {"₺", "TRY"},
    {"₪", "ILS"},    {"₴", "UAH"},      {"₦", "NGN"},    {"zł", "PLN"},    {"Kč", "CZK"},    {"Fr.", "CHF"},    {"瑞士法郎", "CHF"}, {"RM", "MYR"},
};

// Codes stand for themselves.
constexpr std::string_view kCodes[] = {"CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "KRW", "INR", "BRL", "AUD", "CAD", "NZD", "CHF", "SGD", "RUB", "SEK", "NOK", "DKK", "PLN", "CZK",
                                       "HUF", "MXN", "ZAR", "THB", "MYR", "IDR", "PHP", "VND", "TRY", "ILS", "UAH", "NGN", "AED", "SAR", "EGP", "ARS", "CLP", "COP", "MOP"};

constexpr Written kNames[] = {{"yuan", "CNY"},  {"renminbi", "CNY"}, {"人民币元", "CNY"}, {"dollar", "USD"}, {"dollars", "USD"},  {"us dollar", "USD"}, {"us dollars", "USD"}, {"euro", "EUR"},
                              {"euros", "EUR"}, {"pound", "GBP"},    {"pounds", "GBP"},   {"sterling", "GBP"}, {"pound sterling", "GBP"}, {"yen", "JPY"}};

constexpr char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
bool alike(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return capital(x) == capital(y); });
}
bool is_letter(char c) { return capital(c) >= 'A' && capital(c) <= 'Z'; }

// The longest of all that `matches`.
template <typename Matches>
Written longest(const Matches& matches) {
  Written found;
  auto look = [&](std::string_view as, std::string_view code) {
    if (as.size() > found.as.size() && matches(as)) found = {as, code};
  };
  for (const auto& [as, code] : kBesideAmounts) look(as, code);
  for (std::string_view code : kCodes) look(code, code);
  return found;
}

}  // namespace

std::string_view currency_of(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {};
  if (Written found = longest([&](std::string_view as) { return alike(as, text); }); !found.as.empty()) return found.code;
  for (const auto& [name, code] : kNames) {
    if (alike(name, text)) return code;
  }
  return {};
}

std::string_view take_currency(std::string_view& text) {
  // "RM5" and "5 RM" are money, the end of "FIRM" is not.
  Written ahead = longest([&](std::string_view as) {
    return text.size() >= as.size() && alike(text.substr(0, as.size()), as) && !(is_letter(as.back()) && text.size() > as.size() && is_letter(text[as.size()]));
  });
  if (!ahead.as.empty()) {
    text = trimmed(text.substr(ahead.as.size()));
    return ahead.code;
  }
  Written behind = longest([&](std::string_view as) {
    const size_t rest = text.size() - as.size();
    return text.size() >= as.size() && alike(text.substr(rest), as) && !(is_letter(as.front()) && rest > 0 && is_letter(text[rest - 1]));
  });
  if (!behind.as.empty()) text = trimmed(text.substr(0, text.size() - behind.as.size()));
  return behind.code;
}

}  // namespace furrow
