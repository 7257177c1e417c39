// What training rows looked like, kept beside the model, and how far other rows are from them (drift.h says it to people).
//
// Kept (reference.json): for each input its encoded columns' quantiles, shares of missing and of levels; kSample encoded
// rows; and hashes of up to kFingerprints encoded rows.
// compare() tells, for each input,
//   psi    population stability index: sum (p - q) ln(p / q) over deciles of training (levels for texts) and missing;
//          0.1 is a shift, 0.25 a large one by the usual rule; the largest of the input's encoded columns
//          levels with rates are as before when they are as training rows are, or as rows that training did not have are expected to be
//   ks     the largest distance of the two distribution functions (at the deciles and between), with its p-value
// and for all together
//   adversarial_auc   how well a forest tells sampled training rows from these by cross-validation: 0.5 not at all, which is also
//                     said where it does worse than chance, as with rows that are in both
//   seen_in_training  share of the rows that, encoded, are also training rows, estimated from the hashes
// Threads: immutable after parse. Cost: a pass over the rows, a sort a column, and a forest on 2 x kSample rows.
// Limits: the sample is left out above 100,000 cells.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/drift.h"
#include "learn/encoding.h"

namespace furrow::learn {

class Reference {
 public:
  static constexpr size_t kSample = 1000;
  static constexpr size_t kFingerprints = 20000;
  static constexpr size_t kGrid = 20;   // quantiles

  // `rows`: as encode() gives them for scoring; `of_rows`: how many rows they were drawn from.
  static std::string make(const Encoder& encoder, const Samples& rows, size_t count, size_t of_rows, uint64_t seed);
  static Result<Reference> parse(std::string_view json);
  // Encoded training rows, drawn by seed: kSample of them, or none of a very wide encoding.
  const std::vector<float>& sample() const { return sample_; }
  // `adversarial`: also the AUC, which costs more than all the rest; else it stays 0.5.
  Result<Drift> compare(const Encoder& encoder, const Samples& rows, size_t count, uint64_t seed, bool adversarial = true) const;

 private:
  struct OutputReference {
    std::vector<double> quantiles, below;  // kGrid + 1, of values that are there; share of them not above each
    double missing = 0, mean = 0;
  };
  size_t rows_ = 0, of_rows_ = 0;
  std::vector<OutputReference> outputs_;
  std::vector<float> sample_;
  std::vector<uint64_t> fingerprints_;  // sorted
};

}  // namespace furrow::learn
