// Principal components of a matrix's numbers: fewer columns that keep most of what varies.
//
// Numbers are filled with their column's median, then scaled to mean 0 and deviation 1; columns without spread and texts
// are left out. Components are the eigenvectors of the correlation matrix (Eigen's self-adjoint solver, exact), by falling
// share of the variance; each is signed so that its largest loading is positive, so a run twice gives the same.
// Components stop at `most`, or when `share` of the variance is kept. Cost: O(rows x columns^2 + columns^3).
// Limits: 2,000 columns. Threads: any.
#pragma once
#include <string>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

struct PcaOptions {
  size_t most = 50;
  double share = 0.999;
  std::vector<std::string> ignored;
};

struct Pca {
  std::vector<std::string> columns;
  std::vector<double> medians, means, deviations;    // one a column
  std::vector<double> explained;                     // share of the variance, one a component
  std::vector<std::vector<double>> loadings;         // of each component, one a column

  // The components' values of each row: rows of explained.size().
  std::vector<std::vector<double>> transform(const Dataset& data) const;
};

// kInvalidArgument: fewer than two rows, or no column of numbers with spread.
Result<Pca> fit_pca(const Dataset& data, const PcaOptions& options);

}  // namespace furrow::learn
