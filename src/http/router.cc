#include "http/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cut_text.h"
#include "http/encoding.h"

namespace furrow::http {
namespace {

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t from = 1; from <= path.size();) {
    size_t slash = std::min(path.find('/', from), path.size());
    parts.push_back(path.substr(from, slash - from));
    from = slash + 1;
  }
  return parts;
}

std::string_view routed_path(const Request& request) { return request.encoded_path.empty() ? request.path : request.encoded_path; }

// The first parameter of the query that the route does not take.
Status check_query(const Route& route, const Request& request) {
  if (request.query.empty() || route.access == Access::kOpen || route.access == Access::kTracking) return {};
  for (const auto& [name, value] : parse_query(request.query)) {
    if (std::find(route.query.begin(), route.query.end(), name) != route.query.end()) continue;
    std::string shown(cut_text(name, 64));
    return Error(ErrorCode::kInvalidArgument, route.query.empty() ? fmt::format("\"{}\" is not known here; no parameter is", shown)
                                                                  : fmt::format("\"{}\" is not known here; known are {}", shown, fmt::join(route.query, ", ")))
        .in_field(shown);
  }
  return {};
}

constexpr size_t kUnknownBodyBytes = 64 * 1024;  // read past, so that the answer can be 404 or 405

bool is_hole(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }

}  // namespace

void RouterMetrics::declare(MetricsRegistry& registry) const {
  registry.add("furrow_http_unauthorized_total", "Requests with no or wrong credentials.", unauthorized);
  registry.add("furrow_http_limited_total", "Requests over a rate.", limited);
  registry.add("furrow_http_faults_total", "Requests stopped by a bug.", faults);
}

void Router::add(Route route) {
  if (size_t question = route.pattern.find('?'); question != std::string::npos) {
    for (size_t from = question + 1; from <= route.pattern.size();) {
      size_t end = std::min(route.pattern.find('&', from), route.pattern.size());
      route.query.push_back(route.pattern.substr(from, end - from));
      from = end + 1;
    }
    route.pattern.resize(question);
  }
  auto owned = std::make_unique<Route>(std::move(route));
  if (owned->slow) {
    // Wrapped once here, so that the pool runs it inside the same border as a fast one.
    owned->run = [this, inner = std::move(owned->run)](Request& request, Responder respond) { guard(inner, request, std::move(respond)); };
  }
  if (owned->pattern.find('{') == std::string::npos) {
    exact_[owned->pattern].push_back(std::move(owned));
    return;
  }
  Pattern pattern;
  for (auto part : split_path(owned->pattern)) pattern.parts.emplace_back(part);
  pattern.route = std::move(owned);
  patterns_.push_back(std::move(pattern));
}

std::vector<const Route*> Router::routes() const {
  std::vector<const Route*> all;
  for (const auto& [path, routes] : exact_) {
    for (const auto& route : routes) all.push_back(route.get());
  }
  for (const auto& pattern : patterns_) all.push_back(pattern.route.get());
  return all;
}

Router::Match Router::find(Method method, std::string_view path, std::vector<std::string>* parameters) const {
  Match match;
  auto consider = [&](const Route& route) {
    match.tracking = match.tracking || route.access == Access::kTracking;
    if (route.method == method || (method == Method::kHead && route.method == Method::kGet)) {
      match.route = &route;
      return true;
    }
    match.others.push_back(route.method);
    return false;
  };
  if (auto at = exact_.find(path); at != exact_.end()) {
    for (const auto& route : at->second) {
      if (consider(*route)) return match;
    }
    return match;
  }
  if (patterns_.empty() || !path.starts_with('/')) return match;
  auto parts = split_path(path);
  for (const auto& pattern : patterns_) {
    if (pattern.parts.size() != parts.size()) continue;
    bool same = true;
    for (size_t i = 0; i < parts.size() && same; ++i) {
      same = is_hole(pattern.parts[i]) ? !parts[i].empty() : pattern.parts[i] == parts[i];
    }
    if (!same || !consider(*pattern.route)) continue;
    for (size_t i = 0; i < parts.size() && parameters != nullptr; ++i) {
      if (is_hole(pattern.parts[i])) parameters->emplace_back(parts[i]);
    }
    return match;
  }
  return match;
}

size_t Router::body_limit(Method method, std::string_view path) const {
  Match match = find(method, path, nullptr);
  return match.route != nullptr ? match.route->body_limit : kUnknownBodyBytes;
}

void Router::dress(const Request& request, Response& answer) const {
  // Else a browser hides from the sender of another site why its events were refused.
  if (find(request.method, routed_path(request), nullptr).tracking) answer.fields.emplace_back("Access-Control-Allow-Origin", "*");
}

void Router::handle(Request& request, Responder respond) {
  Match match = find(request.method, routed_path(request), &request.parameters);
  if (!request.encoded_path.empty()) {
    for (std::string& parameter : request.parameters) parameter = percent_decode(parameter).value_or(parameter);
  }
  bool probe = request.path == "/healthz" || request.path == "/readyz";
  if (auto wait = probe ? std::nullopt : by_client_.take(request.client, request.received_at)) {
    metrics_.limited.add();
    Response response = Response::error(Error(ErrorCode::kTooManyRequests, "too many requests from this address"));
    response.fields = {{"Retry-After", std::to_string(*wait)}};
    // Else a browser hides the answer from the sender of another site, who would not know to wait.
    if (match.tracking) {
      response.fields.emplace_back("Access-Control-Allow-Origin", "*");
      response.fields.emplace_back("Access-Control-Expose-Headers", "Retry-After");
    }
    return respond(std::move(response));
  }
  if (match.route == nullptr) return refuse(match, request, std::move(respond));
  auto admitted = gate_.admit(match.route->access, request);
  if (!admitted.ok()) {
    (admitted.error().code() == ErrorCode::kTooManyRequests ? metrics_.limited : metrics_.unauthorized).add();
    Response response = Response::error(admitted.error());
    // RFC 9110 wants a challenge with a 401; a form of the browser's own would be in the way of a session.
    if (response.status == 401 && match.route->access == Access::kApiKey) response.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"furrow\"");
    return respond(std::move(response));
  }
  if (auto known = check_query(*match.route, request); !known.ok()) return respond(Response::error(known.error()));
  if (match.route->slow) return pool_.post(match.route->run, request, std::move(respond));
  guard(match.route->run, request, std::move(respond));
}

void Router::guard(const std::function<void(Request&, Responder)>& run, Request& request, Responder respond) {
  try {
    run(request, std::move(respond));
  } catch (const std::exception& bug) {
    metrics_.faults.add();
    logger_.error("a request was stopped by a fault", {{"fault", bug.what()}});
  }
}

void Router::refuse(const Match& match, Request& request, Responder respond) {
  if (match.others.empty()) {
    bool readable = request.method == Method::kGet || request.method == Method::kHead;
    if (fallback_ && readable && !request.path.starts_with("/v1/")) return guard(fallback_, request, std::move(respond));
    return respond(Response::error(Error(ErrorCode::kNotFound, "there is nothing at this address; /openapi.json lists what there is")));
  }
  std::string allow;
  for (Method method : match.others) allow += std::string(to_string(method)) + ", ";
  allow += "OPTIONS";
  if (request.method == Method::kOptions) {
    Response response = Response::empty(204);
    response.fields.emplace_back("Allow", allow);
    if (match.tracking) {
      response.fields.emplace_back("Access-Control-Allow-Origin", "*");
      response.fields.emplace_back("Access-Control-Allow-Methods", allow);
      response.fields.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, X-Retry-Count, *");
      response.fields.emplace_back("Access-Control-Max-Age", "86400");
    }
    return respond(std::move(response));
  }
  Response response = Response::error(Error(ErrorCode::kMethodNotAllowed, fmt::format("this address takes {}", allow)));
  response.fields.emplace_back("Allow", allow);
  if (match.tracking) response.fields.emplace_back("Access-Control-Allow-Origin", "*");
  respond(std::move(response));
}

}  // namespace furrow::http
