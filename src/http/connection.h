// Inside of http_server.cc: one I/O thread and the connections it drives.
// Threads: everything of a connection happens on its IoThread; ResponseSink::send alone may be called from elsewhere.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "http/seats.h"
#include "http/server.h"

namespace furrow::http {

class Connection;

struct IoThread {
  IoThread(const HttpOptions& o, Handler& h, const Clock& c, HttpMetrics& m, Seats& s, size_t number)
      : options(o), handler(h), clock(c), metrics(m), seats(s), seat(number), ticker(context) {}
  boost::asio::io_context context{1};
  const HttpOptions& options;
  Handler& handler;
  const Clock& clock;
  HttpMetrics& metrics;
  Seats& seats;
  const size_t seat;
  boost::asio::steady_timer ticker;
  std::thread thread;
  std::thread::id id;           // set by the thread itself before its first connection
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool draining = false;
  bool round_ends = false;      // the end of the round is queued
  // Responses from other threads: one trip through the reactor takes all that wait.
  struct Answer {
    std::shared_ptr<Connection> connection;
    Response response;
  };
  std::mutex answers_mutex;
  std::vector<Answer> answers;          // under the mutex
  std::vector<Answer> taken;            // the thread's own
  int64_t now_ms = 0;           // steady, as of the last tick
  std::string date;             // the Date field's value, as of the last second
  int64_t date_second = 0;

  bool here() const { return id == std::this_thread::get_id(); }
  std::string_view date_now();  // IMF-fixdate (RFC 9110, 5.6.7)
};

// Takes the socket over; the connection lives in `io.connections` until it closes.
void start_connection(const std::shared_ptr<IoThread>& io, boost::asio::ip::tcp::socket socket);
// Cuts the connections whose time is up; called at each tick.
void expire_connections(IoThread& io);
// Closes idle connections and lets the others close after their response.
void drain_connections(IoThread& io);
void cut_connections(IoThread& io);

}  // namespace furrow::http
