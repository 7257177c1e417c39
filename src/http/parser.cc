#include "http/parser.h"

#include <fmt/format.h>
#include <strings.h>

#include <limits>

#include "http/encoding.h"

namespace furrow::http {
namespace beast = boost::beast::http;
namespace {

Method method_of(beast::verb verb) {
  switch (verb) {
    case beast::verb::get: return Method::kGet;
    case beast::verb::head: return Method::kHead;
    case beast::verb::post: return Method::kPost;
    case beast::verb::put: return Method::kPut;
    case beast::verb::patch: return Method::kPatch;
    case beast::verb::delete_: return Method::kDelete;
    case beast::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

}  // namespace

RequestParser::RequestParser(Request& request, const Handler& handler, size_t header_bytes)
    : request_(request), handler_(handler), header_left_(header_bytes) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(header_bytes));
  // Ours is checked as the bytes arrive; Beast's would hide which limit it was.
  basic_parser::body_limit(std::numeric_limits<std::uint64_t>::max());
}

void RequestParser::fail(ErrorCode code, std::string message, error_code& ec) {
  error_.emplace(code, std::move(message));
  ec = beast::error::body_limit;
}

RequestParser::Progress RequestParser::take(std::string_view bytes, size_t& used) {
  used = 0;
  if (bytes.empty()) return Progress::kNeedMore;
  started_ = true;
  bool had_header = is_header_done();
  error_code ec;
  used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  if (error_) return Progress::kFailed;
  if (!is_header_done()) {
    if (used > header_left_ || bytes.size() - used >= header_left_ - used) ec = beast::error::header_limit;
    if (!ec || ec == beast::error::need_more) header_left_ -= used;
  }
  if (ec == beast::error::header_limit) {
    error_.emplace(ErrorCode::kTooLarge, "the header of the request is too large");
    return Progress::kFailed;
  }
  if (ec && ec != beast::error::need_more) {
    error_.emplace(ErrorCode::kInvalidArgument, fmt::format("the request is not HTTP/1.1: {}", ec.message()));
    return Progress::kFailed;
  }
  if (is_done()) return Progress::kDone;
  return !had_header && is_header_done() ? Progress::kHeaderOnly : Progress::kNeedMore;
}

void RequestParser::on_request_impl(beast::verb method, view, view target, int version, error_code& ec) {
  version_ = version;
  request_.method = method_of(method);
  std::string_view text(target.data(), target.size());
  if (text.starts_with("http://")) {
    size_t slash = text.find('/', 7);
    text = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
  }
  size_t question = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, question);
  request_.query.assign(text.substr(std::min(text.size(), question + 1)));
  if (path.find('%') == std::string_view::npos) {
    request_.path.assign(path);
  } else if (auto decoded = percent_decode(path)) {
    request_.path = *std::move(decoded);
    if (path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos) request_.encoded_path.assign(path);
  } else {
    fail(ErrorCode::kInvalidArgument, "the address has a broken % escape", ec);
  }
}

void RequestParser::on_field_impl(beast::field name, view text, view value, error_code& ec) {
  if (fields_left_-- == 0) return fail(ErrorCode::kTooLarge, "the request has more than 100 header fields", ec);
  auto keep = [&](Field field) { request_.fields[static_cast<size_t>(field)].assign(value.data(), value.size()); };
  switch (name) {
    case beast::field::authorization: return keep(Field::kAuthorization);
    case beast::field::content_type: return keep(Field::kContentType);
    case beast::field::content_encoding: return keep(Field::kContentEncoding);
    case beast::field::accept_encoding: return keep(Field::kAcceptEncoding);
    case beast::field::cookie: return keep(Field::kCookie);
    case beast::field::origin: return keep(Field::kOrigin);
    case beast::field::if_none_match: return keep(Field::kIfNoneMatch);
    case beast::field::host: ++hosts_; return;
    case beast::field::transfer_encoding:
      // Beast takes any; whoever stands before this server may see another end of the body than this one (RFC 9112, 6.1).
      if (!boost::beast::iequals(value, "chunked")) fail(ErrorCode::kInvalidArgument, "the Transfer-Encoding must be chunked, alone", ec);
      return;
    case beast::field::expect:
      expects_continue_ = value.size() == 12 && strncasecmp(value.data(), "100-continue", 12) == 0;
      return;
    case beast::field::unknown:
      if (text.size() == 12 && strncasecmp(text.data(), "X-CSRF-Token", 12) == 0) keep(Field::kCsrfToken);
      return;
    default: return;
  }
}

void RequestParser::on_header_impl(error_code& ec) {
  if (version_ >= 11 && hosts_ != 1) return fail(ErrorCode::kInvalidArgument, "an HTTP/1.1 request has one Host field", ec);
  body_limit_ = handler_.body_limit(request_.method, request_.encoded_path.empty() ? request_.path : request_.encoded_path);
  auto length = content_length();
  if (length && *length > body_limit_) {
    return fail(ErrorCode::kTooLarge, fmt::format("the body has {} bytes; at most {} are taken here", *length, body_limit_), ec);
  }
  if (length) request_.body.reserve(static_cast<size_t>(*length) + 64);  // 64: what simdjson reads beyond the end
}

// A chunk that says it will not fit is answered before it is waited for.
void RequestParser::on_chunk_header_impl(std::uint64_t size, view, error_code& ec) {
  if (size > body_limit_ - request_.body.size()) {
    fail(ErrorCode::kTooLarge, fmt::format("the body has more than {} bytes", body_limit_), ec);
  }
}

std::size_t RequestParser::on_body_impl(view body, error_code& ec) {
  if (request_.body.size() + body.size() > body_limit_) {
    fail(ErrorCode::kTooLarge, fmt::format("the body has more than {} bytes", body_limit_), ec);
    return 0;
  }
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace furrow::http
