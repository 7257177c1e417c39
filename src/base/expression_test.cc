#include "base/expression.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"

namespace furrow {
namespace {

bool match(std::string_view text, std::vector<Value> slots = {}) {
  auto expression = Expression::parse(text);
  EXPECT_TRUE(expression.ok()) << (expression.ok() ? "" : expression.error().message());
  if (!expression.ok()) return false;
  slots.resize(std::max(slots.size(), expression->names().size()));
  return expression->matches(slots);
}

TEST(Expression, ComparesAndCombines) {
  Value price(9.0), shoes(std::string_view("shoes"));
  EXPECT_TRUE(match("price > 5 and category == \"shoes\"", {price, shoes}));
  EXPECT_FALSE(match("price > 5 and category == 'hats'", {price, shoes}));
  EXPECT_TRUE(match("not (price > 10) or false", {price}));
  EXPECT_TRUE(match("category in ('hats', 'shoes')", {shoes}));
  EXPECT_TRUE(match("category not in ('hats')", {shoes}));
  EXPECT_TRUE(match("price * 2 - 1 == 17", {price}));
  EXPECT_TRUE(match("-price < 0", {price}));
  EXPECT_TRUE(match("1 + 2 * 3 == 7"));
  EXPECT_TRUE(match("城市 == \"上海\"", {Value(std::string_view("上海"))}));
  EXPECT_TRUE(match("traits.age >= 18", {Value(std::string_view("20"))}));  // a text that is a number
}

TEST(Expression, NullIsNeverComparedButWithNull) {
  EXPECT_FALSE(match("x > 1"));
  EXPECT_FALSE(match("x <= 1"));
  EXPECT_FALSE(match("x == 1"));
  EXPECT_TRUE(match("x != 1"));
  EXPECT_TRUE(match("x == null"));
  EXPECT_FALSE(match("x + 1 > 0"));
  EXPECT_FALSE(match("1 / 0 > 0"));
  EXPECT_FALSE(match("x == 1", {Value(std::string_view("one"))}));
  EXPECT_FALSE(match("x < 1", {Value(true)}));  // a boolean is not ordered with a number
}

TEST(Expression, SaysWhereItIsWrong) {
  auto bad = Expression::parse("price > and");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message().find("column 9"), std::string::npos) << bad.error().message();
  for (const char* text : {"", "(", "a ==", "a b", "'x", "a in b", "a in ()", "1 +", "a not b", "== 1", "a = 1"}) {
    EXPECT_FALSE(Expression::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Expression::parse(std::string(200, '(') + "1" + std::string(200, ')')).ok());
  EXPECT_FALSE(Expression::parse("- " + std::string(2000, '-') + "1").ok());
  EXPECT_FALSE(Expression::parse(std::string(5000, 'a')).ok());
}

// Random arithmetic and logic against the C++ compiler's own evaluation of the same tree.
TEST(Expression, AgreesWithADirectEvaluation) {
  constexpr uint64_t kSeed = 77;
  Random random(kSeed);
  double a = 3, b = -2.5;
  std::function<std::pair<std::string, double>(int)> number = [&](int depth) -> std::pair<std::string, double> {
    switch (depth == 0 ? random.below(3) : random.below(6)) {
      case 0: return {"a", a};
      case 1: return {"b", b};
      case 2: { auto n = static_cast<double>(random.below(9)); return {std::to_string(static_cast<int>(n)), n}; }
      case 3: { auto [x, vx] = number(depth - 1); auto [y, vy] = number(depth - 1); return {"(" + x + " + " + y + ")", vx + vy}; }
      case 4: { auto [x, vx] = number(depth - 1); auto [y, vy] = number(depth - 1); return {"(" + x + " - " + y + ")", vx - vy}; }
      default: { auto [x, vx] = number(depth - 1); auto [y, vy] = number(depth - 1); return {x + " * " + y, vx * vy}; }
    }
  };
  std::function<std::pair<std::string, bool>(int)> logic = [&](int depth) -> std::pair<std::string, bool> {
    switch (depth == 0 ? 0 : random.below(4)) {
      case 1: { auto [x, vx] = logic(depth - 1); auto [y, vy] = logic(depth - 1); return {"(" + x + " and " + y + ")", vx && vy}; }
      case 2: { auto [x, vx] = logic(depth - 1); auto [y, vy] = logic(depth - 1); return {"(" + x + " or " + y + ")", vx || vy}; }
      case 3: { auto [x, vx] = logic(depth - 1); return {"not (" + x + ")", !vx}; }
      default: { auto [x, vx] = number(2); auto [y, vy] = number(2); return {x + " < " + y, vx < vy}; }
    }
  };
  for (int i = 0; i < 3000; ++i) {
    auto [text, expected] = logic(4);
    auto expression = Expression::parse(text);
    if (!expression.ok()) continue;  // over a limit
    std::vector<Value> slots;
    for (const auto& name : expression->names()) slots.push_back(Value(name == "a" ? a : b));
    EXPECT_EQ(expression->matches(slots), expected) << text << " seed " << kSeed;
  }
}

}  // namespace
}  // namespace furrow
