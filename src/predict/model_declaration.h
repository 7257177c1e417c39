// A model as declared in a workspace: what it predicts, from which observations, and with which features.
//
//   name: buys_7d
//   label: {event: Order Completed, within: 7d}          # 1 when the event follows within the window
//   # label: {without: Order Completed, for: 60d}        # churn: 1 when it does not; for scores and segments, not for choosing actions
//   observations: {event: Offer Viewed}                  # a row for each such event …
//   # observations: {every: 7d, active_within: 90d}      # … or for each active person at each cut-off
//   features: all                                        # or a list of declared features
//   action_features: [discount, category]                # properties of the observation event = attributes of actions
//   life: {owner: growth team, approval: required, on_alarm: roll_back, window: 7d, retrain: 7d}   # optional, see below
//   from: general/buys_7d                                # optional: a model's folder in the workspace, of other people's data (another
//                                                        # shop's version), to begin from while one's own rows are few
//   split: {holdout_last: 20%}                           # the last share of time is kept for honest evaluation
//
// or how far visitors are, told as a trait of the model's name (intent_stage.h), with nothing of the above but name and life:
//
//   name: visit_stage
//   intent: {goal: Order Completed, gap: 30m, within: 7d, item: product_id}   # all but the goal as shown when not given
//
// action_features needs observations by event: they are that event's properties in training, and in a decision the
// attributes of the action (its id for `action`), else the request's context.
// Threads: values, read-only after loading.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"

namespace furrow::predict {

struct LabelDeclaration {
  std::string event;  // Event::label
  Duration within;
  bool absent = false;  // 1 is that the event does not follow
};
// "Order Completed within 7d", or "without Order Completed for 60d".
std::string in_words(const LabelDeclaration& label);

// Exactly one of `event` and `every` is set.
struct ObservationDeclaration {
  std::string event;
  Duration every;
  Duration active_within;  // with `every`: people with an event in that time before the cut-off
};

// Who answers for a model, and what happens to it in service. `approval: required`: promoted, or canary, only once approved.
// `on_alarm`: tell (the default) or roll_back, when its probabilities have come apart from outcomes or its inputs from
// training (model_watch.h), over `window`. `retrain`: a new version that often, as a shadow of the one that decides.
struct LifeDeclaration {
  std::string owner;
  bool approval = false, roll_back = false;
  Duration window = days(7);
  Duration retrain;                          // zero: never
};

// What IntentOptions asks for: the goal, when a visit ends, how long "in a later visit" is, and the property that names an item.
struct IntentDeclaration {
  std::string goal;
  Duration gap = minutes(30), within = days(7);
  std::string item = "product_id";
};

struct ModelDeclaration {
  std::string name;
  std::string description, description_zh;
  LabelDeclaration label;
  ObservationDeclaration observations;
  bool all_features = true;
  std::vector<std::string> features;         // when not all
  std::vector<std::string> action_features;
  std::string from;                          // relative to the workspace; "": from nothing
  double holdout_last = 0.2;                 // in (0, 0.5]
  LifeDeclaration life;
  std::optional<IntentDeclaration> intent;   // then label, observations and features are empty
  std::string file;
  long line = 0;

  // Reads one model; faults go to the node's Diagnostics. `features` are the declared feature names.
  static ModelDeclaration load(const YamlNode& node, const std::vector<std::string>& features);
};

}  // namespace furrow::predict
