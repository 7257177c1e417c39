// The gate of the HTTP interface: keys of programs, sessions of people, CSRF.
//
// A write key may only send events; the api key may read and decide. Keys are compared in constant time. A session counts
// only with its cookie, which no other site can make a browser send (SameSite=Strict), and anything but a GET also needs
// the session's CSRF token in X-CSRF-Token. Rates are taken a key.
// Threads: any.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "app/auth_users.h"
#include "http/limits.h"
#include "http/router.h"

namespace furrow::app {

inline constexpr std::string_view kSessionCookie = "furrow_session";

class AuthGate final : public http::Gate {
 public:
  AuthGate(std::string write_key, std::string api_key, Users& users, http::RateLimiter& by_key);
  Status admit(http::Access access, http::Request& request) override;

  // For tracking, where the key may be in the header (Basic, the key as user name) or in the body.
  Status admit_write_key(std::string_view authorization, std::string_view key_in_body, Time now);

 private:
  Status admit_session(http::Request& request);
  Status take_rate(std::string_view key, Time now);

  std::string write_key_, api_key_;
  Users& users_;
  http::RateLimiter& by_key_;
};

}  // namespace furrow::app
