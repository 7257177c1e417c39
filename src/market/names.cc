#include "market/names.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <string_view>

namespace furrow::market {
namespace {

struct Word {
  std::string_view text, latin;
};
constexpr std::array<Word, 40> kSurnames{{
    {"王", "Wang"}, {"李", "Li"}, {"张", "Zhang"}, {"刘", "Liu"}, {"陈", "Chen"}, {"杨", "Yang"}, {"赵", "Zhao"}, {"黄", "Huang"},
    {"周", "Zhou"}, {"吴", "Wu"}, {"徐", "Xu"}, {"孙", "Sun"}, {"胡", "Hu"}, {"朱", "Zhu"}, {"高", "Gao"}, {"林", "Lin"},
    {"何", "He"}, {"郭", "Guo"}, {"马", "Ma"}, {"罗", "Luo"}, {"梁", "Liang"}, {"宋", "Song"}, {"郑", "Zheng"}, {"谢", "Xie"},
    {"韩", "Han"}, {"唐", "Tang"}, {"冯", "Feng"}, {"于", "Yu"}, {"董", "Dong"}, {"萧", "Xiao"}, {"程", "Cheng"}, {"曹", "Cao"},
    {"袁", "Yuan"}, {"邓", "Deng"}, {"许", "Xu"}, {"傅", "Fu"}, {"沈", "Shen"}, {"曾", "Zeng"}, {"彭", "Peng"}, {"欧阳", "Ouyang"},
}};
constexpr std::array<Word, 48> kGivenCharacters{{
    {"伟", "wei"}, {"芳", "fang"}, {"娜", "na"}, {"敏", "min"}, {"静", "jing"}, {"丽", "li"}, {"强", "qiang"}, {"磊", "lei"},
    {"军", "jun"}, {"洋", "yang"}, {"勇", "yong"}, {"艳", "yan"}, {"杰", "jie"}, {"娟", "juan"}, {"涛", "tao"}, {"明", "ming"},
    {"超", "chao"}, {"秀", "xiu"}, {"霞", "xia"}, {"平", "ping"}, {"刚", "gang"}, {"桂", "gui"}, {"英", "ying"}, {"华", "hua"},
    {"玉", "yu"}, {"兰", "lan"}, {"红", "hong"}, {"建", "jian"}, {"文", "wen"}, {"辉", "hui"}, {"鑫", "xin"}, {"宇", "yu"},
    {"博", "bo"}, {"欣", "xin"}, {"怡", "yi"}, {"晨", "chen"}, {"浩", "hao"}, {"然", "ran"}, {"子", "zi"}, {"轩", "xuan"},
    {"雨", "yu"}, {"佳", "jia"}, {"琪", "qi"}, {"梦", "meng"}, {"思", "si"}, {"远", "yuan"}, {"昊", "hao"}, {"凯", "kai"},
}};
constexpr std::array<std::string_view, 36> kGivenNames{
    "Ana", "Maria", "Emma", "Olivia", "Sofia", "Julia", "Laura", "Elena", "Nina", "Sara", "Chloe", "Aisha",
    "Yuki", "Priya", "Hannah", "Ingrid", "Zoe", "Fatima", "James", "Liam", "Noah", "David", "Lucas", "Daniel",
    "Marco", "Omar", "Kenji", "Arjun", "Peter", "Thomas", "Ivan", "Pablo", "Erik", "Jean-Luc", "Samuel", "Diego"};
constexpr std::array<std::string_view, 36> kFamilyNames{
    "Smith", "Johnson", "Garcia", "Martinez", "Rossi", "Müller", "Schmidt", "Dubois", "Laurent", "Silva", "Santos", "Novak",
    "Kowalski", "Ivanova", "Petrov", "Tanaka", "Suzuki", "Kim", "Park", "Nguyen", "Patel", "Singh", "Khan", "Ali",
    "Hansen", "Larsen", "O'Brien", "Murphy", "Brown", "Taylor", "Wilson", "López", "Fernández", "Andersson", "Meyer", "Costa"};
struct Town {
  std::string_view text, latin, country, dial;
};
constexpr std::array<Town, 12> kChineseTowns{{
    {"上海", "Shanghai", "CN", "+86"}, {"北京", "Beijing", "CN", "+86"}, {"广州", "Guangzhou", "CN", "+86"}, {"深圳", "Shenzhen", "CN", "+86"},
    {"杭州", "Hangzhou", "CN", "+86"}, {"成都", "Chengdu", "CN", "+86"}, {"武汉", "Wuhan", "CN", "+86"}, {"西安", "Xi'an", "CN", "+86"},
    {"南京", "Nanjing", "CN", "+86"}, {"重庆", "Chongqing", "CN", "+86"}, {"苏州", "Suzhou", "CN", "+86"}, {"厦门", "Xiamen", "CN", "+86"},
}};
constexpr std::array<Town, 9> kOtherTowns{{
    {"London", "London", "GB", "+44"}, {"Paris", "Paris", "FR", "+33"}, {"Berlin", "Berlin", "DE", "+49"},
    {"Madrid", "Madrid", "ES", "+34"}, {"São Paulo", "Sao Paulo", "BR", "+55"}, {"Tokyo", "Tokyo", "JP", "+81"},
    {"Seoul", "Seoul", "KR", "+82"}, {"Mumbai", "Mumbai", "IN", "+91"}, {"New York", "New York", "US", "+1"},
}};
constexpr std::array<std::string_view, 4> kChineseMail{"qq.com", "163.com", "126.com", "sina.com"};
constexpr std::array<std::string_view, 4> kOtherMail{"gmail.com", "outlook.com", "yahoo.com", "icloud.com"};
constexpr std::array<std::string_view, 10> kMobilePrefixes{"138", "139", "136", "137", "150", "158", "186", "188", "177", "199"};

template <class Table>
const auto& pick(Random& random, const Table& table) {
  return table[random.below(table.size())];
}

std::string ascii_letters(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) && static_cast<unsigned char>(c) < 128) out += static_cast<char>(std::tolower(c));
  }
  return out;
}

std::string capital(std::string_view word) {
  std::string out(word);
  out[0] = static_cast<char>(std::toupper(out[0]));
  return out;
}

void invent_chinese(Random& random, size_t index, Identity& person) {
  const Word& surname = pick(random, kSurnames);
  const Word& first = pick(random, kGivenCharacters);
  person.family = surname.text;
  person.family_latin = surname.latin;
  person.given = first.text;
  person.given_latin = capital(first.latin);
  if (random.chance(0.8)) {
    const Word& second = pick(random, kGivenCharacters);
    person.given += second.text;
    person.given_latin += second.latin;
  }
  const Town& town = pick(random, kChineseTowns);
  person.city = town.text;
  person.city_latin = town.latin;
  person.country = town.country;
  // Prefix and eight digits; the affine map of the index keeps numbers distinct (10^8 is coprime to the factor).
  person.phone = fmt::format("+86{}{:08}", pick(random, kMobilePrefixes), (index * 73'856'093ULL + 1'234'567) % 100'000'000);
}

// A number that the country's plan knows as a mobile one, out of eight digits.
std::string foreign_mobile(std::string_view country, uint64_t draw, uint64_t digits) {
  if (country == "GB") return fmt::format("74{:08}", digits);
  if (country == "FR") return fmt::format("6{:08}", digits);
  if (country == "DE") return fmt::format("1{}{:08}", 51 + draw, digits);
  if (country == "ES") return fmt::format("6{:08}", digits);
  if (country == "BR") return fmt::format("119{}{:07}", 6 + digits / 10'000'000 % 4, digits % 10'000'000);
  if (country == "JP") return fmt::format("{}0{}{:07}", 7 + draw, 1 + digits / 10'000'000 % 9, digits % 10'000'000);
  if (country == "KR") return fmt::format("10{}{:07}", 2 + digits / 10'000'000 % 8, digits % 10'000'000);
  if (country == "IN") return fmt::format("9{}{:08}", 6 + draw, digits);
  constexpr std::string_view kAreas[] = {"212", "646", "718", "917", "347", "929", "415", "312", "617", "206"};
  return fmt::format("{}{}{:06}", kAreas[digits / 10'000'000 % 10], 2 + digits / 1'000'000 % 8, digits % 1'000'000);
}

void invent_foreign(Random& random, size_t index, Identity& person) {
  person.given = pick(random, kGivenNames);
  person.family = pick(random, kFamilyNames);
  person.given_latin = person.given;
  person.family_latin = person.family;
  const Town& town = pick(random, kOtherTowns);
  person.city = town.text;
  person.city_latin = town.latin;
  person.country = town.country;
  person.phone = std::string(town.dial) + foreign_mobile(town.country, random.below(3), (index * 73'856'093ULL + 7'654'321) % 100'000'000);
}

}  // namespace

Identity invent_identity(Random& random, size_t index) {
  Identity person;
  person.chinese = random.chance(0.8);
  person.gender = random.chance(0.54) ? 'f' : 'm';
  if (person.chinese) {
    invent_chinese(random, index, person);
  } else {
    invent_foreign(random, index, person);
  }
  std::string local = ascii_letters(person.given_latin) + (random.chance(0.5) ? "." : "_") + ascii_letters(person.family_latin);
  auto domain = person.chinese && random.chance(0.8) ? pick(random, kChineseMail) : pick(random, kOtherMail);
  person.email = fmt::format("{}{}@{}", local, index + 10, domain);
  return person;
}

}  // namespace furrow::market
