// JSON out (JsonWriter) and flat JSON in (Fields).
//
// JsonWriter appends to a std::string it is given; commas are its own business. Numbers are written in the shortest form
// that reads back the same; NaN and infinities as null. Text is written as UTF-8 with the escapes JSON needs; bytes that
// are not UTF-8 are replaced by U+FFFD.
//
// Fields is a parsed JSON object as a sorted list of dotted paths ("price", "device.type") and Values, for reading
// properties and context. It owns what its Values view. Arrays are kept as their JSON text.
// Limits: depth 16, 512 leaves an object; deeper or more is an error. Threads: each object is used by one thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

namespace furrow {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(double value);
  JsonWriter& integer(int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // already JSON
  JsonWriter& value(const Value& value);
  // key and value in one call
  JsonWriter& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, const std::string& value) { return key(name).text(value); }
  JsonWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonWriter& field(std::string_view name, double value) { return key(name).number(value); }
  template <class Integer> requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
  JsonWriter& field(std::string_view name, Integer value) { return key(name).integer(static_cast<int64_t>(value)); }

 private:
  void separate();
  std::string& out_;
  bool needs_comma_ = false;
};
void append_json_text(std::string& out, std::string_view text);  // with the quotes

class Fields {
 public:
  Fields();
  ~Fields();
  Fields(Fields&&) noexcept;
  Fields& operator=(Fields&&) noexcept;
  // `json` must be an object ("" counts as {}). Reuses memory from the call before.
  Status parse(std::string_view json);
  Value get(std::string_view path) const;  // nothing when absent
  const std::vector<std::pair<std::string_view, Value>>& all() const { return leaves_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::vector<std::pair<std::string_view, Value>> leaves_;
};

}  // namespace furrow
