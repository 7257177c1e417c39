#include "http/answers.h"

#include <charconv>

#include "http/encoding.h"

namespace furrow::http {

Result<size_t> limit_of(const Request& request) {
  auto text = query_value(request.query, "limit");
  if (!text) return size_t{50};
  size_t limit = 0;
  auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (fault != std::errc() || end != text->data() + text->size() || limit < 1 || limit > 500) {
    return Error(ErrorCode::kInvalidArgument, "limit is 1 to 500").in_field("limit");
  }
  return limit;
}

Route dashboard_route(Method method, std::string pattern, bool slow, std::function<Result<std::string>(Request&)> answer) {
  Route route;
  route.method = method;
  route.pattern = std::move(pattern);
  route.access = Access::kDashboard;
  route.slow = slow;
  route.run = [answer = std::move(answer)](Request& request, Responder respond) {
    auto body = answer(request);
    respond(body.ok() ? Response::json(*std::move(body)) : Response::error(body.error()));
  };
  return route;
}

}  // namespace furrow::http
