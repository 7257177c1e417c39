#include "http/pool.h"

namespace furrow::http {

RequestPool::RequestPool(unsigned threads, size_t queue) : limit_(queue) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

RequestPool::~RequestPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void RequestPool::post(const Run& run, Request& request, Responder respond) {
  {
    std::lock_guard lock(mutex_);
    if (jobs_.size() < limit_ && !stopping_) {
      jobs_.push_back({&run, &request, std::move(respond)});
      ready_.notify_one();
      return;
    }
  }
  respond(Response::error(Error(ErrorCode::kUnavailable, "too many requests of this kind wait already")));
}

void RequestPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    (*job.run)(*job.request, std::move(job.respond));
    lock.lock();
  }
}

}  // namespace furrow::http
