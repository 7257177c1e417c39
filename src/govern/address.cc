#include "govern/address.h"

#include <algorithm>
#include <vector>

#include "govern/divisions.h"
#include "govern/places.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

// Between parts: blanks, commas, slashes, dashes before a Chinese character.
void skip_separators(std::string_view& text) {
  while (!text.empty()) {
    size_t at = 0;
    char32_t c = next_character(text, at);
    if (c != ' ' && c != ',' && c != 0xFF0C && c != '/' && c != '-' && c != 0x3001 && c != ';' && c != '|' && c != '>' && c != 0x00B7) return;
    text.remove_prefix(at);
  }
}

std::string without_inner_blanks(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    bool latin = i > 0 && i + 1 < text.size() && static_cast<unsigned char>(text[i - 1]) < 0x80 && static_cast<unsigned char>(text[i + 1]) < 0x80;
    if (text[i] != ' ' || latin) out += text[i];
  }
  return out;
}

std::string take_chinese_postcode(std::string& text) {
  for (std::string_view mark : {"邮编:", "邮编：", "邮政编码:", "邮政编码：", "邮编", "邮政编码"}) {
    if (size_t at = text.find(mark); at != std::string::npos) text.erase(at, mark.size());
  }
  auto digits_at = [&](size_t from) {
    size_t n = 0;
    while (from + n < text.size() && std::isdigit(static_cast<unsigned char>(text[from + n]))) ++n;
    return n;
  };
  if (digits_at(0) == 6) {
    std::string code = text.substr(0, 6);
    text = std::string(trim(std::string_view(text).substr(6)));
    return code;
  }
  if (text.size() > 7 && digits_at(text.size() - 6) == 6 && text[text.size() - 7] == ' ') {
    std::string code = text.substr(text.size() - 6);
    text.resize(text.size() - 7);
    return code;
  }
  return {};
}

struct Chain {
  const Division* province = nullptr;
  const Division* city = nullptr;
  const Division* district = nullptr;
};

void fill_above(Chain& chain) {
  const Division* low = chain.district ? chain.district : chain.city ? chain.city : chain.province;
  if (!low) return;
  chain.province = find_division(low->code / 10000 * 10000);
  if (low->level == DivisionLevel::kDistrict) chain.city = find_division(low->code / 100 * 100);
}

bool is_place_city(const Division* city) {
  return city && city->name != "市辖区" && city->name != "县" && city->name.find("直辖") == std::string_view::npos;
}

Address chinese_address(std::string text) {
  Address out;
  out.chinese = true;
  out.postcode = take_chinese_postcode(text);
  text = to_simplified(text);
  std::string_view rest = text;
  skip_separators(rest);
  for (std::string_view country : {"中华人民共和国", "中国大陆", "中国"}) {
    if (rest.starts_with(country)) rest.remove_prefix(country.size());
    skip_separators(rest);
  }
  Chain chain;
  int32_t within = 0;
  DivisionLevel from = DivisionLevel::kProvince;
  bool above_missing = false;
  for (int step = 0; step < 3; ++step) {
    size_t length = 0;
    auto found = divisions_at(rest, from, within, length);
    if (found.empty()) break;
    // A short name without its suffix ends a level only when it is not the start of a street's name (南京路, 上海路).
    std::string_view after = rest.substr(length);
    bool full = std::any_of(found.begin(), found.end(), [&](const Division* d) { return d->name.size() == length; });
    if (!full && (after.starts_with("路") || after.starts_with("街") || after.starts_with("大道") || after.starts_with("村") || after.starts_with("镇"))) break;
    const Division* chosen = found.front();
    bool unique = std::none_of(found.begin(), found.end(), [&](const Division* d) { return d->level == chosen->level && d != chosen; });
    if (!unique && !full) break;
    if (!unique && within == 0) break;  // 鼓楼区 alone is in four cities
    if (chosen->level == DivisionLevel::kDistrict && within == 0 && !full) break;
    above_missing |= chosen->level == DivisionLevel::kCity && !chain.province;
    above_missing |= chosen->level == DivisionLevel::kDistrict && !chain.province;
    (chosen->level == DivisionLevel::kProvince ? chain.province : chosen->level == DivisionLevel::kCity ? chain.city : chain.district) = chosen;
    rest.remove_prefix(length);
    skip_separators(rest);
    // 北京市北京市…, 上海上海市: a municipality named twice.
    if (chosen->level == DivisionLevel::kProvince && rest.starts_with(chosen->name)) {
      rest.remove_prefix(chosen->name.size());
      skip_separators(rest);
    }
    if (chosen->level == DivisionLevel::kProvince) {
      for (std::string_view word : {"市辖区", "直辖市"}) {
        if (rest.starts_with(word)) rest.remove_prefix(word.size());
      }
      skip_separators(rest);
    }
    within = chosen->code;
    from = chosen->level == DivisionLevel::kProvince ? DivisionLevel::kCity : DivisionLevel::kDistrict;
    if (chosen->level == DivisionLevel::kDistrict) break;
  }
  fill_above(chain);
  out.filled = above_missing;
  if (!chain.district && (chain.city || chain.province)) {
    size_t length = 0;
    auto elsewhere = divisions_at(rest, DivisionLevel::kCity, 0, length);
    bool named = std::any_of(elsewhere.begin(), elsewhere.end(), [&](const Division* d) { return d->name.size() == length && d->level == DivisionLevel::kDistrict; });
    if (named && length > 6) {
      out.contradiction = std::string((chain.city ? chain.city : chain.province)->name) + " has no " + std::string(rest.substr(0, length));
    }
  }
  if (chain.province) out.province = chain.province->name;
  if (is_place_city(chain.city)) out.city = chain.city->name;
  if (chain.district) out.district = chain.district->name;
  bool municipality = chain.province && !is_place_city(chain.city) && chain.province->name.ends_with("市");
  out.code = chain.district ? chain.district->code : is_place_city(chain.city) ? chain.city->code : chain.province ? chain.province->code : 0;
  out.detail = without_inner_blanks(rest);
  out.standard = out.province + out.city + out.district + out.detail;
  if (municipality && out.city.empty()) out.city = out.province;
  return out;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (char c : text) {
    if (c == ' ') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += c;
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string in_case_of(std::string_view like, std::string_view word) {
  if (like == to_upper(like) && like.size() > 1) return to_upper(word);
  if (like == to_lower(like)) return std::string(word);
  std::string out(word);
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

Address latin_address(std::string_view text) {
  Address out;
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(',', at), text.size());
    std::string_view part = trim(text.substr(at, end - at));
    if (!part.empty()) parts.emplace_back(part);
    at = end + 1;
  }
  for (std::string& part : parts) {
    std::vector<std::string> words = split_words(part);
    bool numbered = !words.empty() && std::isdigit(static_cast<unsigned char>(words.front()[0]));
    for (size_t i = 1; i < words.size(); ++i) {
      std::string plain = to_lower(words[i]);
      if (plain.ends_with('.')) plain.pop_back();
      std::string_view type = street_type(plain);
      // "St Kilda" is a saint: a street type ends the street, with a number or a unit behind it at most.
      bool ends = i + 1 == words.size() || std::isdigit(static_cast<unsigned char>(words[i + 1][0])) || is_unit_word(to_lower(words[i + 1]));
      if (!type.empty() && ends && numbered) words[i] = in_case_of(words[i].substr(0, words[i].find('.')), type);
    }
    part.clear();
    for (const std::string& word : words) part += (part.empty() ? "" : " ") + word;
  }
  // "Portland, OR 97201" or "Sydney NSW 2000".
  for (size_t i = parts.size(); i-- > (parts.size() > 1 ? 1u : 0u);) {
    std::vector<std::string> words = split_words(parts[i]);
    if (words.empty()) continue;
    if (auto code = read_postcode(words.back()); code && words.size() >= 2 && code->size() >= 4 && std::isdigit(static_cast<unsigned char>(words.back().back()))) {
      std::string state = state_code(words[words.size() - 2]);
      if (!state.empty()) {
        out.postcode = *code;
        out.province = state;
        words[words.size() - 2] = state;
        parts[i].clear();
        for (const std::string& word : words) parts[i] += (parts[i].empty() ? "" : " ") + word;
        break;
      }
    }
    if (std::string state = state_code(parts[i]); !state.empty() && i > 0) {
      out.province = state;
      parts[i] = state;
      break;
    }
  }
  for (const std::string& part : parts) out.standard += (out.standard.empty() ? "" : ", ") + part;
  out.detail = out.standard;
  return out;
}

}  // namespace

std::optional<Address> read_address(std::string_view raw) {
  std::string text = fold_width(clean_text(raw));
  if (text.empty() || text.size() > 600) return {};
  Address address = has_han(text) ? chinese_address(std::move(text)) : latin_address(text);
  if (address.standard.empty()) return {};
  return address;
}

bool is_standard_address(std::string_view text) {
  auto address = read_address(text);
  if (!address || address->standard != text) return false;
  return !address->chinese || (address->code != 0 && address->contradiction.empty());
}

std::optional<Place> read_place(std::string_view raw, PlaceLevel level) {
  std::string text = fold_width(clean_text(raw));
  if (text.empty() || text.size() > 120) return {};
  Place place;
  if (level == PlaceLevel::kCountry) {
    place.country = country_code(text);
    place.standard = place.country.empty() ? text : place.country;
    return place;
  }
  std::string plain = has_han(text) ? to_simplified(without_inner_blanks(text)) : text;
  std::string chinese = has_han(plain) ? plain : chinese_city_of(plain);
  if (!chinese.empty()) {
    DivisionLevel wanted = level == PlaceLevel::kProvince ? DivisionLevel::kProvince : level == PlaceLevel::kCity ? DivisionLevel::kCity : DivisionLevel::kDistrict;
    const Division* best = nullptr;
    bool several = false;
    for (const Division* division : divisions_named(chinese)) {
      bool municipality = level == PlaceLevel::kCity && division->level == DivisionLevel::kProvince && division->name.ends_with("市");
      bool county_city = level == PlaceLevel::kCity && division->level == DivisionLevel::kDistrict && division->name.ends_with("市");
      if (division->level != wanted && !municipality && !county_city) continue;
      if (best && best->level == division->level) several = true;
      if (!best) best = division;
    }
    if (best) {
      place.standard = best->name;
      if (!several) place.code = best->code;
      place.country = "CN";
      return place;
    }
    if (Address address = chinese_address(chinese); address.code != 0 && address.detail.empty() && level == PlaceLevel::kCity && !address.city.empty() && address.district.empty()) {
      return read_place(address.city, level);  // 浙江省杭州市 in a city column
    }
  }
  place.standard = plain;
  place.country = country_of_city(plain);
  if (std::string state = level == PlaceLevel::kProvince ? state_code(plain) : ""; !state.empty()) place.standard = state;
  return place;
}

std::optional<std::string> read_postcode(std::string_view raw) {
  std::string text = to_upper(fold_width(clean_text(raw)));
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  if (text.size() < 3 || text.size() > 10) return {};
  bool digit = false;
  for (char c : text) {
    bool number = c >= '0' && c <= '9';
    digit |= number;
    if (!number && !(c >= 'A' && c <= 'Z') && c != ' ' && c != '-') return {};
  }
  if (!digit) return {};
  return text;
}

}  // namespace furrow::govern
