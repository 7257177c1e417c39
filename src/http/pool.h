// Threads for answers that take long (reading the log, hashing a password), so that the I/O threads never wait.
// At most `queue` requests wait; beyond, a request is answered 503 at once.
// Threads: run from any. The destructor answers what is queued and joins.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "http/message.h"

namespace furrow::http {

class RequestPool {
 public:
  using Run = std::function<void(Request&, Responder)>;
  RequestPool(unsigned threads, size_t queue);
  ~RequestPool();
  // `run` must outlive the pool; the request lives until its responder responds.
  void post(const Run& run, Request& request, Responder respond);

 private:
  struct Job {
    const Run* run;
    Request* request;
    Responder respond;
  };
  void work();

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> jobs_;
  size_t limit_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace furrow::http
