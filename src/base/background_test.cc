#include "base/background.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace furrow {
namespace {

int nice_of_this_thread() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

TEST(Background, ThisThreadAloneGivesWay) {
  const int before = nice_of_this_thread();
  int during = 0, child = 0;
  char name[16] = {};
  std::thread([&] {
    give_way("a name of many letters");
    during = nice_of_this_thread();
    ::pthread_getname_np(::pthread_self(), name, sizeof name);
    std::thread([&] { child = nice_of_this_thread(); }).join();
  }).join();
  EXPECT_GE(during, 10);
  EXPECT_EQ(child, during);
  EXPECT_STREQ(name, "a name of many ");
  EXPECT_EQ(nice_of_this_thread(), before);
}

TEST(Background, RunsWhenIdleAndIsDoneAllTheSame) {
  int allowed = -1, policy = -1, nice = 0;
  std::thread([&] {
    const sched_param none{};
    allowed = ::sched_setscheduler(0, SCHED_IDLE, &none);
  }).join();
  std::thread([&] {
    run_when_idle("idle");
    policy = ::sched_getscheduler(0);
    nice = nice_of_this_thread();
  }).join();
  EXPECT_GE(nice, 10);
  EXPECT_EQ(policy, allowed == 0 ? SCHED_IDLE : SCHED_OTHER) << "where the system forbids it, nice is what is left";
  EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
}

}  // namespace
}  // namespace furrow
