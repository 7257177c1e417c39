#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace furrow {
namespace {

constexpr int kBarWidth = 24;
constexpr auto kInterval = std::chrono::milliseconds(100);

std::string grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace

Progress::Progress(std::string label, std::string unit)
    : Progress(std::move(label), std::move(unit), ::isatty(STDERR_FILENO) == 1) {}
Progress::Progress(std::string label, std::string unit, bool enabled)
    : label_(std::move(label)), unit_(std::move(unit)), enabled_(enabled), start_(std::chrono::steady_clock::now()), last_(start_) {}
Progress::~Progress() { clear(); }

std::string Progress::line(std::string_view label, std::string_view unit, double share, uint64_t count, double seconds) {
  double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  std::string out = fmt::format("{}  ", label);
  if (share >= 0) {
    share = std::min(share, 1.0);
    int full = static_cast<int>(share * kBarWidth);
    out += fmt::format("[{}{}] {:3.0f} %  ", std::string(static_cast<size_t>(full), '#'),
                       std::string(static_cast<size_t>(kBarWidth - full), '.'), share * 100);
  }
  out += fmt::format("{} {}  {}/s", grouped(count), unit, grouped(static_cast<uint64_t>(rate)));
  if (share > 0.005 && seconds > 0.5) {
    auto left = static_cast<int64_t>(std::ceil(seconds * (1 - share) / share));
    out += left >= 3600 ? fmt::format("  {}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60)
                        : fmt::format("  {}:{:02} left", left / 60, left % 60);
  }
  return out;
}

void Progress::update(double share, uint64_t count) {
  if (!enabled_) return;
  auto now = std::chrono::steady_clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  double seconds = std::chrono::duration<double>(now - start_).count();
  std::fprintf(stderr, "\r\x1b[K%s", line(label_, unit_, share, count, seconds).c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (!shown_) return;
  std::fprintf(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace furrow
