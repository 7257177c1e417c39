#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "base/json.h"
#include "table/database.h"
#include "table/files.h"
#include "table/text_file.h"

namespace furrow::table {
namespace {

Status write_delimited(const Table& table, const std::filesystem::path& path, char delimiter) {
  TextFile file(path);
  std::string& out = file.buffer();
  for (size_t c = 0; c < table.column_count(); ++c) {
    if (c > 0) out += delimiter;
    append_csv_text(out, table.column(c).name(), delimiter);
  }
  out += '\n';
  for (size_t row = 0; row < table.rows(); ++row) {
    for (size_t c = 0; c < table.column_count(); ++c) {
      if (c > 0) out += delimiter;
      const Column& column = table.column(c);
      if (column.is_null(row)) {
        // A line of nothing would be skipped as blank.
        if (table.column_count() == 1) out += "\"\"";
      } else if (column.type() == ColumnType::kText) {
        append_csv_text(out, column.text(row), delimiter);
      } else {
        out += column.to_text(row);
      }
    }
    out += '\n';
    file.flush_when_full();
  }
  return file.finish();
}

Status write_json_lines(const Table& table, const std::filesystem::path& path) {
  TextFile file(path);
  for (size_t row = 0; row < table.rows(); ++row) {
    JsonWriter json(file.buffer());
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
    file.buffer() += '\n';
    file.flush_when_full();
  }
  return file.finish();
}

Status write_parquet(const Table& table, const std::filesystem::path& path) {
  FURROW_ASSIGN(auto database, Database::open({.threads = 2, .memory_limit_bytes = size_t{4} << 30, .spill_folder = {}}));
  FURROW_TRY(database->load("rows", table));
  std::string temporary = path.string() + ".part";
  Status written = database->execute(fmt::format("COPY rows TO {} (FORMAT parquet, COMPRESSION zstd)", sql_text(temporary)));
  if (!written.ok() || std::rename(temporary.c_str(), path.c_str()) != 0) {
    std::string cause = written.ok() ? std::strerror(errno) : written.error().message();
    std::remove(temporary.c_str());
    return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path.string(), cause)).at(path.string());
  }
  return {};
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
  if (path.extension() == ".gz") {
    return Error(ErrorCode::kInvalidArgument, "Parquet compresses itself: write .parquet without .gz").at(path.string());
  }
  return write_parquet(table, path);
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
