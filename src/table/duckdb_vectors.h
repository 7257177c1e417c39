// Between DuckDB's vectors and Columns. Inside the room only.
#pragma once
#include <duckdb.h>

#include "table/table.h"

namespace furrow::table {

// How a result column becomes a Column.
struct VectorReader {
  duckdb_type type = DUCKDB_TYPE_INVALID;
  duckdb_type stored = DUCKDB_TYPE_INVALID;  // of a decimal: what holds its digits
  double scale = 1;                          // of a decimal: what to divide by

  static VectorReader of(duckdb_result& result, idx_t column);
  bool readable() const;  // false: cast it to text in SQL first
  ColumnType column_type() const;
  void append(duckdb_vector vector, idx_t rows, Column& out) const;
};

const char* sql_type(ColumnType type);
duckdb_type duckdb_type_of(ColumnType type);
// Rows [from, from + count) of `column` into the vector from 0 on.
void fill_vector(duckdb_vector vector, const Column& column, size_t from, size_t count);

}  // namespace furrow::table
