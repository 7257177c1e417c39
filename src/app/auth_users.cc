#include "app/auth_users.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>

#include "base/files.h"

namespace furrow::app {
namespace {

constexpr std::string_view kSchema =
    "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, password TEXT NOT NULL, created INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS sessions (token_hash BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users(name) ON DELETE CASCADE,"
    " ends INTEGER NOT NULL);";

std::string hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  return text;
}

// BLAKE2b of the token under a purpose, so that neither gives the other.
std::string derive(std::string_view token, std::string_view purpose) {
  std::array<unsigned char, 32> out;
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size());
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}
std::string token_hash(std::string_view token) { return derive(token, "furrow session v1"); }
std::string csrf_of(std::string_view token) { return hex(derive(token, "furrow csrf v1")); }

Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out;
  if (crypto_pwhash_str(out.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return Error(ErrorCode::kUnavailable, "there is not enough memory to check a password now");
  }
  return std::string(out.data());
}

Error wrong_password() { return Error(ErrorCode::kUnauthorized, "the name or the password is wrong"); }

}  // namespace

std::string random_token(size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return hex(raw);
}

Users::Users(std::unique_ptr<store::Sqlite> catalog, std::filesystem::path setup_code_file, const Clock& clock)
    : catalog_(std::move(catalog)), setup_code_file_(std::move(setup_code_file)), clock_(clock), tries_(kTriesPerSecond, 10) {}

Result<std::unique_ptr<Users>> Users::open(const std::filesystem::path& catalog, std::filesystem::path setup_code_file, const Clock& clock) {
  if (sodium_init() < 0) return Error(ErrorCode::kIo, "libsodium cannot start: the system gives no randomness");
  FURROW_ASSIGN(auto database, store::Sqlite::open(catalog));
  FURROW_TRY(database->execute(std::string(kSchema)));
  std::unique_ptr<Users> users(new Users(std::move(database), std::move(setup_code_file), clock));
  FURROW_ASSIGN(users->decoy_, hash_password(random_token(16)));
  if (!users->setup_needed()) return users;
  auto kept = read_file(users->setup_code_file_, 1024);
  if (kept.ok() && kept->size() >= 12) {
    users->setup_code_ = kept->substr(0, kept->find('\n'));
  } else {
    users->setup_code_ = random_token(8);
    FURROW_TRY(write_file_atomically(users->setup_code_file_, users->setup_code_ + "\n", 0600));
  }
  return users;
}

bool Users::setup_needed() const {
  std::lock_guard lock(mutex_);
  auto any = catalog_->prepare("SELECT 1 FROM users LIMIT 1");
  if (!any.ok()) return false;
  auto row = any->step();
  return row.ok() && !*row;
}

Status Users::throttle(std::string_view name, std::string_view client) {
  Time now = clock_.now();
  auto wait = tries_.take(fmt::format("name {}", name), now);
  auto also = tries_.take(fmt::format("client {}", client), now);
  if (wait || also) return Error(ErrorCode::kTooManyRequests, "too many tries to sign in; wait a little");
  return {};
}

Result<SignedIn> Users::setup(std::string_view name, std::string_view password, std::string_view code, std::string_view client) {
  if (!setup_needed()) return Error(ErrorCode::kConflict, "there is an administrator already; sign in");
  FURROW_TRY(throttle("", client));
  if (code.size() != setup_code_.size() || sodium_memcmp(code.data(), setup_code_.data(), code.size()) != 0) {
    return Error(ErrorCode::kUnauthorized, "the setup code is wrong; `furrow serve` printed it when it started").in_field("setup_code");
  }
  if (name.empty() || name.size() > 64) return Error(ErrorCode::kInvalidArgument, "a name has 1 to 64 bytes").in_field("name");
  if (password.size() < 10 || password.size() > 256) {
    return Error(ErrorCode::kInvalidArgument, "a password has 10 to 256 bytes").in_field("password");
  }
  FURROW_ASSIGN(std::string hash, hash_password(password));
  {
    std::lock_guard lock(mutex_);
    // In one statement, so that two callers with the code cannot both become the first.
    FURROW_ASSIGN(auto insert, catalog_->prepare("INSERT INTO users SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM users)"));
    FURROW_TRY(insert.bind(1, name).bind(2, hash).bind(3, clock_.now().micros).run());
    if (catalog_->changes() == 0) return Error(ErrorCode::kConflict, "there is an administrator already; sign in");
  }
  std::error_code ignored;
  std::filesystem::remove(setup_code_file_, ignored);
  return begin_session(std::string(name));
}

Result<SignedIn> Users::sign_in(std::string_view name, std::string_view password, std::string_view client) {
  FURROW_TRY(throttle(name, client));
  if (password.size() > 256) return wrong_password();
  std::string hash;
  {
    std::lock_guard lock(mutex_);
    FURROW_ASSIGN(auto select, catalog_->prepare("SELECT password FROM users WHERE name = ?"));
    select.bind(1, name);
    FURROW_ASSIGN(bool known, select.step());
    if (known) hash = select.text(0);
  }
  const std::string& judged = hash.empty() ? decoy_ : hash;
  bool right = crypto_pwhash_str_verify(judged.c_str(), password.data(), password.size()) == 0;
  if (!right || hash.empty()) return wrong_password();
  return begin_session(std::string(name));
}

Result<SignedIn> Users::begin_session(const std::string& name) {
  SignedIn signed_in{random_token(32), "", name};
  signed_in.csrf_token = csrf_of(signed_in.token);
  Time now = clock_.now();
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto expire, catalog_->prepare("DELETE FROM sessions WHERE ends < ?"));
  FURROW_TRY(expire.bind(1, now.micros).run());
  FURROW_ASSIGN(auto insert, catalog_->prepare("INSERT INTO sessions VALUES (?, ?, ?)"));
  FURROW_TRY(insert.bind_bytes(1, token_hash(signed_in.token)).bind(2, name).bind(3, (now + kSessionLength).micros).run());
  return signed_in;
}

Result<SignedIn> Users::session(std::string_view token) {
  Error unknown(ErrorCode::kUnauthorized, "sign in first: the session is unknown or over");
  if (token.size() != 64) return unknown;
  std::string hash = token_hash(token);
  Time now = clock_.now();
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto select, catalog_->prepare("SELECT user, ends FROM sessions WHERE token_hash = ?"));
  select.bind_bytes(1, hash);
  FURROW_ASSIGN(bool known, select.step());
  if (!known || select.integer(1) < now.micros) return unknown;
  SignedIn found{std::string(token), csrf_of(token), std::string(select.text(0))};
  Time ends = now + kSessionLength;
  if (ends.micros - select.integer(1) > minutes(1).micros) {
    FURROW_ASSIGN(auto extend, catalog_->prepare("UPDATE sessions SET ends = ? WHERE token_hash = ?"));
    FURROW_TRY(extend.bind(1, ends.micros).bind_bytes(2, hash).run());
  }
  return found;
}

Status Users::sign_out(std::string_view token) {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(auto remove, catalog_->prepare("DELETE FROM sessions WHERE token_hash = ?"));
  return remove.bind_bytes(1, token_hash(token)).run();
}

}  // namespace furrow::app
