#include "base/background.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

namespace furrow {
namespace {
constexpr int kNice = 10;
constexpr size_t kNameBytes = 15;
}  // namespace

void give_way(const char* name) {
  (void)::pthread_setname_np(::pthread_self(), std::string(name).substr(0, kNameBytes).c_str());
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // refused nowhere: lowering is everybody's right
}

void run_when_idle(const char* name) {
  give_way(name);
  const sched_param none{};
  (void)::sched_setscheduler(::gettid(), SCHED_IDLE, &none);
}

}  // namespace furrow
