#include "learn/binned_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/xgboost_handles.h"

namespace furrow::learn {
namespace {

// XGBoost's view of the rows: a matrix that holds the block at hand, asked for the next one until there is none.
class Blocks {
 public:
  Blocks(const RowSource& rows, size_t block_rows) : rows_(rows), block_rows_(block_rows) {}
  Status open() { return xgboost::check(XGProxyDMatrixCreate(proxy_.out())); }
  DMatrixHandle proxy() const { return proxy_.get(); }
  bool infinite() const { return infinite_; }
  int fault() const { return fault_; }

  static void reset(void* blocks) { static_cast<Blocks*>(blocks)->next_ = 0; }
  static int next(void* blocks) { return static_cast<Blocks*>(blocks)->advance(); }

 private:
  int advance() {
    if (next_ == rows_.rows()) return 0;
    const size_t count = std::min(block_rows_, rows_.rows() - next_);
    const float* at = nullptr;
    if (rows_.held()) {
      at = rows_.held()->row(next_);
    } else {
      values_.resize(count * rows_.columns());
      rows_.read(next_, count, values_.data());
      at = values_.data();
    }
    infinite_ = infinite_ || std::any_of(at, at + count * rows_.columns(), [](float value) { return std::isinf(value); });
    const std::string array = fmt::format(R"({{"data": [{}, true], "shape": [{}, {}], "typestr": "<f4", "version": 3}})", reinterpret_cast<uintptr_t>(at), count, rows_.columns());
    next_ += count;
    fault_ |= XGProxyDMatrixSetDataDense(proxy_.get(), array.c_str());
    // Quantiles are of weighted rows.
    if (!rows_.weights().empty()) fault_ |= XGDMatrixSetFloatInfo(proxy_.get(), "weight", rows_.weights().data() + next_ - count, count);
    return fault_ == 0;
  }

  const RowSource& rows_;
  const size_t block_rows_;
  xgboost::Matrix proxy_;
  std::vector<float> values_;
  size_t next_ = 0;
  bool infinite_ = false;
  int fault_ = 0;  // of XGBoost, within a call of its own
};

}  // namespace

BinnedRows::BinnedRows(std::unique_ptr<xgboost::Learnable> learnable) : learnable_(std::move(learnable)) {}
BinnedRows::~BinnedRows() = default;
BinnedRows::BinnedRows(BinnedRows&&) noexcept = default;
BinnedRows& BinnedRows::operator=(BinnedRows&&) noexcept = default;

Result<BinnedRows> BinnedRows::make(Task task, const RowSource& rows, const BoostingOptions& options, const std::vector<float>& start, size_t block_rows) {
  FURROW_TRY(xgboost::check_labels(task, rows.labels(), rows.columns()));
  auto learnable = std::unique_ptr<xgboost::Learnable>(new xgboost::Learnable{task, options.bins, rows.columns(), xgboost::mean_label(rows.labels(), rows.weights()), !start.empty(), {}});
  Blocks blocks(rows, block_rows > 0 ? block_rows : rows.block_rows());
  FURROW_TRY(blocks.open());
  const std::string config = fmt::format(R"({{"missing": NaN, "nthread": {}, "max_bin": {}}})", options.threads, options.bins);
  xgboost::Matrix& matrix = learnable->matrix;
  FURROW_TRY(xgboost::check(XGQuantileDMatrixCreateFromCallback(&blocks, blocks.proxy(), nullptr, Blocks::reset, Blocks::next, config.c_str(), matrix.out())));
  FURROW_TRY(xgboost::check(blocks.fault()));
  if (blocks.infinite()) return xgboost::infinite_value();
  FURROW_TRY(matrix.label(rows.labels()));
  FURROW_TRY(matrix.weigh(rows.weights()));
  FURROW_TRY(matrix.start(start, rows.rows()));
  return BinnedRows(std::move(learnable));
}

}  // namespace furrow::learn
