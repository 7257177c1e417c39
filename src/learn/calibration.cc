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
constexpr double kBetaAhead = 0, kIsotonicAhead = 1;  // standard errors
constexpr double kEdge = 1e-6;  // isotonic blocks of one class stay this far from 0 and 1

double log_sigmoid(double x) { return x >= 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

constexpr double kNoRidge = 1e-6;

// Logistic regression of few inputs on soft targets by Newton's method; a ridge draws the coefficients to `centre`.
std::vector<double> logistic(const Dense& x, const std::vector<double>& target, const std::vector<double>& centre, double ridge) {
  std::vector<double> beta = centre, weight(x.rows), miss(x.rows);
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
      hessian(c, c) += ridge;
      gradient[c] += ridge * (centre[c] - beta[c]);
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
  if (method == CalibrationMethod::kPlatt) {
    const double high = (positives + 1) / (positives + 2), low = 1 / (negatives + 2);
    std::vector<double> target(rows);
    Dense x(rows, 2);
    for (size_t i = 0; i < rows; ++i) target[i] = labels[i] > 0 ? high : low, x(i, 0) = margins[i], x(i, 1) = 1;
    const std::vector<double> w = logistic(x, target, {0, 0}, kNoRidge);
    if (w[0] <= 0) return result;
    result.a_ = w[0];
    result.b_ = w[1];
    result.method_ = method;
    return result;
  }
  const std::vector<double> target(labels.begin(), labels.end());
  constexpr double kRidge = 1 / (kBetaSpread * kBetaSpread);
  Dense x(rows, 3);
  for (size_t i = 0; i < rows; ++i) x(i, 0) = log_sigmoid(margins[i]), x(i, 1) = -log_sigmoid(-margins[i]), x(i, 2) = 1;
  std::vector<double> w = logistic(x, target, {1, 1, 0}, kRidge);
  if (w[0] < 0 || w[1] < 0) {  // not monotone: drop the term, as Kull et al. do
    const size_t keep = w[0] < 0 ? 1 : 0;
    Dense reduced(rows, 2);
    std::copy(x.column(keep), x.column(keep) + rows, reduced.column(0));
    std::copy(x.column(2), x.column(2) + rows, reduced.column(1));
    const std::vector<double> v = logistic(reduced, target, {1, 0}, kRidge);
    if (v[0] < 0) return result;
    w = {keep == 0 ? v[0] : 0, keep == 1 ? v[0] : 0, v[1]};
  }
  result.a_ = w[0];
  result.b_ = w[1];
  result.c_ = w[2];
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

namespace {

// Each row's probability from a map fitted without its fold; `of_fold` gives the margins to fit and judge a fold by.
template <class MarginsOf>
std::vector<double> cross_fitted(CalibrationMethod method, const MarginsOf& of_fold, const std::vector<float>& labels, const std::vector<int>& fold) {
  std::vector<double> out(labels.size());
  const int folds = fold.empty() ? 0 : *std::max_element(fold.begin(), fold.end()) + 1;
  for (int f = 0; f < folds; ++f) {
    const std::vector<double>& margins = of_fold(static_cast<size_t>(f));
    std::vector<double> m;
    std::vector<float> y;
    for (size_t i = 0; i < labels.size(); ++i) {
      if (fold[i] == f) continue;
      m.push_back(margins[i]);
      y.push_back(labels[i]);
    }
    const Calibration map = Calibration::fit(method, m, y);
    for (size_t i = 0; i < labels.size(); ++i) {
      if (fold[i] == f) out[i] = map.probability(margins[i]);
    }
  }
  return out;
}

// Standard errors by which `after` has less loss than `before`; 0 where they are the same.
double errors_ahead(const std::vector<double>& before, const std::vector<double>& after, const std::vector<float>& labels) {
  double sum = 0, squares = 0;
  const auto count = static_cast<double>(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) {
    const double gain = loss(before[i], labels[i]) - loss(after[i], labels[i]);
    sum += gain;
    squares += gain * gain;
  }
  const double mean = sum / count, error = std::sqrt(std::max(0.0, squares / count - mean * mean) / count);
  return error > 0 ? mean / error : 0;
}

template <class MarginsOf>
Calibration::Choice chosen(const MarginsOf& of_fold, const std::vector<double>& whole, const std::vector<float>& labels, const std::vector<int>& fold) {
  Calibration::Choice choice{Calibration(), cross_fitted(CalibrationMethod::kNone, of_fold, labels, fold)};
  for (auto [method, wanted] : {std::pair(CalibrationMethod::kBeta, kBetaAhead), {CalibrationMethod::kIsotonic, kIsotonicAhead}}) {
    std::vector<double> held_out = cross_fitted(method, of_fold, labels, fold);
    if (errors_ahead(choice.held_out, held_out, labels) > wanted) choice = {Calibration::fit(method, whole, labels), std::move(held_out)};
  }
  return choice;
}

}  // namespace

Calibration::Choice Calibration::choose(const std::vector<std::vector<double>>& without, const std::vector<double>& whole, const std::vector<float>& labels,
                                        const std::vector<int>& fold) {
  return chosen([&](size_t f) -> const std::vector<double>& { return without[f]; }, whole, labels, fold);
}

Calibration::Choice Calibration::choose(const std::vector<double>& margins, const std::vector<float>& labels, const std::vector<int>& fold) {
  return chosen([&](size_t) -> const std::vector<double>& { return margins; }, margins, labels, fold);
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
