// What moves a model's score overall, for people: importance, dependence, and how the model does on parts of the rows.
//
// importance: mean |SHAP| of each input over sampled rows, largest first. dependence: for the inputs that matter most,
// the mean SHAP value in each tenth of the input's values (numbers, times, ordered texts) or of each level.
// interactions: the pairs of inputs that move the margin together most, beyond each alone: mean size of the pair's SHAP
// interaction value (shap_interactions.h), over as many of the rows as kInteractionWork pays for. Among the
// kInteractingInputs most important inputs; the others count as one.
// All are path-dependent SHAP values (shap.h), or interventional ones against a background where one is given.
// slices: the held-out rows of each level (or quarter of the values) of an input: how many, their rate, their mean score,
// AUC, and who is reached when the best-scored tenth of all rows is called. A large gap between `rate` and `mean_score`
// is a group the model is wrong about; one in `reached_share` a group that gets fewer calls.
// Threads: pure. Cost: SHAP values of the rows given.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "learn/dataset.h"
#include "learn/encoding.h"
#include "learn/forest.h"
#include "learn/interventional_shap.h"

namespace furrow::learn {

struct DependencePoint {
  std::string at;        // a level, or the middle of a tenth
  size_t rows = 0;
  double effect = 0;     // mean contribution to the margin
};
struct Dependence {
  std::string input;
  std::vector<DependencePoint> points;
};
struct Interaction {
  std::string first, second;
  double strength = 0;  // mean |what the pair adds to the margin beyond each alone|
};
struct Explanation {
  std::vector<std::pair<std::string, double>> importance;
  std::vector<Dependence> dependence;
  std::vector<Interaction> interactions;  // strongest first
  size_t interaction_rows = 0;
};
inline constexpr size_t kInteractingInputs = 30, kShownInteractions = 10;
inline constexpr double kInteractionWork = 5e7;  // operations: about a fifth of a second
// `rows`: encoded. At most `inputs` inputs get a dependence; of 0 only the importance is told. `background`: of interventional values.
Explanation explain_model(const Forest& forest, const Encoder& encoder, const std::vector<const float*>& rows, size_t inputs,
                          const InterventionalShap* background = nullptr);

struct Slice {
  std::string input, part;
  size_t rows = 0;
  double rate = 0, mean_score = 0, auc = 0;  // auc: 0 when a class is missing
  double reached_share = 0;                  // of the slice's positives, in the best-scored tenth of all rows
};
// scores and labels of the dataset's `rows`. Parts with fewer than 30 rows are left out.
std::vector<Slice> slice_quality(const Dataset& data, const std::vector<uint32_t>& rows, const std::vector<double>& scores,
                                 const std::vector<float>& labels, const std::vector<std::string>& inputs);

void write_json(JsonWriter& json, const std::vector<Dependence>& dependence);
void write_json(JsonWriter& json, const std::vector<Interaction>& interactions);
void write_json(JsonWriter& json, const std::vector<Slice>& slices);

}  // namespace furrow::learn
