// The nearest change that flips a row's outcome, among the inputs that somebody can change (cf. Wachter et al. 2018).
//
// An input changes to a value that other rows of the same data have: numbers and times to one of at most kValues values spread
// evenly over them, texts to one of the kValues most frequent. A change of a number costs the share of rows between the two
// values; of a text, kTextCost. The cheapest single change that takes the score to the other side of the threshold is told; if
// none does, two or three together, found by a beam of kBeam (then not always the cheapest).
// It says what the model would score, not what would happen: a cause is another question.
// Threads: find from any. Cost: inputs x kValues scores for one change, kBeam times as many for each more.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learn/dataset.h"
#include "learn/model.h"

namespace furrow::learn {

struct Change {
  uint32_t input = 0;      // place in Model::inputs()
  uint32_t donor = 0;      // a row of the data that has the new value
  double cost = 0;
};
struct Counterfactual {
  std::vector<Change> changes;
  double score = 0;        // with them
};

class CounterfactualSearch {
 public:
  static constexpr size_t kValues = 20, kBeam = 8, kMostChanges = 3;
  static constexpr double kTextCost = 0.3;

  // `changeable`: names of inputs; empty: all. kInvalidArgument for one the model does not have.
  static Result<CounterfactualSearch> make(const Model& model, const Dataset& data, const Samples& encoded, const std::vector<std::string>& changeable);
  // Nothing when three changes do not do it.
  std::optional<Counterfactual> find(size_t row, double threshold) const;

 private:
  struct Input {
    uint32_t input = 0;
    std::vector<uint32_t> donors;
    std::vector<double> ranks;   // of numbers and times, one a row of the data; empty: text
  };
  CounterfactualSearch(const Model& model, const Samples& encoded) : model_(model), encoded_(encoded) {}
  void change(std::vector<float>& row, uint32_t input, size_t donor) const;

  const Model& model_;
  const Samples& encoded_;
  std::vector<Input> inputs_;
};

}  // namespace furrow::learn
