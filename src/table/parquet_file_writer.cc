// DuckDB's COPY over a table function that reads a table where it lies, or one part while the next is being made.
#include "table/parquet_file_writer.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <future>

#include "table/database.h"
#include "table/duckdb_error.h"
#include "table/duckdb_vectors.h"
#include "table/unfinished_file.h"

namespace furrow::table {

struct ParquetFileWriter::Parts {
  const Table& shape;
  const std::function<Result<Table>()>& next;  // empty: `whole` is all there is
  const Table* whole = nullptr;
  Table made;
  size_t passed = 0;
  Status failure;
  std::future<Result<Table>> coming;  // made on a thread of its own; its end waits for it

  const Table& part() const { return whole ? *whole : made; }
  // Another part, or one without rows at the end.
  Status advance() {
    passed = 0;
    if (whole) {
      whole = nullptr;
      return {};
    }
    if (!next) return {};
    if (!coming.valid()) coming = std::async(std::launch::async, next);
    FURROW_ASSIGN(made, coming.get());
    if (made.rows() > 0) coming = std::async(std::launch::async, next);
    return {};
  }
};

// An in-memory database whose table function `parts` gives what is being written.
class ParquetFileWriter::Session {
 public:
  ~Session() {
    if (connection_) duckdb_disconnect(&connection_);
    if (database_) duckdb_close(&database_);
  }
  Status open() {
    if (duckdb_open_ext(nullptr, &database_, nullptr, nullptr) != DuckDBSuccess || duckdb_connect(database_, &connection_) != DuckDBSuccess || !add_parts()) {
      return Error(ErrorCode::kInternal, "DuckDB does not open");
    }
    // The rows come in order from one source, so a second thread would only spin beside the first.
    return run("SET threads = 1; SET memory_limit = '1GB'");
  }
  Status copy(Parts& parts, const std::string& path) {
    // Row groups by rows: a wide table's default of 122,880 rows would hold a quarter of a gigabyte.
    const size_t group = std::clamp<size_t>(size_t{8'000'000} / std::max<size_t>(parts.shape.column_count(), 1), 2'048, 122'880);
    parts_ = &parts;
    Status written = run(fmt::format("COPY (SELECT * FROM parts()) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {})", sql_text(path), group));
    parts_ = nullptr;
    return parts.failure.ok() ? written : parts.failure;
  }

 private:
  static Parts& parts_of(void* session) { return *static_cast<Session*>(session)->parts_; }
  static void bind(duckdb_bind_info info) {
    for (const Column& column : parts_of(duckdb_bind_get_extra_info(info)).shape.columns()) {
      duckdb_logical_type type = duckdb_create_logical_type(duckdb_type_of(column.type()));
      duckdb_bind_add_result_column(info, column.name().c_str(), type);
      duckdb_destroy_logical_type(&type);
    }
  }
  static void init(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }
  static void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
    Parts& parts = parts_of(duckdb_function_get_extra_info(info));
    if (parts.passed == parts.part().rows()) {
      parts.failure = parts.advance();
      if (!parts.failure.ok()) return duckdb_function_set_error(info, parts.failure.error().message().c_str());
    }
    const Table& part = parts.part();
    const size_t rows = std::min<size_t>(duckdb_vector_size(), part.rows() - parts.passed);
    for (size_t c = 0; c < part.column_count(); ++c) {
      fill_vector(duckdb_data_chunk_get_vector(chunk, c), part.column(c), parts.passed, rows);
    }
    duckdb_data_chunk_set_size(chunk, rows);
    parts.passed += rows;
  }
  bool add_parts() {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "parts");
    duckdb_table_function_set_extra_info(function, this, nullptr);
    duckdb_table_function_set_bind(function, bind);
    duckdb_table_function_set_init(function, init);
    duckdb_table_function_set_function(function, fill);
    const bool added = duckdb_register_table_function(connection_, function) == DuckDBSuccess;
    duckdb_destroy_table_function(&function);
    return added;
  }
  Status run(const std::string& sql) {
    duckdb_result result;
    const bool good = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    Status status;
    if (!good) status = duckdb_error(duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return status;
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
  Parts* parts_ = nullptr;
};

ParquetFileWriter::ParquetFileWriter() = default;
ParquetFileWriter::~ParquetFileWriter() = default;

Status ParquetFileWriter::write(Parts& parts, const std::filesystem::path& path) {
  if (!session_) {
    auto session = std::make_unique<Session>();
    FURROW_TRY(session->open());
    session_ = std::move(session);
  }
  UnfinishedFile temporary(path.string() + ".part");
  Status written = session_->copy(parts, temporary.path());
  if (written.ok() && std::rename(temporary.path().c_str(), path.c_str()) == 0) {
    temporary.finished();
    return {};
  }
  const int cause = errno;
  if (!parts.failure.ok()) return parts.failure;
  return Error(written.ok() ? ErrorCode::kIo : written.error().code(),
               fmt::format("cannot write {}: {}", path.string(), written.ok() ? std::strerror(cause) : written.error().message()))
      .at(path.string());
}

Status ParquetFileWriter::write(const Table& rows, const std::filesystem::path& path) {
  const std::function<Result<Table>()> none;
  Parts parts{rows, none, &rows, {}, 0, {}, {}};
  return write(parts, path);
}

Status ParquetFileWriter::write_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::filesystem::path& path) {
  Parts parts{shape, next, nullptr, {}, 0, {}, {}};
  return write(parts, path);
}

}  // namespace furrow::table
