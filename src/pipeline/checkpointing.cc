#include "pipeline/checkpointing.h"

#include <utility>

namespace furrow::pipeline {
namespace {
constexpr size_t kStep = 8;  // entries between two looks at the clock; a large profile takes some tens of microseconds
}

void Checkpointing::begin() {
  FURROW_ASSERT(!current_);
  current_ = std::make_unique<Checkpoint>();
  current_->position = views_.applied();
  current_->gatherings = views_.freeze();
  next_ = 0;
}

std::optional<Checkpoint> Checkpointing::go_on(std::chrono::microseconds budget) {
  if (!current_) return {};
  auto until = std::chrono::steady_clock::now() + budget;
  while (next_ < current_->gatherings.size()) {
    if (!current_->gatherings[next_]->gather(current_->batch, kStep)) ++next_;
    if (std::chrono::steady_clock::now() >= until && next_ < current_->gatherings.size()) return {};
  }
  views_.mark(current_->batch, current_->position);
  return std::move(*std::exchange(current_, nullptr));
}

}  // namespace furrow::pipeline
