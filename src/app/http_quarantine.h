// The quarantine and the sources over HTTP: list, replay, dismiss.
//
// Replay reads the raw bytes again by today's rules: a record of the live source as a tracking event (its batch is gone,
// so it must stand alone), one of an import by its source's mapping. What passes becomes an event, acknowledged and
// released in one submission; the rest stays where it is, with today's reason in the reply.
// At most kReplayBatch records a call; call again while `released` is not 0.
// Threads: any, on the pool.
#pragma once
#include "http/router.h"
#include "pipeline/log_tally.h"
#include "pipeline/pipeline.h"

namespace furrow::app {

struct Workspace;
inline constexpr size_t kReplayBatch = 1000;

class QuarantineApi {
 public:
  // Turns the raw bytes of a record into an event by today's rules.
  using Reread = std::function<Result<Event>(const QuarantineRecord&)>;
  QuarantineApi(pipeline::Pipeline& pipeline, pipeline::LogTally& tally, std::vector<std::pair<std::string, std::string>> sources, Reread reread, const Clock& clock)
      : pipeline_(pipeline), tally_(tally), sources_(std::move(sources)), reread_(std::move(reread)), clock_(clock) {}
  void add_routes(http::Router& router);

 private:
  Result<std::string> list(http::Request& request) const;
  Result<std::string> one(http::Request& request) const;
  Result<std::string> list_sources(http::Request& request) const;
  Result<std::string> release(http::Request& request, bool replay) const;
  Result<std::vector<LogPosition>> selected(http::Request& request) const;
  Result<std::vector<collect::QuarantineEntry>> open(const collect::QuarantineFilter& filter, size_t limit) const;
  Result<QuarantineRecord> read(LogPosition position) const;

  pipeline::Pipeline& pipeline_;
  pipeline::LogTally& tally_;
  std::vector<std::pair<std::string, std::string>> sources_;  // declared: name and format
  Reread reread_;
  const Clock& clock_;
};

// Reads a live record's raw bytes as one tracking event.
Result<Event> reread_tracking(const QuarantineRecord& record);

}  // namespace furrow::app
