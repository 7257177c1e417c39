#include "table/duckdb_vectors.h"

#include <cmath>

namespace furrow::table {
namespace {

struct HugeInt {
  uint64_t low;
  int64_t high;
};

bool valid_at(const uint64_t* validity, idx_t row) { return !validity || (validity[row / 64] >> (row % 64)) & 1; }

template <class T>
void append_integers(const void* data, const uint64_t* validity, idx_t rows, Column& out) {
  for (idx_t i = 0; i < rows; ++i) {
    if (valid_at(validity, i)) {
      out.append_integer(static_cast<int64_t>(static_cast<const T*>(data)[i]));
    } else {
      out.append_null();
    }
  }
}

double as_double(const HugeInt& huge) {
  return std::ldexp(static_cast<double>(huge.high), 64) + static_cast<double>(huge.low);
}

double number_at(duckdb_type type, const void* data, idx_t row) {
  switch (type) {
    case DUCKDB_TYPE_SMALLINT: return static_cast<const int16_t*>(data)[row];
    case DUCKDB_TYPE_INTEGER: return static_cast<const int32_t*>(data)[row];
    case DUCKDB_TYPE_BIGINT: return static_cast<double>(static_cast<const int64_t*>(data)[row]);
    case DUCKDB_TYPE_UBIGINT: return static_cast<double>(static_cast<const uint64_t*>(data)[row]);
    case DUCKDB_TYPE_FLOAT: return static_cast<double>(static_cast<const float*>(data)[row]);
    case DUCKDB_TYPE_HUGEINT: return as_double(static_cast<const HugeInt*>(data)[row]);
    default: return static_cast<const double*>(data)[row];
  }
}

Time time_at(duckdb_type type, const void* data, idx_t row) {
  if (type == DUCKDB_TYPE_DATE) return Time{static_cast<const int32_t*>(data)[row] * days(1).micros};
  int64_t ticks = static_cast<const int64_t*>(data)[row];
  switch (type) {
    case DUCKDB_TYPE_TIMESTAMP_S: return Time{ticks * 1000000};
    case DUCKDB_TYPE_TIMESTAMP_MS: return Time{ticks * 1000};
    case DUCKDB_TYPE_TIMESTAMP_NS: return Time{ticks / 1000};
    default: return Time{ticks};
  }
}

std::string_view text_at(const void* data, idx_t row) {
  const duckdb_string_t& text = static_cast<const duckdb_string_t*>(data)[row];
  uint32_t length = text.value.inlined.length;
  return {length <= 12 ? text.value.inlined.inlined : text.value.pointer.ptr, length};
}

}  // namespace

VectorReader VectorReader::of(duckdb_result& result, idx_t column) {
  VectorReader reader;
  reader.type = duckdb_column_type(&result, column);
  if (reader.type == DUCKDB_TYPE_DECIMAL) {
    duckdb_logical_type type = duckdb_column_logical_type(&result, column);
    reader.stored = duckdb_decimal_internal_type(type);
    reader.scale = std::pow(10.0, duckdb_decimal_scale(type));
    duckdb_destroy_logical_type(&type);
  }
  return reader;
}

bool VectorReader::readable() const {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: case DUCKDB_TYPE_TINYINT: case DUCKDB_TYPE_SMALLINT: case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT: case DUCKDB_TYPE_UTINYINT: case DUCKDB_TYPE_USMALLINT: case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT: case DUCKDB_TYPE_HUGEINT: case DUCKDB_TYPE_FLOAT: case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: case DUCKDB_TYPE_DATE: case DUCKDB_TYPE_TIMESTAMP: case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS: case DUCKDB_TYPE_TIMESTAMP_NS: case DUCKDB_TYPE_TIMESTAMP_TZ: case DUCKDB_TYPE_VARCHAR:
      return true;
    default: return false;
  }
}

ColumnType VectorReader::column_type() const {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return ColumnType::kBoolean;
    case DUCKDB_TYPE_TINYINT: case DUCKDB_TYPE_SMALLINT: case DUCKDB_TYPE_INTEGER: case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT: case DUCKDB_TYPE_USMALLINT: case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_HUGEINT:  // sums of whole numbers; those beyond 64 bits are clamped, which no count reaches
      return ColumnType::kInteger;
    case DUCKDB_TYPE_UBIGINT: case DUCKDB_TYPE_FLOAT: case DUCKDB_TYPE_DOUBLE: case DUCKDB_TYPE_DECIMAL:
      return ColumnType::kNumber;
    case DUCKDB_TYPE_DATE: case DUCKDB_TYPE_TIMESTAMP: case DUCKDB_TYPE_TIMESTAMP_S: case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS: case DUCKDB_TYPE_TIMESTAMP_TZ:
      return ColumnType::kTimestamp;
    default: return ColumnType::kText;
  }
}

void VectorReader::append(duckdb_vector vector, idx_t rows, Column& out) const {
  const void* data = duckdb_vector_get_data(vector);
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  switch (type) {
    case DUCKDB_TYPE_TINYINT: return append_integers<int8_t>(data, validity, rows, out);
    case DUCKDB_TYPE_SMALLINT: return append_integers<int16_t>(data, validity, rows, out);
    case DUCKDB_TYPE_INTEGER: return append_integers<int32_t>(data, validity, rows, out);
    case DUCKDB_TYPE_BIGINT: return append_integers<int64_t>(data, validity, rows, out);
    case DUCKDB_TYPE_UTINYINT: return append_integers<uint8_t>(data, validity, rows, out);
    case DUCKDB_TYPE_USMALLINT: return append_integers<uint16_t>(data, validity, rows, out);
    case DUCKDB_TYPE_UINTEGER: return append_integers<uint32_t>(data, validity, rows, out);
    default: break;
  }
  for (idx_t i = 0; i < rows; ++i) {
    if (!valid_at(validity, i)) {
      out.append_null();
    } else if (type == DUCKDB_TYPE_BOOLEAN) {
      out.append_boolean(static_cast<const bool*>(data)[i]);
    } else if (type == DUCKDB_TYPE_HUGEINT) {
      const auto& huge = static_cast<const HugeInt*>(data)[i];
      bool fits = (huge.high == 0 && huge.low <= INT64_MAX) || (huge.high == -1 && huge.low > INT64_MAX);
      out.append_integer(fits ? static_cast<int64_t>(huge.low) : huge.high < 0 ? INT64_MIN : INT64_MAX);
    } else if (type == DUCKDB_TYPE_DECIMAL) {
      out.append_number(number_at(stored, data, i) / scale);
    } else if (out.type() == ColumnType::kNumber) {
      out.append_number(number_at(type, data, i));
    } else if (out.type() == ColumnType::kTimestamp) {
      out.append_time(time_at(type, data, i));
    } else {
      out.append_text(text_at(data, i));
    }
  }
}

const char* sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger: return "BIGINT";
    case ColumnType::kNumber: return "DOUBLE";
    case ColumnType::kBoolean: return "BOOLEAN";
    case ColumnType::kText: return "VARCHAR";
    case ColumnType::kTimestamp: return "TIMESTAMP";
  }
  return "VARCHAR";
}

duckdb_type duckdb_type_of(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger: return DUCKDB_TYPE_BIGINT;
    case ColumnType::kNumber: return DUCKDB_TYPE_DOUBLE;
    case ColumnType::kBoolean: return DUCKDB_TYPE_BOOLEAN;
    case ColumnType::kText: return DUCKDB_TYPE_VARCHAR;
    case ColumnType::kTimestamp: return DUCKDB_TYPE_TIMESTAMP;
  }
  return DUCKDB_TYPE_VARCHAR;
}

void fill_vector(duckdb_vector vector, const Column& column, size_t from, size_t count) {
  void* data = duckdb_vector_get_data(vector);
  duckdb_vector_ensure_validity_writable(vector);
  uint64_t* validity = duckdb_vector_get_validity(vector);
  for (size_t i = 0; i < count; ++i) {
    size_t row = from + i;
    if (column.is_null(row)) {
      validity[i / 64] &= ~(uint64_t{1} << (i % 64));
      continue;
    }
    validity[i / 64] |= uint64_t{1} << (i % 64);
    switch (column.type()) {
      case ColumnType::kInteger: static_cast<int64_t*>(data)[i] = column.integer(row); break;
      case ColumnType::kNumber: static_cast<double*>(data)[i] = column.number(row); break;
      case ColumnType::kBoolean: static_cast<bool*>(data)[i] = column.boolean(row); break;
      case ColumnType::kTimestamp: static_cast<int64_t*>(data)[i] = column.time(row).micros; break;
      case ColumnType::kText: {
        std::string_view text = column.text(row);
        duckdb_vector_assign_string_element_len(vector, i, text.data(), text.size());
        break;
      }
    }
  }
}

}  // namespace furrow::table
