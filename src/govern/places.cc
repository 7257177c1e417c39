#include "govern/places.h"

#include <unordered_map>

#include "govern/address.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using PlaceWords = std::unordered_map<std::string_view, std::string_view>;

const PlaceWords& states() {
  static const PlaceWords table{
      {"alabama", "AL"}, {"alaska", "AK"}, {"arizona", "AZ"}, {"arkansas", "AR"}, {"california", "CA"}, {"colorado", "CO"}, {"connecticut", "CT"},
      {"delaware", "DE"}, {"florida", "FL"}, {"georgia", "GA"}, {"hawaii", "HI"}, {"idaho", "ID"}, {"illinois", "IL"}, {"indiana", "IN"},
      {"iowa", "IA"}, {"kansas", "KS"}, {"kentucky", "KY"}, {"louisiana", "LA"}, {"maine", "ME"}, {"maryland", "MD"}, {"massachusetts", "MA"},
      {"michigan", "MI"}, {"minnesota", "MN"}, {"mississippi", "MS"}, {"missouri", "MO"}, {"montana", "MT"}, {"nebraska", "NE"}, {"nevada", "NV"},
      {"new hampshire", "NH"}, {"new jersey", "NJ"}, {"new mexico", "NM"}, {"new york", "NY"}, {"north carolina", "NC"}, {"north dakota", "ND"},
      {"ohio", "OH"}, {"oklahoma", "OK"}, {"oregon", "OR"}, {"pennsylvania", "PA"}, {"rhode island", "RI"}, {"south carolina", "SC"},
      {"south dakota", "SD"}, {"tennessee", "TN"}, {"texas", "TX"}, {"utah", "UT"}, {"vermont", "VT"}, {"virginia", "VA"}, {"washington", "WA"},
      {"west virginia", "WV"}, {"wisconsin", "WI"}, {"wyoming", "WY"}, {"district of columbia", "DC"},
      {"new south wales", "NSW"}, {"victoria", "VIC"}, {"queensland", "QLD"}, {"south australia", "SA"}, {"western australia", "WA"},
      {"tasmania", "TAS"}, {"northern territory", "NT"}, {"australian capital territory", "ACT"},
      {"ontario", "ON"}, {"quebec", "QC"}, {"british columbia", "BC"}, {"alberta", "AB"}, {"manitoba", "MB"}, {"saskatchewan", "SK"},
      {"nova scotia", "NS"}, {"new brunswick", "NB"}, {"calif", "CA"}, {"mass", "MA"}, {"penn", "PA"}, {"tex", "TX"}, {"fla", "FL"}};
  return table;
}

}  // namespace

std::string_view street_type(std::string_view abbreviation) {
  static const PlaceWords table{{"st", "street"}, {"str", "street"}, {"rd", "road"}, {"ave", "avenue"}, {"av", "avenue"}, {"blvd", "boulevard"},
                           {"dr", "drive"}, {"ln", "lane"}, {"ct", "court"}, {"crt", "court"}, {"pl", "place"}, {"sq", "square"}, {"hwy", "highway"},
                           {"pde", "parade"}, {"cres", "crescent"}, {"cr", "crescent"}, {"tce", "terrace"}, {"ter", "terrace"}, {"pkwy", "parkway"},
                           {"cl", "close"}, {"cct", "circuit"}, {"cir", "circle"}, {"trl", "trail"}, {"gr", "grove"}, {"gdns", "gardens"}, {"wy", "way"}};
  auto at = table.find(abbreviation);
  return at == table.end() ? std::string_view() : at->second;
}

bool is_unit_word(std::string_view word) {
  for (std::string_view unit : {"apt", "apt.", "apartment", "suite", "ste", "ste.", "unit", "floor", "fl", "flat", "room", "rm", "#", "n", "s", "e", "w", "nw", "ne", "sw", "se"}) {
    if (word == unit) return true;
  }
  return word.starts_with('#');
}

std::string state_code(std::string_view text) {
  std::string plain = to_lower(clean_text(text));
  if (plain.ends_with('.')) plain.pop_back();
  if (auto at = states().find(plain); at != states().end()) return std::string(at->second);
  if (plain.size() < 2 || plain.size() > 3) return {};
  std::string upper = to_upper(plain);
  for (const auto& [name, code] : states()) {
    if (code == upper) return upper;
  }
  return {};
}

std::string country_of_city(std::string_view city) {
  static const PlaceWords table{
      {"london", "GB"}, {"manchester", "GB"}, {"birmingham", "GB"}, {"edinburgh", "GB"}, {"paris", "FR"}, {"lyon", "FR"}, {"marseille", "FR"},
      {"berlin", "DE"}, {"munich", "DE"}, {"hamburg", "DE"}, {"frankfurt", "DE"}, {"cologne", "DE"}, {"madrid", "ES"}, {"barcelona", "ES"},
      {"sao paulo", "BR"}, {"rio de janeiro", "BR"}, {"tokyo", "JP"}, {"osaka", "JP"}, {"seoul", "KR"}, {"busan", "KR"}, {"mumbai", "IN"},
      {"delhi", "IN"}, {"bangalore", "IN"}, {"new york", "US"}, {"los angeles", "US"}, {"chicago", "US"}, {"san francisco", "US"}, {"houston", "US"},
      {"boston", "US"}, {"seattle", "US"}, {"sydney", "AU"}, {"melbourne", "AU"}, {"toronto", "CA"}, {"vancouver", "CA"}, {"singapore", "SG"},
      {"rome", "IT"}, {"milan", "IT"}, {"amsterdam", "NL"}, {"vienna", "AT"}, {"zurich", "CH"}, {"moscow", "RU"}, {"bangkok", "TH"},
      {"东京", "JP"}, {"伦敦", "GB"}, {"巴黎", "FR"}, {"柏林", "DE"}, {"马德里", "ES"}, {"圣保罗", "BR"}, {"首尔", "KR"}, {"孟买", "IN"}, {"纽约", "US"}};
  auto at = table.find(to_lower(without_marks(clean_text(city))));
  return at == table.end() ? std::string() : std::string(at->second);
}

std::string chinese_city_of(std::string_view pinyin) {
  static const PlaceWords table{
      {"beijing", "北京"}, {"shanghai", "上海"}, {"tianjin", "天津"}, {"chongqing", "重庆"}, {"guangzhou", "广州"}, {"shenzhen", "深圳"},
      {"hangzhou", "杭州"}, {"chengdu", "成都"}, {"wuhan", "武汉"}, {"xian", "西安"}, {"nanjing", "南京"}, {"suzhou", "苏州市"}, {"xiamen", "厦门"},
      {"ningbo", "宁波"}, {"qingdao", "青岛"}, {"dalian", "大连"}, {"shenyang", "沈阳"}, {"changsha", "长沙"}, {"zhengzhou", "郑州"}, {"jinan", "济南"},
      {"hefei", "合肥"}, {"fuzhou", "福州"}, {"kunming", "昆明"}, {"harbin", "哈尔滨"}, {"haerbin", "哈尔滨"}, {"changchun", "长春"}, {"dongguan", "东莞"},
      {"foshan", "佛山"}, {"wuxi", "无锡"}, {"nanning", "南宁"}, {"guiyang", "贵阳"}, {"lanzhou", "兰州"}, {"taiyuan", "太原"}, {"shijiazhuang", "石家庄"},
      {"nanchang", "南昌"}, {"urumqi", "乌鲁木齐"}, {"haikou", "海口"}, {"sanya", "三亚"}, {"zhuhai", "珠海"}, {"wenzhou", "温州"}, {"hohhot", "呼和浩特"}};
  std::string plain;
  for (char c : to_lower(clean_text(pinyin))) {
    if (c >= 'a' && c <= 'z') plain += c;
    else if (c != '\'' && c != ' ' && c != '-') return {};
  }
  if (plain.ends_with("city")) plain.resize(plain.size() - 4);
  if (plain.ends_with("shi") && plain != "shi" && table.contains(std::string_view(plain).substr(0, plain.size() - 3))) plain.resize(plain.size() - 3);
  auto at = table.find(plain);
  return at == table.end() ? std::string() : std::string(at->second);
}

std::string country_code(std::string_view text) {
  static const PlaceWords table{
      {"china", "CN"}, {"cn", "CN"}, {"chn", "CN"}, {"prc", "CN"}, {"中国", "CN"}, {"中国大陆", "CN"}, {"united states", "US"}, {"usa", "US"}, {"us", "US"},
      {"u.s.a.", "US"}, {"united states of america", "US"}, {"america", "US"}, {"美国", "US"}, {"united kingdom", "GB"}, {"uk", "GB"}, {"gb", "GB"}, {"gbr", "GB"},
      {"great britain", "GB"}, {"england", "GB"}, {"英国", "GB"}, {"germany", "DE"}, {"de", "DE"}, {"deu", "DE"}, {"deutschland", "DE"}, {"德国", "DE"},
      {"france", "FR"}, {"fr", "FR"}, {"fra", "FR"}, {"法国", "FR"}, {"spain", "ES"}, {"es", "ES"}, {"esp", "ES"}, {"西班牙", "ES"}, {"italy", "IT"}, {"it", "IT"},
      {"ita", "IT"}, {"意大利", "IT"}, {"japan", "JP"}, {"jp", "JP"}, {"jpn", "JP"}, {"日本", "JP"}, {"korea", "KR"}, {"south korea", "KR"}, {"kr", "KR"}, {"韩国", "KR"},
      {"india", "IN"}, {"in", "IN"}, {"印度", "IN"}, {"brazil", "BR"}, {"br", "BR"}, {"brasil", "BR"}, {"巴西", "BR"}, {"australia", "AU"}, {"au", "AU"},
      {"aus", "AU"}, {"澳大利亚", "AU"}, {"canada", "CA"}, {"ca", "CA"}, {"加拿大", "CA"}, {"russia", "RU"}, {"ru", "RU"}, {"俄罗斯", "RU"}, {"mexico", "MX"}, {"mx", "MX"},
      {"netherlands", "NL"}, {"nl", "NL"}, {"the netherlands", "NL"}, {"荷兰", "NL"}, {"belgium", "BE"}, {"be", "BE"}, {"switzerland", "CH"}, {"ch", "CH"}, {"瑞士", "CH"},
      {"austria", "AT"}, {"at", "AT"}, {"sweden", "SE"}, {"se", "SE"}, {"norway", "NO"}, {"no", "NO"}, {"denmark", "DK"}, {"dk", "DK"}, {"finland", "FI"}, {"fi", "FI"},
      {"poland", "PL"}, {"pl", "PL"}, {"portugal", "PT"}, {"pt", "PT"}, {"ireland", "IE"}, {"ie", "IE"}, {"eire", "IE"}, {"greece", "GR"}, {"gr", "GR"},
      {"singapore", "SG"}, {"sg", "SG"}, {"新加坡", "SG"}, {"malaysia", "MY"}, {"my", "MY"}, {"马来西亚", "MY"}, {"thailand", "TH"}, {"th", "TH"}, {"泰国", "TH"},
      {"hong kong", "HK"}, {"hk", "HK"}, {"香港", "HK"}, {"taiwan", "TW"}, {"tw", "TW"}, {"台湾", "TW"}, {"macau", "MO"}, {"mo", "MO"}, {"澳门", "MO"}};
  auto at = table.find(to_lower(to_simplified(fold_width(clean_text(text)))));
  return at == table.end() ? std::string() : std::string(at->second);
}

}  // namespace furrow::govern
