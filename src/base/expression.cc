#include "base/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace furrow {
namespace {
constexpr size_t kMaxBytes = 4096;
constexpr int kMaxExpressionDepth = 64;
constexpr size_t kMaxNames = 64;

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80; }
bool continues_name(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '.'; }

// -1, 0, 1, or nothing when the two cannot be ordered.
std::optional<int> compare(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return {};
  if (a.is_text() && b.is_text()) return a.text() < b.text() ? -1 : a.text() > b.text();
  if (a.is_bool() != b.is_bool()) return {};
  double x = a.as_number(), y = b.as_number();
  if (std::isnan(x) || std::isnan(y)) return {};
  return x < y ? -1 : x > y;
}
bool equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  auto order = compare(a, b);
  return order && *order == 0;
}
}  // namespace

// Recursive descent: or > and > not > comparison > sum > product > unary > primary.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : rest_(text) { out_.text_ = text; }

  Result<Expression> parse() {
    if (out_.text_.size() > kMaxBytes) return Error(ErrorCode::kTooLarge, fmt::format("an expression is at most {} bytes", kMaxBytes));
    int root = disjunction(0);
    skip_space();
    if (!failure_ && !rest_.empty()) fail("unexpected here");
    if (failure_) return *failure_;
    out_.root_ = root;
    return std::move(out_);
  }

 private:
  using Op = Expression::Op;

  int fail(std::string_view what) {
    if (!failure_) {
      failure_ = Error(ErrorCode::kInvalidArgument, fmt::format("expression \"{}\", column {}: {}", out_.text_,
                                                                out_.text_.size() - rest_.size() + 1, what));
    }
    rest_ = {};
    return -1;
  }
  void skip_space() { while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n')) rest_.remove_prefix(1); }
  bool take(std::string_view token) {
    skip_space();
    if (rest_.substr(0, token.size()) != token) return false;
    if (continues_name(token.back()) && token.size() < rest_.size() && continues_name(rest_[token.size()])) return false;
    rest_.remove_prefix(token.size());
    return true;
  }
  int node(Op op, int left, int right = -1, int first = 0, int count = 0) {
    out_.nodes_.push_back({op, left, right, first, count});
    return static_cast<int>(out_.nodes_.size()) - 1;
  }
  int disjunction(int depth) {
    if (depth > kMaxExpressionDepth) return fail("nested too deep");
    int left = conjunction(depth + 1);
    while (take("or") || take("||")) left = node(Op::kOr, left, conjunction(depth + 1));
    return left;
  }
  int conjunction(int depth) {
    int left = negation(depth);
    while (take("and") || take("&&")) left = node(Op::kAnd, left, negation(depth));
    return left;
  }
  int negation(int depth) {
    if (depth > kMaxExpressionDepth) return fail("nested too deep");
    if (take("not")) return node(Op::kNot, negation(depth + 1));
    return comparison(depth);
  }
  int comparison(int depth) {
    int left = sum(depth);
    bool negated = take("not");
    if (take("in")) {
      int list = membership(left);
      return negated ? node(Op::kNot, list) : list;
    }
    if (negated) return fail("\"in\" is needed after \"not\"");
    constexpr std::pair<std::string_view, Op> kOps[] = {{"==", Op::kEqual}, {"!=", Op::kNotEqual}, {"<=", Op::kLessEqual},
                                                        {">=", Op::kGreaterEqual}, {"<", Op::kLess}, {">", Op::kGreater}};
    for (auto [token, op] : kOps) {
      if (take(token)) return node(op, left, sum(depth));
    }
    return left;
  }
  int membership(int left) {
    if (!take("(")) return fail("\"(\" is needed after \"in\"");
    int first = static_cast<int>(out_.constants_.size());
    int count = 0;
    do {
      if (!literal()) return fail("a number or text is needed in the list");
      ++count;
    } while (take(","));
    if (!take(")")) return fail("\")\" is missing");
    return node(Op::kIn, left, -1, first, count);
  }
  int sum(int depth) {
    int left = product(depth);
    while (true) {
      if (take("+")) left = node(Op::kAdd, left, product(depth));
      else if (take("-")) left = node(Op::kSubtract, left, product(depth));
      else return left;
    }
  }
  int product(int depth) {
    int left = unary(depth);
    while (true) {
      if (take("*")) left = node(Op::kMultiply, left, unary(depth));
      else if (take("/")) left = node(Op::kDivide, left, unary(depth));
      else return left;
    }
  }
  int unary(int depth) {
    if (depth > kMaxExpressionDepth) return fail("nested too deep");
    if (take("-")) return node(Op::kNegate, unary(depth + 1));
    return primary(depth + 1);
  }
  int primary(int depth) {
    if (take("(")) {
      int inner = disjunction(depth + 1);
      if (!take(")")) return fail("\")\" is missing");
      return inner;
    }
    int before = static_cast<int>(out_.constants_.size());
    if (literal()) return node(Op::kConstant, -1, -1, before);
    skip_space();
    if (rest_.empty() || !starts_name(rest_[0])) return fail("a value is missing");
    size_t n = 1;
    while (n < rest_.size() && continues_name(rest_[n])) ++n;
    std::string name(rest_.substr(0, n));
    if (name == "and" || name == "or" || name == "in" || name == "not") return fail("a value is missing");
    rest_.remove_prefix(n);
    auto at = std::find(out_.names_.begin(), out_.names_.end(), name);
    if (at == out_.names_.end()) {
      if (out_.names_.size() == kMaxNames) return fail("too many names");
      at = out_.names_.insert(at, name);
    }
    return node(Op::kName, -1, -1, static_cast<int>(at - out_.names_.begin()));
  }
  bool literal() {
    skip_space();
    if (take("true")) return push({Expression::Constant::kBool, 1, {}});
    if (take("false")) return push({Expression::Constant::kBool, 0, {}});
    if (take("null")) return push({Expression::Constant::kNull, 0, {}});
    if (rest_.empty()) return false;
    char c = rest_[0];
    if (c == '"' || c == '\'') {
      std::string text;
      size_t i = 1;
      for (; i < rest_.size() && rest_[i] != c; ++i) {
        if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
        text += rest_[i];
      }
      if (i >= rest_.size()) {
        fail("the text has no closing quote");
        return true;
      }
      rest_.remove_prefix(i + 1);
      return push({Expression::Constant::kText, 0, text});
    }
    if ((c >= '0' && c <= '9') || c == '.') {
      double parsed = 0;
      auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), parsed);
      if (error != std::errc() || !std::isfinite(parsed)) return false;
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      return push({Expression::Constant::kNumber, parsed, {}});
    }
    return false;
  }
  bool push(Expression::Constant constant) {
    out_.constants_.push_back(std::move(constant));
    return true;
  }

  std::string_view rest_;
  Expression out_;
  std::optional<Error> failure_;
};

Result<Expression> Expression::parse(std::string_view text) {
  // The parser's views point into its own copy of the text.
  std::string copy(text);
  return ExpressionParser(copy).parse();
}

bool Expression::truth(const Value& value) {
  if (value.is_bool()) return value.boolean();
  if (value.is_number()) return value.number() != 0 && !std::isnan(value.number());
  return value.is_text() && !value.text().empty();
}

Value Expression::constant(size_t index) const {
  const Constant& c = constants_[index];
  switch (c.kind) {
    case Constant::kBool: return Value(c.number != 0);
    case Constant::kNumber: return Value(c.number);
    case Constant::kText: return Value(std::string_view(c.text));
    default: return Value();
  }
}

Value Expression::run(int index, std::span<const Value> slots) const {
  const Node& n = nodes_[static_cast<size_t>(index)];
  switch (n.op) {
    case Op::kConstant: return constant(static_cast<size_t>(n.first));
    case Op::kName: return slots[static_cast<size_t>(n.first)];
    case Op::kOr: return Value(truth(run(n.left, slots)) || truth(run(n.right, slots)));
    case Op::kAnd: return Value(truth(run(n.left, slots)) && truth(run(n.right, slots)));
    case Op::kNot: return Value(!truth(run(n.left, slots)));
    case Op::kEqual: return Value(equal(run(n.left, slots), run(n.right, slots)));
    case Op::kNotEqual: return Value(!equal(run(n.left, slots), run(n.right, slots)));
    case Op::kIn: {
      Value wanted = run(n.left, slots);
      for (int i = 0; i < n.count; ++i) {
        if (equal(wanted, constant(static_cast<size_t>(n.first + i)))) return Value(true);
      }
      return Value(false);
    }
    case Op::kNegate: {
      double x = run(n.left, slots).as_number();
      return std::isnan(x) ? Value() : Value(-x);
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide: {
      double a = run(n.left, slots).as_number(), b = run(n.right, slots).as_number();
      double r = n.op == Op::kAdd ? a + b : n.op == Op::kSubtract ? a - b : n.op == Op::kMultiply ? a * b : a / b;
      return std::isfinite(r) ? Value(r) : Value();
    }
    default: {
      auto order = compare(run(n.left, slots), run(n.right, slots));
      if (!order) return Value(false);
      return Value(n.op == Op::kLess ? *order < 0 : n.op == Op::kLessEqual ? *order <= 0 : n.op == Op::kGreater ? *order > 0 : *order >= 0);
    }
  }
}

Value Expression::evaluate(std::span<const Value> slots) const {
  FURROW_ASSERT(slots.size() >= names_.size());
  return run(root_, slots);
}
bool Expression::matches(std::span<const Value> slots) const { return truth(evaluate(slots)); }

}  // namespace furrow
