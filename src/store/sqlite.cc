#include "store/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace furrow::store {

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int position, std::string_view text) {
  sqlite3_bind_text(statement_, position, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  return *this;
}
Statement& Statement::bind(int position, int64_t number) {
  sqlite3_bind_int64(statement_, position, number);
  return *this;
}
Statement& Statement::bind_bytes(int position, std::string_view bytes) {
  sqlite3_bind_blob(statement_, position, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
  return *this;
}

Result<bool> Statement::step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  sqlite3_reset(statement_);
  if (code == SQLITE_DONE) return false;
  return owner_->failure(code);
}

Status Statement::run() {
  while (true) {
    FURROW_ASSIGN(bool more, step());
    if (!more) return {};
  }
}

std::string_view Statement::text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}
int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

Result<std::unique_ptr<Sqlite>> Sqlite::open(const std::filesystem::path& path) {
  if (path != ":memory:") {
    // SQLite would make it readable for everybody.
    int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return Error(ErrorCode::kIo, fmt::format("cannot open {}", path.string()));
    ::close(file);
  }
  sqlite3* connection = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Sqlite> opened(new Sqlite(connection, path));
  if (code != SQLITE_OK) return opened->failure(code);
  sqlite3_extended_result_codes(connection, 0);
  sqlite3_busy_timeout(connection, 5000);
  FURROW_TRY(opened->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"));
  return opened;
}

Sqlite::~Sqlite() { sqlite3_close_v2(connection_); }

Status Sqlite::execute(const std::string& sql) {
  int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return {};
}

Result<Statement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(connection_, sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  return Statement(statement, this);
}

int64_t Sqlite::changes() const { return sqlite3_changes64(connection_); }

Error Sqlite::failure(int code) const {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Error(ErrorCode::kStorageFull, fmt::format("there is no room left for {}", path_.string()));
    case SQLITE_CORRUPT: case SQLITE_NOTADB:
      return Error(ErrorCode::kStorageCorrupt,
                   fmt::format("{} is damaged: move it away and restore it from a backup", path_.string()));
    case SQLITE_CONSTRAINT: return Error(ErrorCode::kConflict, "it already exists");
    default:
      return Error(ErrorCode::kIo, fmt::format("{}: {}", path_.string(), connection_ != nullptr ? sqlite3_errmsg(connection_) : sqlite3_errstr(code)));
  }
}

}  // namespace furrow::store
