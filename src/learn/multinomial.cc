#include "learn/multinomial.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "learn/dense.h"
#include "learn/folds.h"
#include "learn/linear.h"

namespace furrow::learn {
namespace {

constexpr int kMostSteps = 200, kMemory = 10;

double dot(const std::vector<double>& a, const std::vector<double>& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

// The steps and changes of gradient of late, and the direction they give.
class Curvature {
 public:
  void add(std::vector<double> step, std::vector<double> change) {
    if (dot(step, change) <= 1e-12) return;
    if (pairs_.size() == kMemory) pairs_.pop_front();
    pairs_.emplace_back(std::move(step), std::move(change));
  }
  std::vector<double> direction(const std::vector<double>& gradient) const {
    std::vector<double> d = gradient, alpha(pairs_.size());
    for (size_t p = pairs_.size(); p-- > 0;) {
      const auto& [s, y] = pairs_[p];
      alpha[p] = dot(s, d) / dot(s, y);
      for (size_t c = 0; c < d.size(); ++c) d[c] -= alpha[p] * y[c];
    }
    if (!pairs_.empty()) {
      const auto& [s, y] = pairs_.back();
      const double scale = dot(s, y) / dot(y, y);
      for (double& v : d) v *= scale;
    }
    for (size_t p = 0; p < pairs_.size(); ++p) {
      const auto& [s, y] = pairs_[p];
      const double beta = dot(y, d) / dot(s, y);
      for (size_t c = 0; c < d.size(); ++c) d[c] += (alpha[p] - beta) * s[c];
    }
    for (double& v : d) v = -v;
    return d;
  }

 private:
  std::deque<std::pair<std::vector<double>, std::vector<double>>> pairs_;
};

}  // namespace

double MultinomialModel::objective(const std::vector<double>& inputs, const std::vector<uint32_t>& labels, size_t width, size_t classes, double l2,
                                   const std::vector<double>& weights, std::vector<double>& gradient) {
  gradient.assign(weights.size(), 0.0);
  double loss = 0;
  std::vector<double> p(classes);
  for (size_t i = 0; i < labels.size(); ++i) {
    const double* x = inputs.data() + i * width;
    double most = -std::numeric_limits<double>::infinity(), sum = 0;
    for (size_t k = 0; k < classes; ++k) {
      p[k] = std::inner_product(x, x + width, weights.data() + k * width, 0.0);
      most = std::max(most, p[k]);
    }
    loss -= p[labels[i]] - most;
    for (double& v : p) sum += v = std::exp(v - most);
    loss += std::log(sum);
    for (size_t k = 0; k < classes; ++k) {
      const double miss = p[k] / sum - (labels[i] == k);
      double* g = gradient.data() + k * width;
      for (size_t c = 0; c < width; ++c) g[c] += miss * x[c];
    }
  }
  const double n = static_cast<double>(labels.size());
  for (size_t c = 0; c < weights.size(); ++c) {
    const double penalty = c % width + 1 == width ? 1e-6 : l2;  // intercepts are free, but for a hair that makes them one
    loss += 0.5 * penalty * weights[c] * weights[c];
    gradient[c] = (gradient[c] + penalty * weights[c]) / n;
  }
  return loss / n;
}

void MultinomialModel::standardise(const float* row, double* out) const {
  for (size_t c = 0; c < columns_; ++c) out[c] = row[c] == row[c] ? (row[c] - mean_[c]) * scale_[c] : 0;
  for (size_t f = 0; f < flagged_.size(); ++f) out[columns_ + f] = row[flagged_[f]] != row[flagged_[f]];
  out[columns_ + flagged_.size()] = 1;
}

Result<MultinomialModel> MultinomialModel::fit(const Samples& samples, size_t classes, double l2) {
  if (samples.rows() == 0 || samples.columns == 0) return Error(ErrorCode::kInvalidArgument, "there are no rows to learn from");
  MultinomialModel model;
  model.classes_ = classes;
  model.penalty_ = l2;
  const size_t d = model.columns_ = samples.columns;
  const size_t stride = std::max<size_t>(1, (samples.rows() * d + kMostCells - 1) / kMostCells), n = (samples.rows() + stride - 1) / stride;
  model.mean_.assign(d, 0);
  model.scale_.assign(d, 0);
  for (size_t c = 0; c < d; ++c) {
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < n; ++i) {
      const float v = samples.row(i * stride)[c];
      if (v == v) sum += v, count += 1;
    }
    model.mean_[c] = count > 0 ? sum / count : 0;
    for (size_t i = 0; i < n; ++i) {
      const float v = samples.row(i * stride)[c];
      if (v == v) squares += (v - model.mean_[c]) * (v - model.mean_[c]);
    }
    const double spread = count > 0 ? std::sqrt(squares / count) : 0;
    model.scale_[c] = spread > 1e-12 * (1 + std::abs(model.mean_[c])) ? 1 / spread : 0;
    if (count < static_cast<double>(n) && count > 0) model.flagged_.push_back(static_cast<uint32_t>(c));
  }
  const size_t width = d + model.flagged_.size() + 1;
  std::vector<double> inputs(n * width);
  std::vector<uint32_t> labels(n);
  for (size_t i = 0; i < n; ++i) {
    model.standardise(samples.row(i * stride), inputs.data() + i * width);
    labels[i] = static_cast<uint32_t>(samples.labels[i * stride]);
  }
  std::vector<double> weights(classes * width, 0.0), gradient, tried, tried_gradient;
  double loss = objective(inputs, labels, width, classes, l2, weights, gradient);
  Curvature curvature;
  for (int step = 0; step < kMostSteps && norm(gradient) > 1e-5; ++step) {
    const std::vector<double> direction = curvature.direction(gradient);
    const double slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    double share = step == 0 ? std::min(1.0, 1 / norm(gradient)) : 1, now = loss;
    for (; share > 1e-6; share /= 2) {
      tried = weights;
      for (size_t c = 0; c < tried.size(); ++c) tried[c] += share * direction[c];
      now = objective(inputs, labels, width, classes, l2, tried, tried_gradient);
      if (now <= loss + 1e-4 * share * slope) break;
    }
    if (!(now < loss)) break;
    std::vector<double> moved(weights.size()), turned(weights.size());
    for (size_t c = 0; c < weights.size(); ++c) moved[c] = tried[c] - weights[c], turned[c] = tried_gradient[c] - gradient[c];
    curvature.add(std::move(moved), std::move(turned));
    const double gained = loss - now;
    weights.swap(tried);
    gradient.swap(tried_gradient);
    loss = now;
    if (gained < 1e-8 * (1 + std::abs(loss))) break;
  }
  model.weights_ = std::move(weights);
  return model;
}

Result<MultinomialModel> MultinomialModel::fit_chosen(const Samples& samples, size_t classes, uint64_t seed) {
  const Fold inner = random_folds(samples.labels, true, LinearModel::kInnerFolds, seed)[0];
  const Samples learn = samples.subset(inner.train), watch = samples.subset(inner.held_out);
  double best = std::numeric_limits<double>::infinity(), chosen = LinearModel::kPenalties[0];
  std::vector<double> p(classes);
  for (double l2 : LinearModel::kPenalties) {
    if (learn.rows() == 0 || watch.rows() == 0) break;
    FURROW_ASSIGN(MultinomialModel trial, fit(learn, classes, l2));
    double loss = 0;
    for (size_t i = 0; i < watch.rows(); ++i) {
      trial.probabilities(watch.row(i), p.data());
      loss -= std::log(std::max(1e-12, p[static_cast<size_t>(watch.labels[i])]));
    }
    if (!(loss < best)) continue;
    best = loss;
    chosen = l2;
  }
  return fit(samples, classes, chosen);
}

std::vector<double> MultinomialModel::slopes() const {
  const size_t width = columns_ + flagged_.size() + 1;
  std::vector<double> out;
  for (size_t k = 0; k < classes_; ++k) {
    double constant = weights_[(k + 1) * width - 1];
    for (size_t c = 0; c < columns_; ++c) {
      out.push_back(weights_[k * width + c] * scale_[c]);
      constant -= out.back() * mean_[c];
    }
    out.push_back(constant);
  }
  return out;
}

void MultinomialModel::probabilities(const float* row, double* out) const {
  const size_t width = columns_ + flagged_.size() + 1;
  std::vector<double> x(width);
  standardise(row, x.data());
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (size_t k = 0; k < classes_; ++k) {
    out[k] = std::inner_product(x.begin(), x.end(), weights_.data() + k * width, 0.0);
    most = std::max(most, out[k]);
  }
  for (size_t k = 0; k < classes_; ++k) sum += out[k] = std::exp(out[k] - most);
  for (size_t k = 0; k < classes_; ++k) out[k] /= sum;
}

}  // namespace furrow::learn
