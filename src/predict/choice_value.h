// What choosing an action for each person by a model is worth, before the model decides anything: told from rows it has not seen.
//
// Rows are past observations with the action that was taken and what came of it. The policy "for each person the best-scored of the actions" is
// valued by the doubly robust estimate (Dudík, Langford, Li, "Doubly robust policy evaluation and learning", 2011): the model's own probability for the
// chosen action, and where the action taken happened to be the chosen one, what it was wrong by over the chance that it was taken. That chance is
// the one its decision was written down with; where no decision is known, it is learnt by a multinomial regression of the action on everything else
// that is known, so that actions need not have been drawn at random, only for reasons that are among the inputs, and that each was sometimes taken of whomever the policy would choose it for: where a rule forbade that, only the model's word
// is left, and no interval shows it. So is the one best action for everybody, which the policy is held against: that of
// the highest mean score in the judged rows. Their outcomes do not choose it: the best of many, valued by the rows that made it so, is mostly luck.
// Intervals: 95 %, normal, rows of one person counted together (cluster-robust).
// Nothing, when fewer than two or more than kMostActions actions were taken kLeastTaken times each in either part, when fewer than
// kLeastMatched rows (effective, by Kish) got what the policy would choose, or when the judged rows are of fewer than kLeastPeople people.
// Threads: one. Cost: rows x actions scores, and one multinomial regression on at most kPropensityRows rows.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "learn/metrics.h"
#include "learn/model.h"

namespace furrow::predict {

inline constexpr size_t kMostActions = 50, kLeastTaken = 30, kPropensityRows = 20'000, kLeastPeople = 30;
inline constexpr double kLeastMatched = 100;

struct ChoiceValue {
  size_t rows = 0, actions = 0;
  double matched = 0;                       // effective rows in which the action taken is the one the policy would choose
  double as_it_was = 0;                     // the rate of what was taken
  learn::Measure chosen, best_for_all;      // rates: the policy's, that of the best action for everybody
  std::string best_action;                  // its inputs as text, in the order of `compared`: "twenty_off, 20, any"
  learn::Measure gain, gain_over_past;      // differences of rates: over the best for everybody, over what was taken
};

// `compared`: the inputs of an action; those the data lack are passed over. `learnt`: rows that the model knows, where chances are learnt; `judged`: others. `people`: of
// each row of the data. `labels`: of the judged rows. `chances`: of each row of the data, the chance that its action was taken, kHeldOut (such rows are not judged: whom
// nothing was chosen for is a draw of the people) or NaN, as TrainingSet has them; empty: none is known.
Result<std::optional<ChoiceValue>> choice_value(const learn::Model& model, const learn::Dataset& data, const std::vector<std::string>& compared,
                                                const std::vector<uint32_t>& learnt, const std::vector<uint32_t>& judged, const std::vector<ProfileId>& people,
                                                const std::vector<float>& labels, const std::vector<double>& chances);
void write_json(JsonWriter& json, const ChoiceValue& value);

}  // namespace furrow::predict
