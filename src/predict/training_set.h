// The training set of a declared model: what was known at each past instant, and what happened after it.
//
// One pass over the log feeds profile::History and collects the observations: each observation event with its properties
// as action inputs, or each person active before each cut-off (cut-offs lie on multiples of `every` since 1970, so that
// training again tomorrow asks about the same instants). Features are as of strictly before the observation; the label
// is 1 when the labelled event follows within the window, strictly after it. Observations whose window is not over when
// the log ends are left out (censored): their label is not known yet. So are those from before the log knows of the label's event at all, where
// at its later rate kExpectedInGap of them would have come in that time and it is longer than the window: orders are exported for one year,
// say, and sign-ups for five. There "no order" means that nobody wrote it down.
// A feature whose value is a text for anybody (last(city) of $identify: what registration or a third party told) is a column
// of texts. More than kMaxObservations are thinned by a hash of person and time, the same ones each time.
// Threads: one. Memory: History, and about 50 + 8 bytes a feature for each observation kept.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "event/record.h"
#include "learn/dataset.h"
#include "predict/model_declaration.h"
#include "profile/program.h"

namespace furrow::predict {

inline constexpr size_t kMaxObservations = 1'000'000;
inline constexpr Duration kDecidedWithin = hours(1);
inline constexpr double kHeldOut = 0;
inline constexpr double kExpectedInGap = 20;   // of the label's events, for their lack to mean that they were not recorded
inline constexpr size_t kStrays = 10, kFewLabels = 1000;  // of kFewLabels events and more, the earliest kStrays - 1 may be wrongly dated
inline constexpr std::string_view kLabelColumn = "$label";
inline constexpr std::string_view kTimeColumn = "$time";

// Calls its visitor for each record in log order until it returns false.
using RecordSource = std::function<Status(const std::function<bool(const Record&)>&)>;

struct TrainingSet {
  learn::Dataset data;      // features, action features, kTimeColumn, kLabelColumn; rows in order of time
  std::vector<Time> times;  // of each row
  std::vector<ProfileId> people;  // of each row, as the log's last word has them
  // Of each row, how probably a decision's policy took the action that was observed: when the person had a decision for it no more than kDecidedWithin
  // before. kHeldOut: the person was held out, so the policy took no part. NaN: no decision is known.
  std::vector<double> chances;
  size_t observations = 0;  // seen, before censoring and thinning
  size_t censored = 0, thinned = 0, positives = 0;
  size_t unrecorded = 0;               // left out: before `recorded_from`
  std::optional<Time> recorded_from;   // since when the log has the label's event, where it lacks it for long before
  LogPosition first, last;  // of the log that was read
};

Result<TrainingSet> build_training_set(const ModelDeclaration& model, std::shared_ptr<const profile::FeatureProgram> program,
                                       const RecordSource& records, size_t max_observations = kMaxObservations);

}  // namespace furrow::predict
