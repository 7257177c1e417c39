#include "app/http_session.h"

#include <fmt/format.h>

#include "app/http_body.h"
#include "app/http_encoding.h"
#include "base/json.h"

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

Response signed_in(const Result<SignedIn>& session) {
  if (!session.ok()) return Response::error(session.error());
  Response response = Response::json(session_json(*session));
  response.fields.emplace_back("Set-Cookie", cookie(session->token, Users::kSessionLength.micros / 1'000'000));
  return response;
}

// Another site's form can send text, but not JSON without a preflight, which is refused: so nobody can be signed in by it.
Status require_json(const Request& request) {
  if (request.field(Field::kContentType).starts_with("application/json")) return {};
  return Error(ErrorCode::kUnsupportedMedia, "send application/json").in_field("Content-Type");
}

Result<SignedIn> setup(Users& users, Request& request) {
  FURROW_TRY(require_json(request));
  FURROW_ASSIGN(auto body, JsonBody::parse(request.body, {"name", "password", "setup_code"}));
  FURROW_ASSIGN(std::string name, body.text("name"));
  FURROW_ASSIGN(std::string password, body.text("password"));
  FURROW_ASSIGN(std::string code, body.text("setup_code"));
  return users.setup(name, password, code, request.client);
}

Result<SignedIn> sign_in(Users& users, Request& request) {
  FURROW_TRY(require_json(request));
  FURROW_ASSIGN(auto body, JsonBody::parse(request.body, {"name", "password"}));
  FURROW_ASSIGN(std::string name, body.text("name"));
  FURROW_ASSIGN(std::string password, body.text("password"));
  return users.sign_in(name, password, request.client);
}

}  // namespace

void SessionApi::add_routes(Router& router) {
  auto add = [&](Method method, std::string pattern, Access access, bool slow, std::function<Response(Request&)> answer) {
    Route route;
    route.method = method;
    route.pattern = std::move(pattern);
    route.access = access;
    route.slow = slow;
    route.run = [answer = std::move(answer)](Request& request, Responder respond) { respond(answer(request)); };
    router.add(std::move(route));
  };
  add(Method::kGet, "/v1/setup", Access::kOpen, false, [this](Request&) {
    return Response::json(users_.setup_needed() ? "{\"needed\":true}" : "{\"needed\":false}");
  });
  add(Method::kPost, "/v1/setup", Access::kOpen, true, [this](Request& request) { return signed_in(setup(users_, request)); });
  add(Method::kPost, "/v1/session", Access::kOpen, true, [this](Request& request) { return signed_in(sign_in(users_, request)); });
  add(Method::kGet, "/v1/session", Access::kSession, false, [this](Request& request) {
    auto session = users_.session(cookie_value(request.field(Field::kCookie), kSessionCookie));
    return session.ok() ? Response::json(session_json(*session)) : Response::error(session.error());
  });
  add(Method::kDelete, "/v1/session", Access::kSession, false, [this](Request& request) {
    auto done = users_.sign_out(cookie_value(request.field(Field::kCookie), kSessionCookie));
    if (!done.ok()) return Response::error(done.error());
    Response response = Response::empty(204);
    response.fields.emplace_back("Set-Cookie", cookie("", 0));
    return response;
  });
}

}  // namespace furrow::app
