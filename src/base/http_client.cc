#include "base/http_client.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>

namespace furrow {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
constexpr uint64_t kMaxReplyBytes = uint64_t{16} << 20;

}  // namespace

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

struct HttpClient::Connection {
  Connection(ServerAddress to, HttpClientOptions how) : address(std::move(to)), options(how) {}

  boost::system::error_code open() {
    boost::system::error_code error;
    socket = tcp::socket(context);
    buffer.clear();
    socket.connect(tcp::endpoint(asio::ip::make_address(address.host), address.port), error);
    if (error) return error;
    connected = true;
    socket.set_option(tcp::no_delay(true), error);
    timeval limit{options.timeout.micros / 1'000'000, options.timeout.micros % 1'000'000};
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return error;
  }

  boost::system::error_code exchange(const http::request<http::string_body>& request, HttpReply& reply) {
    boost::system::error_code error;
    http::write(socket, request, error);
    if (error) return error;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxReplyBytes);
    http::read(socket, buffer, parser, error);
    if (error) return error;
    reply.status = static_cast<int>(parser.get().result_int());
    if (!parser.keep_alive()) connected = false;
    reply.body = std::move(parser.get().body());
    return error;
  }

  Result<HttpReply> send(http::request<http::string_body> request) {
    request.set(http::field::host, fmt::format("{}:{}", address.host, address.port));
    request.prepare_payload();
    boost::system::error_code error;
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (!connected && (error = open())) continue;
      HttpReply reply;
      error = exchange(request, reply);
      if (!error) return reply;
      connected = false;
    }
    return Error(ErrorCode::kUnavailable, fmt::format("http://{}:{} does not answer: {}; is `furrow serve` running there?", address.host,
                                                      address.port, error.message()));
  }

  ServerAddress address;
  HttpClientOptions options;
  asio::io_context context;
  tcp::socket socket{context};
  boost::beast::flat_buffer buffer;
  bool connected = false;
};

HttpClient::HttpClient(ServerAddress address, HttpClientOptions options) : connection_(std::make_unique<Connection>(std::move(address), options)) {}
HttpClient::~HttpClient() = default;

Result<HttpReply> HttpClient::get(std::string_view path, std::string_view authorization) {
  http::request<http::string_body> request(http::verb::get, {path.data(), path.size()}, 11);
  request.set(http::field::authorization, {authorization.data(), authorization.size()});
  return connection_->send(std::move(request));
}

Result<HttpReply> HttpClient::post(std::string_view path, std::string_view authorization, std::string body, std::string_view content_type) {
  http::request<http::string_body> request(http::verb::post, {path.data(), path.size()}, 11);
  request.set(http::field::authorization, {authorization.data(), authorization.size()});
  request.set(http::field::content_type, {content_type.data(), content_type.size()});
  request.body() = std::move(body);
  return connection_->send(std::move(request));
}

Result<HttpReply> accepted(Result<HttpReply> reply, std::string_view what) {
  if (!reply || reply->status == 200) return reply;
  ErrorCode code = reply->status == 401 || reply->status == 403 ? ErrorCode::kUnauthorized : ErrorCode::kUnavailable;
  return Error(code, fmt::format("{} was answered {}: {}", what, reply->status, reply->body.substr(0, 300)));
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
