#include "govern/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <cctype>

#include "base/ascii.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

bool is_chinese_mobile(std::string_view digits) {
  return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9';
}

struct Written {
  std::string number;     // digits, with + in front when so written
  std::string extension;
  bool plausible = false;
};

// Takes an extension off the end of `text`.
std::string take_extension(std::string& text) {
  for (std::string_view mark : {"转", "轉", "分机", ";ext=", "extension", "ext.", "ext", "#", "x"}) {
    size_t at = text.rfind(mark);
    if (at == std::string::npos || at == 0) continue;
    std::string digits;
    bool clean = true;
    for (char c : std::string_view(text).substr(at + mark.size())) {
      if (is_digit(c)) digits += c;
      else if (c != ' ' && c != ':' && c != '.' && c != '-') clean = false;
    }
    if (!clean || digits.empty() || digits.size() > 7) continue;
    text.resize(at);
    return digits;
  }
  return {};
}

Written tidy(std::string_view raw) {
  Written out;
  std::string text = to_lower(fold_width(trim(raw)));
  for (std::string_view label : {"tel:", "phone:", "mobile:", "cell:", "tel", "电话", "手机号", "手机", "联系电话", "传真"}) {
    if (text.starts_with(label)) text.erase(0, label.size());
  }
  if (text.starts_with("：")) text.erase(0, 3);
  out.extension = take_extension(text);
  if (text.ends_with(".0") && text.find_first_not_of("0123456789.") == std::string::npos) text.resize(text.size() - 2);
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_character(text, at);
    if (c >= '0' && c <= '9') out.number += static_cast<char>(c);
    else if (c == '+' && out.number.empty()) out.number += '+';
    else if (c == '+' && out.number == "00") out.number = "+";
    else if (std::u32string_view(U" -()./:'\u2010\u2011\u2012\u2013\u2014\u00A0\u2022·_~").find(c) == std::u32string_view::npos) return out;
  }
  // "(0)" after a country code is the trunk prefix, which is not dialled from abroad.
  size_t digits = out.number.size() - out.number.starts_with('+');
  out.plausible = digits >= 5 && digits <= 17;
  if (text.find("(0)") != std::string::npos && out.number.starts_with('+')) {
    std::string before;
    for (char c : text.substr(0, text.find("(0)"))) {
      if (is_digit(c)) before += c;
    }
    out.number.erase(1 + before.size(), 1);
  }
  if (out.number.starts_with("00") && digits > 9) out.number.replace(0, 2, "+");
  if (out.number.starts_with("086") && is_chinese_mobile(std::string_view(out.number).substr(3))) out.number.replace(0, 3, "+86");
  if (out.number.starts_with("+086")) out.number.erase(1, 1);
  if (out.number.starts_with("+8600")) out.number.erase(3, 2);
  if (out.number.size() == 13 && out.number.starts_with("86") && is_chinese_mobile(std::string_view(out.number).substr(2))) {
    out.number.insert(0, "+");
  }
  return out;
}

Phone finish(Phone phone, const std::string& extension) {
  if (!extension.empty()) phone.e164 += ";ext=" + extension;
  return phone;
}

std::optional<Phone> by_plan(const std::string& number, std::string_view region, const std::string& extension) {
  const PhoneNumberUtil& plans = *PhoneNumberUtil::GetInstance();
  PhoneNumber parsed;
  std::string where = region.empty() ? "ZZ" : std::string(region);
  if (plans.Parse(number, where, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR) return {};
  Phone phone;
  phone.international = number.starts_with('+');
  // Regions that share a country code (US and Canada, GB and Guernsey) share their numbers in a column, too.
  if (!plans.IsValidNumber(parsed)) return {};
  plans.Format(parsed, PhoneNumberUtil::E164, &phone.e164);
  plans.GetRegionCodeForNumber(parsed, &phone.region);
  auto type = plans.GetNumberType(parsed);
  phone.mobile = type == PhoneNumberUtil::MOBILE || type == PhoneNumberUtil::FIXED_LINE_OR_MOBILE;
  return finish(std::move(phone), extension);
}

// 400 and 800 numbers of China have no area code and are not dialled from abroad, but have an E.164 form all the same.
std::optional<Phone> service_number(const std::string& number, const std::string& extension) {
  std::string_view national = number;
  if (national.starts_with("+86")) national.remove_prefix(3);
  if (national.size() != 10 || !(national.starts_with("400") || national.starts_with("800"))) return {};
  return finish({"+86" + std::string(national), "CN", false, number.starts_with('+')}, extension);
}

}  // namespace

std::optional<Phone> read_phone(std::string_view text, std::string_view region) {
  if (text.empty() || text.size() > 64) return {};
  Written written = tidy(text);
  if (!written.plausible) return {};
  std::string_view number = written.number;
  bool with_code = number.starts_with("+86");
  if (with_code && is_chinese_mobile(number.substr(3))) {
    return finish({written.number, "CN", true, true}, written.extension);
  }
  if (region == "CN" && is_chinese_mobile(number)) return finish({"+86" + written.number, "CN", true, false}, written.extension);
  if (with_code || region == "CN") {
    if (auto service = service_number(written.number, written.extension)) return service;
  }
  // "0" + Chinese mobile: the prefix for a mobile of another city, of old.
  if (region == "CN" && number.size() == 12 && number[0] == '0' && is_chinese_mobile(number.substr(1))) {
    return finish({"+86" + written.number.substr(1), "CN", true, false}, written.extension);
  }
  if (auto found = by_plan(written.number, region, written.extension)) return found;
  // A country code without its "+": only when nothing of the region fits and the length says so.
  if (!number.starts_with('+') && number.size() >= 11) {
    if (auto found = by_plan("+" + written.number, {}, written.extension)) {
      std::string dial = std::to_string(PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(std::string(region)));
      if (number.starts_with(dial)) return found;
    }
  }
  return {};
}

std::string infer_region(std::span<const std::string> sample, std::string_view hint) {
  std::vector<const std::string*> national;
  for (const std::string& text : sample) {
    Written written = tidy(text);
    if (written.plausible && !written.number.starts_with('+')) national.push_back(&text);
    if (national.size() >= 100) break;
  }
  if (national.empty()) return std::string(hint);
  static constexpr std::array<std::string_view, 26> kRegions{"CN", "US", "GB", "DE", "FR", "ES", "IT", "BR", "IN", "JP", "KR", "AU", "CA",
                                                             "MX", "NL", "SG", "HK", "TW", "MY", "TH", "ID", "VN", "PH", "RU", "ZA", "PL"};
  std::string best;
  size_t most = 0;
  auto consider = [&](std::string_view region) {
    size_t valid = 0;
    for (const std::string* text : national) valid += read_phone(*text, region).has_value();
    if (valid > most) {
      most = valid;
      best = region;
    }
  };
  if (!hint.empty()) consider(hint);
  for (std::string_view region : kRegions) {
    if (most * 4 >= national.size() * 3) break;
    consider(region);
  }
  return most * 2 >= national.size() ? best : std::string(hint);
}

bool is_standard_phone(std::string_view text) {
  if (!text.starts_with('+')) return false;
  std::string_view number = text.substr(0, text.find(";ext="));
  if (number.size() < 8 || number.size() > 16) return false;
  for (char c : number.substr(1)) {
    if (!is_digit(c)) return false;
  }
  auto phone = read_phone(text, {});
  return phone && phone->e164 == text;
}

bool is_dummy_phone(std::string_view e164) {
  std::string_view digits = e164.substr(0, e164.find(';'));
  if (digits.starts_with("+86")) digits.remove_prefix(3);
  else if (digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.size() < 7) return false;
  std::string_view tail = digits.substr(digits.size() - 7);
  bool same = true, run = true;
  for (size_t i = 1; i < tail.size(); ++i) {
    same &= tail[i] == tail[0];
    run &= tail[i] == tail[i - 1] + 1;
  }
  return same || run || digits == "13800138000" || digits == "13800000000";
}

}  // namespace furrow::govern
