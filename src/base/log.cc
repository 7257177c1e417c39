#include "base/log.h"

#include <unistd.h>

#include "base/json.h"
#include "base/time.h"

namespace furrow {

Logger::Logger(LogLevel least, Sink sink) : least_(least), sink_(std::move(sink)) {
  if (!sink_) {
    sink_ = [](std::string_view line) {
      // A full or closed standard error must not stop the server.
      [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
    };
  }
}

void Logger::write(LogLevel level, std::string_view message,
                   std::initializer_list<std::pair<std::string_view, std::string>> fields) const {
  if (level < least_) return;
  constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
  std::string line;
  JsonWriter json(line);
  json.begin_object().field("time", format_time(SystemClock().now())).field("level", kNames[static_cast<size_t>(level)]).field("message", message);
  for (const auto& [key, value] : fields) json.field(key, value);
  json.end_object();
  line += '\n';
  sink_(line);
}

}  // namespace furrow
