// Errors as values.
//
// Result<T> holds a T or an Error; it must be looked at (nodiscard). An Error carries a stable code from the one table
// in errors.h (with its HTTP status, exit status and whose fault it is), a sentence that names the value, the limit and
// the remedy, and where it happened (field; file and line for data and configuration).
//
// Not for broken invariants: those are FURROW_ASSERT, which throws BugError and is caught at the request or job border.
// Threads: values; no sharing. Cost: a flag beside the T; an error allocates.
#pragma once
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/errors.h"

namespace furrow {

// One pointer, so that a Status that is fine costs no more than that. Moved from, it is empty: its texts are "".
class Error {
 public:
  Error(ErrorCode code, std::string message);
  Error(const Error& other);
  Error(Error&& other) noexcept : parts_(std::exchange(other.parts_, nullptr)) {}
  Error& operator=(Error other) noexcept { std::swap(parts_, other.parts_); return *this; }
  ~Error() { if (parts_) drop(); }

  ErrorCode code() const;
  const std::string& message() const;
  const std::string& field() const;
  const std::string& file() const;
  long line() const;  // from 1; 0 when there is none

  Error& in_field(std::string_view field) &;
  Error&& in_field(std::string_view field) && { return std::move(in_field(field)); }
  Error& at(std::string_view file, long line = 0) &;
  Error&& at(std::string_view file, long line = 0) && { return std::move(at(file, line)); }

  // "file:line: message (code)", the parts that are there. What the command line prints.
  std::string to_string() const;

 private:
  template <class T>
  friend class Result;
  struct Parts;
  Error() = default;  // none
  void drop();
  Parts& parts();
  const Parts& parts() const;
  Parts* parts_ = nullptr;
};

// Thrown by FURROW_ASSERT: a bug, never an input error.
class BugError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};
[[noreturn]] void throw_bug(const char* file, int line, const char* expression);

// A union of our own and not std::variant: every function of ours returns one, and the library's took a third of compiling them.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : ok_(true), value_(std::move(value)) {}
  Result(Error error) : ok_(false), error_(std::move(error)) {}
  Result(const Result& other) requires std::is_copy_constructible_v<T> : ok_(other.ok_) {
    if (ok_) std::construct_at(&value_, other.value_);
    else std::construct_at(&error_, other.error_);
  }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : ok_(other.ok_) {
    if (ok_) std::construct_at(&value_, std::move(other.value_));
    else std::construct_at(&error_, std::move(other.error_));
  }
  Result& operator=(Result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
    std::destroy_at(this);
    return *std::construct_at(this, std::move(other));
  }
  ~Result() {
    if (ok_) std::destroy_at(&value_);
    else std::destroy_at(&error_);
  }

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const T& value() const& { require(); return value_; }
  T& value() & { require(); return value_; }
  T&& value() && { require(); return std::move(value_); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }
  T value_or(T fallback) const { return ok_ ? value_ : std::move(fallback); }
  const Error& error() const& { require_error(); return error_; }
  Error& error() & { require_error(); return error_; }
  Error&& error() && { require_error(); return std::move(error_); }

 private:
  void require() const { if (!ok_) [[unlikely]] throw_bug("result.h", 0, error_.message().c_str()); }
  void require_error() const { if (ok_) [[unlikely]] throw_bug("result.h", 0, "there is no error"); }
  bool ok_;
  union {
    T value_;
    Error error_;
  };
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
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
