#include "http/server.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <future>
#include <optional>

#include "http/connection.h"

namespace furrow::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

void HttpMetrics::declare(MetricsRegistry& registry) const {
  registry.add("furrow_http_responses_total", "Responses by class.", ok, "class=\"ok\"");
  registry.add("furrow_http_responses_total", "Responses by class.", client_errors, "class=\"client_error\"");
  registry.add("furrow_http_responses_total", "Responses by class.", server_errors, "class=\"server_error\"");
  registry.add("furrow_http_connections_accepted_total", "Connections taken.", accepted);
  registry.add("furrow_http_connections_refused_total", "Connections over the limit.", refused);
  registry.add("furrow_http_timeouts_total", "Connections cut because the peer was too slow.", timeouts);
  registry.add("furrow_http_received_bytes_total", "Bytes received.", received_bytes);
  registry.add("furrow_http_sent_bytes_total", "Bytes sent.", sent_bytes);
}

namespace {

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Linux (6.12 and later) lets a thread ask for short turns: it gets no more of a processor than others, but, woken by a request, need
// not wait until somebody with longer turns (a checkpoint, a flush, a compaction) has had theirs. Older kernels refuse or ignore it.
constexpr uint64_t kTurnNanoseconds = 200'000;
struct SchedulingAttributes {  // sched_attr of Linux, whose header and the C library's exclude each other
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};
void ask_for_short_turns() {
  SchedulingAttributes attributes{};
  attributes.size = sizeof attributes;
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  attributes.runtime = kTurnNanoseconds;
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

constexpr std::string_view kFull =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
    "Content-Length: 110\r\n\r\n"
    "{\"error\":{\"code\":\"unavailable\",\"message\":\"too many connections\",\"field\":\"\",\"docs\":\"/docs/errors#unavailable\"}}";

class AsioServer final : public HttpServer {
 public:
  AsioServer(const HttpOptions& options, Handler& handler, const Clock& clock, const Logger& logger, HttpMetrics& metrics)
      : options_(options), clock_(clock), logger_(logger), metrics_(metrics) {
    unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
    seats_.emplace(threads);
    for (unsigned i = 0; i < threads; ++i) {
      threads_.push_back(std::make_shared<IoThread>(options_, handler, clock_, metrics_, *seats_, i));
    }
    acceptor_.emplace(threads_[0]->context);
    retry_.emplace(threads_[0]->context);
    int64_t least = std::min({options.header_timeout, options.body_timeout, options.idle_timeout, options.write_timeout}).micros / 1000;
    tick_ = std::chrono::milliseconds(std::clamp<int64_t>(least / 4, 5, 500));
  }
  ~AsioServer() override { stop(Duration{}); }

  Status listen() {
    error_code ec;
    auto address = asio::ip::make_address(options_.host == "localhost" ? "127.0.0.1" : options_.host, ec);
    if (ec) return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not an address to listen on; use one such as 127.0.0.1", options_.host));
    tcp::endpoint endpoint(address, options_.port);
    acceptor_->open(endpoint.protocol(), ec);
    if (!ec) acceptor_->set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_->bind(endpoint, ec);
    if (!ec) acceptor_->listen(4096, ec);
    if (ec == asio::error::address_in_use) {
      return Error(ErrorCode::kConflict, fmt::format("port {} on {} is in use by another program; choose another with --port, or 0 for any free one",
                                                     options_.port, options_.host));
    }
    if (ec) return Error(ErrorCode::kIo, fmt::format("cannot listen on {}:{}: {}", options_.host, options_.port, ec.message()));
    port_ = acceptor_->local_endpoint(ec).port();
    accept();
    for (auto& io : threads_) {
      std::promise<void> ready;
      io->thread = std::thread([this, io, &ready] { run(io, ready); });
      ready.get_future().wait();
    }
    return {};
  }

  uint16_t port() const override { return port_; }
  std::string address() const override {
    bool v6 = options_.host.find(':') != std::string::npos;
    return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", options_.host, v6 ? "]" : "", port_);
  }

  void stop(Duration grace) override {
    if (std::exchange(stopped_, true)) return;
    asio::post(threads_[0]->context, [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    for (auto& io : threads_) asio::post(io->context, [io] { drain_connections(*io); });
    auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(grace.micros);
    while (metrics_.open.load() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (auto& io : threads_) {
      asio::post(io->context, [io] {
        cut_connections(*io);
        io->ticker.cancel();
        io->context.stop();
      });
    }
    for (auto& io : threads_) {
      if (io->thread.joinable()) io->thread.join();
      // What was posted meanwhile holds connections that hold this thread's context: let it go.
      io->context.restart();
      io->context.poll();
    }
  }

 private:
  void run(const std::shared_ptr<IoThread>& io, std::promise<void>& ready) {
    ::pthread_setname_np(::pthread_self(), "http");
    ask_for_short_turns();
    auto work = asio::make_work_guard(io->context);
    io->now_ms = steady_ms();
    io->id = std::this_thread::get_id();
    tick(io);
    asio::post(io->context, [&ready] { ready.set_value(); });
    while (true) {
      try {
        io->context.run();
        return;
      } catch (const std::exception& bug) {
        // Handlers catch their own; what arrives here is a fault of the server itself, and one request pays for it.
        logger_.error("a connection failed", {{"fault", bug.what()}});
      }
    }
  }

  void tick(const std::shared_ptr<IoThread>& io) {
    io->ticker.expires_after(tick_);
    io->ticker.async_wait([this, io](error_code ec) {
      if (ec) return;
      io->now_ms = steady_ms();
      expire_connections(*io);
      tick(io);
    });
  }

  void accept() {
    auto& io = threads_[next_++ % threads_.size()];
    acceptor_->async_accept(io->context, [this, io](error_code ec, tcp::socket socket) {
      if (ec == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (ec) {
        // Out of descriptors, most likely: what is open must close first.
        retry_->expires_after(std::chrono::milliseconds(50));
        retry_->async_wait([this](error_code failed) {
          if (!failed) accept();
        });
        return;
      }
      take(io, std::move(socket));
      accept();
    });
  }

  void take(const std::shared_ptr<IoThread>& io, tcp::socket socket) {
    if (metrics_.open.load(std::memory_order_relaxed) >= static_cast<int64_t>(options_.connections)) {
      metrics_.refused.add();
      error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(kFull), ignored);
      socket.shutdown(tcp::socket::shutdown_send, ignored);
      return;
    }
    metrics_.accepted.add();
    metrics_.open.fetch_add(1, std::memory_order_relaxed);
    asio::post(io->context, [io, socket = std::move(socket)]() mutable { start_connection(io, std::move(socket)); });
  }

  HttpOptions options_;
  const Clock& clock_;
  const Logger& logger_;
  HttpMetrics& metrics_;
  std::optional<Seats> seats_;
  std::vector<std::shared_ptr<IoThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> retry_;  // waits when the system has no descriptor left
  size_t next_ = 0;
  uint16_t port_ = 0;
  bool stopped_ = false;
  std::chrono::milliseconds tick_{500};
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpOptions& options, Handler& handler, const Clock& clock,
                                                      const Logger& logger, HttpMetrics& metrics) {
  auto server = std::make_unique<AsioServer>(options, handler, clock, logger, metrics);
  FURROW_TRY(server->listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace furrow::http
