// SQL over tables and files: an in-memory DuckDB and one connection to it.
//
// Not for durable data: the log and the views are the truth; this reads files and tables and forgets.
// Threads: one at a time, but `interrupt` from any. Lifetime: streams must end before their database.
// Cost: opening takes about 10 ms. Limits: memory and threads as in the options; queries over the memory limit spill to
// `spill_folder`, or fail when it is empty. Results become Columns: whole numbers integer, decimals and floats number,
// dates and timestamps timestamp (UTC), lists and structs JSON text, everything else text.
// Errors: kInvalidArgument for SQL that is wrong (DuckDB's words), kTooLarge when the memory limit is reached, kIo and
// kInvalidFile for files, kInterrupted.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table/table.h"

namespace furrow::table {

struct DatabaseOptions {
  int threads = 2;
  size_t memory_limit_bytes = size_t{1} << 30;
  std::string spill_folder;
};

// The rows of a query, a few thousand at a time.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  // Column names and types, without rows.
  virtual const Table& shape() const = 0;
  // The next rows; a table without rows at the end.
  virtual Result<Table> next() = 0;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const DatabaseOptions& options = {});
  virtual ~Database() = default;

  // One or more statements whose rows nobody wants.
  virtual Status execute(std::string_view sql) = 0;
  virtual Result<Table> query(std::string_view sql) = 0;
  virtual Result<std::unique_ptr<ResultStream>> stream(std::string_view sql) = 0;
  // As stream, for SQL from people: exactly one statement, and one that only reads (SELECT, WITH, VALUES, DESCRIBE,
  // EXPLAIN …); anything else is kForbidden. Forbids by statement type; call `lock_down` before for what SELECT can reach.
  virtual Result<std::unique_ptr<ResultStream>> stream_read_only(std::string_view sql) = 0;
  // From now on no files but those under `folders`, no extensions, and no change of settings.
  virtual Status lock_down(const std::vector<std::string>& folders) = 0;

  // Makes a table of that name, or adds rows to one of the same columns.
  virtual Status create(std::string_view name, const Table& shape) = 0;
  virtual Status append(std::string_view name, const Table& rows) = 0;
  Status load(std::string_view name, const Table& table) {
    FURROW_TRY(create(name, table));
    return append(name, table);
  }

  // Stops what runs now; its call returns kInterrupted.
  virtual void interrupt() = 0;
};

// Quoted for SQL: 'it''s' and "a ""b""".
std::string sql_text(std::string_view text);
std::string sql_name(std::string_view name);

}  // namespace furrow::table
