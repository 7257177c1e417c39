// One cell to the standard form of its column: what it becomes, by which rule, or why it is wrong.
//
// Standard: the cell is missing, or it is valid and this leaves it as it is. That one yardstick gives both scores, before
// and after. Rules are named "step.what": encoding.mojibake, clean.blanks, clean.width, missing.marker, standardize.phone,
// validate.id_card, fault.future … `all_rules` explains each in a sentence.
// Idempotent: a cell that this has made is standard. Threads: one (it remembers frequent texts). Cost: 0.1 to 3 µs.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "govern/column_plan.h"

namespace furrow::govern {

enum class CellState : uint8_t {
  kMissing,   // it was, or is only a marker for it
  kStandard,  // valid, and as it should be
  kChanged,   // valid now
  kInvalid,   // wrong; kept as it is
  kEmptied,   // wrong; taken out
};

struct RuleInfo {
  std::string_view name, step, explanation;
};
std::span<const RuleInfo> all_rules();
std::string_view step_of(std::string_view rule);

struct CellOutcome {
  CellState state = CellState::kMissing;
  std::string value;        // what to write; "" for missing
  std::string_view rule;    // the last that changed or judged it; "" for none
  bool cleaned_only = false;  // what changed it was cleaning, not standardising
  std::string note;         // a sentence for the report: the suspected domain, the right check character
  std::array<std::string, 4> derived;  // of columns that derive: province, city, district, code; or the currency
};

class CellStandardizer {
 public:
  explicit CellStandardizer(const ColumnPlan& plan) : plan_(&plan) {}
  // `hint_region`: of the row's country or city, "" for none; only telephone numbers ask. The result lives until the next call.
  const CellOutcome& apply(std::string_view cell, std::string_view hint_region = {});

 private:
  bool is_plain(std::string_view cell) const;
  void start();
  void work(std::string_view cell, std::string_view hint_region);
  void by_meaning(std::string_view text, std::string_view hint_region);
  void time(std::string_view text);
  void phone(std::string_view text, std::string_view hint_region);
  void quantity(std::string_view text);
  void place(std::string_view text);
  void address(std::string_view text);
  void set(std::string_view value, std::string_view rule);
  void invalid(std::string_view rule, std::string note = {});
  void emptied(std::string_view rule, std::string note = {});

  const ColumnPlan* plan_;
  CellOutcome out_;
  bool remembers_ = true;
  uint64_t asked_ = 0, met_ = 0;
  std::unordered_map<std::string, CellOutcome, TextHash, std::equal_to<>> known_;
};

// The names of the columns that a plan adds, in the order of `derived`; "" ends them.
std::array<std::string, 4> derived_columns(const ColumnPlan& plan);

}  // namespace furrow::govern
