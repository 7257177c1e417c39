#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "base/json.h"
#include "base/number_text.h"
#include "table/files.h"
#include "table/parquet_file_writer.h"
#include "table/text_file.h"

namespace furrow::table {
namespace {

void append_csv_header(const Table& table, char delimiter, std::string& out) {
  for (size_t c = 0; c < table.column_count(); ++c) {
    if (c > 0) out += delimiter;
    append_csv_text(out, table.column(c).name(), delimiter);
  }
  out += '\n';
}

void append_csv_row(const Table& table, size_t row, char delimiter, std::string& out) {
  for (size_t c = 0; c < table.column_count(); ++c) {
    if (c > 0) out += delimiter;
    const Column& column = table.column(c);
    if (column.is_null(row)) {
      // A line of nothing would be skipped as blank.
      if (table.column_count() == 1) out += "\"\"";
    } else if (column.type() == ColumnType::kText) {
      append_csv_text(out, column.text(row), delimiter);
    } else if (column.type() == ColumnType::kNumber) {
      out += number_text(column.number(row));
    } else {
      out += column.to_text(row);
    }
  }
  out += '\n';
}

void append_json_row(const Table& table, size_t row, std::string& out) {
  JsonWriter json(out);
  json.begin_object();
  for (const Column& column : table.columns()) {
    json.key(column.name());
    if (column.is_null(row)) {
      json.null();
    } else if (column.type() == ColumnType::kInteger) {
      json.integer(column.integer(row));
    } else if (column.type() == ColumnType::kTimestamp) {
      json.text(format_time(column.time(row)));
    } else {
      json.value(column.value(row));
    }
  }
  json.end_object();
  out += '\n';
}

// `delimiter` 0: JSON Lines.
Status write_text(const Table& shape, const std::function<Result<Table>()>& next, const std::filesystem::path& path, char delimiter) {
  TextFile file(path);
  if (delimiter != 0) append_csv_header(shape, delimiter, file.buffer());
  while (true) {
    FURROW_ASSIGN(Table rows, next());
    if (rows.rows() == 0) return file.finish();
    for (size_t row = 0; row < rows.rows(); ++row) {
      if (delimiter != 0) append_csv_row(rows, row, delimiter, file.buffer());
      else append_json_row(rows, row, file.buffer());
      file.flush_when_full();
    }
  }
}

Status write_delimited(const Table& table, const std::filesystem::path& path, char delimiter) {
  TextFile file(path);
  append_csv_header(table, delimiter, file.buffer());
  for (size_t row = 0; row < table.rows(); ++row) {
    append_csv_row(table, row, delimiter, file.buffer());
    file.flush_when_full();
  }
  return file.finish();
}

Status write_json_lines(const Table& table, const std::filesystem::path& path) {
  TextFile file(path);
  for (size_t row = 0; row < table.rows(); ++row) {
    append_json_row(table, row, file.buffer());
    file.flush_when_full();
  }
  return file.finish();
}

Status refuse_gzip(const std::filesystem::path& path) {
  if (path.extension() != ".gz") return {};
  return Error(ErrorCode::kInvalidArgument, "Parquet compresses itself: write .parquet without .gz").at(path.string());
}

}  // namespace

Status write_table(const Table& table, const std::filesystem::path& path) {
  FURROW_ASSIGN(Format format, format_of(path));
  switch (format) {
    case Format::kCsv: return write_delimited(table, path, ',');
    case Format::kTsv: return write_delimited(table, path, '\t');
    case Format::kJsonLines: return write_json_lines(table, path);
    case Format::kParquet: break;
  }
  FURROW_TRY(refuse_gzip(path));
  return ParquetFileWriter().write(table, path);
}

Status write_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::filesystem::path& path) {
  FURROW_ASSIGN(Format format, format_of(path));
  switch (format) {
    case Format::kCsv: return write_text(shape, next, path, ',');
    case Format::kTsv: return write_text(shape, next, path, '\t');
    case Format::kJsonLines: return write_text(shape, next, path, 0);
    case Format::kParquet: break;
  }
  FURROW_TRY(refuse_gzip(path));
  return ParquetFileWriter().write_parts(shape, next, path);
}

Status write_rejects(const std::vector<Reject>& rejects, const std::filesystem::path& path) {
  Column line("line", ColumnType::kInteger), reason("reason", ColumnType::kText), raw("raw", ColumnType::kText);
  for (const Reject& reject : rejects) {
    line.append_integer(static_cast<int64_t>(reject.line));
    reason.append_text(reject.reason);
    raw.append_text(reject.raw);
  }
  Table table;
  table.add(std::move(line));
  table.add(std::move(reason));
  table.add(std::move(raw));
  return write_delimited(table, path, ',');
}

}  // namespace furrow::table
