// Operational log lines: one JSON object a line on standard error. Never a secret, never personal data.
// A Logger is handed down from main. Threads: any; one write(2) a line.
#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace furrow {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class Logger {
 public:
  using Sink = std::function<void(std::string_view line)>;
  explicit Logger(LogLevel least = LogLevel::kInfo, Sink sink = {});
  // {"time":…,"level":"info","message":…,"key":"value",…}
  void write(LogLevel level, std::string_view message,
             std::initializer_list<std::pair<std::string_view, std::string>> fields = {}) const;
  void info(std::string_view m, std::initializer_list<std::pair<std::string_view, std::string>> f = {}) const { write(LogLevel::kInfo, m, f); }
  void warning(std::string_view m, std::initializer_list<std::pair<std::string_view, std::string>> f = {}) const { write(LogLevel::kWarning, m, f); }
  void error(std::string_view m, std::initializer_list<std::pair<std::string_view, std::string>> f = {}) const { write(LogLevel::kError, m, f); }

 private:
  LogLevel least_;
  Sink sink_;
};

}  // namespace furrow
