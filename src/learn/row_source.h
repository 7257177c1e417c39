// Rows to learn from that are read a block at a time: held as floats, or made each time they are asked for (encoded_rows.h).
//
// A table of ten million rows is a gigabyte as floats, and what reads it mostly needs them once, in order. Small tables are held, and
// read for nothing. Threads: reading may go on side by side. Cost of a read: that of making the rows.
#pragma once
#include <algorithm>
#include <memory>
#include <vector>

#include "learn/boosting.h"

namespace furrow::learn {

class RowSource {
 public:
  static constexpr size_t kBlockCells = 1 << 18;  // of a block: 1 MB

  virtual ~RowSource() = default;
  virtual size_t columns() const = 0;
  virtual const std::vector<float>& labels() const = 0;
  virtual const std::vector<float>& weights() const = 0;  // empty, or one a row
  // Rows first .. first + count - 1 into `out`, one after the other.
  virtual void read(size_t first, size_t count, float* out) const = 0;
  virtual Samples subset(const std::vector<uint32_t>& chosen) const = 0;
  // All rows, where they are held; else null.
  virtual const Samples* held() const { return nullptr; }

  size_t rows() const { return labels().size(); }
  size_t block_rows() const { return std::max<size_t>(1, kBlockCells / std::max<size_t>(1, columns())); }
  // Every row.
  Samples all() const;
  // Every k-th row: at least `most` of so many, and fewer than two times as many.
  Samples thinned(size_t most) const;
  // visit(i, row) of each row in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::vector<float> block(held() ? 0 : std::min(rows(), block_rows()) * columns());
    for (size_t first = 0, count; first < rows(); first += count) {
      count = held() ? rows() : std::min(block_rows(), rows() - first);
      const float* at = held() ? held()->values.data() : block.data();
      if (!held()) read(first, count, block.data());
      for (size_t i = 0; i < count; ++i, at += columns()) visit(first + i, at);
    }
  }
};

// Floats in memory.
class HeldRows final : public RowSource {
 public:
  explicit HeldRows(Samples samples) : samples_(std::make_shared<const Samples>(std::move(samples))) {}
  // Of samples that outlive it.
  static HeldRows view(const Samples& samples) { return HeldRows(std::shared_ptr<const Samples>(std::shared_ptr<const Samples>(), &samples)); }
  size_t columns() const override { return samples_->columns; }
  const std::vector<float>& labels() const override { return samples_->labels; }
  const std::vector<float>& weights() const override { return samples_->weights; }
  void read(size_t first, size_t count, float* out) const override { std::copy_n(samples_->row(first), count * columns(), out); }
  Samples subset(const std::vector<uint32_t>& chosen) const override { return samples_->subset(chosen); }
  const Samples* held() const override { return samples_.get(); }

 private:
  explicit HeldRows(std::shared_ptr<const Samples> samples) : samples_(std::move(samples)) {}
  std::shared_ptr<const Samples> samples_;
};

}  // namespace furrow::learn
