#include "learn/class_probabilities.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learn/dense.h"
#include "learn/multinomial.h"

namespace furrow::learn {
namespace {

constexpr int kMostSteps = 50;
constexpr double kLeastClassProbability = 1e-12, kLeastSlope = 1e-3, kLongestStep = 2;

void softmax(const double* margins, double slope, const std::vector<double>& constants, double* out) {
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (size_t k = 0; k < constants.size(); ++k) most = std::max(most, out[k] = slope * margins[k] + constants[k]);
  for (size_t k = 0; k < constants.size(); ++k) sum += out[k] = std::exp(out[k] - most);
  for (size_t k = 0; k < constants.size(); ++k) out[k] /= sum;
}

double log_loss(const ClassScores& probabilities, const std::vector<uint32_t>& labels) {
  double sum = 0;
  for (size_t i = 0; i < labels.size(); ++i) sum -= std::log(std::max(kLeastClassProbability, probabilities.row(i)[labels[i]]));
  return sum;
}

}  // namespace

size_t largest(const double* values, size_t count) { return static_cast<size_t>(std::max_element(values, values + count) - values); }

void ClassProbabilities::fit_softmax(const ClassScores& margins, const std::vector<uint32_t>& labels) {
  const size_t classes = margins.classes, width = classes + 1;  // constants, slope
  method_ = Method::kSoftmax;
  slope_ = 1;
  constants_.assign(classes, 0.0);
  std::vector<double> p(classes);
  for (int step = 0; step < kMostSteps; ++step) {
    Dense hessian(width, width);
    std::vector<double> gradient(width, 0.0);
    for (size_t i = 0; i < labels.size(); ++i) {
      const double* m = margins.row(i);
      softmax(m, slope_, constants_, p.data());
      double mean = 0;
      for (size_t k = 0; k < classes; ++k) mean += p[k] * m[k];
      gradient[classes] += m[labels[i]] - mean;
      gradient[labels[i]] += 1;
      for (size_t k = 0; k < classes; ++k) {
        gradient[k] -= p[k];
        hessian(k, k) += p[k];
        for (size_t j = 0; j <= k; ++j) hessian(k, j) -= p[k] * p[j];
        hessian(classes, k) += p[k] * (m[k] - mean);
        hessian(classes, classes) += p[k] * (m[k] - mean) * (m[k] - mean);
      }
    }
    for (size_t c = 0; c < width; ++c) {
      hessian(c, c) += kPull;
      gradient[c] -= kPull * (c < classes ? constants_[c] : slope_ - 1);
    }
    const std::vector<double> change = solve_symmetric(hessian, gradient);
    const double length = norm(change), share = length > kLongestStep ? kLongestStep / length : 1;
    for (size_t k = 0; k < classes; ++k) constants_[k] += share * change[k];
    slope_ = std::max(kLeastSlope, slope_ + share * change[classes]);
    if (share * length < 1e-9) break;
  }
}

void ClassProbabilities::fit_mixed(const ClassScores& margins, const std::vector<uint32_t>& labels) {
  Samples samples;
  samples.columns = margins.classes;
  samples.values.assign(margins.values.begin(), margins.values.end());
  samples.labels.assign(labels.begin(), labels.end());
  auto fitted = MultinomialModel::fit(samples, margins.classes, 1);
  if (!fitted.ok()) return;  // no rows: as it was
  method_ = Method::kMixed;
  matrix_ = fitted->slopes();
}

void ClassProbabilities::of(const double* margins, double* out) const {
  if (method_ == Method::kMixed) {
    const size_t classes = each_.size();
    std::vector<double> mixed(classes);
    for (size_t k = 0; k < classes; ++k) {
      const double* slopes = matrix_.data() + k * (classes + 1);
      mixed[k] = std::inner_product(margins, margins + classes, slopes, slopes[classes]);
    }
    return softmax(mixed.data(), 1, std::vector<double>(classes, 0.0), out);
  }
  if (method_ == Method::kSoftmax) return softmax(margins, slope_, constants_, out);
  double sum = 0;
  for (size_t k = 0; k < each_.size(); ++k) sum += out[k] = std::max(kLeastClassProbability, each_[k].probability(margins[k]));
  for (size_t k = 0; k < each_.size(); ++k) out[k] /= sum;
}

ClassProbabilities::Choice ClassProbabilities::choose(std::vector<Calibration> each, const ClassScores& margins, const std::vector<uint32_t>& labels,
                                                      const std::vector<int>& fold) {
  const ClassProbabilities divided(std::move(each));
  Choice best{divided, {margins.classes, std::vector<double>(margins.values.size())}};
  for (size_t i = 0; i < labels.size(); ++i) divided.of(margins.row(i), best.held_out.row(i));
  double least = log_loss(best.held_out, labels);
  const int folds = *std::max_element(fold.begin(), fold.end()) + 1;
  for (auto fit : {&ClassProbabilities::fit_softmax, &ClassProbabilities::fit_mixed}) {
    if (fit == &ClassProbabilities::fit_mixed && margins.classes > kMostMixed) continue;
    ClassScores held_out = best.held_out;
    for (int f = 0; f < folds; ++f) {
      ClassScores seen{margins.classes, {}};
      std::vector<uint32_t> seen_labels;
      for (size_t i = 0; i < labels.size(); ++i) {
        if (fold[i] == f) continue;
        seen.values.insert(seen.values.end(), margins.row(i), margins.row(i) + margins.classes);
        seen_labels.push_back(labels[i]);
      }
      ClassProbabilities fitted = divided;
      (fitted.*fit)(seen, seen_labels);
      for (size_t i = 0; i < labels.size(); ++i) {
        if (fold[i] == f) fitted.of(margins.row(i), held_out.row(i));
      }
    }
    const double loss = log_loss(held_out, labels);
    if (!(loss < least)) continue;
    least = loss;
    best.probabilities = divided;
    (best.probabilities.*fit)(margins, labels);
    best.held_out = std::move(held_out);
  }
  return best;
}

void ClassProbabilities::write(JsonWriter& json) const {
  json.begin_object().field("method", method_name()).field("slope", slope_).key("constants").begin_array();
  for (double c : constants_) json.number(c);
  json.end_array().key("matrix").begin_array();
  for (double m : matrix_) json.number(m);
  json.end_array().end_object();
}

Result<ClassProbabilities> ClassProbabilities::parse(std::string_view text, std::vector<Calibration> each) {
  ClassProbabilities out(std::move(each));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array constants, matrix;
  std::string_view method;
  bool read = parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS && document["method"].get(method) == simdjson::SUCCESS &&
              document["slope"].get(out.slope_) == simdjson::SUCCESS && document["constants"].get(constants) == simdjson::SUCCESS &&
              document["matrix"].get(matrix) == simdjson::SUCCESS;
  if (!read || constants.size() != out.constants_.size() || (method != "divided" && method != "softmax" && method != "mixed") ||
      (method == "mixed" && matrix.size() != out.classes() * (out.classes() + 1)) || !(out.slope_ > 0)) {
    return Error(ErrorCode::kModelMismatch, "how the model's classes share a probability cannot be read");
  }
  out.method_ = method == "softmax" ? Method::kSoftmax : method == "mixed" ? Method::kMixed : Method::kDivided;
  for (simdjson::dom::element slope : matrix) {
    if (slope.get(out.matrix_.emplace_back())) return Error(ErrorCode::kModelMismatch, "a slope of the model's classes is not a number");
  }
  size_t k = 0;
  for (simdjson::dom::element constant : constants) {
    if (constant.get(out.constants_[k++])) return Error(ErrorCode::kModelMismatch, "a constant of the model's classes is not a number");
  }
  return out;
}

}  // namespace furrow::learn
