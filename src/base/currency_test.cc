#include "base/currency.h"

#include <gtest/gtest.h>

#include <string>

namespace furrow {
namespace {

std::string taken(std::string_view text) {
  std::string_view rest = text;
  std::string code(take_currency(rest));
  return code + "|" + std::string(rest);
}

TEST(Currency, IsKnownByItsSignItsCodeAndItsName) {
  for (auto text : {"¥", "￥", "RMB", "rmb", "cny", "人民币", "元", " CNY ", "yuan", "Renminbi"}) EXPECT_EQ(currency_of(text), "CNY") << text;
  for (auto text : {"$", "US$", "us$", "USD", "Usd", "美元", "dollars", "US Dollar"}) EXPECT_EQ(currency_of(text), "USD") << text;
  EXPECT_EQ(currency_of("HK$"), "HKD");
  EXPECT_EQ(currency_of("港币"), "HKD");
  EXPECT_EQ(currency_of("pounds"), "GBP");
  for (auto text : {"", " ", "kg", "$$", "USDT", "dollar store", "元旦"}) EXPECT_EQ(currency_of(text), "") << text;
}

TEST(Currency, IsTakenFromEitherSideOfAnAmount) {
  EXPECT_EQ(taken("$5"), "USD|5");
  EXPECT_EQ(taken("US$ 5.00"), "USD|5.00");
  EXPECT_EQ(taken("HK$100"), "HKD|100");
  EXPECT_EQ(taken("NT$1,200"), "TWD|1,200");
  EXPECT_EQ(taken("100 EUR"), "EUR|100");
  EXPECT_EQ(taken("eur 100"), "EUR|100");
  EXPECT_EQ(taken("100元整"), "CNY|100");
  EXPECT_EQ(taken("100块钱"), "CNY|100");
  EXPECT_EQ(taken("人民币100"), "CNY|100");
  EXPECT_EQ(taken("25,50 zł"), "PLN|25,50");
  EXPECT_EQ(taken("RM12"), "MYR|12");
}

TEST(Currency, IsNotTakenFromWordsNorFromOtherUnits) {
  for (auto text : {"5 pounds", "12 FIRM", "RMX 5", "5 kg", "12", "", "5 Euros"}) EXPECT_EQ(taken(text), "|" + std::string(text)) << text;
}

}  // namespace
}  // namespace furrow
