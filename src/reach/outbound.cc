#include "reach/outbound.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace furrow::reach {
namespace {

struct Range4 {
  uint32_t first;
  int bits;
};
constexpr uint32_t v4(uint32_t a, uint32_t b, uint32_t c = 0, uint32_t d = 0) { return a << 24 | b << 16 | c << 8 | d; }
// IANA IPv4 special-purpose address registry, with multicast and what is reserved.
constexpr Range4 kSpecial4[] = {{v4(0, 0), 8},         {v4(10, 0), 8},        {v4(100, 64), 10},     {v4(127, 0), 8},        {v4(169, 254), 16},
                                {v4(172, 16), 12},     {v4(192, 0, 0), 24},   {v4(192, 0, 2), 24},   {v4(192, 88, 99), 24},  {v4(192, 168), 16},
                                {v4(198, 18), 15},     {v4(198, 51, 100), 24}, {v4(203, 0, 113), 24}, {v4(224, 0), 4},        {v4(240, 0), 4}};

bool is_public_v4(uint32_t bits) {
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [&](const Range4& range) { return (bits ^ range.first) >> (32 - range.bits) == 0; });
}

// Global unicast is 2000::/3; in it 2001::/23 (Teredo and other protocols), 2001:db8::/32 (documentation), 3fff::/20 (documentation) and
// 2002::/16 (6to4, which carries any IPv4 address) are not a server's.
bool is_public_v6(const std::array<uint8_t, 16>& b) {
  constexpr std::array<uint8_t, 12> kMappedV4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMappedV4.begin(), kMappedV4.end(), b.begin())) return is_public_v4(v4(b[12], b[13], b[14], b[15]));
  const unsigned first = static_cast<unsigned>(b[0]) << 8 | b[1], second = static_cast<unsigned>(b[2]) << 8 | b[3];
  if ((first & 0xe000) != 0x2000 || first == 0x2002) return false;
  if (first == 0x2001 && (second < 0x200 || second == 0xdb8)) return false;
  return !(first == 0x3fff && second < 0x1000);
}

bool is_public_v6(const in6_addr& address) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &address, bytes.size());
  return is_public_v6(bytes);
}

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4_address;
    std::memcpy(&v4_address, &address, sizeof v4_address);
    return is_public_v4(ntohl(v4_address.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6_address;
  std::memcpy(&v6_address, &address, sizeof v6_address);
  return is_public_v6(v6_address.sin6_addr);
}

Error refuse_url(std::string_view why) { return Error(ErrorCode::kInvalidArgument, fmt::format("the URL {}", why)).in_field("url"); }

}  // namespace

bool is_public_address(std::string_view text) {
  const std::string ended(text);
  in_addr four{};
  in6_addr six{};
  if (::inet_pton(AF_INET, ended.c_str(), &four) == 1) return is_public_v4(ntohl(four.s_addr));
  return ::inet_pton(AF_INET6, ended.c_str(), &six) == 1 && is_public_v6(six);
}

Result<OutboundUrl> OutboundUrl::parse(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return refuse_url(fmt::format("has {} bytes; the limit is {}", text.size(), kMaxUrlBytes));
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 127; })) {
    return refuse_url("may have no spaces and only ASCII letters (write others as %XX, names as xn--…)");
  }
  OutboundUrl url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return refuse_url("must begin with https:// (or http://)");
  }
  text = text.substr(0, text.find('#'));
  const size_t path = text.find_first_of("/?");
  std::string_view authority = text.substr(0, path);
  if (path != std::string_view::npos) url.target = (text[path] == '?' ? "/" : "") + std::string(text.substr(path));
  if (authority.find('@') != std::string_view::npos) return refuse_url("may not hold a user and a password");
  size_t colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return refuse_url("has an address that does not end with ]");
    url.host = authority.substr(1, end - 1);
    colon = end + 1 < authority.size() ? end + 1 : std::string_view::npos;
    if (colon != std::string_view::npos && authority[colon] != ':') return refuse_url("has something behind its address");
  } else {
    url.host = authority.substr(0, colon);
  }
  if (url.host.empty()) return refuse_url("names no host");
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (port.empty() || fault != std::errc() || end != port.data() + port.size() || url.port == 0) return refuse_url("has no port from 1 to 65535");
  }
  return url;
}

std::string OutboundUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string OutboundUrl::origin() const { return (tls ? "https://" : "http://") + authority(); }

OutboundClient::OutboundClient(OutboundUrl url, OutboundOptions options)
    : url_(std::move(url)),
      transfer_({.timeout = options.timeout,
                 .max_reply = kMaxReplyBytes,
                 .cut_long_reply = true,  // a long body is nobody's business: the status counts
                 .authorities = std::move(options.authorities),
                 .may_reach = options.allow_private ? std::function<bool(const sockaddr&)>() : is_public}) {}

Result<OutboundReply> OutboundClient::post(const Headers& headers, std::string body) {
  HttpRequest request{url_.origin() + url_.target, headers, std::move(body)};
  request.headers.emplace_back("User-Agent", "Furrow");
  auto outcome = transfer_.send(request);
  if (auto* answer = std::get_if<HttpAnswer>(&outcome)) return OutboundReply{answer->status, answer->retry_after, std::move(answer->body)};
  const HttpFault& fault = std::get<HttpFault>(outcome);
  auto unavailable = [&](std::string_view why) { return Error(ErrorCode::kUnavailable, fmt::format("{}: {}", url_.origin(), why)); };
  switch (fault.kind) {
    case HttpFault::Kind::kForbidden:
      return Error(ErrorCode::kForbidden, fmt::format("{} is inside a private network; declare allow_private: true if that is meant", url_.origin()));
    case HttpFault::Kind::kName: return unavailable("the name cannot be found: " + fault.text);
    case HttpFault::Kind::kTls: return unavailable("TLS: " + fault.text);
    case HttpFault::Kind::kAuthorities: return unavailable("the trusted authorities cannot be read: " + fault.text);
    case HttpFault::Kind::kTimeout: return unavailable("no answer in time");
    case HttpFault::Kind::kCancelled: return unavailable("stopped");
    case HttpFault::Kind::kConnection: break;
  }
  return unavailable(fault.text);
}

void OutboundClient::cancel() { transfer_.cancel(); }

}  // namespace furrow::reach
