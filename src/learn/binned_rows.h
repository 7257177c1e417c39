// Training rows as the histogram method sees them: of each value, the number of its bin.
//
// boost() of Samples holds the floats, XGBoost's copy of them with their columns (8 bytes a value) and the bins. Here the rows are read block by
// block from a RowSource, four times over (to count, to find the quantiles, to fill the bins by row and by column), and only the bins stay: 2 bytes
// a value where none is missing; else 5, and 8 more when a column has fewer than a fifth of its values. XGBoost calls it a QuantileDMatrix;
// it finds the same quantiles in the same order, so that the trees are the same, bit by bit (docs/decisions/0018).
// Several fits may learn from one at the same time. Threads: immutable once made.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "learn/boosting.h"
#include "learn/row_source.h"

namespace furrow::learn {

namespace xgboost { struct Learnable; }

class BinnedRows {
 public:
  // `start`: margins that the rows begin from; empty: the mean. `block_rows`: read at once; 0: as many as RowSource takes.
  // Errors: as boost(); kInternal from XGBoost.
  static Result<BinnedRows> make(Task task, const RowSource& rows, const BoostingOptions& options, const std::vector<float>& start = {}, size_t block_rows = 0);
  ~BinnedRows();
  BinnedRows(BinnedRows&&) noexcept;
  BinnedRows& operator=(BinnedRows&&) noexcept;
  const xgboost::Learnable& learnable() const { return *learnable_; }

 private:
  explicit BinnedRows(std::unique_ptr<xgboost::Learnable> learnable);
  std::unique_ptr<xgboost::Learnable> learnable_;
};

// As boost() of samples. `options` must have the bins and the task those the rows were made with; its `start` is theirs.
Result<Boosted> boost(Task task, const BinnedRows& train, const Samples* validation, const BoostingOptions& options,
                      const std::function<bool()>& stop = {}, const std::function<bool()>& enough = {});

}  // namespace furrow::learn
