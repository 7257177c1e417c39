// How a model's versions do in service, from the decisions and outcomes of the log: are their probabilities still what
// happens, are their inputs still those of training, and is the shadow better?
//
// A decision counts when a version of the model chose its action (policy "model" or "explore"); its outcome is known once
// the outcome's window has passed. Of each version, over the last `window`:
//   calibration   predicted (mean score of the chosen actions) against observed (share with an outcome). Alarm: they differ by more
//                 than kLeastGap of the predicted, and by more than kAlarmZ standard errors of perfect scores over the window, or
//                 kDayZ over its last day of known outcomes, so that a break is not thinned by the good days before it. The
//                 distance is the signed root of the binomial deviance, whose tails few outcomes do not make heavy. Looked
//                 at without end, a calibrated model alarms about once in five years (bench/year_bench.cc).
//   drift         the inputs of its decisions against the training rows kept with it (learn/reference.h), with kLeastRows
//                 decisions or more. Alarm when one of the kTopInputs inputs that matter most jumped: over the last day (or
//                 kLeastRows decisions) it has PSI >= kAlarmPsi beside training, and beside the days before in the window, if
//                 those are enough to tell. What comes to that PSI step by step has `aged`: such as days since
//                 something, in a shop that grows older. That is a reason to train again, and where it does harm the
//                 calibration alarms; an earlier version would be further off.
//   auc           of scores against outcomes, with its interval
// Shadow: of decisions that have a shadow score beside the serving one, the difference of log loss on the same actions, with
// a normal 95 % interval; below 0 the shadow is better.
// Not for: who is chosen when; that is decide/. Threads: one. Memory: about 100 bytes a decision of the window, at most
// kMostDecisions of a version (later ones push out earlier ones).
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "event/record.h"
#include "learn/metrics.h"
#include "learn/reference.h"
#include "predict/note_data.h"
#include "predict/scorer.h"

namespace furrow::predict {

struct VersionHealth {
  std::string version;
  size_t decisions = 0, known = 0;          // in the window; with a known outcome
  double predicted = 0, observed = 0, z = 0;
  size_t day_known = 0;                     // of them, the last day's
  double day_predicted = 0, day_observed = 0, day_z = 0;
  std::optional<learn::Measure> auc;
  std::vector<learn::InputDrift> drift;     // of inputs that are features, largest first
  bool miscalibrated = false, drifted = false, aged = false;
  std::optional<NoteData> alarm;            // of an alarm or of what aged
  std::string why, why_zh;                  // its words, one sentence
};

struct ShadowHealth {
  std::string shadow, serving;
  size_t known = 0;
  learn::Measure loss_difference;           // log loss of the shadow - of the serving version
};

struct ModelHealth {
  std::vector<VersionHealth> versions;
  std::optional<ShadowHealth> shadow;
};
void write_json(JsonWriter& json, const ModelHealth& health);

class ModelWatch {
 public:
  static constexpr double kAlarmZ = 5, kDayZ = 4.25, kLeastGap = 0.2, kAlarmPsi = 0.25;
  static constexpr Duration kDay = hours(24);
  static constexpr size_t kLeastRows = 500, kLeastDay = 200, kTopInputs = 10, kMostDecisions = 50'000, kDriftRows = 5000;

  // `within`: how long after a decision its outcome counts. `label`: the event that is one; "": no placement observes what
  // the model predicts, so that only drift is watched.
  ModelWatch(std::string model, std::string label, Duration within, Duration window)
      : model_(std::move(model)), label_(std::move(label)), within_(within), window_(window) {}

  // In the order of the log.
  void add(const DecisionRecord& record);
  void add(const OutcomeRecord& record);
  // A shadow's score of the action that was chosen at a decision that was added before.
  // False when no such decision is watched.
  bool add_shadow(DecisionId decision, std::string_view version, double score);

  // `load` gives a version, for what its training rows looked like; without it (or when it gives none) drift is not told.
  using Load = std::function<std::shared_ptr<const Scorer>(const std::string& version)>;
  ModelHealth health(Time now, const Load& load) const;

 private:
  struct Watched {
    Time time;
    float score = 0, shadow_score = 0;
    bool outcome = false;
    std::string shadow;             // "": no shadow scored it
    std::vector<float> features;
  };
  using Order = std::deque<DecisionId>;
  bool known(const Watched& decision, Time now) const { return !label_.empty() && decision.time + within_ < now; }
  void judge(const Order& decisions, Time now, VersionHealth& out) const;
  void find_drift(const Order& decisions, Time now, const Load& load, VersionHealth& out) const;
  std::optional<ShadowHealth> judge_shadow(Time now) const;

  std::string model_, label_;
  Duration within_, window_;
  std::unordered_map<DecisionId, Watched> watched_;
  std::map<std::string, Order> versions_;
  std::string last_shadow_;
};

}  // namespace furrow::predict
