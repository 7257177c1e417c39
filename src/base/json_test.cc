#include "base/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace furrow {
namespace {

TEST(JsonWriter, WritesNestedValues) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", 1).key("b").begin_array().number(0.1).null().boolean(true).end_array().key("c").begin_object().end_object();
  json.field("d", "x").key("e").number(NAN).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[0.1,null,true],"c":{},"d":"x","e":null})");
}

TEST(JsonWriter, EscapesAndMendsText) {
  std::string out;
  append_json_text(out, "\"\\\n\t\x01 中文 \xff");
  EXPECT_EQ(out, "\"\\\"\\\\\\n\\t\\u0001 中文 \xEF\xBF\xBD\"");
}

// A byte at a time, for texts of ASCII.
std::string escaped_slowly(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (c >= 0x20) out += c;
    else out += fmt::format("\\u{:04x}", static_cast<int>(c));
  }
  return out + '"';
}

TEST(JsonWriter, EscapesWhereverTheCharacterStands) {
  constexpr std::string_view kOdd = "\"\\\n\r\t\x01\x1f\x7f !#[]";
  std::mt19937 random(20261123);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, 'a');
    for (char& c : text) {
      if (random() % 8 == 0) c = kOdd[random() % kOdd.size()];
    }
    std::string out = "before";
    append_json_text(out, text);
    ASSERT_EQ(out, "before" + escaped_slowly(text)) << "round " << round << " of seed 20261123";
  }
  for (size_t lead = 0; lead < 20; ++lead) {  // behind any number of plain bytes
    std::string out;
    append_json_text(out, std::string(lead, 'x') + "中" + std::string(lead, 'y') + "\xff\"");
    EXPECT_EQ(out, "\"" + std::string(lead, 'x') + "中" + std::string(lead, 'y') + "\xEF\xBF\xBD\\\"\"");
  }
}

TEST(Fields, FlattensObjects) {
  Fields fields;
  ASSERT_TRUE(fields.parse(R"({"price": 9.5, "device": {"type": "mobile", "os": {"name": "x"}}, "tags": [1, 2], "ok": true, "none": null, "名": "值"})").ok());
  EXPECT_EQ(fields.get("price").number(), 9.5);
  EXPECT_EQ(fields.get("device.type").text(), "mobile");
  EXPECT_EQ(fields.get("device.os.name").text(), "x");
  EXPECT_EQ(fields.get("tags").text(), "[1,2]");
  EXPECT_TRUE(fields.get("ok").boolean());
  EXPECT_TRUE(fields.get("none").is_null());
  EXPECT_TRUE(fields.get("device").is_null());
  EXPECT_EQ(fields.get("名").text(), "值");
  ASSERT_TRUE(fields.parse("").ok());
  EXPECT_TRUE(fields.all().empty());
}

TEST(Fields, RefusesWhatIsNoObjectAndWhatIsTooMuch) {
  Fields fields;
  for (const char* json : {"[1]", "1", "{", "{\"a\":}", "nul", "{\"a\":1}x"}) EXPECT_EQ(fields.parse(json).error().code(), ErrorCode::kInvalidJson) << json;
  std::string deep, many = "{";
  for (int i = 0; i < 17; ++i) deep += "{\"a\":";
  deep += "1" + std::string(17, '}');
  EXPECT_FALSE(fields.parse(deep).ok());
  for (int i = 0; i < 513; ++i) many += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
  EXPECT_FALSE(fields.parse(many + "}").ok());
  EXPECT_TRUE(fields.parse("{\"a\":1}").ok());  // usable after a fault
}

TEST(Fields, WholeNumbersOfManyDigitsKeepThemAll) {
  Fields fields;
  ASSERT_TRUE(fields.parse(R"({"id": 202603011234567891, "top": 18446744073709551615, "exact": 1000000000000000, "low": -202603011234567891})").ok());
  EXPECT_EQ(fields.get("id").text(), "202603011234567891");
  EXPECT_EQ(fields.get("top").text(), "18446744073709551615");
  EXPECT_EQ(fields.get("low").text(), "-202603011234567891");
  EXPECT_EQ(fields.get("exact").number(), 1e15);
}

}  // namespace
}  // namespace furrow
