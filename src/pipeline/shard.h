// The shard: turns jobs into log records and applies them to the views. The single writer of all views.
// Threads: one. After a view failed (a damaged store), every job is refused with that error and nothing is checkpointed, so that
// a restart recovers from the log.
#pragma once
#include "pipeline/segment_indexer.h"
#include "pipeline/view_set.h"
#include "pipeline/work.h"

namespace furrow::pipeline {

// The rule of a SplitRecord that undoes nothing: a person's answer that `stays` and `leaves`, two profiles, are two people.
inline constexpr std::string_view kApartRule = "apart";

class Shard {
 public:
  Shard(ViewSet& views, LiveSegments& segments, SegmentIndexer& index, PipelineMetrics& metrics)
      : views_(views), segments_(segments), index_(index), metrics_(metrics) {}
  // Adds the job's records and completion to `group`.
  void process(Job job, Group& group);
  // Adds the records of people whom time alone moves into or out of segments, `most` people at a time. False when all is done.
  bool keep_time(size_t most, Group& group);
  const Status& health() const { return broken_; }

 private:
  Acknowledgement take(Submission submission, Group& group);
  Status take_event(Event event, Acknowledgement& acknowledgement, Group& group);
  Status change(AskedChange asked, Group& group);
  Status look_again(const PeopleChanged& changed, std::string_view cause, Group& group);
  Status emit(RecordBody body, Group& group);

  ViewSet& views_;
  LiveSegments& segments_;
  SegmentIndexer& index_;
  PipelineMetrics& metrics_;
  Status broken_;
};

}  // namespace furrow::pipeline
