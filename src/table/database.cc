#include "table/database.h"

#include <fmt/format.h>

#include <cctype>

#include "table/duckdb_error.h"
#include "table/duckdb_vectors.h"

namespace furrow::table {
namespace {

// The first word, in capitals, behind blanks and comments.
std::string first_word(std::string_view sql) {
  while (true) {
    size_t start = sql.find_first_not_of(" \t\r\n(;");
    if (start == std::string_view::npos) return {};
    sql.remove_prefix(start);
    bool line = sql.starts_with("--"), block = sql.starts_with("/*");
    if (!line && !block) break;
    size_t end = sql.find(line ? "\n" : "*/");
    if (end == std::string_view::npos) return {};
    sql.remove_prefix(end + (line ? 1 : 2));
  }
  std::string word;
  for (char c : sql) {
    if (!std::isalpha(static_cast<unsigned char>(c))) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return word;
}

bool writes(std::string_view word) {
  constexpr std::string_view kWords[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "CREATE", "DROP", "ALTER", "COPY"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

Error only_reads() { return {ErrorCode::kForbidden, "queries only read: use SELECT, WITH, VALUES, DESCRIBE or EXPLAIN"}; }

class Statement {
 public:
  ~Statement() { duckdb_destroy_prepare(&handle); }
  duckdb_prepared_statement handle = nullptr;
};

class Stream : public ResultStream {
 public:
  Stream() = default;
  ~Stream() override { duckdb_destroy_result(&result_); }

  // kUnavailable never leaves this file: it asks the caller to cast columns to text first.
  Status start(Statement& statement) {
    duckdb_pending_result pending = nullptr;
    bool ok = duckdb_pending_prepared_streaming(statement.handle, &pending) == DuckDBSuccess &&
              duckdb_execute_pending(pending, &result_) == DuckDBSuccess;
    Status status;
    if (!ok) {
      const char* message = duckdb_result_error(&result_);
      status = duckdb_error(message ? message : duckdb_pending_error(pending));
    }
    duckdb_destroy_pending(&pending);
    if (!ok) return status;
    for (idx_t i = 0; i < duckdb_column_count(&result_); ++i) {
      readers_.push_back(VectorReader::of(result_, i));
      shape_.add(Column(duckdb_column_name(&result_, i), readers_.back().column_type()));
    }
    return {};
  }

  // "" when every column can be read, else the query that casts those which cannot.
  std::string wrapped(std::string_view sql) const {
    std::string list;
    bool all = true;
    for (size_t i = 0; i < readers_.size(); ++i) {
      bool nested = readers_[i].type == DUCKDB_TYPE_LIST || readers_[i].type == DUCKDB_TYPE_STRUCT ||
                    readers_[i].type == DUCKDB_TYPE_MAP || readers_[i].type == DUCKDB_TYPE_ARRAY;
      std::string column = fmt::format("#{}", i + 1);
      if (!readers_[i].readable()) {
        all = false;
        column = nested ? fmt::format("to_json({})::VARCHAR", column) : fmt::format("{}::VARCHAR", column);
      }
      list += fmt::format("{}{} AS {}", i ? ", " : "", column, sql_name(shape_.column(i).name()));
    }
    while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n')) sql.remove_suffix(1);
    return all ? "" : fmt::format("SELECT {} FROM (\n{}\n)", list, sql);
  }

  const Table& shape() const override { return shape_; }
  Result<Table> next() override {
    Table rows;
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result_);
    idx_t count = chunk ? duckdb_data_chunk_get_size(chunk) : 0;
    if (!chunk) {
      if (const char* message = duckdb_result_error(&result_); message && *message) return duckdb_error(message);
    }
    for (size_t i = 0; i < readers_.size(); ++i) {
      Column column(shape_.column(i).name(), shape_.column(i).type());
      column.reserve(count);
      if (count > 0) readers_[i].append(duckdb_data_chunk_get_vector(chunk, i), count, column);
      rows.add(std::move(column));
    }
    duckdb_destroy_data_chunk(&chunk);
    return rows;
  }

 private:
  duckdb_result result_{};
  std::vector<VectorReader> readers_;
  Table shape_;
};

class DuckDatabase : public Database {
 public:
  ~DuckDatabase() override {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  Status start(const DatabaseOptions& options) {
    std::string_view version = duckdb_library_version();
    if (version.substr(0, 3) != "v1.") {
      return Error(ErrorCode::kInternal, fmt::format("libduckdb.so is {}, but Furrow needs version 1", version));
    }
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    duckdb_set_config(config, "threads", std::to_string(options.threads).c_str());
    duckdb_set_config(config, "memory_limit", fmt::format("{}MB", options.memory_limit_bytes >> 20).c_str());
    duckdb_set_config(config, "temp_directory", options.spill_folder.c_str());
    duckdb_set_config(config, "autoinstall_known_extensions", "false");
    duckdb_set_config(config, "autoload_known_extensions", "false");
    char* message = nullptr;
    bool ok = duckdb_open_ext(nullptr, &database_, config, &message) == DuckDBSuccess;
    duckdb_destroy_config(&config);
    Status status;
    if (!ok) status = duckdb_error(message);
    duckdb_free(message);
    if (!ok) return status;
    if (duckdb_connect(database_, &connection_) != DuckDBSuccess) return duckdb_error("cannot connect");
    return execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false");
  }

  Status execute(std::string_view sql) override {
    duckdb_result result{};
    Status status;
    if (duckdb_query(connection_, std::string(sql).c_str(), &result) != DuckDBSuccess) {
      status = duckdb_error(duckdb_result_error(&result));
    }
    duckdb_destroy_result(&result);
    return status;
  }

  Result<Table> query(std::string_view sql) override {
    FURROW_ASSIGN(auto rows, stream(sql));
    Table out = rows->shape();
    while (true) {
      FURROW_ASSIGN(Table some, rows->next());
      if (some.rows() == 0) return out;
      for (size_t c = 0; c < out.column_count(); ++c) {
        for (size_t r = 0; r < some.rows(); ++r) out.column(c).append_from(some.column(c), r);
      }
    }
  }

  Result<std::unique_ptr<ResultStream>> stream(std::string_view sql) override { return stream(sql, false); }
  Result<std::unique_ptr<ResultStream>> stream_read_only(std::string_view sql) override { return stream(sql, true); }

  Status lock_down(const std::vector<std::string>& folders) override {
    std::string list;
    for (const std::string& folder : folders) list += (list.empty() ? "" : ", ") + sql_text(folder);
    if (!list.empty()) FURROW_TRY(execute(fmt::format("SET allowed_directories = [{}]", list)));
    return execute("SET enable_external_access = false; SET lock_configuration = true");
  }

  Status create(std::string_view name, const Table& shape) override {
    std::string list;
    for (const Column& column : shape.columns()) {
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", sql_name(column.name()), sql_type(column.type()));
    }
    return execute(fmt::format("CREATE TABLE {} ({})", sql_name(name), list));
  }

  Status append(std::string_view name, const Table& rows) override {
    duckdb_appender appender = nullptr;
    Status status;
    if (duckdb_appender_create(connection_, nullptr, std::string(name).c_str(), &appender) != DuckDBSuccess) {
      status = duckdb_error(duckdb_appender_error(appender));
    } else {
      status = append_chunks(appender, rows);
    }
    if (duckdb_appender_destroy(&appender) != DuckDBSuccess && status.ok()) {
      status = Error(ErrorCode::kTooLarge, "the rows do not fit the memory limit");
    }
    return status;
  }

  void interrupt() override { duckdb_interrupt(connection_); }

 private:
  Status prepare(std::string_view sql, bool read_only, Statement& statement) {
    duckdb_extracted_statements parts = nullptr;
    idx_t count = duckdb_extract_statements(connection_, std::string(sql).c_str(), &parts);
    Status status;
    if (count == 0) {
      const char* message = duckdb_extract_statements_error(parts);
      status = message ? duckdb_error(message) : Error(ErrorCode::kInvalidArgument, "there is no SQL statement");
    } else if (count > 1) {
      status = Error(read_only ? ErrorCode::kForbidden : ErrorCode::kInvalidArgument, "only one SQL statement at a time");
    } else if (duckdb_prepare_extracted_statement(connection_, parts, 0, &statement.handle) != DuckDBSuccess) {
      // A write into a view fails before its kind is known: what matters to the reader is that it writes.
      status = read_only && writes(first_word(sql)) ? only_reads() : duckdb_error(duckdb_prepare_error(statement.handle));
    } else if (auto type = duckdb_prepared_statement_type(statement.handle);
               read_only && ((type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN) ||
                             first_word(sql) == "PRAGMA")) {  // DuckDB calls some pragmas SELECT
      status = only_reads();
    }
    duckdb_destroy_extracted(&parts);
    return status;
  }

  Result<std::unique_ptr<ResultStream>> stream(std::string_view sql, bool read_only) {
    std::string text(sql);
    for (int attempt = 0; attempt < 2; ++attempt) {
      Statement statement;
      FURROW_TRY(prepare(text, read_only, statement));
      auto rows = std::make_unique<Stream>();
      FURROW_TRY(rows->start(statement));
      text = rows->wrapped(sql);
      if (text.empty()) return std::unique_ptr<ResultStream>(std::move(rows));
    }
    return Error(ErrorCode::kInternal, "the query has a column that cannot be shown as text");
  }

  Status append_chunks(duckdb_appender appender, const Table& rows) {
    std::vector<duckdb_logical_type> types;
    for (const Column& column : rows.columns()) types.push_back(duckdb_create_logical_type(duckdb_type_of(column.type())));
    duckdb_data_chunk chunk = duckdb_create_data_chunk(types.data(), types.size());
    size_t step = duckdb_vector_size();
    Status status;
    for (size_t from = 0; from < rows.rows() && status.ok(); from += step) {
      size_t count = std::min(step, rows.rows() - from);
      duckdb_data_chunk_reset(chunk);
      for (size_t c = 0; c < rows.column_count(); ++c) {
        fill_vector(duckdb_data_chunk_get_vector(chunk, c), rows.column(c), from, count);
      }
      duckdb_data_chunk_set_size(chunk, count);
      if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess) status = duckdb_error(duckdb_appender_error(appender));
    }
    if (status.ok() && duckdb_appender_flush(appender) != DuckDBSuccess) {
      status = duckdb_error(duckdb_appender_error(appender));
    }
    duckdb_destroy_data_chunk(&chunk);
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    return status;
  }

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  auto database = std::make_unique<DuckDatabase>();
  FURROW_TRY(database->start(options));
  return std::unique_ptr<Database>(std::move(database));
}

std::string sql_text(std::string_view text) { return quoted(text, '\''); }
std::string sql_name(std::string_view name) { return quoted(name, '"'); }

}  // namespace furrow::table
