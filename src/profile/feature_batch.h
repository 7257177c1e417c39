// FeatureBatch: the declared features of a fixed list of observations over a stream of events, in bounded memory.
//
// Events of people who are never observed are dropped at once; the others are kept as packed journal entries, parted by
// person, and go to a spill file beyond `memory_bytes`. `evaluate` then takes part by part, on `threads` threads: a journal a
// person, his observations in time order (AsOfReader), results into a matrix on disk. So memory is the observations, the
// buffers and one part a thread, whatever the number of events; and the values are those of the live profile.
// Labels are outcomes (history.h): over (time, time + window], missing where the events do not reach that far.
// An event with the same message id as one of the same person before it counts once.
// Threads: one feeds, `evaluate` starts its own, rows are read by one. Errors: kIo and kStorageFull of the spill files.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "profile/history.h"
#include "profile/program.h"

namespace furrow::profile {

struct FeatureBatchOptions {
  std::filesystem::path spill_folder;  // for unnamed files that vanish with the process
  size_t memory_bytes = size_t{256} << 20;
  int threads = 2;
};

class FeatureBatch {
 public:
  // People are numbered from 1 on, without holes; `labels` may be null, each of its features needs a window.
  static Result<std::unique_ptr<FeatureBatch>> create(std::shared_ptr<const FeatureProgram> features, std::shared_ptr<const FeatureProgram> labels,
                                                      std::vector<Observation> observations, const FeatureBatchOptions& options);
  virtual ~FeatureBatch() = default;

  virtual bool wants(std::string_view label) const = 0;
  // Values for feature_names and label_names: FeatureProgram::property_names of each. `message` 0: no id.
  virtual Status add(ProfileId person, std::string_view label, std::span<const Value> features, std::span<const Value> labels, Time time,
                     LogPosition position, uint64_t message) = 0;
  virtual void saw(Time time) = 0;  // the events reach to here
  virtual Status evaluate() = 0;

  // After evaluate: row `index` in the order of the observations, features then labels; a text is told by is_text_cell of
  // its bits.
  virtual std::span<const double> row(size_t index) const = 0;
  virtual std::string text(double cell) const = 0;
  virtual uint64_t people() const = 0;      // observed, with an event that counts
  virtual uint64_t duplicates() const = 0;  // events with a message id that came before
};

}  // namespace furrow::profile
