// One cell made into the value that its rule asks for: cleaned, translated, typed.
// Total on arbitrary bytes. Threads: a CellReader is used by one thread; results live until its next call.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "collect/source.h"

namespace furrow::collect {

class CellReader {
 public:
  struct Answer {
    enum class Kind : uint8_t { kMissing, kText, kNumber, kBoolean, kJson, kInvalid } kind = Kind::kMissing;
    std::string_view text;  // text, the digits of a number as they go into JSON, the JSON; why it is invalid
    bool boolean = false;
  };
  Answer read(const FieldRule& rule, const table::Cell& cell);
  // Of an expression's value.
  Answer read(const FieldRule& rule, const Value& value);

 private:
  Answer typed(const FieldRule& rule, std::string_view text);
  Answer number(const FieldRule& rule, std::string_view text);
  Answer invalid(const FieldRule& rule, std::string_view text, std::string_view form);
  std::string_view clean(const FieldRule& rule, std::string_view text);
  std::string_view folded(std::string_view text);

  std::string text_, folded_, why_, digits_;
};

void append_answer(JsonWriter& json, const CellReader::Answer& answer);

}  // namespace furrow::collect
