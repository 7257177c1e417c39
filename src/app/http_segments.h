// Segments for the dashboard and for programs: sizes, members, overlaps, a rule to try before it is declared.
//
// Sizes and members are the live SegmentView's. A preview counts a rule over the SegmentIndex: about 10 ms a million people and
// name; its values are at most kStale old where time alone changes them. Conditions on events that no feature counts come with the
// request as features to be tried (tried_features.h).
// Threads: any; all of it runs on the pool.
#pragma once
#include "app/tried_features.h"
#include "app/workspace.h"
#include "http/router.h"
#include "pipeline/pipeline.h"
#include "profile/segment_index.h"

namespace furrow::app {

class SegmentsApi {
 public:
  SegmentsApi(pipeline::Pipeline& pipeline, const Workspace& workspace, const Clock& clock) : pipeline_(pipeline), workspace_(workspace), clock_(clock), tried_(pipeline, workspace.program, clock) {}
  void add_routes(http::Router& router);

 private:
  using Definition = profile::SegmentDefinition;
  Result<const Definition*> declared(const http::Request& request) const;
  Result<std::string> list(http::Request& request) const;
  Result<std::string> one(http::Request& request) const;
  Result<std::string> preview(http::Request& request) const;
  Result<std::string> traits(http::Request& request) const;
  Result<std::string> members_csv(const http::Request& request) const;
  void write_segment(JsonWriter& writer, const Definition& segment) const;
  void write_history(JsonWriter& writer, const Definition& segment) const;
  Status write_members(JsonWriter& writer, const Definition& segment, size_t limit) const;
  void write_overlap(JsonWriter& writer, const Roaring& people, const Definition* except) const;

  pipeline::Pipeline& pipeline_;
  const Workspace& workspace_;
  const Clock& clock_;
  mutable TriedFeatures tried_;
};

}  // namespace furrow::app
