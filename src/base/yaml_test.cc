#include "base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace furrow {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> texts(const Diagnostics& diagnostics) {
  std::vector<std::string> list;
  for (const auto& fault : diagnostics.list()) list.push_back(fault.to_string());
  return list;
}

TEST(Yaml, ListsEveryFaultWithFileAndLine) {
  Diagnostics faults;
  auto root = YamlNode::parse("name: shop\nexploraton: 0.1\nholdout: 2\nwindow: 3y\nrules: {a: [}\n", "w.yaml", faults);
  EXPECT_FALSE(root.has_value());  // a syntax fault
  EXPECT_THAT(texts(faults), ElementsAre(HasSubstr("w.yaml:5: not YAML")));

  Diagnostics more;
  root = YamlNode::parse("name: [1]\nexploraton: 0.1\nholdout: 2\nwindow: 3y\nflag: perhaps\n", "w.yaml", more);
  ASSERT_TRUE(root);
  root->only({"name", "exploration", "holdout", "window", "flag"});
  EXPECT_FALSE(root->required_text("name"));
  EXPECT_FALSE(root->required_text("absent"));
  EXPECT_EQ(root->number("holdout", 0.1, 0, 1), 0.1);
  EXPECT_FALSE(root->duration("window"));
  EXPECT_TRUE(root->boolean("flag", true));
  EXPECT_THAT(texts(more), ElementsAre(HasSubstr("w.yaml:2: unknown setting \"exploraton\"; did you mean \"exploration\"?"),
                                       HasSubstr("w.yaml:1: \"name\" must be a text"), HasSubstr("w.yaml:1: \"absent\" is missing"),
                                       HasSubstr("w.yaml:3: \"holdout\" must be a number from 0 to 1"),
                                       HasSubstr("w.yaml:4: \"window\""), HasSubstr("w.yaml:5: \"flag\" must be true or false")));
  EXPECT_EQ(more.status().error().code(), ErrorCode::kInvalidWorkspace);
}

TEST(Yaml, AnEmptyFileIsAtFaultInItsFirstLine) {
  for (const char* text : {"", "\n# nothing yet\n"}) {
    Diagnostics faults;
    auto root = YamlNode::parse(text, "w.yaml", faults);
    ASSERT_TRUE(root);
    root->only({"name"});
    EXPECT_FALSE(root->required_text("name"));
    EXPECT_THAT(texts(faults), ElementsAre(HasSubstr("w.yaml:1: a map of settings is needed"), HasSubstr("w.yaml:1: \"name\" is missing")));
  }
}

TEST(Yaml, WhatIsSetTwiceIsAFaultAtTheSecond) {
  Diagnostics faults;
  auto root = YamlNode::parse("name: shop\nactions:\n  - {id: a, id: b}\n  - id: c\n    at:\n      x: 1\n      x: 2\nname: other\n", "w.yaml", faults);
  EXPECT_TRUE(root);
  EXPECT_THAT(texts(faults), ElementsAre("w.yaml:3: \"id\" is set twice; first in line 3", "w.yaml:7: \"x\" is set twice; first in line 6",
                                         "w.yaml:8: \"name\" is set twice; first in line 1"));
}

TEST(Yaml, ReadsWhatIsThere) {
  Diagnostics faults;
  auto root = YamlNode::parse("a: text\nn: 3\nd: 7d\nl: [x, y]\nm:\n  k: v\n名: 值\n", "w.yaml", faults);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->text("a"), "text");
  EXPECT_EQ(root->integer("n", 0, 0, 10), 3);
  EXPECT_EQ(*root->duration("d"), days(7));
  EXPECT_THAT(root->texts("l"), ElementsAre("x", "y"));
  EXPECT_EQ(root->find("m")->text("k"), "v");
  EXPECT_EQ(root->find("m")->line(), 6);
  EXPECT_EQ(root->text("名"), "值");
  EXPECT_EQ(root->text("absent", "fallback"), "fallback");
  EXPECT_TRUE(faults.empty());
}

TEST(Yaml, HasLimits) {
  Diagnostics faults;
  std::string deep(40, '[');
  EXPECT_FALSE(YamlNode::parse(deep + std::string(40, ']'), "d.yaml", faults));
  EXPECT_FALSE(YamlNode::parse(std::string((1 << 20) + 1, ' '), "l.yaml", faults));
  EXPECT_FALSE(YamlNode::load("/nonexistent/w.yaml", faults));
  EXPECT_EQ(faults.list().size(), 3u);
}

TEST(Nearest, FindsTheTypo) {
  EXPECT_EQ(nearest("custmer_id", {"customer_id", "country"}), "customer_id");
  EXPECT_EQ(nearest("zzz", {"customer_id", "country"}), "");
  EXPECT_EQ(nearest("没有", {"日期", "渠道"}), "") << "their bytes are alike, the words are not";
  EXPECT_EQ(nearest("客户编码", {"日期", "客户编号"}), "客户编号");
}

}  // namespace
}  // namespace furrow
