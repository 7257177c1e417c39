// One keep-alive connection to a Furrow server on this machine, for commands beside it and for simulated traffic. Blocking.
//
// ServerAddress::parse accepts loopback only, so that nothing typed points simulated traffic at somebody else's server.
// Threads: one a client. Limits: reply 16 MiB, `timeout` a request. Errors: kUnavailable when the server cannot be
// reached or hangs up; kInvalidArgument for an address that is not loopback.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/http_transfer.h"
#include "base/result.h"
#include "base/time.h"

namespace furrow {

inline constexpr size_t kMaxReplyBytes = size_t{16} << 20;

struct ServerAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;
  // "http://127.0.0.1:8080", also localhost and [::1]; a path other than "/" is refused.
  static Result<ServerAddress> parse(std::string_view url);
};

struct HttpReply {
  int status = 0;
  std::string body;
};

struct HttpClientOptions {
  Duration timeout = seconds(10);
};

class HttpClient {
 public:
  explicit HttpClient(ServerAddress address, HttpClientOptions options = {});
  // `authorization` is the header's whole value. Connects when needed; sends once more when the connection ends without
  // a reply, so a request must be one that may arrive twice.
  Result<HttpReply> get(std::string_view path, std::string_view authorization);
  Result<HttpReply> post(std::string_view path, std::string_view authorization, std::string body, std::string_view content_type = "application/json");

 private:
  Result<HttpReply> send(const HttpRequest& request);
  std::string origin_;
  HttpTransfer transfer_;
};

// The reply when its status is 200; else kUnauthorized (401, 403) or kUnavailable with what the server said to `what`.
Result<HttpReply> accepted(Result<HttpReply> reply, std::string_view what);

// "Basic …" with the key as the user and no password, as the tracking API wants it.
std::string basic_authorization(std::string_view key);
std::string bearer_authorization(std::string_view key);

}  // namespace furrow
