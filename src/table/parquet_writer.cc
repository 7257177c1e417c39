// Parquet: DuckDB's COPY over a table function that reads a table where it lies, or one part while the next is being made.
#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <memory>

#include "table/database.h"
#include "table/duckdb_error.h"
#include "table/duckdb_vectors.h"
#include "table/parquet.h"

namespace furrow::table {
namespace {

struct Parts {
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

Parts& parts_of(void* extra) { return *static_cast<Parts*>(extra); }

void bind(duckdb_bind_info info) {
  for (const Column& column : parts_of(duckdb_bind_get_extra_info(info)).shape.columns()) {
    duckdb_logical_type type = duckdb_create_logical_type(duckdb_type_of(column.type()));
    duckdb_bind_add_result_column(info, column.name().c_str(), type);
    duckdb_destroy_logical_type(&type);
  }
}

void init(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
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

// An in-memory database for one COPY.
class Session {
 public:
  ~Session() {
    if (connection_) duckdb_disconnect(&connection_);
    if (database_) duckdb_close(&database_);
  }
  bool open() {
    return duckdb_open_ext(nullptr, &database_, nullptr, nullptr) == DuckDBSuccess && duckdb_connect(database_, &connection_) == DuckDBSuccess;
  }
  bool add(Parts& parts) {
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, "parts");
    duckdb_table_function_set_extra_info(function, &parts, nullptr);
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

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

Status write(Parts& parts, const std::string& path) {
  Session session;
  if (!session.open() || !session.add(parts)) return Error(ErrorCode::kInternal, "DuckDB does not open");
  // The rows come in order from one source, so a second thread would only spin beside the first.
  FURROW_TRY(session.run("SET threads = 1; SET memory_limit = '1GB'"));
  // Row groups by rows: a wide table's default of 122,880 rows would hold a quarter of a gigabyte.
  const size_t group = std::clamp<size_t>(size_t{8'000'000} / std::max<size_t>(parts.shape.column_count(), 1), 2'048, 122'880);
  Status written = session.run(fmt::format("COPY (SELECT * FROM parts()) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {})", sql_text(path), group));
  if (!parts.failure.ok()) return parts.failure;
  return written.ok() ? written : Status(Error(written.error().code(), fmt::format("cannot write {}: {}", path, written.error().message())).at(path));
}

}  // namespace

Status write_parquet(const Table& table, const std::string& path) {
  const std::function<Result<Table>()> none;
  Parts parts{table, none, &table, {}, 0, {}, {}};
  return write(parts, path);
}

Status write_parquet_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::string& path) {
  Parts parts{shape, next, nullptr, {}, 0, {}, {}};
  return write(parts, path);
}

}  // namespace furrow::table
