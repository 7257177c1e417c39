// A row of a file to an event, by a source's map.
//
// `bind` resolves the columns by the header (exactly, then ignoring case and surrounding blanks); for CSV and Parquet a
// column that the map names and the file lacks is kInvalidFile, naming the nearest; JSON Lines may lack any.
// `map` is total: any row, also of arbitrary bytes, gives an event, a skip, or a fault with a stable code and the field.
// The event's message_id comes from the declared columns, or is derived: a hash of the source's name, the row's cells by
// column name, and how many equal rows came before in the file. It does not depend on the map, so a mended map and a file
// imported again find the same events; nor on the file's name, format or encoding.
// What the map reads otherwise than it was written (times, telephone numbers, translated values …) is noted in the event's context:
// {"mapped":[{"field":"price","was":"12,50 €","rule":"map.number"}]}; the rules are cell_value.h's.
// Threads: one. Cost: about 2 µs a row of ten columns. Memory: row_identity.h's.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/cell_value.h"
#include "collect/row_identity.h"
#include "collect/source.h"
#include "event/event.h"

namespace furrow::collect {

class RowMapper {
 public:
  enum class Outcome { kEvent, kSkipped, kRefused };

  // `declaration` and `gate` (null: the map alone judges) must outlive the mapper.
  explicit RowMapper(const SourceDeclaration& declaration, CellGate* gate = nullptr);

  // Call again when the columns of a JSON Lines file have grown. `file` stands in errors.
  Status bind(const std::vector<std::string>& columns, std::string_view file);
  // The row's cells as bound. A refusal is in `fault` (kInvalidRow or kTooLarge).
  Outcome map(const table::Row& row, Time received_at, Event& event, std::optional<Error>& fault);
  // Equal rows are counted anew: at the start of each file.
  void start_file() { identity_.start_file(); }
  // Columns that the map names and that no row has had so far (JSON Lines).
  std::vector<std::string> unseen_columns() const;

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  struct Bound {
    const FieldRule* rule;
    std::string name;               // of the property
    std::string field;              // in the gate's notes
    size_t column = kNone;
    std::vector<size_t> slots;      // of an expression
  };
  struct BoundExpression {
    const Expression* expression;
    std::vector<size_t> slots;
  };

  size_t find_column(const std::string& name, std::string_view role, long line);
  void bind_rule(Bound& bound, std::string_view role);
  std::vector<size_t> bind_expression(const Expression& expression, std::string_view role, long line);
  const table::Cell& cell(const table::Row& row, size_t column) const;
  Value evaluate(const Expression& expression, const std::vector<size_t>& slots, const table::Row& row);
  CellReader::Answer answer(const Bound& bound, const table::Row& row);
  bool read_text(const std::optional<Bound>& bound, const table::Row& row, std::string_view field, size_t limit, std::string& out,
                 std::optional<Error>& fault);
  bool read_time(const table::Row& row, Time received_at, Event& event, std::optional<Error>& fault);
  bool judge_time(std::string_view text, Time received_at, Event& event, std::optional<Error>& fault) const;
  bool mend_time(std::string_view text, Time received_at, Event& event, std::optional<Error>& fault);
  bool read_object(const std::vector<Bound>& bounds, const table::Row& row, std::string_view prefix, std::string& out,
                   std::optional<Error>& fault);
  void write_notes(Event& event) const;
  bool check(const Event& event, std::optional<Error>& fault) const;
  std::string message_id(const table::Row& row);

  const SourceDeclaration& declaration_;
  std::vector<std::string> columns_;
  std::vector<std::string> missing_;  // sentences, while binding
  std::optional<Bound> user_id_, anonymous_id_, event_, time_;
  std::optional<BoundExpression> where_;
  std::vector<Bound> properties_, context_;
  std::vector<size_t> message_columns_;
  CellGate* gate_;
  CellReader reader_;
  RowIdentity identity_;
  std::vector<Value> slots_;
};

}  // namespace furrow::collect
