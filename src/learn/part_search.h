// Further shapes of boosted trees, tried while a time budget lasts.
//
// Training as it comes tries two shapes and the linear model. Where --time-budget leaves time after these, further ones are tried in the same folds, one
// after the other: trees that see every column (two columns that only mean something together meet in each), slower ones, ones that ask for more rows a leaf. A shape stays when the
// blend with it (weights that no row's own fold had a say in) is better on held-out rows by kGainErrors standard errors of the rows' differences;
// what is told of the model's quality is of the blend that stays: a choice among five flatters a little.
// Threads: as cross_validate. Cost: that of cross_validate a shape. Errors: those of cross_validate.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "learn/cross_validation.h"

namespace furrow::learn {

inline constexpr double kGainErrors = 1;

// What a blend may lean to before the data speak: the trees (beside a general model), or the linear model alone.
std::vector<std::vector<double>> blend_priors(const std::vector<ForestPart>& parts, bool general);

// The shapes that are tried, most promising first.
std::vector<ForestPart> further_parts(size_t rows, const TrainOptions& options);

// Adds to `parts` and `cross` what stays. `used`: seconds that `cross` took; `seconds`: how long that and the search may take together.
Status search_parts(const TrainingTask& task, double used, double seconds, const std::function<void(double share, std::string_view what)>& progress,
                    std::vector<ForestPart>& parts, CrossValidated& cross);

}  // namespace furrow::learn
