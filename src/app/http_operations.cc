#include "app/http_operations.h"

#include <fmt/format.h>

#include "app/assets.h"
#include "base/errors.h"
#include "base/json.h"

namespace furrow::app {
namespace {

http::Route open_route(std::string pattern, std::function<http::Response(http::Request&)> answer) {
  http::Route route;
  route.pattern = std::move(pattern);
  route.run = [answer = std::move(answer)](http::Request& request, http::Responder respond) { respond(answer(request)); };
  return route;
}

http::Response unready(std::string_view why) {
  std::string body;
  JsonWriter(body).begin_object().field("status", "unavailable").field("reason", why).end_object();
  return http::Response::json(std::move(body), 503);
}

constexpr std::string_view kNoDashboard =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Furrow</title>"
    "<body><h1>Furrow</h1><p>This program was built without the dashboard (it needs npm at build time). "
    "The <a href=\"/openapi.json\">HTTP interface</a> works.</p></body></html>";

// Styles may be set from script, as Ant Design does; scripts come from files of ours only.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

void add_page_fields(http::Response& response) {
  response.fields.emplace_back("Content-Security-Policy", kPolicy);
  response.fields.emplace_back("Referrer-Policy", "same-origin");
  response.fields.emplace_back("X-Frame-Options", "DENY");
  response.fields.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
}

http::Response serve_asset(const Asset& asset, const http::Request& request, bool page) {
  const bool named_by_content = request.path.starts_with("/assets/");
  std::string tag = "\"" + std::string(asset.tag) + "\"";
  http::Response response;
  response.cacheable = true;
  response.fields.emplace_back("ETag", tag);
  response.fields.emplace_back("Cache-Control", named_by_content ? "public, max-age=31536000, immutable" : page ? "no-cache" : "public, max-age=86400");
  response.fields.emplace_back("Vary", "Accept-Encoding");
  if (page) add_page_fields(response);
  if (request.field(http::Field::kIfNoneMatch) == tag) {
    response.status = 304;
    return response;
  }
  response.content_type = asset.content_type;
  bool gzip = !asset.gzip_bytes.empty() && request.field(http::Field::kAcceptEncoding).find("gzip") != std::string_view::npos;
  if (gzip) response.fields.emplace_back("Content-Encoding", "gzip");
  response.static_body = gzip ? asset.gzip_bytes : asset.bytes;
  return response;
}

// Where the `docs` of every error leads: what its code means, at the anchor of its name.
std::string errors_page() {
  std::string page = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Furrow: error codes</title>"
                     "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
                     "td,th{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}:target{outline:2px solid}</style>"
                     "<body><h1>Error codes</h1><p>Codes are stable; the sentences beside them are not. <a href=\"/openapi.json\">The HTTP interface</a></p>"
                     "<table><tr><th>code</th><th>HTTP</th><th>exit</th><th>meaning</th></tr>";
  for (const ErrorInfo& info : all_errors()) {
    page += fmt::format("<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td><td>{3}</td></tr>", info.name, info.http_status, info.exit_status, info.meaning);
  }
  return page + "</table></body></html>";
}

http::Response robots() {
  http::Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.static_body = "User-agent: *\nDisallow: /\n";
  return response;
}

http::Response dashboard(const http::Request& request) {
  if (request.path == "/robots.txt") return robots();  // nothing here is for search engines
  bool root = request.path == "/" || request.path == "/index.html";
  if (!root) {
    if (auto asset = find_asset(request.path)) return serve_asset(*asset, request, false);
    // A missing file must not look like a page. No page's first part has a dot; what follows may, as in /people/email:ann@example.com.
    const std::string_view first = std::string_view(request.path).substr(0, request.path.find('/', 1));
    if (first == "/assets" || first.find('.') != first.npos) return http::Response::error(Error(ErrorCode::kNotFound, "there is no such file"));
  }
  if (auto page = find_asset("/index.html")) return serve_asset(*page, request, true);
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.static_body = kNoDashboard;
  add_page_fields(response);
  return response;
}

}  // namespace

void add_operations_routes(http::Router& router, OperationsParts parts) {
  router.add(open_route("/healthz", [](http::Request&) { return http::Response::json("{\"status\":\"ok\"}"); }));
  router.add(open_route("/readyz", [parts](http::Request&) {
    if (parts.draining.load(std::memory_order_relaxed)) return unready("draining");
    if (!parts.pipeline.writable()) return unready("the storage refuses writes: the disk is full");
    return http::Response::json("{\"status\":\"ok\"}");
  }));
  router.add(open_route("/version", [parts](http::Request&) {
    std::string body;
    JsonWriter(body).begin_object().field("name", "furrow").field("version", parts.version).end_object();
    return http::Response::json(std::move(body));
  }));
  router.add(open_route("/metrics", [parts](http::Request&) {
    http::Response response = http::Response::json(parts.metrics.expose());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  }));
  router.add(open_route("/docs/errors", [](http::Request&) {
    static const std::string page = errors_page();
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    response.static_body = page;
    add_page_fields(response);
    return response;
  }));
  router.add(open_route("/openapi.json", [](http::Request&) {
    http::Response response;
    response.static_body = openapi_json();
    return response;
  }));
}

void add_dashboard(http::Router& router) {
  router.add(open_route("/", [](http::Request& request) { return dashboard(request); }));
  router.set_fallback([](http::Request& request, http::Responder respond) { respond(dashboard(request)); });
}

}  // namespace furrow::app
