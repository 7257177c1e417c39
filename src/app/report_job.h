// A report that takes seconds and is asked for by a click: made on a thread of its own, one at a time, and its last result kept
// in a file, so that a restart still shows it.
//
// The file is reports/NAME.json of the data directory: {"made":TIME,"seconds":S,"report":{…}}. It can be deleted: nothing follows
// from it. A run that fails leaves the last good report and says why it failed.
// Threads: any. The destructor asks the running one to stop and waits until it does.
#pragma once
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/json.h"
#include "base/result.h"
#include "base/time.h"

namespace furrow::app {

class ReportJob {
 public:
  // Gives one JSON object; looks at the token from time to time.
  using Make = std::function<Result<std::string>(std::stop_token)>;
  ReportJob(std::filesystem::path file, const Clock& clock);

  // kConflict while one is being made.
  Status start(Make make);
  // The members "state" ("never", "running", "ready", "failed"), "started", "made", "seconds" and "error" of an open object.
  // Ready: the last run succeeded. The report is the last good one in every state.
  void write_state(JsonWriter& writer) const;
  // The last good report; "" without one.
  std::string report() const;

 private:
  void run(const Make& make, std::stop_token stop);

  const std::filesystem::path file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  bool running_ = false;
  std::optional<Time> started_;
  std::optional<Error> failed_;
  std::string report_, made_;
  double seconds_ = 0;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace furrow::app
