// A second reader of cells that the map cannot read: worn times, numbers, telephone numbers, members of a list.
//
// The map has the first word, so that what it declares (an order of day and month, a decimal comma) stays true; what it would
// refuse, empty or keep unread is put before the gate, and its answer goes through the map again. Telephone numbers and
// e-mail addresses go before it first: the map's own reading knows no numbering plans. Every change is noted with the cell
// as it was. Threads: one. Texts of a verdict live until the next call; rules' names for ever.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "collect/source.h"

namespace furrow::collect {

struct CellVerdict {
  enum class Kind : uint8_t {
    kUnknown,  // it has nothing to say: the map's own reading holds
    kMended,   // `text` in standard form: ISO 8601, plain digits, E.164 …; of a list, the value that the cell stands for
    kMissing,  // the cell says that there is no value
    kInvalid,
  } kind = Kind::kUnknown;
  std::string_view text, rule, reason;
  OnInvalid invalid = OnInvalid::kReject;  // what governance wants of an invalid value …
  bool own = false;                        // … and whether it says so of this very field, before the map
};

// A cell that went into the event otherwise than it was written. `field`: "timestamp", "event", or the trait's name.
struct CellChange {
  std::string field, was;
  std::string_view rule;
};

class CellGate {
 public:
  virtual ~CellGate() = default;
  virtual void start_row() = 0;  // forgets what was noted
  // Each cell that has a type or a list, before it is judged: to learn how the column is written.
  virtual void observe(const FieldRule& rule, std::string_view field, std::string_view cell) = 0;
  virtual CellVerdict mend(const FieldRule& rule, std::string_view field, std::string_view cell) = 0;
  virtual void note(std::string_view field, std::string_view was, std::string_view rule) = 0;
  // An operand of an expression that is no plain number.
  virtual std::optional<double> number(std::string_view cell) = 0;
};

}  // namespace furrow::collect
