#include "app/http_clusters.h"

#include <charconv>

#include "app/http_json.h"
#include "app/http_profile_json.h"
#include "http/body.h"
#include "http/encoding.h"

namespace furrow::app {

void ClustersApi::add_routes(http::Router& router) {
  auto add = [&](http::Method method, std::string pattern, auto answer) {
    router.add(http::dashboard_route(method, std::move(pattern), true, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add(http::Method::kGet, "/v1/clusters?version", &ClustersApi::show);
  add(http::Method::kPost, "/v1/clusters", &ClustersApi::make);
  add(http::Method::kGet, "/v1/clusters/{cluster}/people?version&limit", &ClustersApi::people);
}

Result<std::string> ClustersApi::show(http::Request& request) const {
  const auto versions = map_.versions();
  std::string report;
  if (auto version = http::query_value(request.query, "version")) {
    FURROW_ASSIGN(report, map_.report(*version));
  } else if (!versions.empty()) {
    FURROW_ASSIGN(report, map_.report(versions.back()));
  }
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  job_.write_state(writer);
  writer.key("versions").begin_array();
  for (const auto& version : versions) writer.text(version);
  writer.end_array().key("report").raw(report.empty() ? "null" : report).end_object();
  return body;
}

Result<std::string> ClustersApi::make(http::Request& request) {
  FURROW_ASSIGN(auto body, http::JsonBody::parse(request.body, {"k"}));
  FURROW_ASSIGN(auto k, body.integer_if_any("k"));
  ClusterRequest wanted;
  if (k) {
    if (*k < 2 || *k > static_cast<int64_t>(kMostClusters)) {
      return Error(ErrorCode::kInvalidArgument, "k is a whole number from 2 to 20, or absent: then it is found from the data").in_field("k");
    }
    wanted.k = static_cast<size_t>(*k);
  }
  FURROW_TRY(job_.start([this, wanted](std::stop_token) { return map_.make(pipeline_.profiles(), wanted, clock_.now()); }));
  return show(request);
}

Result<std::string> ClustersApi::people(http::Request& request) const {
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  const std::string& text = request.parameters.at(0);
  uint32_t cluster = 0;
  auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), cluster);
  if (fault != std::errc() || end != text.data() + text.size()) return Error(ErrorCode::kNotFound, "there is no such group");
  const auto versions = map_.versions();
  FURROW_ASSIGN(auto ids, map_.people(http::query_value(request.query, "version").value_or(versions.empty() ? "" : versions.back()), cluster));
  if (ids.empty()) return Error(ErrorCode::kNotFound, "there is no such group");
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("size", ids.size()).key("people").begin_array();
  for (size_t i = 0; i < std::min(limit, ids.size()); ++i) {
    // Who was merged or erased since is shown as who they are now, or not at all.
    pipeline_.profiles().read(pipeline_.identity().canonical(ids[i]), [&](const profile::Profile& person) { write_profile_summary(writer, pipeline_, person); });
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace furrow::app
