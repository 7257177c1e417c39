// Errors as values.
//
// Result<T> holds a T or an Error; it must be looked at (nodiscard). An Error carries a stable code from the one table
// in errors.h (with its HTTP status, exit status and whose fault it is), a sentence that names the value, the limit and
// the remedy, and where it happened (field; file and line for data and configuration).
//
// Not for broken invariants: those are FURROW_ASSERT, which throws BugError and is caught at the request or job border.
// Threads: values; no sharing. Cost: one variant.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/errors.h"

namespace furrow {

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& field() const { return field_; }
  const std::string& file() const { return file_; }
  long line() const { return line_; }  // from 1; 0 when there is none

  Error& in_field(std::string_view field) & { field_ = field; return *this; }
  Error&& in_field(std::string_view field) && { field_ = field; return std::move(*this); }
  Error& at(std::string_view file, long line = 0) & { file_ = file; line_ = line; return *this; }
  Error&& at(std::string_view file, long line = 0) && { file_ = file; line_ = line; return std::move(*this); }

  // "file:line: message (code)", the parts that are there. What the command line prints.
  std::string to_string() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string field_;
  std::string file_;
  long line_ = 0;
};

// Thrown by FURROW_ASSERT: a bug, never an input error.
class BugError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};
[[noreturn]] void throw_bug(const char* file, int line, const char* expression);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const T& value() const& { require(); return std::get<0>(state_); }
  T& value() & { require(); return std::get<0>(state_); }
  T&& value() && { require(); return std::get<0>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }
  T value_or(T fallback) const { return ok() ? std::get<0>(state_) : std::move(fallback); }
  const Error& error() const& { return std::get<1>(state_); }
  Error& error() & { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  void require() const {
    if (!ok()) throw_bug("result.h", 0, std::get<1>(state_).message().c_str());
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : error_(ErrorCode::kInternal, "") {}
  Result(Error error) : error_(std::move(error)), ok_(false) {}
  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const Error& error() const& { return error_; }
  Error& error() & { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};
using Status = Result<void>;

}  // namespace furrow

#define FURROW_ASSERT(condition) \
  do { if (!(condition)) ::furrow::throw_bug(__FILE__, __LINE__, #condition); } while (0)

// FURROW_TRY(status_or_result): returns its error from the enclosing function.
#define FURROW_TRY(expression) \
  do { if (auto furrow_try_ = (expression); !furrow_try_.ok()) return std::move(furrow_try_).error(); } while (0)
// FURROW_ASSIGN(auto x, result): x = its value, or returns its error.
#define FURROW_CONCAT_(a, b) a##b
#define FURROW_CONCAT(a, b) FURROW_CONCAT_(a, b)
#define FURROW_ASSIGN(target, expression) FURROW_ASSIGN_(FURROW_CONCAT(furrow_result_, __LINE__), target, expression)
#define FURROW_ASSIGN_(temporary, target, expression)      \
  auto temporary = (expression);                           \
  if (!temporary.ok()) return std::move(temporary).error(); \
  target = std::move(temporary).value()
