// Parquet in parts: DuckDB's COPY over a table function that passes one part on while the next is being made.
#include <duckdb.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <memory>

#include "table/database.h"
#include "table/duckdb_vectors.h"
#include "table/parquet.h"

namespace furrow::table {
namespace {

struct Parts {
  const Table& shape;
  const std::function<Result<Table>()>& next;
  Table part;
  size_t passed = 0;
  Status failure;
  std::future<Result<Table>> coming;  // made on a thread of its own; its end waits for it
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
  if (parts.passed == parts.part.rows()) {
    if (!parts.coming.valid()) parts.coming = std::async(std::launch::async, parts.next);
    auto next = parts.coming.get();
    if (!next) {
      parts.failure = next.error();
      duckdb_function_set_error(info, next.error().message().c_str());
      return;
    }
    parts.part = std::move(next).value();
    parts.passed = 0;
    if (parts.part.rows() > 0) parts.coming = std::async(std::launch::async, parts.next);
  }
  const size_t rows = std::min<size_t>(duckdb_vector_size(), parts.part.rows() - parts.passed);
  for (size_t c = 0; c < parts.part.column_count(); ++c) {
    fill_vector(duckdb_data_chunk_get_vector(chunk, c), parts.part.column(c), parts.passed, rows);
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
    if (!good) status = Error(ErrorCode::kIo, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return status;
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

}  // namespace

Status write_parquet_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::string& path) {
  Parts parts{shape, next, {}, 0, {}, {}};
  Session session;
  if (!session.open() || !session.add(parts)) return Error(ErrorCode::kInternal, "DuckDB does not open");
  // The rows come in order from one source, so a second thread would only spin beside the first.
  FURROW_TRY(session.run("SET threads = 1; SET memory_limit = '1GB'"));
  // Row groups by rows: a wide table's default of 122,880 rows would hold a quarter of a gigabyte.
  const size_t group = std::clamp<size_t>(size_t{8'000'000} / std::max<size_t>(shape.column_count(), 1), 2'048, 122'880);
  const std::string codec = "zstd";
  Status written = session.run(fmt::format("COPY (SELECT * FROM parts()) TO {} (FORMAT parquet, COMPRESSION {}, ROW_GROUP_SIZE {})", sql_text(path), codec, group));
  if (!parts.failure.ok()) return parts.failure;
  return written.ok() ? written : Status(Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path, written.error().message())).at(path));
}

}  // namespace furrow::table
