// One cell made into the value that its rule asks for: cleaned, translated, typed.
// What goes in otherwise than it was written is noted with the cell and the map's rule: map.trim, map.case, map.values (translated, or
// not in the list and so empty), map.number, map.boolean, map.time, map.phone, map.email, map.invalid (emptied). A number that is
// only written shorter (12.50 as 12.5) is the same; what the gate reads, the gate notes.
// Total on arbitrary bytes. Threads: a CellReader is used by one thread; results live until its next call.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"
#include "collect/cell_gate.h"
#include "collect/source.h"

namespace furrow::collect {

class CellReader {
 public:
  struct Answer {
    enum class Kind : uint8_t { kMissing, kText, kNumber, kBoolean, kJson, kInvalid } kind = Kind::kMissing;
    std::string_view text;  // text, the digits of a number as they go into JSON, the JSON; why it is invalid
    bool boolean = false;
  };
  // `gate` (null: none) is asked about what the rule cannot read; `field` names the value in its notes.
  explicit CellReader(CellGate* gate = nullptr) : gate_(gate) {}
  Answer read(const FieldRule& rule, const table::Cell& cell, std::string_view field = {});
  // Of an expression's value.
  Answer read(const FieldRule& rule, const Value& value);

  // What was noted since start_row: the elements of a JSON list, {"field":…,"was":…,"rule":…}.
  void start_row() { notes_.clear(); }
  void note(std::string_view field, std::string_view was, std::string_view rule);
  const std::string& notes() const { return notes_; }

 private:
  Answer noted(const FieldRule& rule, std::string_view cell, std::string_view field, Answer answer);
  Answer plain(const FieldRule& rule, std::string_view text);
  Answer governed(const FieldRule& rule, std::string_view cell, std::string_view field);
  Answer governed_contact(const FieldRule& rule, std::string_view cell, std::string_view field);
  Answer accept(const FieldRule& rule, const CellVerdict& verdict, std::string_view cell, std::string_view field);
  Answer unmended(const FieldRule& rule, const CellVerdict& verdict, std::string_view cell, std::string_view field);
  Answer typed(const FieldRule& rule, std::string_view text);
  Answer number(const FieldRule& rule, std::string_view text);
  Answer invalid(const FieldRule& rule, std::string_view text, std::string_view form);
  std::string_view clean(const FieldRule& rule, std::string_view text);
  std::string_view folded(std::string_view text);

  CellGate* gate_;
  bool strict_ = false;    // whatever is invalid is said to be so, whatever the rule makes of it
  bool standard_ = false;  // the text is in standard form already: a point is the decimal point, times are ISO 8601
  std::string text_, folded_, why_, digits_, notes_;
};

void append_answer(JsonWriter& json, const CellReader::Answer& answer);

}  // namespace furrow::collect
