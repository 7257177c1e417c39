// Each standardiser on the forms that real files hold: what it makes of them, that it leaves its own results alone, and what
// it refuses.
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/random.h"
#include "govern/address.h"
#include "govern/cell_standardizer.h"
#include "govern/date_scanner.h"
#include "govern/dates.h"
#include "govern/email.h"
#include "govern/enumerations.h"
#include "govern/id_numbers.h"
#include "govern/numbers.h"
#include "govern/person_name.h"
#include "govern/phone.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(TextForm, FoldsWidthBlanksAndControls) {
  EXPECT_EQ(fold_width("１３８　ＡＢｃ￥"), "138 ABc¥");
  EXPECT_EQ(clean_text("\xEF\xBB\xBF  a\u00A0\u200Bb \x01 c  "), "a b c");
  EXPECT_EQ(clean_text(" 两\n行 ", true), "两\n行");
  EXPECT_EQ(to_simplified("陳國華 台灣"), "陈国华 台湾");
  EXPECT_EQ(han_script("陈"), Script::kSimplified);
  EXPECT_EQ(han_script("陳"), Script::kTraditional);
  EXPECT_EQ(han_script("王小明"), Script::kNeither);
  EXPECT_EQ(comparison_key("ＣＡＦÉ  Nero "), "cafe nero");
}

TEST(TextForm, RepairsTextReadInTheWrongEncoding) {
  EXPECT_EQ(repair_mojibake("CafÃ©"), "Café");
  EXPECT_EQ(repair_mojibake("ä¸Šæµ·"), "上海");
  EXPECT_EQ(repair_mojibake("涓枃"), std::nullopt);  // the GBK reader lost a byte: not explained in full
  EXPECT_EQ(repair_mojibake("浣犲ソ"), "你好");
  for (std::string fine : {"Café", "上海市", "müller", "São Paulo", "联通", "£5", "naïve", "Ångström", "质量很好，但是颜色和图片不一样"}) {
    EXPECT_EQ(repair_mojibake(fine), std::nullopt) << fine;
  }
}

TEST(TextForm, KnowsMissingMarkers) {
  for (std::string text : {"", "  ", "N/A", "null", "NULL", "无", "未知", "-", "—", "#N/A", "none", "nan"}) EXPECT_TRUE(is_missing_marker(text)) << text;
  for (std::string text : {"0", "no", "nancy", "无锡", "NA-12"}) EXPECT_FALSE(is_missing_marker(text)) << text;
  EXPECT_FALSE(is_missing_marker("无", false));
}

TEST(TextForm, KnowsCleanAscii) {
  auto naive = [](const std::string& text) {
    if (text.starts_with(' ') || text.ends_with(' ') || text.find("  ") != std::string::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  };
  Random random(7);
  size_t clean = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (uint64_t n = random.below(30); n > 0; --n) text += random.below(6) == 0 ? ' ' : static_cast<char>(random.below(random.below(10) == 0 ? 256 : 95) + (i % 2) * 33);
    ASSERT_EQ(is_clean_ascii(text), naive(text)) << text;
    ASSERT_EQ(is_ascii(text), std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) << text;
    clean += naive(text);
  }
  EXPECT_GT(clean, 2'000u);
}

TEST(TextForm, ShortIdsAreNoMarkers) {
  ColumnPlan plan;
  plan.meaning = Meaning::kId;
  CellStandardizer ids(plan);
  for (std::string text : {"m-21d8c12279323606", "N-1", "x9", "U100", "#12"}) {
    const CellOutcome& outcome = ids.apply(text);
    EXPECT_EQ(outcome.state, CellState::kStandard) << text;
    EXPECT_EQ(outcome.value, text);
    EXPECT_EQ(outcome.rule, "");
  }
  EXPECT_EQ(ids.apply(" m-1 ").rule, "clean.text");
  for (std::string text : {"N/A", "null", "#DIV/0!", "undefined"}) {
    const CellOutcome& outcome = ids.apply(text);
    EXPECT_EQ(outcome.state, CellState::kMissing) << text;
    EXPECT_EQ(outcome.rule, "missing.marker") << text;
    EXPECT_EQ(outcome.value, "");
  }
}

TEST(Phone, ReadsChineseForms) {
  for (std::string text : {"13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "0086 13812345678", "(+86) 13812345678", "１３８１２３４５６７８", "86-138-1234-5678",
                           "手机:13812345678", "tel: 138.1234.5678", "013812345678", "13812345678.0", "+86（138）12345678"}) {
    auto phone = read_phone(text, "CN");
    ASSERT_TRUE(phone) << text;
    EXPECT_EQ(phone->e164, "+8613812345678") << text;
    EXPECT_TRUE(phone->mobile);
  }
  EXPECT_EQ(read_phone("010-88886666", "CN")->e164, "+861088886666");
  EXPECT_EQ(read_phone("(0571) 8765 4321", "CN")->e164, "+8657187654321");
  EXPECT_EQ(read_phone("010-88886666转801", "CN")->e164, "+861088886666;ext=801");
  EXPECT_EQ(read_phone("400-800-8888", "CN")->e164, "+864008008888");
  for (std::string text : {"12345", "1.38E+10", "23812345678", "客户拒绝", "", "138123456789012345"}) EXPECT_FALSE(read_phone(text, "CN")) << text;
}

TEST(Phone, ReadsOtherCountriesAndInfersTheRegion) {
  EXPECT_EQ(read_phone("(212) 555-0123 x12", "US")->e164, "+12125550123;ext=12");
  EXPECT_EQ(read_phone("020 7946 0958", "GB")->e164, "+442079460958");
  EXPECT_EQ(read_phone("+44 (0)20 7946 0958", "CN")->e164, "+442079460958");
  EXPECT_EQ(read_phone("+1 212-555-0123", "CN")->region, "US");
  std::vector<std::string> british{"020 7946 0958", "07911 123456", "0121 234 5678"}, chinese{"13812345678", "13912345678", "010-88886666"};
  EXPECT_EQ(infer_region(british), "GB");
  EXPECT_EQ(infer_region(chinese), "CN");
  EXPECT_TRUE(is_standard_phone("+442079460958"));
  EXPECT_FALSE(is_standard_phone("02079460958"));
  EXPECT_FALSE(is_standard_phone("+8600000"));
  EXPECT_TRUE(is_dummy_phone("+8613800138000"));
  EXPECT_FALSE(is_dummy_phone("+8613812345670"));
}

TEST(Email, GivesOneSpellingAndFlagsSlips) {
  for (std::string text : {" Ana.Silva@Gmail.com ", "ana.silva@gmail.com.", "ANA.SILVA@GMAIL.COM", "Ana Silva <ana.silva@gmail.com>", "mailto:ana.silva@gmail.com", "ana.silva@gmail。com", "ａｎａ.silva@gmail.com"}) {
    auto email = read_email(text);
    ASSERT_TRUE(email) << text;
    EXPECT_EQ(email->address, "ana.silva@gmail.com");
    EXPECT_EQ(email->suspected_domain, "");
  }
  EXPECT_EQ(read_email("a@gmial.com")->suspected_domain, "gmail.com");
  EXPECT_EQ(read_email("a@qq.con")->suspected_domain, "qq.com");
  EXPECT_EQ(read_email("a@company.com")->suspected_domain, "");
  EXPECT_TRUE(read_email("info@x.de")->role);
  for (std::string text : {"a@b", "a.b.com", "@x.com", "a@@x.com", "a b@", "a..b@x.com", "无"}) EXPECT_FALSE(read_email(text)) << text;
  EXPECT_TRUE(is_standard_email("ana@x.com"));
  EXPECT_FALSE(is_standard_email("Ana@x.com"));
}

TEST(PersonName, BringsNamesIntoOneForm) {
  for (auto [text, name] : Pairs{{"王小明", "王小明"}, {"王 小明", "王小明"}, {"陳大文", "陈大文"}, {"李女士", "李"}, {"张伟先生", "张伟"}, {"小明王", "王小明"}, {"欧阳娜娜", "欧阳娜娜"},
                                 {"Ana Garcia", "Ana Garcia"}, {"GARCIA, Ana", "Ana Garcia"}, {"ana garcia", "Ana Garcia"}, {"ANA GARCIA", "Ana Garcia"}, {"Dr. Ana Garcia", "Ana Garcia"},
                                 {"WANG Xiaoming", "Xiaoming Wang"}, {"Wang, Xiaoming", "Xiaoming Wang"}, {"o'brien, sean", "Sean O'Brien"}, {"jean-luc picard", "Jean-Luc Picard"},
                                 {"ludwig van beethoven", "Ludwig van Beethoven"}, {"Ａｎａ　Ｇａｒｃｉａ", "Ana Garcia"}, {"MCDONALD", "McDonald"}, {"阿卜杜拉·买买提", "阿卜杜拉·买买提"}}) {
    auto read = read_person_name(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->standard, name) << text;
    EXPECT_TRUE(is_standard_person_name(read->standard)) << read->standard;
  }
  EXPECT_EQ(read_person_name("李女士")->gender, 'f');
  EXPECT_TRUE(read_person_name("李女士")->partial);
  EXPECT_EQ(read_person_name("欧阳娜娜")->family, "欧阳");
  for (std::string text : {"user_1234", "a@b.com", "", "123"}) EXPECT_FALSE(read_person_name(text)) << text;
  EXPECT_TRUE(is_pinyin("Xiaoming"));
  EXPECT_FALSE(is_pinyin("Garcia"));
  EXPECT_EQ(standard_company_name("上海 某某(集团)　有限公司"), "上海某某（集团）有限公司");
  EXPECT_TRUE(looks_like_company("Acme Ltd."));
}

TEST(Address, FindsProvinceCityDistrictAndCode) {
  struct Case { std::string text, standard; int32_t code; };
  for (const Case& c : {Case{"浙江杭州西湖区文三路90号", "浙江省杭州市西湖区文三路90号", 330106}, Case{"浦东新区世纪大道1号", "上海市浦东新区世纪大道1号", 310115},
                        Case{"上海市 浦东新区，世纪大道 1 号", "上海市浦东新区世纪大道1号", 310115}, Case{"中国广东省深圳市南山区科技园", "广东省深圳市南山区科技园", 440305},
                        Case{"北京市北京市朝阳区建国路88号", "北京市朝阳区建国路88号", 110105}, Case{"廣東省廣州市天河區體育西路", "广东省广州市天河区体育西路", 440106},
                        Case{"100020 北京市朝阳区建国路88号", "北京市朝阳区建国路88号", 110105}, Case{"内蒙古呼和浩特市新城区", "内蒙古自治区呼和浩特市新城区", 150102}}) {
    auto address = read_address(c.text);
    ASSERT_TRUE(address) << c.text;
    EXPECT_EQ(address->standard, c.standard) << c.text;
    EXPECT_EQ(address->code, c.code) << c.text;
    EXPECT_TRUE(is_standard_address(address->standard)) << address->standard;
  }
  EXPECT_EQ(read_address("上海市南京西路100号")->code, 310000);
  EXPECT_FALSE(read_address("上海市西湖区文三路")->contradiction.empty());
  EXPECT_EQ(read_address("12 main st., portland, Oregon")->standard, "12 main street, portland, OR");
  EXPECT_EQ(read_address("12 St Kilda Rd,  Melbourne VIC 3004")->standard, "12 St Kilda Road, Melbourne VIC 3004");
  EXPECT_EQ(read_address("12 St Kilda Rd, Melbourne VIC 3004")->postcode, "3004");
  EXPECT_EQ(read_place("杭州", PlaceLevel::kCity)->standard, "杭州市");
  EXPECT_EQ(read_place("Hangzhou", PlaceLevel::kCity)->code, 330100);
  EXPECT_EQ(read_place("上海", PlaceLevel::kCity)->standard, "上海市");
  EXPECT_EQ(read_place("London", PlaceLevel::kCity)->country, "GB");
  EXPECT_EQ(country_code("中国"), "CN");
}

TEST(Dates, ReadEveryForm) {
  TimeZone utc = TimeZone::utc();
  auto iso = [&](std::string_view text, DateForm form = {}) {
    auto read = read_date(text, form, utc);
    return read ? standard_date(*read, read->has_time) : std::string();
  };
  for (std::string text : {"2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "20260305", "5.3.2026", "05-Mar-2026", "5 Mar 2026", "Mar 5, 2026", "March 5th, 2026", "26年3月5日", "２０２６-０３-０５", "5/Mar/26"}) {
    EXPECT_EQ(iso(text), "2026-03-05") << text;
  }
  for (std::string text : {"2026-03-05T13:07:00Z", "2026-03-05 13:07", "2026-03-05T21:07:00+08:00", "2026年3月5日 下午1点07分", "Thu, 05 Mar 2026 13:07:00 GMT", "05.03.2026 13:07:00", "20260305130700",
                           "20260305T130700Z", "5/3/2026 1:07 PM", "1772716020", "1772716020000", "1772716020000000", "2026-03-05 13:07:00 UTC", "2026-03-05T13:07:00.000+0000", "2026/3/5 下午1:07"}) {
    EXPECT_EQ(iso(text), "2026-03-05T13:07:00.000Z") << text;
  }
  EXPECT_EQ(iso("3/5/2026", {.order = DateOrder::kMonthFirst}), "2026-03-05");
  EXPECT_EQ(iso("3/25/2026"), "2026-03-25");  // only one order is possible
  EXPECT_EQ(iso("46086", {.excel = true}), "2026-03-05");
  EXPECT_EQ(iso("46086.5", {.excel = true}), "2026-03-05T12:00:00.000Z");
  for (std::string text : {"31/02/2025", "2026-13-01", "2026-02-30", "5.3", "12", "hello", "13/13/2026", "2026-03-05 25:00", "1900/2/29", "W00000012"}) EXPECT_EQ(iso(text), "") << text;
  auto shanghai = TimeZone::load("Asia/Shanghai");
  ASSERT_TRUE(shanghai.ok());
  EXPECT_EQ(standard_date(*read_date("05.03.2026 21:07", {}, *shanghai), true), "2026-03-05T13:07:00.000Z");
  EXPECT_TRUE(is_standard_date("2026-03-05", false));
  EXPECT_TRUE(is_standard_date("2026-03-05T13:07:00.000Z", true));
  EXPECT_FALSE(is_standard_date("2026-02-30", false));
  EXPECT_FALSE(is_standard_date("2026-03-05", true));
}

// What programs write is read by a shorter way: here it is held against the long one, which a day of the week before the date asks for.
TEST(Dates, PlainFormsAreReadAsTheScannerReadsThem) {
  Random random(20261123);
  size_t read = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = "2026-03-05T13:07:00";
    for (char& c : text) {
      if (c >= '0' && c <= '9' && random.below(4) == 0) c = static_cast<char>('0' + random.below(10));
    }
    if (random.below(3) == 0) text[10] = ' ';
    if (random.below(8) == 0) text.resize(10);
    if (text.size() > 10 && random.below(2) == 0) text += "." + std::to_string(random.next()).substr(0, random.below(10));
    if (text.size() > 10 && random.below(2) == 0) text += random.below(4) == 0 ? "+08:00" : "Z";
    if (random.below(4) == 0) text[random.below(text.size())] = " -:.TZ0x"[random.below(8)];
    if (random.below(20) == 0) text.resize(random.below(text.size()));
    if (text.find('-') != 4) continue;  // may be bare digits
    auto plain = scan_date(text), scanned = scan_date("Mon " + text);
    ASSERT_EQ(plain.has_value(), scanned.has_value()) << text;
    if (!plain) continue;
    ++read;
    auto parts = [](const ScannedDate& d) {
      return std::tuple(d.shape, d.a, d.b, d.c, d.year_digits, d.separator, d.has_time, d.hour, d.minute, d.second, d.micros, d.has_zone, d.offset_seconds);
    };
    ASSERT_TRUE(parts(*plain) == parts(*scanned)) << text;
  }
  EXPECT_GT(read, 30'000u);
}

TEST(Dates, AColumnTellsItsOrder) {
  DateProfile american, european, ambiguous;
  for (std::string text : {"3/5/2026", "3/25/2026", "12/31/2025"}) american.observe(text);
  for (std::string text : {"05-03-2026", "25-03-2026"}) european.observe(text);
  for (int day = 1; day <= 12; ++day) ambiguous.observe("1/" + std::to_string(day) + "/2026");
  EXPECT_EQ(american.form().order, DateOrder::kMonthFirst);
  EXPECT_EQ(european.form().order, DateOrder::kDayFirst);
  EXPECT_EQ(ambiguous.form().order, DateOrder::kMonthFirst);
  EXPECT_EQ(ambiguous.form(DateOrder::kDayFirst).order, DateOrder::kDayFirst);
}

TEST(Numbers, ReadMoneyPercentAndUnits) {
  struct Case { std::string text, number, currency, unit; };
  for (const Case& c : {Case{"¥1,234.50", "1234.50", "CNY", ""}, Case{"1.2万", "12000", "", ""}, Case{"1.2万元", "12000", "CNY", ""}, Case{"$1,000", "1000", "USD", ""}, Case{"(5.00)", "-5.00", "", ""},
                        Case{"-¥5", "-5", "CNY", ""}, Case{"1.234,50 €", "1234.50", "EUR", ""}, Case{"12.5%", "12.5", "", "%"}, Case{"2.5kg", "2.5", "", "kg"}, Case{"１２３", "123", "", ""},
                        Case{"0.10", "0.10", "", ""}, Case{"US$ 3.5k", "3500", "USD", ""}, Case{"1 234 567", "1234567", "", ""}, Case{"500 毫升", "500", "", "ml"}}) {
    auto quantity = read_quantity(c.text);
    ASSERT_TRUE(quantity) << c.text;
    EXPECT_EQ(quantity->number, c.number) << c.text;
    EXPECT_EQ(quantity->currency, c.currency) << c.text;
    EXPECT_EQ(quantity->unit, c.unit) << c.text;
  }
  EXPECT_EQ(read_quantity("1,234", {.decimal = ','})->number, "1.234");
  for (std::string text : {"abc", "1,23,4", "1.2.3", "¥", "", "12 34", "5 apples"}) EXPECT_FALSE(read_quantity(text)) << text;
  auto grams = read_quantity("250 g");
  ASSERT_TRUE(to_base_unit(*grams));
  EXPECT_EQ(grams->number, "0.25");
}

TEST(IdNumbers, CheckThemselves) {
  auto card = read_id_card("11010519491231002x");
  ASSERT_TRUE(card);
  EXPECT_EQ(card->number, "11010519491231002X");
  EXPECT_EQ(card->gender, 'f');
  EXPECT_EQ(card->born.year, 1949);
  EXPECT_EQ(id_card_fault("110105194912310021"), "its check character should be X");
  EXPECT_FALSE(read_id_card("990105194912310021"));
  EXPECT_FALSE(read_id_card("110105194913310021"));
  auto old = read_id_card("110105491231002");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->number, "11010519491231002X");
  EXPECT_TRUE(passes_luhn("4111111111111111"));
  EXPECT_FALSE(passes_luhn("4111111111111112"));
  EXPECT_EQ(read_ip(" 192.168.1.1 "), "192.168.1.1");
  EXPECT_EQ(read_ip("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_FALSE(read_ip("192.168.1.256"));
  EXPECT_FALSE(read_ip("192.168.01.1"));
  EXPECT_EQ(read_url("HTTPS://Example.COM/Path?Q=1"), "https://example.com/Path?Q=1");
  EXPECT_FALSE(read_url("not a url"));
}

TEST(Enumerations, ReadGenderAndBooleansAndUnifySpellings) {
  EXPECT_EQ(read_gender("男"), "male");
  EXPECT_EQ(read_gender(" Ｆ "), "female");
  EXPECT_EQ(read_gender("1"), std::nullopt);
  EXPECT_EQ(read_gender("1", GenderCode::kOneTwo), "male");
  EXPECT_EQ(read_boolean("是"), true);
  EXPECT_EQ(read_boolean("No"), false);
  EXPECT_EQ(read_boolean("maybe"), std::nullopt);
  CategorySpellings tiers;
  tiers.observe("Gold", 10);
  tiers.observe("gold ", 3);
  tiers.observe("ＧＯＬＤ", 4);
  tiers.observe("Silver", 2);
  tiers.observe("a", 1);
  tiers.observe("A", 5);
  tiers.settle();
  EXPECT_EQ(tiers.standard("gold "), "Gold");
  EXPECT_EQ(tiers.standard("ＧＯＬＤ"), "Gold");
  EXPECT_EQ(tiers.standard("a"), "a");
  EXPECT_EQ(tiers.standard("new"), "new");
}

}  // namespace
}  // namespace furrow::govern
