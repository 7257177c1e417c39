#include "market/dirt.h"

#include <fmt/format.h>

#include <cctype>

namespace furrow::market {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 128) c = static_cast<char>(std::toupper(c));
  }
  return out;
}

}  // namespace

std::string full_width(std::string_view ascii) {
  std::string out;
  for (char c : ascii) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x21 || byte > 0x7e) {
      out += c;
      continue;
    }
    unsigned code = 0xff01u + (byte - 0x21u);
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
  return out;
}

std::string phone_form(Random& random, const Identity& person) {
  std::string_view all = person.phone;  // + country, 1 to 2 digits, then 9 or 11
  size_t country = person.country == "US" ? 2 : 3;
  std::string_view dial = all.substr(1, country - 1), national = all.substr(country);
  std::string_view a = national.substr(0, 3), b = national.substr(3, 4), c = national.substr(7);
  switch (random.below(8)) {
    case 0: return std::string(all);
    case 1: return fmt::format("{} {} {}", a, b, c);
    case 2: return fmt::format("{}-{}-{}", a, b, c);
    case 3: return fmt::format("00{}{}", dial, national);
    case 4: return fmt::format("(+{}) {}", dial, national);
    case 5: return full_width(national);
    case 6: return fmt::format("+{} {} {} {}", dial, a, b, c);
    default: return std::string(national);
  }
}

std::string worn_text(Random& random, std::string text) {
  if (text.empty()) {
    constexpr std::string_view kNothing[] = {"", "", "N/A", "NULL", "无", "-", "未知"};
    return std::string(kNothing[random.below(7)]);
  }
  switch (random.below(6)) {
    case 0: return " " + text;
    case 1: return text + "　";
    case 2: return full_width(text);
    case 3: return text + "\u200b";
    default: return text;
  }
}

std::string worn_email(Random& random, std::string email) {
  if (email.empty()) return worn_text(random, email);
  switch (random.below(7)) {
    case 0: return upper(email);
    case 1: return " " + email;
    case 2: return full_width(email);
    case 3: return "mailto:" + email;
    case 4: return "<" + email + ">";
    default: return email;
  }
}

std::string worn_date(Random& random, int year, int month, int day) {
  switch (random.below(6)) {
    case 0: return fmt::format("{}/{}/{}", year, month, day);
    case 1: return fmt::format("{}年{}月{}日", year, month, day);
    case 2: return fmt::format("{:04}{:02}{:02}", year, month, day);
    case 3: return fmt::format("{}.{}.{}", year, month, day);
    case 4: return full_width(fmt::format("{}-{:02}-{:02}", year, month, day));
    default: return fmt::format("{}-{:02}-{:02}", year, month, day);
  }
}

std::string worn_amount(Random& random, double amount) {
  std::string plain = fmt::format("{:.2f}", amount);
  switch (random.below(5)) {
    case 0: return "¥" + plain;
    case 1: return plain + "元";
    case 2: return full_width(plain);
    case 3: return amount >= 1000 ? fmt::format("{},{:06.2f}", static_cast<int64_t>(amount) / 1000, amount - static_cast<double>(static_cast<int64_t>(amount) / 1000 * 1000)) : "RMB " + plain;
    default: return plain;
  }
}

std::string worn_gender(Random& random, char gender) {
  constexpr std::string_view kFemale[] = {"女", "F", "female", "2", "女士"}, kMale[] = {"男", "M", "Male", "1", "先生"};
  return std::string(gender == 'f' ? kFemale[random.below(5)] : kMale[random.below(5)]);
}

std::string slip(Random& random, std::string_view text) {
  std::string out(text);
  if (out.size() < 4) return out;
  size_t at = 1 + random.below(out.size() - 2);
  if (!std::isalpha(static_cast<unsigned char>(out[at])) || !std::isalpha(static_cast<unsigned char>(out[at + 1]))) return out;
  if (random.chance(0.5)) {
    std::swap(out[at], out[at + 1]);
  } else {
    out.erase(at, 1);
  }
  return out;
}

std::string email_form(Random& random, std::string_view email) {
  double u = random.uniform();
  if (u < 0.80) return std::string(email);
  if (u < 0.88) return upper(email);
  if (u < 0.92) return " " + std::string(email) + " ";
  if (u < 0.96) return slip(random, email);
  std::string out(email);
  if (out.ends_with(".com")) out.replace(out.size() - 3, 3, random.chance(0.5) ? "con" : "cm");
  return out;
}

std::string name_form(Random& random, const Identity& person) {
  double u = random.uniform();
  if (person.chinese) {
    if (u < 0.72) return person.full_name();
    if (u < 0.80) return person.given_latin + " " + person.family_latin;
    if (u < 0.86) return upper(person.family_latin) + " " + person.given_latin;
    if (u < 0.92) return person.family + (person.gender == 'f' ? "女士" : "先生");
    if (u < 0.96) return person.family + " " + person.given;
    return person.given + person.family;
  }
  if (u < 0.72) return person.full_name();
  if (u < 0.80) return person.family + ", " + person.given;
  if (u < 0.86) return upper(person.given + " " + person.family);
  if (u < 0.92) return person.family + " " + person.given;
  if (u < 0.96) return slip(random, person.full_name());
  return person.given.substr(0, 1) + ". " + person.family;
}

std::string local_date(Time time, std::string_view separator, bool day_first) {
  CivilDate date = civil_from_days((time + hours(8)).micros / days(1).micros);
  if (day_first) return fmt::format("{:02}{}{:02}{}{}", date.day, separator, date.month, separator, date.year);
  return fmt::format("{}{}{:02}{}{:02}", date.year, separator, date.month, separator, date.day);
}

std::string local_minute(Time time) {
  int64_t minute = (time + hours(8)).micros / minutes(1).micros % (24 * 60);
  return fmt::format("{} {:02}:{:02}", local_date(time, ".", true), minute / 60, minute % 60);
}

}  // namespace furrow::market
