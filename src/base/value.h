// The dynamic value of a property, trait or expression: nothing, boolean, number or text. Views text it does not own.
#pragma once
#include <string>
#include <string_view>
#include <variant>

namespace furrow {

class Value {
 public:
  Value() = default;
  Value(bool b) : state_(b) {}
  Value(double d) : state_(d) {}
  Value(std::string_view s) : state_(s) {}
  Value(const char*) = delete;  // would convert to bool by accident

  bool is_null() const { return state_.index() == 0; }
  bool is_bool() const { return state_.index() == 1; }
  bool is_number() const { return state_.index() == 2; }
  bool is_text() const { return state_.index() == 3; }
  bool boolean() const { return std::get<1>(state_); }
  double number() const { return std::get<2>(state_); }
  std::string_view text() const { return std::get<3>(state_); }
  // Equal values of the same kind; nothing equals nothing.
  bool operator==(const Value&) const = default;
  // A number, a boolean as 0 or 1, or a text that is wholly a finite number; NaN otherwise.
  double as_number() const;

 private:
  std::variant<std::monostate, bool, double, std::string_view> state_;
};

}  // namespace furrow
