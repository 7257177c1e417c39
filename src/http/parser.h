// Inside of the connection: Boost.Beast's incremental request parser, filling a Request without allocating once warm.
// Limits are checked as bytes arrive: header bytes in all, 100 fields, and the body by the handler's limit.
// Threads: one.
#pragma once
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "http/message.h"

namespace furrow::http {

class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, const Handler& handler, size_t header_bytes);

  enum class Progress { kNeedMore, kHeaderOnly, kDone, kFailed };
  // Takes bytes; `used` says how many. kHeaderOnly: the header is complete and the body has to come.
  Progress take(std::string_view bytes, size_t& used);
  const Error& error() const { return *error_; }
  bool started() const { return started_; }
  bool expects_continue() const { return expects_continue_; }
  bool before_1_1() const { return version_ < 11; }  // there a connection closes unless both sides say keep-alive

 private:
  using error_code = boost::beast::error_code;
  using view = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb method, view text, view target, int version, error_code& ec) override;
  void on_response_impl(int, view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field name, view text, view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view body, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, view, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code& ec) override { return on_body_impl(body, ec); }
  void on_finish_impl(error_code&) override {}
  void fail(ErrorCode code, std::string message, error_code& ec);

  Request& request_;
  const Handler& handler_;
  size_t header_left_;
  size_t fields_left_ = 100;
  size_t body_limit_ = 0;
  int version_ = 11;
  bool started_ = false;
  bool expects_continue_ = false;
  size_t hosts_ = 0;
  std::optional<Error> error_;
};

}  // namespace furrow::http
