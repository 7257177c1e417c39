// What tests of linkage share. For tests only.
#pragma once
#include <string>
#include <vector>

#include "table/table.h"

namespace furrow::identity {

using TextRows = std::vector<std::vector<std::string>>;

// Columns of text, as files bring them; "" is a missing cell.
inline table::Table table_of(const std::vector<std::string>& header, const TextRows& rows) {
  table::Table out;
  for (size_t c = 0; c < header.size(); ++c) {
    table::Column column(header[c], table::ColumnType::kText);
    for (const auto& row : rows) row[c].empty() ? column.append_null() : column.append_text(row[c]);
    out.add(std::move(column));
  }
  return out;
}

}  // namespace furrow::identity
