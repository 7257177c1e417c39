// A progress bar on standard error when it is a terminal, nothing otherwise: share done, rate, time left.
// Threads: one. Cost: a line at most ten times a second.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace furrow {

class Progress {
 public:
  // `unit` names what is counted: "rows".
  Progress(std::string label, std::string unit);
  Progress(std::string label, std::string unit, bool enabled);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `share` done in [0, 1] (below 0: not known), and the count so far.
  void update(double share, uint64_t count);
  void clear();
  // The line as it would be shown after `seconds`.
  static std::string line(std::string_view label, std::string_view unit, double share, uint64_t count, double seconds);

 private:
  std::string label_, unit_;
  bool enabled_, shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace furrow
