// Rows of a dataset as an encoder makes them, a block at a time: an encoder, and which rows of which columns.
//
// What they are is what Encoder::fit and Encoder::encode give as floats, bit by bit; in memory are only the rows' places, their labels and, of
// training rows, the numbers that come from other rows than theirs (target rates, words).
// The dataset must outlive them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learn/encoding.h"
#include "learn/row_source.h"

namespace furrow::learn {

class EncodedRows final : public RowSource {
 public:
  // As Encoder::fit: learns from `rows`, which then are the rows.
  static Result<std::unique_ptr<EncodedRows>> fit(const Dataset& data, const std::vector<std::string>& ignored, std::vector<uint32_t> rows,
                                                  std::vector<float> labels, uint64_t seed, const Encoder* known = nullptr);
  // As Encoder::encode.
  static Result<std::unique_ptr<EncodedRows>> of(const Encoder& encoder, const Dataset& data, std::vector<uint32_t> rows, std::vector<float> labels);
  void weigh(std::vector<float> weights) { weights_ = std::move(weights); }

  const Encoder& encoder() const { return encoder_; }
  size_t columns() const override { return encoder_.outputs(); }
  const std::vector<float>& labels() const override { return labels_; }
  const std::vector<float>& weights() const override { return weights_; }
  void read(size_t first, size_t count, float* out) const override;
  Samples subset(const std::vector<uint32_t>& chosen) const override;

 private:
  EncodedRows() = default;
  // `place`: of the k-th row wanted.
  template <class Place>
  void put_own(size_t count, Place place, float* out) const;

  Encoder encoder_;
  std::vector<Encoder::Bound> bound_;
  std::vector<Encoder::OwnNumbers> own_;
  std::vector<uint32_t> rows_;  // of the dataset
  std::vector<float> labels_, weights_;
};

}  // namespace furrow::learn
