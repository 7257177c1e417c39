// Checkpointing: gathers one checkpoint of all views in slices between batches of records, so that no caller waits for it.
//
// The views are frozen together, so the checkpoint is the state at one log position, whatever is applied while it is gathered.
// Threads: the shard's. A Checkpoint may go to another thread, which should be the one that lets it die.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/view_set.h"
#include "pipeline/work.h"

namespace furrow::pipeline {

class Checkpointing {
 public:
  explicit Checkpointing(ViewSet& views) : views_(views) {}
  // Freezes the views. None may be under way, and the last must be written.
  void begin();
  bool under_way() const { return current_ != nullptr; }
  // Gathers for about that long. Gives the checkpoint when it is whole.
  std::optional<Checkpoint> go_on(std::chrono::microseconds budget);
  std::optional<Checkpoint> finish() { return go_on(std::chrono::hours(1)); }

 private:
  ViewSet& views_;
  std::unique_ptr<Checkpoint> current_;
  size_t next_ = 0;  // of current_->gatherings
};

}  // namespace furrow::pipeline
