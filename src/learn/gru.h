// A recurrent network that reads a sequence of tokens and says, after each, how likely each class is: a gated recurrent unit
// (Cho et al. 2014) over learnt embeddings and a few numbers a step, trained by exact gradients through time.
//
//   x = [embedding of the token, numbers];  z = σ(Wz x + Uz h + bz);  r = σ(Wr x + Ur h + br)
//   c = tanh(Wc x + Uc (r ⊙ h) + bc);       h ← (1 − z) ⊙ h + z ⊙ c;    margins = V h + d
// fit() minimises the mean log loss of the steps that have a label by Adam (Kingma and Ba 2015) on batches of sequences,
// with clipped gradients, and keeps the weights of the epoch that was best on `watch`. Written out here rather than taken
// from libtorch: Debian's package of it brings OpenCV and FFmpeg, and the network is this small (docs/decisions/0019).
// Same data, options and seed: the same weights. Threads: fit uses one; a fitted network is immutable.
// Cost: about 3 · hidden · (embedding + numbers + hidden) multiplications a step, three times that in training.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace furrow::learn {

struct TokenSequence {
  std::vector<uint32_t> tokens;
  std::vector<double> numbers;    // GruShape::numbers a step; finite
  std::vector<int> labels;        // a class, or -1: not learnt from
  size_t steps() const { return tokens.size(); }
};

struct GruShape {
  size_t tokens = 0, numbers = 0, classes = 0, embedding = 12, hidden = 24;
};

struct GruOptions {
  int epochs = 20, patience = 3, batch = 32;
  double learning_rate = 4e-3, l2 = 1e-5;
  uint64_t seed = 1;
  std::function<void(double share)> progress;
};

class Gru {
 public:
  Gru(const GruShape& shape, uint64_t seed);  // small random weights
  // kInvalidArgument when no step has a label.
  static Result<Gru> fit(const GruShape& shape, const std::vector<TokenSequence>& learn, const std::vector<TokenSequence>& watch, const GruOptions& options);

  const GruShape& shape() const { return shape_; }
  // classes margins a step, step after step.
  std::vector<double> margins(const TokenSequence& sequence) const;
  // The summed log loss of the labelled steps; adds its gradient to `gradient` (weights().size() places).
  double loss_and_gradient(const TokenSequence& sequence, std::vector<double>& gradient) const;
  std::vector<double>& weights() { return weights_; }
  const std::vector<double>& weights() const { return weights_; }

  void write(JsonWriter& json) const;
  static Result<Gru> parse(std::string_view json);

 private:
  struct Steps;
  void forward(const TokenSequence& sequence, Steps& steps) const;

  GruShape shape_;
  // Where each block of weights begins: embeddings, the three gates' rows of [x, h, 1], the output's rows of [h, 1].
  size_t gate_at_[3] = {}, out_at_ = 0, width_ = 0;
  std::vector<double> weights_;
};

}  // namespace furrow::learn
