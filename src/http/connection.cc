#include "http/connection.h"

#include <fmt/format.h>

#include <strings.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>

#include "http/encoding.h"
#include "http/parser.h"

namespace furrow::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kJoinBytes = 32 * 1024;      // bodies up to this are sent in one buffer with the head
constexpr size_t kKeepBytes = 256 * 1024;     // memory a connection keeps between requests
constexpr size_t kDiscardBytes = 16 << 20;    // of an unwanted body, read so that the answer arrives before the close

std::string_view reason(int status) {
  switch (status) {
    case 200: return "200 OK";
    case 204: return "204 No Content";
    case 304: return "304 Not Modified";
    case 400: return "400 Bad Request";
    case 401: return "401 Unauthorized";
    case 403: return "403 Forbidden";
    case 404: return "404 Not Found";
    case 405: return "405 Method Not Allowed";
    case 408: return "408 Request Timeout";
    case 409: return "409 Conflict";
    case 413: return "413 Content Too Large";
    case 415: return "415 Unsupported Media Type";
    case 429: return "429 Too Many Requests";
    case 503: return "503 Service Unavailable";
    default: return "500 Internal Server Error";
  }
}

void append_number(std::string& out, size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

namespace {
void write_answers(IoThread& io);
}

class Connection final : public ResponseSink, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<IoThread> io, asio::ip::tcp::socket socket) : io_(std::move(io)), socket_(std::move(socket)) {}

  void start() {
    if (io_->draining) return close();
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    auto peer = socket_.remote_endpoint(ignored);
    client_ = peer.address().to_string(ignored);
    request_.client = client_;
    parser_.emplace(request_, io_->handler, io_->options.header_bytes);
    wait(State::kReading, io_->options.header_timeout);
    read();
  }

  void send(Response response) override {
    if (io_->here()) {
      write(std::move(response));
    } else {
      bool first;
      {
        std::lock_guard lock(io_->answers_mutex);
        first = io_->answers.empty();
        io_->answers.push_back({shared_from_this(), std::move(response)});
      }
      if (first) asio::post(io_->context, [io = io_] { write_answers(*io); });
    }
  }

  void write(Response response) {
    if (state_ == State::kClosed) return;
    response_ = std::move(response);
    if (!keep_alive_ || io_->draining) closing_ = true;
    build_head();
    (response_.status < 400 ? io_->metrics.ok : response_.status < 500 ? io_->metrics.client_errors : io_->metrics.server_errors).add();
    wait(State::kWriting, io_->options.write_timeout);
    error_code ec;
    size_t total = out_.size() + tail_.size();
    std::array<asio::const_buffer, 2> buffers{asio::buffer(out_), asio::buffer(tail_)};
    // Most responses fit the socket's buffer: no trip through the reactor for them.
    size_t sent = tail_.empty() ? socket_.write_some(buffers[0], ec) : socket_.write_some(buffers, ec);
    if (ec && ec != asio::error::would_block) return close();
    if (ec) sent = 0;
    io_->metrics.sent_bytes.add(total);
    if (sent == total) return written();
    size_t head = std::min(sent, out_.size());
    buffers = {asio::buffer(buffers[0] + head), asio::buffer(buffers[1] + (sent - head))};
    asio::async_write(socket_, buffers, [self = shared_from_this()](error_code failed, size_t) {
      if (self->state_ == State::kClosed) return;
      failed ? self->close() : self->written();
    });
  }

  void expire() {
    if (state_ == State::kClosed || deadline_ms_ > io_->now_ms) return;
    if (state_ != State::kIdle) io_->metrics.timeouts.add();
    if (state_ == State::kReading && parser_->started()) {
      closing_ = true;
      return answer_error(Error(ErrorCode::kUnavailable, "the request came too slowly"), 408);
    }
    close();
  }

  void drain() {
    closing_ = true;
    if (state_ == State::kIdle || (state_ == State::kReading && !parser_->started())) close();
  }

  void close() {
    if (state_ == State::kClosed) return;
    state_ = State::kClosed;
    error_code ignored;
    socket_.close(ignored);
    io_->metrics.open.fetch_sub(1, std::memory_order_relaxed);
    io_->connections.erase(shared_from_this());
  }

 private:
  enum class State { kReading, kIdle, kHandling, kWriting, kDiscarding, kClosed };

  void wait(State state, Duration timeout) {
    state_ = state;
    deadline_ms_ = io_->now_ms + timeout.micros / 1000;
  }

  void read() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (in_.size() - end_ < kReadBytes / 2) {
      if (begin_ > 0) {
        std::copy(in_.begin() + static_cast<ptrdiff_t>(begin_), in_.begin() + static_cast<ptrdiff_t>(end_), in_.begin());
        end_ -= begin_;
        begin_ = 0;
      }
      if (in_.size() - end_ < kReadBytes / 2) in_.resize(end_ + kReadBytes);
    }
    socket_.async_read_some(asio::buffer(in_.data() + end_, in_.size() - end_),
                            [self = shared_from_this()](error_code ec, size_t n) { self->received(ec, n); });
  }

  void received(error_code ec, size_t n) {
    if (state_ == State::kClosed) return;
    if (ec) return close();
    io_->metrics.received_bytes.add(n);
    if (state_ == State::kDiscarding) {
      discarded_ += n;
      if (discarded_ > kDiscardBytes) return close();
      return read();
    }
    end_ += n;
    if (state_ == State::kIdle) wait(State::kReading, io_->options.header_timeout);
    parse();
  }

  void parse() {
    while (true) {
      size_t used = 0;
      auto progress = parser_->take({in_.data() + begin_, end_ - begin_}, used);
      begin_ += used;
      switch (progress) {
        case RequestParser::Progress::kDone: return dispatch();
        case RequestParser::Progress::kNeedMore: return read();
        case RequestParser::Progress::kFailed:
          closing_ = unread_body_ = true;
          return answer_error(parser_->error());
        case RequestParser::Progress::kHeaderOnly:
          wait(State::kReading, io_->options.body_timeout);
          if (parser_->expects_continue()) {
            error_code ignored;
            socket_.write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
          }
          if (begin_ == end_) return read();
      }
    }
  }

  void dispatch() {
    state_ = State::kHandling;
    deadline_ms_ = INT64_MAX;
    keep_alive_ = parser_->keep_alive();
    request_.received_at = io_->clock.now();
    std::string_view encoding = request_.field(Field::kContentEncoding);
    auto is = [&](std::string_view name) { return encoding.size() == name.size() && strncasecmp(encoding.data(), name.data(), name.size()) == 0; };
    if (!encoding.empty() && !is("identity")) {
      if (!is("gzip") && !is("x-gzip")) {
        return answer_error(Error(ErrorCode::kUnsupportedMedia, "only gzip is understood as Content-Encoding").in_field("Content-Encoding"));
      }
      auto body = gunzip(request_.body, io_->handler.body_limit(request_.method, request_.path));
      if (!body.ok()) return answer_error(body.error());
      request_.body = *std::move(body);
    }
    if (!io_->round_ends) io_->seats.begin(io_->seat);
    io_->handler.handle(request_, Responder(shared_from_this()));
    if (request_.answers_with_round && !std::exchange(io_->round_ends, true)) {
      // Behind everything that has arrived by now.
      asio::post(io_->context, [io = io_.get()] {
        io->round_ends = false;
        io->handler.end_round();
        io->seats.end(io->seat);
      });
    }
    if (!io_->round_ends) io_->seats.end(io_->seat);
  }

  void answer_error(const Error& error, int status = 0) {
    Response response = Response::error(error);
    if (status != 0) response.status = status;
    io_->handler.dress(request_, response);
    write(std::move(response));
  }

  void build_head() {
    std::string_view body = response_.static_body.empty() ? std::string_view(response_.body) : response_.static_body;
    out_.clear();
    out_ += "HTTP/1.1 ";
    out_ += reason(response_.status);
    out_ += "\r\nDate: ";
    out_ += io_->date_now();
    bool has_body = response_.status != 204 && response_.status != 304;
    if (has_body) {
      out_ += "\r\nContent-Type: ";
      out_ += response_.content_type;
      out_ += "\r\nContent-Length: ";
      append_number(out_, body.size());
    }
    if (!response_.cacheable) out_ += "\r\nCache-Control: no-store";
    out_ += "\r\nX-Content-Type-Options: nosniff";
    for (const auto& [name, value] : response_.fields) {
      out_ += "\r\n";
      out_ += name;
      out_ += ": ";
      out_ += value;
    }
    out_ += closing_ ? "\r\nConnection: close\r\n\r\n" : parser_->before_1_1() ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\n\r\n";
    tail_ = {};
    if (!has_body || request_.method == Method::kHead) return;
    if (body.size() <= kJoinBytes) {
      out_ += body;
    } else {
      tail_ = body;
    }
  }

  void written() {
    if (closing_) {
      error_code ignored;
      socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
      if (!unread_body_) return close();
      // Closing with unread bytes would reset the connection and could take the answer with it.
      begin_ = end_ = 0;
      wait(State::kDiscarding, seconds(2));
      return read();
    }
    request_.clear();
    response_ = {};
    if (request_.body.capacity() > kKeepBytes) std::string().swap(request_.body);
    if (out_.capacity() > kKeepBytes) std::string().swap(out_);
    parser_.emplace(request_, io_->handler, io_->options.header_bytes);
    if (begin_ == end_) {
      wait(State::kIdle, io_->options.idle_timeout);
      return read();
    }
    // A pipelined request waits already. Posted, so that a long row of them does not deepen the stack.
    wait(State::kReading, io_->options.header_timeout);
    asio::post(io_->context, [self = shared_from_this()] {
      if (self->state_ == State::kReading) self->parse();
    });
  }

  std::shared_ptr<IoThread> io_;
  asio::ip::tcp::socket socket_;
  std::string client_;
  Request request_;
  Response response_;
  std::optional<RequestParser> parser_;
  std::vector<char> in_;
  size_t begin_ = 0, end_ = 0;   // what was received and not yet parsed
  std::string out_;
  std::string_view tail_;        // of the response, when its body is not joined to the head
  State state_ = State::kReading;
  bool keep_alive_ = false, closing_ = false, unread_body_ = false;
  size_t discarded_ = 0;
  int64_t deadline_ms_ = INT64_MAX;
};

namespace {
void write_answers(IoThread& io) {
  io.taken.clear();
  {
    std::lock_guard lock(io.answers_mutex);
    io.taken.swap(io.answers);
  }
  for (auto& [connection, response] : io.taken) connection->write(std::move(response));
  io.taken.clear();
}
}  // namespace

void start_connection(const std::shared_ptr<IoThread>& io, asio::ip::tcp::socket socket) {
  auto connection = std::make_shared<Connection>(io, std::move(socket));
  io->connections.insert(connection);
  connection->start();
}

namespace {
// Closing changes the set, so a copy is walked.
std::vector<std::shared_ptr<Connection>> all_of(IoThread& io) { return {io.connections.begin(), io.connections.end()}; }
}  // namespace

void expire_connections(IoThread& io) {
  for (auto& connection : all_of(io)) connection->expire();
}
void drain_connections(IoThread& io) {
  io.draining = true;
  for (auto& connection : all_of(io)) connection->drain();
}
void cut_connections(IoThread& io) {
  for (auto& connection : all_of(io)) connection->close();
}

std::string_view IoThread::date_now() {
  int64_t second = clock.now().micros / 1'000'000;
  if (second != date_second) {
    date_second = second;
    std::time_t time = second;
    std::tm parts{};
    gmtime_r(&time, &parts);
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    date = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[parts.tm_wday], parts.tm_mday, kMonths[parts.tm_mon],
                       parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  }
  return date;
}

}  // namespace furrow::http
