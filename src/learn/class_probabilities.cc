#include "learn/class_probabilities.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learn/dense.h"

namespace furrow::learn {
namespace {

constexpr int kMostSteps = 50;
constexpr double kLeastProbability = 1e-12, kLeastSlope = 1e-3, kLongest = 2;

void softmax(const double* margins, double slope, const std::vector<double>& constants, double* out) {
  double most = -std::numeric_limits<double>::infinity(), sum = 0;
  for (size_t k = 0; k < constants.size(); ++k) most = std::max(most, out[k] = slope * margins[k] + constants[k]);
  for (size_t k = 0; k < constants.size(); ++k) sum += out[k] = std::exp(out[k] - most);
  for (size_t k = 0; k < constants.size(); ++k) out[k] /= sum;
}

double log_loss(const ClassScores& probabilities, const std::vector<uint32_t>& labels) {
  double sum = 0;
  for (size_t i = 0; i < labels.size(); ++i) sum -= std::log(std::max(kLeastProbability, probabilities.row(i)[labels[i]]));
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
    const double length = norm(change), share = length > kLongest ? kLongest / length : 1;
    for (size_t k = 0; k < classes; ++k) constants_[k] += share * change[k];
    slope_ = std::max(kLeastSlope, slope_ + share * change[classes]);
    if (share * length < 1e-9) break;
  }
}

void ClassProbabilities::of(const double* margins, double* out) const {
  if (method_ == Method::kSoftmax) return softmax(margins, slope_, constants_, out);
  double sum = 0;
  for (size_t k = 0; k < each_.size(); ++k) sum += out[k] = std::max(kLeastProbability, each_[k].probability(margins[k]));
  for (size_t k = 0; k < each_.size(); ++k) out[k] /= sum;
}

ClassProbabilities::Choice ClassProbabilities::choose(std::vector<Calibration> each, const ClassScores& margins, const std::vector<uint32_t>& labels,
                                                      const std::vector<int>& fold) {
  ClassProbabilities divided(std::move(each));
  ClassScores plain{margins.classes, std::vector<double>(margins.values.size())}, scaled = plain;
  for (size_t i = 0; i < labels.size(); ++i) divided.of(margins.row(i), plain.row(i));
  const int folds = *std::max_element(fold.begin(), fold.end()) + 1;
  for (int f = 0; f < folds; ++f) {
    ClassScores seen{margins.classes, {}};
    std::vector<uint32_t> seen_labels;
    for (size_t i = 0; i < labels.size(); ++i) {
      if (fold[i] == f) continue;
      seen.values.insert(seen.values.end(), margins.row(i), margins.row(i) + margins.classes);
      seen_labels.push_back(labels[i]);
    }
    ClassProbabilities fitted = divided;
    fitted.fit_softmax(seen, seen_labels);
    for (size_t i = 0; i < labels.size(); ++i) {
      if (fold[i] == f) fitted.of(margins.row(i), scaled.row(i));
    }
  }
  if (log_loss(plain, labels) <= log_loss(scaled, labels)) return {std::move(divided), std::move(plain)};
  divided.fit_softmax(margins, labels);
  return {std::move(divided), std::move(scaled)};
}

void ClassProbabilities::write(JsonWriter& json) const {
  json.begin_object().field("method", method_name()).field("slope", slope_).key("constants").begin_array();
  for (double c : constants_) json.number(c);
  json.end_array().end_object();
}

Result<ClassProbabilities> ClassProbabilities::parse(std::string_view text, std::vector<Calibration> each) {
  ClassProbabilities out(std::move(each));
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array constants;
  std::string_view method;
  bool read = parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS && document["method"].get(method) == simdjson::SUCCESS &&
              document["slope"].get(out.slope_) == simdjson::SUCCESS && document["constants"].get(constants) == simdjson::SUCCESS;
  if (!read || constants.size() != out.constants_.size() || (method != "divided" && method != "softmax") || !(out.slope_ > 0)) {
    return Error(ErrorCode::kModelMismatch, "how the model's classes share a probability cannot be read");
  }
  out.method_ = method == "softmax" ? Method::kSoftmax : Method::kDivided;
  size_t k = 0;
  for (simdjson::dom::element constant : constants) {
    if (constant.get(out.constants_[k++])) return Error(ErrorCode::kModelMismatch, "a constant of the model's classes is not a number");
  }
  return out;
}

}  // namespace furrow::learn
