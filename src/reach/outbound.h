// One POST at a time to somebody else's server, over HTTP or HTTPS, and never to a place inside one's own network by accident.
//
// A URL that people type must not become a way into the network that Furrow stands in: the name is resolved, addresses that are not
// public (loopback, private, link-local, the cloud's metadata address, …) are left out, and the connection goes to the very address
// that was looked at. Redirects are not followed. HTTPS checks the certificate and the name against the machine's authorities.
// Not for: Furrow's own server (base/http_client.h). Threads: post from one; cancel from any. The connection is kept between calls.
// Cost: a blocked thread. Limits: URL 2 KiB, what is kept of a reply kMaxReplyBytes, `timeout` for a whole request, looking up
// the name included. Errors: kInvalidArgument for a URL; kForbidden when no address is allowed; kUnavailable when
// nobody answers in time, TLS fails, or the call was cancelled.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/http_transfer.h"
#include "base/result.h"
#include "base/time.h"

namespace furrow::reach {

inline constexpr size_t kMaxUrlBytes = 2048;
inline constexpr size_t kMaxReplyBytes = 16 * 1024;

struct OutboundUrl {
  bool tls = true;
  std::string host;  // a name or an address, IPv6 without brackets
  uint16_t port = 443;
  std::string target = "/";  // path and query
  // http:// or https://, without user and password.
  static Result<OutboundUrl> parse(std::string_view text);
  std::string authority() const;  // host, and the port unless it is the scheme's own
  // "https://hooks.example.com": fit to be shown; the path may hold a secret.
  std::string origin() const;
};

// Whether an address ("93.184.216.34", "2606:2800::1") can be reached from anywhere on the Internet (IANA's special-purpose registries).
// False for what is no address.
bool is_public_address(std::string_view address);

struct OutboundReply {
  int status = 0;
  std::optional<Duration> retry_after;  // of a Retry-After, in seconds or as a date
  std::string body;
};

struct OutboundOptions {
  Duration timeout = seconds(10);
  bool allow_private = false;
  std::string authorities;  // a PEM file with the authorities to trust; "": the machine's
};

class OutboundClient {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  OutboundClient(OutboundUrl url, OutboundOptions options);
  // A reply of any status. A kept connection that turns out to be closed is opened once more, so a request may arrive twice.
  Result<OutboundReply> post(const Headers& headers, std::string body);
  // Ends the call under way and refuses later ones.
  void cancel();

 private:
  OutboundUrl url_;
  HttpTransfer transfer_;
};

}  // namespace furrow::reach
