// People who sign in to the dashboard: passwords, sessions, and the first-run administrator.
//
// Passwords are kept as Argon2id (libsodium's interactive limits: 64 MiB, about 60 ms). A session is a random token of 256
// bits that only the browser holds; the catalog keeps its hash and when it ends (12 h after the last use, written at most
// once a minute). A session's CSRF token is derived from its token, so it needs no storage and dies with it.
// The first user is made with a setup code that only somebody at the terminal (or in the folder) can read.
// Sign-in is throttled by name and by address; an unknown name costs the same time as a wrong password.
// Threads: any; password work is done outside the lock. Limits: name 64 bytes, password 10 to 256 bytes.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "http/limits.h"
#include "store/sqlite.h"

namespace furrow::app {

struct SignedIn {
  std::string token;       // for the cookie; known only here and to the browser
  std::string csrf_token;
  std::string user;
};

class Users {
 public:
  static constexpr Duration kSessionLength = hours(12);
  static constexpr double kTriesPerSecond = 0.1;  // to sign in, of a name and of an address, once ten were made in a row

  // `setup_code_file` holds the code while there is no user; it is made when needed and removed by setup.
  static Result<std::unique_ptr<Users>> open(const std::filesystem::path& catalog, std::filesystem::path setup_code_file,
                                             const Clock& clock);
  bool setup_needed() const;
  // The code to print, "" when there is a user already.
  const std::string& setup_code() const { return setup_code_; }
  // kConflict when there is a user, kUnauthorized for a wrong code, kInvalidArgument for an unfit name or password.
  Result<SignedIn> setup(std::string_view name, std::string_view password, std::string_view code, std::string_view client);
  // kUnauthorized, or kTooManyRequests after too many tries.
  Result<SignedIn> sign_in(std::string_view name, std::string_view password, std::string_view client);
  // Who holds this session; kUnauthorized when it is unknown or over. Extends it.
  Result<SignedIn> session(std::string_view token);
  Status sign_out(std::string_view token);

 private:
  Users(std::unique_ptr<store::Sqlite> catalog, std::filesystem::path setup_code_file, const Clock& clock);
  Result<SignedIn> begin_session(const std::string& name);
  Status throttle(std::string_view name, std::string_view client);

  mutable std::mutex mutex_;
  std::unique_ptr<store::Sqlite> catalog_;
  std::filesystem::path setup_code_file_;
  std::string setup_code_;
  const Clock& clock_;
  http::RateLimiter tries_;
  std::string decoy_;  // a hash to verify against when the name is unknown
};

// Text of `bytes` random bytes, in hexadecimal.
std::string random_token(size_t bytes);

}  // namespace furrow::app
