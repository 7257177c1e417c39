// The HTTP/1.1 server: sockets, threads, limits and time-outs. Knows no route; a Handler answers.
//
// One thread accepts and deals connections out in turn; each I/O thread drives its own connections, so a connection's
// state is never shared. Keep-alive; pipelined requests are answered in order, one at a time. Slow senders are cut:
// header_timeout bounds the time to a complete header, body_timeout to a complete body, however bytes trickle.
// Bodies are taken with Content-Length or chunked, decompressed from gzip, and bounded by the Handler's limit for the
// route, before and after decompression. RFC 9110 and 9112, by Boost.Beast's parser.
// Threads: start and stop from one thread; the Handler is called from the I/O threads.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "http/message.h"

namespace furrow::http {

struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;           // 0: any free one
  unsigned threads = 0;           // 0: one a core
  size_t connections = 10'000;    // beyond: answered 503 and closed
  size_t header_bytes = 16 * 1024;
  Duration header_timeout = seconds(10);
  Duration body_timeout = seconds(60);
  Duration idle_timeout = seconds(75);
  Duration write_timeout = seconds(30);
};

struct HttpMetrics {
  Counter ok, client_errors, server_errors;  // responses by class
  Counter accepted, refused, timeouts;       // connections
  Counter received_bytes, sent_bytes;
  std::atomic<int64_t> open{0};              // connections now
  void declare(MetricsRegistry& registry) const;
};

class HttpServer {
 public:
  // kConflict when the port is taken, kIo when the address cannot be used. `handler`, `clock` and `metrics` must
  // outlive the server and every Responder.
  static Result<std::unique_ptr<HttpServer>> start(const HttpOptions& options, Handler& handler, const Clock& clock,
                                                   const Logger& logger, HttpMetrics& metrics);
  virtual ~HttpServer() = default;
  virtual uint16_t port() const = 0;
  virtual std::string address() const = 0;  // "http://127.0.0.1:8080"
  // Stops accepting, closes idle connections, lets requests in flight finish within `grace`, then cuts. Idempotent.
  virtual void stop(Duration grace) = 0;
};

}  // namespace furrow::http
