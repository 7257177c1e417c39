// One HTTP exchange at a time over a kept connection: libcurl behind one class, for the clients that say whom they talk to and why
// (base/http_client.h to this machine's Furrow, reach/outbound.h to somebody else's server).
//
// HTTP/1.1; TLS 1.2 and newer with the certificate and its name checked; no redirect is followed; proxies of the environment are not
// used. Threads: send from one at a time, cancel from any. Cost: a blocked thread, some tens of microseconds beside the network's.
// Limits: `timeout` for a whole exchange, looking up the name included; a reply of `max_reply` bytes.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

struct sockaddr;

namespace furrow {

struct HttpTransferOptions {
  Duration timeout = seconds(10);
  size_t max_reply = size_t{16} << 20;
  bool cut_long_reply = false;                     // keep the first max_reply bytes instead of failing
  std::string authorities;                         // a PEM file with the authorities to trust; "": the machine's
  std::function<bool(const sockaddr&)> may_reach;  // asked for every address before it is connected to; all when empty
};

struct HttpRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;  // POST with it, GET without
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::optional<Duration> retry_after;
};

struct HttpFault {
  enum class Kind { kConnection, kName, kTls, kAuthorities, kTimeout, kForbidden, kCancelled };
  Kind kind = Kind::kConnection;
  std::string text;  // the library's own words
};

class HttpTransfer {
 public:
  explicit HttpTransfer(HttpTransferOptions options);
  ~HttpTransfer();
  // A kept connection that turns out to be closed is opened once more, so a request may arrive twice.
  std::variant<HttpAnswer, HttpFault> send(const HttpRequest& request);
  // Ends the exchange under way and refuses later ones.
  void cancel();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace furrow
