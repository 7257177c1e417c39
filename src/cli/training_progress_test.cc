#include "cli/training_progress.h"

#include <gtest/gtest.h>

#include <sstream>

namespace furrow::cli {
namespace {

using namespace std::chrono_literals;

class TrainingProgressTest : public testing::Test {
 protected:
  std::function<TrainingProgress::Clock::time_point()> clock() {
    return [this] { return now_; };
  }
  TrainingProgress::Clock::time_point now_{};
  std::ostringstream out_;
};

TEST_F(TrainingProgressTest, IsAPlainLineEachTenSecondsWhereThereIsNoTerminal) {
  TrainingProgress progress(out_, false, clock());
  for (int second = 1; second <= 40; ++second) {
    now_ += 1s;
    progress.say(second / 100.0, second <= 20 ? "cross-validation, 2 of 15 fits" : "fitting on all rows");
  }
  progress.say(1, "done");
  EXPECT_EQ(out_.str(),
            "training  10 %  cross-validation, 2 of 15 fits, about 1:30 left\n"
            "training  20 %  cross-validation, 2 of 15 fits, about 1:20 left\n"
            "training  30 %  fitting on all rows, about 1:10 left\n"
            "training  40 %  fitting on all rows, about 1:00 left\n");
}

TEST_F(TrainingProgressTest, SaysNothingOfAShortTraining) {
  TrainingProgress progress(out_, false, clock());
  progress.say(0.5, "cross-validation");
  now_ += 9s;
  progress.say(0.9, "fitting on all rows");
  progress.say(1, "done");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(TrainingProgressTest, TellsNoTimeLeftBeforeItCanAndHoursWhenItMust) {
  TrainingProgress progress(out_, false, clock());
  now_ += 10s;
  progress.say(0, "reading the log");
  now_ += 90s;
  progress.say(0.04, "cross-validation");
  now_ += 200s;
  progress.say(0.05, "cross-validation");
  EXPECT_EQ(out_.str(), "training   0 %  reading the log\ntraining   4 %  cross-validation\ntraining   5 %  cross-validation, about 1:35:00 left\n");
}

TEST_F(TrainingProgressTest, WritesOverOneLineOfATerminalAndClearsIt) {
  for (bool ended : {true, false}) {
    out_.str("");
    {
      TrainingProgress progress(out_, true, clock());
      now_ += 1s;
      progress.say(0.25, "cross-validation");
      now_ += 1ms;
      progress.say(0.26, "too soon to be read");
      if (ended) progress.say(1, "done");
    }
    EXPECT_EQ(out_.str(), "\r\033[Ktraining  25 %  cross-validation\r\033[K");
  }
}

}  // namespace
}  // namespace furrow::cli
