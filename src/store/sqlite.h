// SQLite with errors as values: the catalog's adapter (users, sessions, and what else is small and relational).
//
// A Sqlite is one connection: write-ahead log, foreign keys on, waits up to 5 s for another process's lock.
// A Statement binds by position from 1, steps through rows and reads columns from 0; text it gives lives until the next
// step. Statements must die before their connection.
// Threads: one at a time a connection (callers hold a lock). Errors: kStorageFull, kStorageCorrupt (names the file and
// what to do), kConflict (a constraint), kIo.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace furrow::store {

class Statement {
 public:
  Statement(Statement&& other) noexcept : statement_(other.statement_), owner_(other.owner_) { other.statement_ = nullptr; }
  Statement& operator=(Statement&&) = delete;
  ~Statement();
  Statement& bind(int position, std::string_view text);
  Statement& bind(int position, int64_t number);
  Statement& bind_bytes(int position, std::string_view bytes);
  // True while there is a row. After false, the statement can be bound and stepped anew.
  Result<bool> step();
  Status run();  // steps to the end
  std::string_view text(int column) const;
  int64_t integer(int column) const;

 private:
  friend class Sqlite;
  Statement(sqlite3_stmt* statement, const class Sqlite* owner) : statement_(statement), owner_(owner) {}
  sqlite3_stmt* statement_;
  const Sqlite* owner_;
};

class Sqlite {
 public:
  // Makes the file (mode 600) when it is new. ":memory:" for tests.
  static Result<std::unique_ptr<Sqlite>> open(const std::filesystem::path& path);
  ~Sqlite();
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Status execute(const std::string& sql);  // one or several statements without parameters
  Result<Statement> prepare(std::string_view sql);
  int64_t changes() const;  // rows changed by the last statement

 private:
  friend class Statement;
  Sqlite(sqlite3* connection, std::filesystem::path path) : connection_(connection), path_(std::move(path)) {}
  Error failure(int code) const;
  sqlite3* connection_;
  std::filesystem::path path_;
};

}  // namespace furrow::store
