// Which columns of several files mean the same, and what kind of thing each holds.
//
// Names are compared after folding and through a table of synonyms (English and Chinese); contents by kind and by the
// share of values two columns have in common. A column joins at most one field, a field takes at most one column of a
// file. An id column is never compared with another file's id column, only with a column of another file that refers to it
// (a customer number in orders). Where one file has given name and surname and another only the whole name, the whole is put
// together. Fields that only one of several files has are left out.
// Deterministic. Cost: a sample of 4,000 rows a column. Threads: any.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "identity/linkage_text.h"
#include "table/table.h"

namespace furrow::identity {

enum class FieldKind : uint8_t {
  kName,        // a few words: names of people, streets, towns
  kText,        // many words: titles, descriptions, long addresses
  kIdentifier,  // codes and numbers that name things: customer numbers, postcodes
  kPhone,
  kEmail,
  kDate,
  kNumber,      // quantities: prices, years
};
std::string_view to_string(FieldKind kind);  // "name", "text", …
Result<FieldKind> parse_field_kind(std::string_view name);

// One of the tables to be linked. `table` outlives the call.
struct ColumnSource {
  std::string name;
  const table::Table* table = nullptr;
  int id_column = -1;  // -1: rows are numbered
};

struct FieldPlan {
  std::string name;  // of the first file that has it
  FieldKind kind = FieldKind::kName;
  DayOrder order = DayOrder::kDayFirst;  // kDate
  bool zero_is_missing = false;          // kNumber: prices of 0 say nothing
  bool identifying = false;              // a name or birthday: one person's records agree, a household's do not
  // For each source its columns: none, one, or several that are joined by a blank.
  std::vector<std::vector<int>> columns;
};

struct ColumnChoice {
  std::vector<std::string> ignore;                              // never evidence
  std::vector<std::pair<std::string, FieldKind>> kinds;         // told, not found
  std::vector<std::vector<std::string>> same;                   // "source.column" or "column": one field each
};

std::vector<FieldPlan> plan_fields(const std::vector<ColumnSource>& sources, const ColumnChoice& choice = {});

// Blank, "null", "n/a", "未知" and the like.
bool says_nothing(std::string_view value);

}  // namespace furrow::identity
