// How far a visitor is: exploring, comparing, deciding or bought, from the order of what they did, with a probability each.
//
// The stages are defined by what comes next, so that no labels are needed and every probability can be checked:
//   bought      the goal (an event, such as "Order Completed") has come in this visit
//   deciding    it comes later in this visit
//   comparing   it does not, but in a later visit within `within` of now
//   exploring   neither
// Two models learn the first three after each event of a visit: boosted trees on n-grams (the last one, two and three events,
// counts of each, pace, repeats and the person's past), as a ClassModel, and a recurrent network (learn/gru.h) that reads
// the events one by one with the same numbers. Visits are cut by time: 60 % learn, 20 % choose and calibrate, 20 % judge; no
// label of one part reaches into the next; both are calibrated on the choosing part. The model with the lower log loss on the choosing part serves; both are judged
// on the last part, with intervals over its visits.
// The stage named is the one whose probability is highest beside its share in training (that of equal shares before the
// visit): most visits end as they began, and the most probable stage alone would call nearly all of them exploring.
// A folder: intent.json (events, options, which serves, quality), ngram/ (a ClassModel), gru.json. Written whole or not.
// Deterministic for the same data, options and seed. Threads: pure; a loaded model is immutable.
// Limits: kMostSteps events a visit (the first), kMostRows rows for the trees, kMostEvents kinds of events (others as one).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "learn/class_metrics.h"
#include "learn/class_model.h"
#include "learn/gru.h"
#include "predict/event_sequences.h"

namespace furrow::predict {

inline constexpr size_t kMostSteps = 60, kMostRows = 30'000, kMostEvents = 40;
inline constexpr const char* kStages[] = {"exploring", "comparing", "deciding", "bought"};

struct IntentOptions {
  EventColumns columns;
  std::string goal = "Order Completed";
  Duration gap = minutes(30), within = days(7);
  uint64_t seed = 1;
  int threads = 2;
  std::string data_file, furrow_version;
  std::function<void(double share, std::string_view what)> progress;
  std::function<bool()> stop;  // asked between trees; then kInterrupted
};

struct IntentTrained {
  size_t visits = 0, learnt = 0, chosen_on = 0, judged = 0;  // judged: visits
  std::string serves;                                        // "ngram" or "gru"
  double ngram_choosing = 0, gru_choosing = 0;               // log loss on the choosing part
  learn::ClassQuality ngram, gru;                            // on the judged part
  learn::Measure difference;                                 // log loss of the network less the trees', over visits
};

// kInvalidArgument when the goal never happens or too few visits are left; kInvalidFile as read_visits.
Result<IntentTrained> train_intent(const VisitTable& visits, const IntentOptions& options, const std::filesystem::path& folder);

struct IntentScore {
  int stage = 0;                    // a place in kStages
  double probability[3] = {0, 0, 0};
};

class IntentModel {
 public:
  static bool is_folder(const std::filesystem::path& folder);
  static Result<std::shared_ptr<const IntentModel>> load(const std::filesystem::path& folder);
  const EventColumns& columns() const { return columns_; }
  Duration gap() const { return gap_; }
  const std::string& goal() const { return goal_; }
  const std::string& json() const { return json_; }
  std::string serves() const { return network_serves_ ? "gru" : "ngram"; }
  // At the end of each visit.
  Result<std::vector<IntentScore>> score(const VisitTable& visits) const;

 private:
  EventColumns columns_;
  std::string goal_, json_;
  Duration gap_;
  std::vector<std::string> events_;
  bool network_serves_ = false;
  std::vector<double> shares_;  // of the stages in training
  std::shared_ptr<const learn::ClassModel> trees_;
  std::optional<learn::Gru> network_;
  std::optional<learn::ClassProbabilities> probabilities_;
};

}  // namespace furrow::predict
