// What inputs that will be compared, such as an action's, share with the others: boosted stumps within each of their groups.
//
// A loss hardly notices whom an action helps: the person says much more of what will happen than the action does, so trees grown for the
// loss split by the person (docs/benchmarks.md, "Whom an action helps"). Choosing among actions lives on nothing else. So after all else is
// learnt, each compared input is taken by itself, those with few groups first: within each of its groups (a level; a value or a range of a number)
// stumps are boosted from the margins that rows got while held out, over the inputs that are not compared. What one attribute of an action
// shares is learnt from all actions that have it, and only what is left from each action alone.
// How many rounds is chosen by held-out rows, for each fold by the others; none where nothing is gained. A stump with its group's condition is a
// tree, so the stage is a part of the forest like any other.
// Groups with fewer than kLeastOfGroup weighted rows of either class (or rows, of a value to be predicted) get nothing. Inputs of words and times are
// not taken. Fewer than two folds: nothing.
// Cost: (folds + 1) x kStageRounds rounds of stumps over all rows for each compared input. Memory: one more copy of the samples.
// Deterministic on any number of threads. Errors: as boost().
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "learn/boosting.h"
#include "learn/encoding.h"
#include "learn/forest.h"

namespace furrow::learn {

inline constexpr int kStageRounds = 60;
inline constexpr size_t kLeastOfGroup = 20;
inline constexpr size_t kGroupsOfValues = 8;  // of an input with more values than that

// Margins of held-out rows, to which the stage adds its own: without[f][row] by what was fitted without fold f, whole[row] by what had
// not seen the row.
struct StageMargins {
  std::vector<std::vector<double>> without;
  std::vector<double> whole;
};

struct InteractionStage {
  struct Part {
    std::string input;
    size_t groups = 0;
    int rounds = 0;                            // 0: nothing was gained
    double loss_before = 0, loss_after = 0;    // mean log loss, or squared error, of rows when held out
  };
  std::vector<Part> parts;  // one a compared input that was looked at, in that order
  std::vector<Tree> trees;  // of the stage that is kept, learnt from all rows
};

struct StageOptions {
  std::vector<std::string> compared;  // inputs by name; those that the encoder does not know are passed over
  std::vector<int> monotone;          // a sign an encoded column; a compared input with one is passed over
  double min_child_weight = 1;
  uint64_t seed = 1;
  int threads = 2;
  std::function<bool()> stop;
};

// `samples`: the held-out rows as the encoder trains on them; `fold`: of each, from 0.
Result<InteractionStage> fit_interactions(Task task, const Encoder& encoder, const Samples& samples, const std::vector<int>& fold,
                                          const StageOptions& options, StageMargins& margins);

}  // namespace furrow::learn
