#include "app/auth_gate.h"

#include <sodium.h>
#include <strings.h>

#include "http/encoding.h"

namespace furrow::app {
namespace {

bool same(std::string_view given, std::string_view secret) {
  return !secret.empty() && given.size() == secret.size() && sodium_memcmp(given.data(), secret.data(), secret.size()) == 0;
}

// What follows the scheme's name, nothing when it is another scheme.
std::optional<std::string_view> credentials(std::string_view authorization, std::string_view scheme) {
  if (authorization.size() <= scheme.size() || strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0 ||
      authorization[scheme.size()] != ' ') {
    return std::nullopt;
  }
  authorization.remove_prefix(scheme.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  return authorization;
}

}  // namespace

AuthGate::AuthGate(std::string write_key, std::string api_key, Users& users, http::RateLimiter& by_key)
    : write_key_(std::move(write_key)), api_key_(std::move(api_key)), users_(users), by_key_(by_key) {}

Status AuthGate::take_rate(std::string_view key, Time now) {
  if (by_key_.take(key, now)) return Error(ErrorCode::kTooManyRequests, "too many requests with this key");
  return {};
}

Status AuthGate::admit(http::Access access, http::Request& request) {
  if (access == http::Access::kOpen || access == http::Access::kTracking) return {};
  if (access != http::Access::kSession) {
    if (auto bearer = credentials(request.field(http::Field::kAuthorization), "Bearer")) {
      if (!same(*bearer, api_key_)) return Error(ErrorCode::kUnauthorized, "the api key is wrong");
      return take_rate("api", request.received_at);
    }
    if (access == http::Access::kApiKey) {
      return Error(ErrorCode::kUnauthorized, "an api key is needed: Authorization: Bearer KEY (.furrow/keys in the workspace has it)");
    }
  }
  return admit_session(request);
}

Status AuthGate::admit_session(http::Request& request) {
  auto session = users_.session(http::cookie_value(request.field(http::Field::kCookie), kSessionCookie));
  if (!session.ok()) return session.error();
  bool reads = request.method == http::Method::kGet || request.method == http::Method::kHead;
  if (!reads && !same(request.field(http::Field::kCsrfToken), session->csrf_token)) {
    return Error(ErrorCode::kForbidden, "the X-CSRF-Token of this session is missing or wrong").in_field("X-CSRF-Token");
  }
  request.user = session->user;
  return {};
}

Status AuthGate::admit_write_key(std::string_view authorization, std::string_view key_in_body, Time now) {
  if (auto basic = credentials(authorization, "Basic")) {
    auto pair = http::base64_decode(*basic);
    if (!pair || !same(std::string_view(*pair).substr(0, pair->find(':')), write_key_)) {
      return Error(ErrorCode::kUnauthorized, "the write key is wrong");
    }
  } else if (!same(key_in_body, write_key_)) {
    if (!key_in_body.empty()) return Error(ErrorCode::kUnauthorized, "the write key is wrong");
    return Error(ErrorCode::kUnauthorized, "a write key is needed: as the user name of Basic authorization, or as writeKey in the body");
  }
  return take_rate("write", now);
}

}  // namespace furrow::app
