#include "cli/training_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <iostream>

namespace furrow::cli {
namespace {

constexpr auto kTerminalInterval = std::chrono::milliseconds(100);
constexpr auto kPlainInterval = std::chrono::seconds(10);
constexpr double kTellingShare = 0.05;  // less done says little about the time left

std::string time_left(double share, double seconds) {
  if (share < kTellingShare) return {};
  const auto left = static_cast<int64_t>(std::ceil(seconds * (1 - share) / share));
  return left >= 3600 ? fmt::format(", about {}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60) : fmt::format(", about {}:{:02} left", left / 60, left % 60);
}

}  // namespace

TrainingProgress::TrainingProgress() : TrainingProgress(std::cerr, ::isatty(STDERR_FILENO) == 1, Clock::now) {}
TrainingProgress::TrainingProgress(std::ostream& out, bool terminal, std::function<Clock::time_point()> now)
    : out_(out), terminal_(terminal), now_(std::move(now)), start_(now_()), last_(start_) {}
TrainingProgress::~TrainingProgress() {
  if (shown_) out_ << "\r\033[K" << std::flush;
}

void TrainingProgress::say(double share, std::string_view stage) {
  if (share >= 1) {
    if (shown_) out_ << "\r\033[K" << std::flush;
    shown_ = false;
    return;
  }
  const auto now = now_();
  if (now - last_ < (terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kPlainInterval))) return;
  last_ = now;
  const std::string line = fmt::format("training {:3.0f} %  {}", share * 100, stage);
  if (terminal_) {
    out_ << "\r\033[K" << line << std::flush;
    shown_ = true;
  } else {
    out_ << line << time_left(share, std::chrono::duration<double>(now - start_).count()) << std::endl;
  }
}

std::function<void(double, std::string_view)> TrainingProgress::function() {
  return [this](double share, std::string_view stage) { say(share, stage); };
}

}  // namespace furrow::cli
