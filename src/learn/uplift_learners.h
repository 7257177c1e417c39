// What an action changes for each person: learners of an effect from rows that got it and rows that did not.
//
//   S    one model of the outcome with the treatment as an input; the effect is the difference it makes to the model
//   T    a model of the outcome for each side; the effect is their difference
//   X    each side's outcomes against the other side's model, learnt again (Künzel et al., PNAS 2019)
//   DR   doubly robust scores, learnt: mu1 - mu0 + t (y - mu1) / e - (1 - t)(y - mu0) / (1 - e)   (Kennedy 2020)
// Outcome models for X and DR never saw the row they are used on (cross-fitting). Each model is half boosted trees, stopped
// where a held-out fifth stops improving, and half a ridge line, of the outcome itself: a difference of probabilities is
// then a sum of trees again, and every effect is one Forest that scores and explains exactly like any other.
// Same samples and seed: the same forests. Threads: one. Errors: kInvalidArgument, kInterrupted.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"
#include "learn/forest.h"

namespace furrow::learn {

enum class UpliftLearner { kS, kT, kX, kDr };
inline constexpr UpliftLearner kUpliftLearners[] = {UpliftLearner::kS, UpliftLearner::kT, UpliftLearner::kX, UpliftLearner::kDr};
std::string_view to_string(UpliftLearner learner);  // "s", "t", "x", "dr"

struct EffectSamples {
  Samples samples;                  // labels: the outcome
  std::vector<uint8_t> treated;     // one a row
  std::vector<double> propensity;   // the probability of treatment, in (0, 1)
};

// A forest of the effect ("reg:squarederror", in units of the outcome) for each learner asked for.
Result<std::vector<Forest>> fit_effects(const EffectSamples& samples, std::span<const UpliftLearner> learners, uint64_t seed,
                                        const std::function<bool()>& stop = {});

// The tree for rows whose `feature` is `value`: its splits on the feature are decided.
Tree decide_feature(const Tree& tree, int32_t feature, float value);

}  // namespace furrow::learn
