#include "app/http_session.h"

#include <fmt/format.h>

#include "base/json.h"
#include "http/body.h"
#include "http/encoding.h"

namespace furrow::app {
namespace {

std::string cookie(std::string_view token, int64_t seconds) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", kSessionCookie, token, seconds);
}

std::string session_json(const SignedIn& session) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("csrfToken", session.csrf_token).key("user").begin_object();
  writer.field("name", session.user).end_object().end_object();
  return body;
}

http::Response signed_in(const Result<SignedIn>& session) {
  if (!session.ok()) {
    http::Response refused = http::Response::error(session.error());
    if (refused.status == 429) refused.fields = {{"Retry-After", std::to_string(static_cast<int>(1 / Users::kTriesPerSecond))}};
    return refused;
  }
  http::Response response = http::Response::json(session_json(*session));
  response.fields.emplace_back("Set-Cookie", cookie(session->token, Users::kSessionLength.micros / 1'000'000));
  return response;
}

// Another site's form can send text, but not JSON without a preflight, which is refused: so nobody can be signed in by it.
Status require_json(const http::Request& request) {
  if (request.field(http::Field::kContentType).starts_with("application/json")) return {};
  return Error(ErrorCode::kUnsupportedMedia, "send application/json").in_field("Content-Type");
}

Result<SignedIn> setup(Users& users, http::Request& request) {
  FURROW_TRY(require_json(request));
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"name", "password", "setup_code"}));
  FURROW_ASSIGN(std::string name, body.text("name"));
  FURROW_ASSIGN(std::string password, body.text("password"));
  FURROW_ASSIGN(std::string code, body.text("setup_code"));
  return users.setup(name, password, code, request.client);
}

Result<SignedIn> sign_in(Users& users, http::Request& request) {
  FURROW_TRY(require_json(request));
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"name", "password"}));
  FURROW_ASSIGN(std::string name, body.text("name"));
  FURROW_ASSIGN(std::string password, body.text("password"));
  return users.sign_in(name, password, request.client);
}

}  // namespace

void SessionApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, http::Access access, bool slow, std::function<http::Response(http::Request&)> answer) {
    http::Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.access = access;
    route.slow = slow;
    route.run = [answer = std::move(answer)](http::Request& request, http::Responder respond) { respond(answer(request)); };
    router.add(std::move(route));
  };
  add(http::Method::kGet, "/v1/setup", http::Access::kOpen, false, [this](http::Request&) {
    return http::Response::json(users_.setup_needed() ? "{\"needed\":true}" : "{\"needed\":false}");
  });
  add(http::Method::kPost, "/v1/setup", http::Access::kOpen, true, [this](http::Request& request) { return signed_in(setup(users_, request)); });
  add(http::Method::kPost, "/v1/session", http::Access::kOpen, true, [this](http::Request& request) { return signed_in(sign_in(users_, request)); });
  add(http::Method::kGet, "/v1/session", http::Access::kSession, false, [this](http::Request& request) {
    auto session = users_.session(http::cookie_value(request.field(http::Field::kCookie), kSessionCookie));
    return session.ok() ? http::Response::json(session_json(*session)) : http::Response::error(session.error());
  });
  add(http::Method::kDelete, "/v1/session", http::Access::kSession, false, [this](http::Request& request) {
    auto done = users_.sign_out(http::cookie_value(request.field(http::Field::kCookie), kSessionCookie));
    if (!done.ok()) return http::Response::error(done.error());
    http::Response response = http::Response::empty(204);
    response.fields.emplace_back("Set-Cookie", cookie("", 0));
    return response;
  });
}

}  // namespace furrow::app
