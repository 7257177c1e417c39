#include "learn/calibration.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learn/dense.h"
#include "learn/sigmoid.h"

namespace furrow::learn {
namespace {

constexpr std::string_view kNames[] = {"none", "platt", "beta", "isotonic"};
constexpr double kEdge = 1e-6;  // isotonic blocks of one class stay this far from 0 and 1

double log_sigmoid(double x) { return x >= 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

// Logistic regression of few inputs on soft targets by Newton's method.
std::vector<double> logistic(const Dense& x, const std::vector<double>& target) {
  constexpr double kRidge = 1e-6;
  std::vector<double> beta(x.columns, 0.0), weight(x.rows), miss(x.rows);
  for (int step = 0; step < 50; ++step) {
    const std::vector<double> margin = multiply(x, beta);
    for (size_t i = 0; i < x.rows; ++i) {
      const double p = sigmoid(margin[i]);
      weight[i] = p * (1 - p) + 1e-10;
      miss[i] = target[i] - p;
    }
    Dense hessian = gram(x, weight);
    std::vector<double> gradient = multiply_transposed(x, miss);
    for (size_t c = 0; c < x.columns; ++c) {
      hessian(c, c) += kRidge;
      gradient[c] -= kRidge * beta[c];
    }
    const std::vector<double> change = solve_symmetric(hessian, gradient);
    for (size_t c = 0; c < x.columns; ++c) beta[c] += change[c];
    if (norm(change) < 1e-9 * (1 + norm(beta))) break;
  }
  return beta;
}

void isotonic(const std::vector<double>& margins, const std::vector<float>& labels, std::vector<double>& knots, std::vector<double>& values) {
  struct Block { double margin, hits, rows; };
  std::vector<uint32_t> order(margins.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return margins[a] < margins[b]; });
  std::vector<Block> blocks;
  for (size_t i = 0; i < order.size();) {
    Block block{0, 0, 0};
    double at = margins[order[i]];
    for (; i < order.size() && margins[order[i]] == at; ++i) {
      block.margin += at;
      block.hits += labels[order[i]];
      block.rows += 1;
    }
    blocks.push_back(block);
    while (blocks.size() > 1) {
      Block& last = blocks.back();
      Block& before = blocks[blocks.size() - 2];
      if (before.hits * last.rows < last.hits * before.rows) break;
      before = {before.margin + last.margin, before.hits + last.hits, before.rows + last.rows};
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) {
    knots.push_back(block.margin / block.rows);
    values.push_back(std::clamp(block.hits / block.rows, kEdge, 1 - kEdge));
  }
}

double loss(double p, float label) { return -std::log(std::clamp(label > 0 ? p : 1 - p, 1e-12, 1.0)); }

}  // namespace

std::string_view Calibration::method_name() const { return kNames[static_cast<size_t>(method_)]; }

Calibration Calibration::fit(CalibrationMethod method, const std::vector<double>& margins, const std::vector<float>& labels) {
  Calibration result;
  double positives = std::accumulate(labels.begin(), labels.end(), 0.0), negatives = static_cast<double>(labels.size()) - positives;
  if (method == CalibrationMethod::kNone || positives < 1 || negatives < 1) return result;
  if (method == CalibrationMethod::kIsotonic) {
    isotonic(margins, labels, result.margins_, result.probabilities_);
    result.method_ = method;
    return result;
  }
  const size_t rows = margins.size();
  bool beta = method == CalibrationMethod::kBeta;
  double high = (positives + 1) / (positives + 2), low = 1 / (negatives + 2);
  std::vector<double> target(rows);
  Dense x(rows, beta ? 3 : 2);
  for (size_t i = 0; i < rows; ++i) {
    double m = margins[i];
    target[i] = labels[i] > 0 ? high : low;
    x(i, 0) = beta ? log_sigmoid(m) : m;
    if (beta) x(i, 1) = -log_sigmoid(-m);
    x(i, x.columns - 1) = 1;
  }
  const std::vector<double> w = logistic(x, target);
  if (beta && (w[0] < 0 || w[1] < 0)) {  // not monotone: drop the term, as Kull et al. do
    const size_t keep = w[0] < 0 ? 1 : 0;
    Dense reduced(rows, 2);
    std::copy(x.column(keep), x.column(keep) + rows, reduced.column(0));
    std::copy(x.column(2), x.column(2) + rows, reduced.column(1));
    const std::vector<double> v = logistic(reduced, target);
    if (v[0] < 0) return result;
    result.a_ = keep == 0 ? v[0] : 0;
    result.b_ = keep == 1 ? v[0] : 0;
    result.c_ = v[1];
  } else if (beta) {
    result.a_ = w[0];
    result.b_ = w[1];
    result.c_ = w[2];
  } else {
    if (w[0] <= 0) return result;
    result.a_ = w[0];
    result.b_ = w[1];
  }
  result.method_ = method;
  return result;
}

double Calibration::probability(double m) const {
  switch (method_) {
    case CalibrationMethod::kNone: return sigmoid(m);
    case CalibrationMethod::kPlatt: return sigmoid(a_ * m + b_);
    case CalibrationMethod::kBeta: return sigmoid(a_ * log_sigmoid(m) - b_ * log_sigmoid(-m) + c_);
    case CalibrationMethod::kIsotonic: break;
  }
  auto above = static_cast<size_t>(std::upper_bound(margins_.begin(), margins_.end(), m) - margins_.begin());
  if (above == 0) return probabilities_.front();
  if (above == margins_.size()) return probabilities_.back();
  double share = (m - margins_[above - 1]) / (margins_[above] - margins_[above - 1]);
  return probabilities_[above - 1] + share * (probabilities_[above] - probabilities_[above - 1]);
}

Calibration::Choice Calibration::choose(const std::vector<double>& margins, const std::vector<float>& labels, const std::vector<int>& fold) {
  size_t n = margins.size();
  int folds = *std::max_element(fold.begin(), fold.end()) + 1;
  auto cross_fit = [&](CalibrationMethod method) {
    std::vector<double> held_out(n);
    for (int f = 0; f < folds; ++f) {
      std::vector<double> m;
      std::vector<float> y;
      for (size_t i = 0; i < n; ++i) {
        if (fold[i] == f) continue;
        m.push_back(margins[i]);
        y.push_back(labels[i]);
      }
      Calibration calibration = fit(method, m, y);
      for (size_t i = 0; i < n; ++i) {
        if (fold[i] == f) held_out[i] = calibration.probability(margins[i]);
      }
    }
    return held_out;
  };
  Choice choice{Calibration(), cross_fit(CalibrationMethod::kNone)};
  std::vector<double> plain = choice.held_out;
  double best_gain = 0;
  for (auto method : {CalibrationMethod::kPlatt, CalibrationMethod::kBeta, CalibrationMethod::kIsotonic}) {
    std::vector<double> held_out = cross_fit(method);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
      double gain = loss(plain[i], labels[i]) - loss(held_out[i], labels[i]);
      sum += gain;
      squares += gain * gain;
    }
    double count = static_cast<double>(n), mean = sum / count, error = std::sqrt(std::max(0.0, squares / count - mean * mean) / count);
    if (mean > error && mean > best_gain) {
      best_gain = mean;
      choice = {fit(method, margins, labels), std::move(held_out)};
    }
  }
  return choice;
}

void Calibration::write(JsonWriter& json) const {
  json.begin_object().field("method", method_name()).field("a", a_).field("b", b_).field("c", c_);
  json.key("margins").begin_array();
  for (double m : margins_) json.number(m);
  json.end_array().key("probabilities").begin_array();
  for (double p : probabilities_) json.number(p);
  json.end_array().end_object();
}

Result<Calibration> Calibration::parse(std::string_view text) {
  auto broken = [] { return Error(ErrorCode::kModelMismatch, "the calibration of the model cannot be read"); };
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) return broken();
  Calibration result;
  std::string_view name;
  if (document["method"].get(name) != simdjson::SUCCESS) return broken();
  auto place = std::find(std::begin(kNames), std::end(kNames), name) - std::begin(kNames);
  if (place >= 4) return broken();
  result.method_ = static_cast<CalibrationMethod>(place);
  if (document["a"].get(result.a_) != simdjson::SUCCESS || document["b"].get(result.b_) != simdjson::SUCCESS ||
      document["c"].get(result.c_) != simdjson::SUCCESS) return broken();
  for (auto [key, out] : {std::pair("margins", &result.margins_), std::pair("probabilities", &result.probabilities_)}) {
    simdjson::dom::array array;
    if (document[key].get(array) != simdjson::SUCCESS) return broken();
    for (simdjson::dom::element item : array) {
      double value = 0;
      if (item.get(value) != simdjson::SUCCESS) return broken();
      out->push_back(value);
    }
    if (!std::is_sorted(out->begin(), out->end())) return broken();
  }
  if (result.margins_.size() != result.probabilities_.size() || (result.method_ == CalibrationMethod::kIsotonic && result.margins_.empty())) return broken();
  return result;
}

}  // namespace furrow::learn
