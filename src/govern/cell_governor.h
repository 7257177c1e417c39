// Governance of cells before a source's map judges them: what the map cannot read is read as `furrow clean` would.
//
// What a cell should be the map declares (time, number, telephone number, one of a list); how its column writes it (the order
// of day and month, epochs, percents in points or ratios, gender codes) is learnt from the first cells that are observed, the
// order that the map's formats declare deciding where they leave it open. Members of a list are told by case, width, script
// and blanks, then as genders or as yes and no. Rules as in all_rules(). A field that the rules `keep` is left alone.
// Threads: one. Cost: nothing for cells that the map reads, but for telephone numbers and e-mail addresses (1 to 3 µs).
// Memory: kLearnedCells texts a field while learning.
#pragma once
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "collect/cell_gate.h"
#include "govern/cell_standardizer.h"
#include "govern/event_rules.h"

namespace furrow::govern {

inline constexpr size_t kLearnedCells = 5'000;

class CellGovernor : public collect::CellGate {
 public:
  CellGovernor(EventRules rules, Time now);
  ~CellGovernor() override;

  // Until then cells are only observed, and what the map refuses is let pass unread: the events are not for use.
  void settle() { learning_ = false; }
  // Of the row since start_row.
  std::span<const collect::CellChange> changes() const { return changes_; }

  void start_row() override { changes_.clear(); }
  void observe(const collect::FieldRule& rule, std::string_view field, std::string_view cell) override;
  collect::CellVerdict mend(const collect::FieldRule& rule, std::string_view field, std::string_view cell) override;
  void note(std::string_view field, std::string_view was, std::string_view rule) override;
  std::optional<double> number(std::string_view cell) override;

 private:
  struct Field;
  Field& field_of(const collect::FieldRule& rule, std::string_view name);
  ColumnPlan plan(const Field& field, Meaning meaning) const;
  void prepare(Field& field, const collect::FieldRule& rule) const;
  void prepare_times(Field& field, const collect::FieldRule& rule) const;
  void prepare_list(Field& field, const collect::FieldRule& rule) const;
  void by_list(const Field& field, std::string_view cell, collect::CellVerdict& verdict) const;

  EventRules rules_;
  Time now_;
  bool learning_ = true;
  std::unordered_map<const collect::FieldRule*, std::unique_ptr<Field>> fields_;
  std::vector<collect::CellChange> changes_;
};

}  // namespace furrow::govern
