#include "reach/outbound.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <charconv>

namespace furrow::reach {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Fault = boost::system::error_code;

struct Range4 {
  uint32_t first;
  int bits;
};
constexpr uint32_t v4(uint32_t a, uint32_t b, uint32_t c = 0, uint32_t d = 0) { return a << 24 | b << 16 | c << 8 | d; }
// IANA IPv4 special-purpose address registry, with multicast and what is reserved.
constexpr Range4 kSpecial4[] = {{v4(0, 0), 8},         {v4(10, 0), 8},        {v4(100, 64), 10},     {v4(127, 0), 8},        {v4(169, 254), 16},
                                {v4(172, 16), 12},     {v4(192, 0, 0), 24},   {v4(192, 0, 2), 24},   {v4(192, 88, 99), 24},  {v4(192, 168), 16},
                                {v4(198, 18), 15},     {v4(198, 51, 100), 24}, {v4(203, 0, 113), 24}, {v4(224, 0), 4},        {v4(240, 0), 4}};

bool is_public(const asio::ip::address_v4& address) {
  const uint32_t bits = address.to_uint();
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [&](const Range4& range) { return (bits ^ range.first) >> (32 - range.bits) == 0; });
}

// Global unicast is 2000::/3; in it 2001::/23 (Teredo and other protocols), 2001:db8::/32 (documentation), 3fff::/20 (documentation) and
// 2002::/16 (6to4, which carries any IPv4 address) are not a server's.
bool is_public(const asio::ip::address_v6& address) {
  if (address.is_v4_mapped()) return is_public(asio::ip::make_address_v4(asio::ip::v4_mapped, address));
  const auto b = address.to_bytes();
  const unsigned first = static_cast<unsigned>(b[0]) << 8 | b[1], second = static_cast<unsigned>(b[2]) << 8 | b[3];
  if ((first & 0xe000) != 0x2000 || first == 0x2002) return false;
  if (first == 0x2001 && (second < 0x200 || second == 0xdb8)) return false;
  return !(first == 0x3fff && second < 0x1000);
}

bool is_public(const asio::ip::address& address) { return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6()); }

Error refuse_url(std::string_view why) { return Error(ErrorCode::kInvalidArgument, fmt::format("the URL {}", why)).in_field("url"); }

}  // namespace

bool is_public_address(std::string_view text) {
  Fault fault;
  const auto address = asio::ip::make_address(std::string(text), fault);
  return !fault && is_public(address);
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

// Every step is asynchronous with one deadline for all, run to its end here: a blocked read would have none.
struct OutboundClient::Connection {
  using Stream = beast::ssl_stream<beast::tcp_stream>;

  Connection(OutboundUrl to, OutboundOptions how) : url(std::move(to)), options(std::move(how)) {}

  Error unavailable(const std::string& why) const { return Error(ErrorCode::kUnavailable, fmt::format("{}: {}", url.origin(), why)); }

  // Runs what `begin` starts. Its handler may outlive this call when it was cancelled, so it owns where it puts the outcome.
  template <class Begin>
  Fault run(Begin&& begin) {
    auto outcome = std::make_shared<Fault>(asio::error::operation_aborted);
    begin([outcome](Fault fault, auto&&...) { *outcome = fault; });
    context.restart();
    if (!cancelled) context.run();
    return *outcome;
  }

  beast::tcp_stream& lowest() { return stream->next_layer(); }

  Status open() {
    close();
    Fault fault;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(url.host, std::to_string(url.port), fault);
    if (fault) return unavailable("the name cannot be found: " + fault.message());
    std::vector<tcp::endpoint> allowed;
    for (const auto& entry : found) {
      if (options.allow_private || is_public(entry.endpoint().address())) allowed.push_back(entry.endpoint());
    }
    if (allowed.empty()) {
      return Error(ErrorCode::kForbidden, fmt::format("{} is inside a private network; declare allow_private: true if that is meant", url.origin()));
    }
    tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    if (url.tls) {
      options.authorities.empty() ? tls->set_default_verify_paths(fault) : tls->load_verify_file(options.authorities, fault);
      if (fault) return unavailable("the trusted authorities cannot be read: " + fault.message());
    }
    stream = std::make_unique<Stream>(context, *tls);
    lowest().expires_after(std::chrono::microseconds(options.timeout.micros));
    for (const tcp::endpoint& endpoint : allowed) {
      fault = run([&](auto done) { lowest().async_connect(endpoint, std::move(done)); });
      if (!fault || cancelled) break;
    }
    if (fault) return unavailable(fault.message());
    lowest().socket().set_option(tcp::no_delay(true), fault);
    return url.tls ? shake_hands() : Status();
  }

  Status shake_hands() {
    if (!SSL_set_tlsext_host_name(stream->native_handle(), url.host.c_str())) return unavailable("the name cannot be asked for over TLS");
    stream->set_verify_mode(asio::ssl::verify_peer);
    stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
    const Fault fault = run([&](auto done) { stream->async_handshake(asio::ssl::stream_base::client, std::move(done)); });
    if (fault) return unavailable("TLS: " + fault.message());
    return {};
  }

  template <class Layer>
  Fault exchange(Layer& layer, const http::request<http::string_body>& request, OutboundReply& reply) {
    Fault fault = run([&](auto done) { http::async_write(layer, request, std::move(done)); });
    if (fault) return fault;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxReplyBytes);
    fault = run([&](auto done) { http::async_read(layer, buffer, parser, std::move(done)); });
    // A long body is nobody's business: the status counts.
    const bool cut = fault == http::error::body_limit;
    if (fault && !cut) return fault;
    reply.status = static_cast<int>(parser.get().result_int());
    reply.body = std::move(parser.get().body());
    const auto text = parser.get()[http::field::retry_after];
    int64_t after = 0;
    if (const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), after); bad == std::errc() && end == text.data() + text.size() && after >= 0) {
      reply.retry_after = seconds(std::min<int64_t>(after, 86'400));
    }
    if (cut || !parser.keep_alive()) close();
    return {};
  }

  Result<OutboundReply> send(const http::request<http::string_body>& request) {
    Fault fault;
    for (int attempt = 0; attempt < 2 && !cancelled; ++attempt) {
      const bool kept = stream != nullptr;
      if (!kept) FURROW_TRY(open());
      lowest().expires_after(std::chrono::microseconds(options.timeout.micros));
      OutboundReply reply;
      fault = url.tls ? exchange(*stream, request, reply) : exchange(lowest(), request, reply);
      if (!fault) return reply;
      close();
      if (!kept || fault == beast::error::timeout) break;
    }
    return unavailable(cancelled ? "stopped" : fault == beast::error::timeout ? "no answer in time" : fault.message());
  }

  void close() {
    stream.reset();
    buffer.clear();
  }

  OutboundUrl url;
  OutboundOptions options;
  asio::io_context context;
  std::unique_ptr<asio::ssl::context> tls;
  std::unique_ptr<Stream> stream;
  beast::flat_buffer buffer;
  std::atomic<bool> cancelled{false};
};

OutboundClient::OutboundClient(OutboundUrl url, OutboundOptions options) : connection_(std::make_unique<Connection>(std::move(url), std::move(options))) {}
OutboundClient::~OutboundClient() = default;

Result<OutboundReply> OutboundClient::post(const Headers& headers, std::string body) {
  http::request<http::string_body> request(http::verb::post, connection_->url.target, 11);
  request.set(http::field::host, connection_->url.authority());
  request.set(http::field::user_agent, "Furrow");
  for (const auto& [name, value] : headers) request.set(name, value);
  request.body() = std::move(body);
  request.prepare_payload();
  return connection_->send(request);
}

void OutboundClient::cancel() {
  connection_->cancelled = true;
  connection_->context.stop();
}

}  // namespace furrow::reach
