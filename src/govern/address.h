// Addresses: Chinese ones to province, city, district and the rest with the GB/T 2260 code; Latin ones to one spelling.
//
// Chinese: 中国/邮编 prefixes, blanks and punctuation between the parts go; short names become full ones
// (浙江杭州西湖区文三路90号 → 浙江省杭州市西湖区文三路90号); what is missing above is filled in when the part below is the only one
// of its name (浦东新区世纪大道1号 → 上海市浦东新区世纪大道1号). Contradictions (上海市西湖区) are told, not mended.
// Latin: blanks and commas in order, street types spelt out (St., Rd, Ave → Street, Road, Avenue where they end the
// street), states of the US, Canada and Australia as their abbreviation, postcode taken out. Case stays.
// Threads: any. Cost: 1 to 3 µs.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace furrow::govern {

struct Address {
  std::string standard;
  std::string province, city, district;  // Chinese: full names; Latin: state, "", ""
  std::string detail;                    // the rest: street and number
  std::string postcode;
  int32_t code = 0;                      // of the finest division found; 0 for none
  bool chinese = false;
  bool filled = false;                   // a level above was filled in
  std::string contradiction;             // a sentence, "" for none
};

std::optional<Address> read_address(std::string_view text);
bool is_standard_address(std::string_view text);

// One place name (a city or province column). Chinese or its pinyin: the full name with its code ("杭州", "杭州市",
// "Hangzhou" → 杭州市 330100); others: width, blanks, case, code 0.
struct Place {
  std::string standard;
  int32_t code = 0;
  std::string country;  // ISO 3166-1 alpha-2 for well-known cities and countries' names, "" else
};
enum class PlaceLevel : uint8_t { kCountry, kProvince, kCity, kDistrict };
std::optional<Place> read_place(std::string_view text, PlaceLevel level);

// ISO 3166-1 alpha-2 of a country's name or code in Chinese or English ("中国", "China", "CHN", "UK"); "" for none.
std::string country_code(std::string_view text);

// Of six digits (China) or letters and digits (UK, Canada, Netherlands): upper case, one blank where the country has it.
std::optional<std::string> read_postcode(std::string_view text);

}  // namespace furrow::govern
