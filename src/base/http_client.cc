#include "base/http_client.h"

#include <fmt/format.h>
#include <sodium.h>

#include <charconv>

#include "base/cut_text.h"

namespace furrow {

Result<ServerAddress> ServerAddress::parse(std::string_view url) {
  auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" {}; give http://127.0.0.1:PORT", url, why)).in_field("url");
  };
  std::string_view rest = url;
  if (!rest.starts_with("http://")) return refuse("is not an http:// address");
  rest.remove_prefix(7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  size_t colon = rest.rfind(':');
  ServerAddress address;
  std::string_view host = colon == std::string_view::npos || rest.ends_with(']') ? rest : rest.substr(0, colon);
  if (host == "localhost" || host == "127.0.0.1") {
    address.host = "127.0.0.1";
  } else if (host == "[::1]") {
    address.host = "::1";
  } else {
    return refuse("is not this machine");
  }
  address.port = 80;
  if (host.size() == rest.size()) return address;
  std::string_view port = rest.substr(host.size() + 1);
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || address.port == 0) return refuse("has no port from 1 to 65535");
  return address;
}

HttpClient::HttpClient(ServerAddress address, HttpClientOptions options)
    : origin_(fmt::format("http://{}:{}", address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]", address.port)),
      transfer_({.timeout = options.timeout, .max_reply = kMaxReplyBytes, .authorities = {}, .may_reach = {}}) {}

Result<HttpReply> HttpClient::get(std::string_view path, std::string_view authorization) {
  return send({origin_ + std::string(path), {{"Authorization", std::string(authorization)}}, std::nullopt});
}

Result<HttpReply> HttpClient::post(std::string_view path, std::string_view authorization, std::string body, std::string_view content_type) {
  return send({origin_ + std::string(path), {{"Authorization", std::string(authorization)}, {"Content-Type", std::string(content_type)}}, std::move(body)});
}

Result<HttpReply> HttpClient::send(const HttpRequest& request) {
  auto outcome = transfer_.send(request);
  // Once more on a fresh connection: a server that closes just then has not answered.
  if (auto* fault = std::get_if<HttpFault>(&outcome); fault && fault->kind == HttpFault::Kind::kConnection) outcome = transfer_.send(request);
  if (auto* answer = std::get_if<HttpAnswer>(&outcome)) return HttpReply{answer->status, std::move(answer->body)};
  return Error(ErrorCode::kUnavailable,
               fmt::format("{} does not answer: {}; is `furrow serve` running there?", origin_, std::get<HttpFault>(outcome).text));
}

Result<HttpReply> accepted(Result<HttpReply> reply, std::string_view what) {
  if (!reply || reply->status == 200) return reply;
  ErrorCode code = reply->status == 401 || reply->status == 403 ? ErrorCode::kUnauthorized : ErrorCode::kUnavailable;
  return Error(code, fmt::format("{} was answered {}: {}", what, reply->status, cut_text(reply->body, 300)));
}

std::string basic_authorization(std::string_view key) {
  std::string text = std::string(key) + ":";
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(), sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // the final zero
  return "Basic " + out;
}

std::string bearer_authorization(std::string_view key) { return "Bearer " + std::string(key); }

}  // namespace furrow
