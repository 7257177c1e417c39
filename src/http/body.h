// Strict reading of small JSON bodies: every member is named and typed, anything else is an error that names the field.
// Threads: a value of one thread.
#pragma once
#include <simdjson.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow::http {

// kInvalidArgument in `member`: it "must be" `kind`.
Error wrong_member(std::string_view member, std::string_view kind);

class JsonBody {
 public:
  // kInvalidJson, or kInvalidArgument when it is not an object or has a member that is not in `members`.
  static Result<JsonBody> parse(std::string& body, std::initializer_list<std::string_view> members);

  Result<std::string> text(std::string_view member) const;                          // needed
  Result<std::optional<std::string>> text_if_any(std::string_view member) const;    // absent or null: nothing
  Result<std::optional<int64_t>> integer_if_any(std::string_view member) const;
  Result<std::optional<double>> number_if_any(std::string_view member) const;
  Result<std::optional<std::vector<int64_t>>> integers_if_any(std::string_view member) const;
  // An object as compact JSON; "" when absent or null.
  Result<std::string> object_if_any(std::string_view member) const;

 private:
  std::unique_ptr<simdjson::dom::parser> parser_ = std::make_unique<simdjson::dom::parser>();
  simdjson::dom::object object_;
};

}  // namespace furrow::http
