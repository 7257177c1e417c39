#include "base/hard_json.h"

#include <gtest/gtest.h>

namespace furrow {
namespace {

std::string eased(std::string json) {
  EXPECT_TRUE(ease_json(json)) << json;
  return json;
}

TEST(HardJson, VastNumbersBecomeTextsAndHalfACharacterAMark) {
  EXPECT_EQ(eased(R"({"a":12345678901234567890123,"b":[1e999,-99999999999999999999],"c":1})"), R"({"a":"12345678901234567890123","b":["1e999","-99999999999999999999"],"c":1})");
  EXPECT_EQ(eased(R"(["cut \ud83d","\udE00\ud83d\ude00\ud83d\n",1e999])"), R"(["cut \ufffd","\ufffd\ud83d\ude00\ufffd\n","1e999"])");
}

TEST(HardJson, NothingElseIsTouched) {
  for (const char* same : {R"({"a":18446744073709551615,"b":-9223372036854775808,"c":1e308,"d":0.5})", R"({"a":"12345678901234567890123","b":"\" 1e999 \\ud83d \ud83d\ude00"})", "", "-",
                           "\"1e999", "{1.2.3.4}", R"("\u12)", R"("\)", R"("\uzzzz")"}) {
    std::string text = same;
    EXPECT_FALSE(ease_json(text)) << same;
    EXPECT_EQ(text, same);
  }
}

}  // namespace
}  // namespace furrow
