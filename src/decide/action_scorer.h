// Scores a placement's actions for one person, and explains the chosen ones.
//
// A model's action input is an attribute when any action declares an attribute of that name (or it is `action`, the id):
// it varies between candidates and is encoded once, when the placement is bound. Else it comes from the request's
// context and is the same for every candidate, like the features. So the forest is walked once for all candidates
// (learn/bound_candidates.h, learn/shared_scoring.h). An action without the attribute has it missing. Reasons of bound candidates are
// looked up by the splits that scoring decided (learn/shap_tables.h).
// Promises: the score is the model's calibrated score of the whole row; the reasons are exact SHAP values of that row,
// summed over the columns an input was encoded to.
// Private to the room. Threads: immutable; the caller brings scratch.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/json.h"
#include "decide/placement.h"
#include "event/record.h"
#include "learn/bound_candidates.h"
#include "learn/shared_scoring.h"
#include "predict/scorer.h"

namespace furrow::decide {

class ActionScorer {
 public:
  struct Scratch {
    std::vector<float> row;            // the encoded row of the person and the request
    std::vector<float> whole;          // the same with one action's values
    std::vector<float> values, margins;
    std::vector<double> inputs;        // the inputs as numbers, for reasons
    std::vector<double> contributions;  // by input
    std::vector<uint32_t> order;
    learn::SharedScorer::Scratch shared;
    learn::BoundCandidates::Scratch bound;
    std::vector<learn::ShallowTrees::Decisions> decisions;
    std::vector<double> shap;          // by encoded column
    learn::Model::Scratch explain;
  };

  static Result<std::unique_ptr<const ActionScorer>> make(const PlacementDeclaration& placement,
                                                          std::shared_ptr<const predict::Scorer> scorer);
  const predict::Scorer& scorer() const { return *scorer_; }

  // Encodes what all candidates share. `features`, `texts`: one for each feature of the program; texts where the model reads some.
  void prepare(std::span<const double> features, std::span<const std::string> texts, const Fields& context, Scratch& scratch) const;
  // Scores of the given actions, in their order, after prepare.
  void score(std::span<const uint32_t> actions, Scratch& scratch, std::span<double> out) const;
  // The strongest reasons of one action, after score.
  void explain(uint32_t action, size_t limit, Scratch& scratch, std::vector<Reason>& out) const;

 private:
  // Contributions by input into s.contributions.
  void contribute(uint32_t action, Scratch& s) const;
  ActionScorer(std::shared_ptr<const predict::Scorer> scorer, learn::SharedScorer shared)
      : scorer_(std::move(scorer)), shared_(std::move(shared)) {}

  std::shared_ptr<const predict::Scorer> scorer_;
  learn::SharedScorer shared_;
  std::optional<learn::BoundCandidates> bound_;  // all actions, where the trees are shallow and the actions not very many
  std::vector<predict::Scorer::ActionInput> context_inputs_, attribute_inputs_;
  std::vector<uint32_t> varying_;     // encoded columns
  std::vector<float> encoded_;        // actions x varying_
  std::vector<double> numbers_;       // actions x attribute_inputs_, NaN where it is no number
};

}  // namespace furrow::decide
