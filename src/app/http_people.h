// People for the dashboard and for programs: search, one person, timeline, the events behind a feature.
//
// A person is addressed by profile id or by any declared identifier ("email:ann@example.com"). Everything is read from
// the live views; the timeline and the events behind a value are read from the log by position.
// Listing walks the profiles in the store's order up to kListScan of them; a search by identifier or id does not walk.
// Threads: any; all of it runs on the pool, since it reads the store.
#pragma once
#include "app/live_intent.h"
#include "decide/engine.h"
#include "http/router.h"
#include "pipeline/pipeline.h"
#include "profile/segment_rules.h"

namespace furrow::app {

inline constexpr size_t kListScan = 20'000;

class PeopleApi {
 public:
  PeopleApi(pipeline::Pipeline& pipeline, const decide::LiveEngine& engine, const std::vector<profile::SegmentDefinition>& segments, LiveIntent& intent, const Clock& clock)
      : pipeline_(pipeline), engine_(engine), segments_(segments), intent_(intent), clock_(clock) {}
  void add_routes(http::Router& router);

 private:
  Result<ProfileId> find(const std::string& address) const;
  Result<std::string> list(http::Request& request) const;
  Result<std::string> person(http::Request& request) const;
  Result<std::string> timeline(http::Request& request) const;
  Result<std::string> feature_events(http::Request& request) const;
  void write_merges(JsonWriter& writer, ProfileId id) const;
  void write_scores(JsonWriter& writer, ProfileId id) const;
  void write_intent(JsonWriter& writer, ProfileId id) const;
  Result<Event> read_event(LogPosition position) const;

  pipeline::Pipeline& pipeline_;
  const decide::LiveEngine& engine_;
  const std::vector<profile::SegmentDefinition>& segments_;
  LiveIntent& intent_;
  const Clock& clock_;
};

}  // namespace furrow::app
