#include "http/seats.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <vector>

namespace furrow::http {
namespace {
using std::chrono::milliseconds;

std::vector<int> processors_of(const cpu_set_t& set) {
  std::vector<int> out;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(static_cast<size_t>(i), &set)) out.push_back(i);
  }
  return out;
}

// The thread's processors as they were before the test, and again after it.
class SeatsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::sched_getaffinity(0, sizeof allowed_, &allowed_), 0);
    if (CPU_COUNT(&allowed_) < 2) GTEST_SKIP() << "one processor: there is nowhere to go";
    first_ = processors_of(allowed_)[0];
  }
  void TearDown() override { (void)::sched_setaffinity(0, sizeof allowed_, &allowed_); }
  void stay_on(int processor) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<size_t>(processor), &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  }
  // On the first processor, though allowed on all.
  void come_to_first() {
    do {
      stay_on(first_);
      ASSERT_EQ(::sched_setaffinity(0, sizeof allowed_, &allowed_), 0);
    } while (::sched_getcpu() != first_);
  }
  bool allowed_everywhere() const {
    cpu_set_t now;
    return ::sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &allowed_);
  }

  cpu_set_t allowed_;
  int first_ = 0;
  const Seats::Time start_ = std::chrono::steady_clock::now();
};

TEST_F(SeatsTest, LeavesTheProcessorOfOneThatWaitsThere) {
  Seats seats(2);
  stay_on(first_);
  seats.begin(0, start_);
  come_to_first();
  EXPECT_TRUE(seats.begin(1, start_ + milliseconds(2)));
  EXPECT_TRUE(allowed_everywhere());
  // Its seat says where it went: somebody who comes to the first processor finds that only 0 waits there.
  stay_on(first_);
  seats.end(0);
  EXPECT_FALSE(seats.begin(0, start_ + milliseconds(9)));
}

TEST_F(SeatsTest, StaysBesideOneThatHasJustBegunOrIsDone) {
  Seats seats(2);
  stay_on(first_);
  seats.begin(0, start_);
  EXPECT_FALSE(seats.begin(1, start_ + Seats::kPatience / 2));
  seats.end(0);
  EXPECT_FALSE(seats.begin(1, start_ + milliseconds(5)));
}

TEST_F(SeatsTest, StaysWhereItMayNotGoElsewhere) {
  Seats seats(2);
  stay_on(first_);
  seats.begin(0, start_);
  EXPECT_FALSE(seats.begin(1, start_ + milliseconds(2)));
  EXPECT_EQ(::sched_getcpu(), first_);
}

TEST_F(SeatsTest, MovesOnlySoOften) {
  Seats seats(2);
  stay_on(first_);
  seats.begin(0, start_);
  come_to_first();
  ASSERT_TRUE(seats.begin(1, start_ + milliseconds(2)));
  come_to_first();
  EXPECT_FALSE(seats.begin(1, start_ + milliseconds(2) + Seats::kStay / 2));
  come_to_first();
  EXPECT_TRUE(seats.begin(1, start_ + milliseconds(2) + Seats::kStay));
}

}  // namespace
}  // namespace furrow::http
