// The small expression language of Furrow's declarations: `price > 5 and category == "shoes"`.
//
//   or, and, not · == != < <= > >= · in (…, …) · + - * / · ( ) · numbers, "text" or 'text', true, false, null · names with dots
//
// A name is resolved to a slot once, at parse time; evaluation touches no strings but the values. Semantics: a comparison
// of different kinds is false (`!=` true), except that a number and a text that is wholly a number compare as numbers;
// any comparison with null is false but `== null` and `!= null`; arithmetic with a non-number gives null; and/or/not take
// null, 0, "" and false as false.
// Limits: 4,096 bytes, depth 64, 64 names. Threads: immutable after parsing, evaluate from any thread.
// Cost: about 5 ns a node, no allocation.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

namespace furrow {

class Expression {
 public:
  static Result<Expression> parse(std::string_view text);
  const std::string& text() const { return text_; }
  // The distinct names in order of first use; slot i holds the value of names()[i].
  const std::vector<std::string>& names() const { return names_; }
  Value evaluate(std::span<const Value> slots) const;
  bool matches(std::span<const Value> slots) const;  // evaluate, taken as true or false
  static bool truth(const Value& value);

 private:
  friend class ExpressionParser;
  enum class Op : uint8_t { kConstant, kName, kOr, kAnd, kNot, kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
                            kIn, kAdd, kSubtract, kMultiply, kDivide, kNegate };
  struct Node { Op op; int left = -1, right = -1; int first = 0, count = 0; };  // first: slot, constant or list start
  Value run(int node, std::span<const Value> slots) const;
  Value constant(size_t index) const;

  struct Constant { enum Kind { kNull, kBool, kNumber, kText } kind; double number; std::string text; };
  std::string text_;
  std::vector<std::string> names_;
  std::vector<Node> nodes_;
  std::vector<Constant> constants_;
  int root_ = -1;
};

}  // namespace furrow
