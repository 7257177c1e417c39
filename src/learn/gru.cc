#include "learn/gru.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"
#include "learn/sigmoid.h"

namespace furrow::learn {
namespace {

constexpr double kClip = 5;             // of a batch's gradient, as a length
constexpr double kFirst = 0.9, kSecond = 0.999, kSmall = 1e-8;  // Adam's, as published

// out[i] = row i of `w` (width numbers, the last a constant) times [a, b, 1].
void affine(const double* w, size_t rows, const double* a, size_t na, const double* b, size_t nb, double* out) {
  const size_t width = na + nb + 1;
  for (size_t i = 0; i < rows; ++i, w += width) {
    double sum = w[na + nb];
    for (size_t j = 0; j < na; ++j) sum += w[j] * a[j];
    for (size_t j = 0; j < nb; ++j) sum += w[na + j] * b[j];
    out[i] = sum;
  }
}

// The other way: from d of out to d of w, a and b (added).
void affine_back(const double* w, double* dw, size_t rows, const double* a, double* da, size_t na, const double* b, double* db, size_t nb, const double* d) {
  const size_t width = na + nb + 1;
  for (size_t i = 0; i < rows; ++i, w += width, dw += width) {
    const double v = d[i];
    if (v == 0) continue;
    for (size_t j = 0; j < na; ++j) dw[j] += v * a[j], da[j] += v * w[j];
    for (size_t j = 0; j < nb; ++j) dw[na + j] += v * b[j], db[j] += v * w[na + j];
    dw[na + nb] += v;
  }
}

// Margins to probabilities in place; the log loss of `label`.
double softmax(double* m, size_t classes, int label) {
  const double most = *std::max_element(m, m + classes), at = m[label];
  double sum = 0;
  for (size_t k = 0; k < classes; ++k) sum += m[k] = std::exp(m[k] - most);
  for (size_t k = 0; k < classes; ++k) m[k] /= sum;
  return std::log(sum) - (at - most);
}

struct Watched {
  double loss = 0, steps = 0;
};

Watched watch_loss(const Gru& gru, const std::vector<TokenSequence>& sequences) {
  Watched out;
  const size_t classes = gru.shape().classes;
  for (const TokenSequence& sequence : sequences) {
    std::vector<double> margins = gru.margins(sequence);
    for (size_t t = 0; t < sequence.steps(); ++t) {
      if (sequence.labels[t] < 0) continue;
      out.loss += softmax(margins.data() + t * classes, classes, sequence.labels[t]);
      out.steps += 1;
    }
  }
  return out;
}

}  // namespace

// What the way back needs of each step: all row after row.
struct Gru::Steps {
  std::vector<double> x, h, z, r, c, reset, margins;  // h has one row more, the first all zeros
};

Gru::Gru(const GruShape& shape, uint64_t seed) : shape_(shape) {
  const size_t input = shape.embedding + shape.numbers;
  width_ = input + shape.hidden + 1;
  size_t at = shape.tokens * shape.embedding;
  for (size_t& gate : gate_at_) gate = at, at += shape.hidden * width_;
  out_at_ = at;
  weights_.resize(at + shape.classes * (shape.hidden + 1));
  Random random(seed);
  for (size_t i = 0; i < gate_at_[0]; ++i) weights_[i] = 0.1 * random.normal();
  const double spread = 1 / std::sqrt(static_cast<double>(input + shape.hidden));
  for (size_t i = gate_at_[0]; i < out_at_; ++i) weights_[i] = (i - gate_at_[0]) % width_ + 1 == width_ ? 0 : spread * random.normal();
  for (size_t i = out_at_; i < weights_.size(); ++i) weights_[i] = (i - out_at_) % (shape.hidden + 1) == shape.hidden ? 0 : 0.1 * random.normal();
}

void Gru::forward(const TokenSequence& sequence, Steps& s) const {
  const size_t n = sequence.steps(), hidden = shape_.hidden, input = shape_.embedding + shape_.numbers;
  s.x.resize(n * input);
  s.h.assign((n + 1) * hidden, 0.0);
  for (auto* list : {&s.z, &s.r, &s.c, &s.reset}) list->resize(n * hidden);
  s.margins.resize(n * shape_.classes);
  for (size_t t = 0; t < n; ++t) {
    double* x = s.x.data() + t * input;
    const double *h = s.h.data() + t * hidden, *embedded = weights_.data() + sequence.tokens[t] * shape_.embedding;
    double *next = s.h.data() + (t + 1) * hidden, *z = s.z.data() + t * hidden, *r = s.r.data() + t * hidden, *c = s.c.data() + t * hidden, *reset = s.reset.data() + t * hidden;
    std::copy(embedded, embedded + shape_.embedding, x);
    std::copy_n(sequence.numbers.data() + t * shape_.numbers, shape_.numbers, x + shape_.embedding);
    affine(weights_.data() + gate_at_[0], hidden, x, input, h, hidden, z);
    affine(weights_.data() + gate_at_[1], hidden, x, input, h, hidden, r);
    for (size_t i = 0; i < hidden; ++i) z[i] = sigmoid(z[i]), r[i] = sigmoid(r[i]), reset[i] = r[i] * h[i];
    affine(weights_.data() + gate_at_[2], hidden, x, input, reset, hidden, c);
    for (size_t i = 0; i < hidden; ++i) c[i] = std::tanh(c[i]), next[i] = (1 - z[i]) * h[i] + z[i] * c[i];
    affine(weights_.data() + out_at_, shape_.classes, next, hidden, nullptr, 0, s.margins.data() + t * shape_.classes);
  }
}

std::vector<double> Gru::margins(const TokenSequence& sequence) const {
  Steps steps;
  forward(sequence, steps);
  return std::move(steps.margins);
}

double Gru::loss_and_gradient(const TokenSequence& sequence, std::vector<double>& gradient) const {
  Steps s;
  forward(sequence, s);
  const size_t hidden = shape_.hidden, input = shape_.embedding + shape_.numbers, classes = shape_.classes;
  std::vector<double> dh(hidden, 0.0), before(hidden), dx(input), dz(hidden), dr(hidden), dc(hidden), dreset(hidden);
  double loss = 0;
  for (size_t t = sequence.steps(); t-- > 0;) {
    const double *x = s.x.data() + t * input, *h = s.h.data() + t * hidden, *next = h + hidden;
    const double *z = s.z.data() + t * hidden, *r = s.r.data() + t * hidden, *c = s.c.data() + t * hidden, *reset = s.reset.data() + t * hidden;
    if (const int label = sequence.labels[t]; label >= 0) {
      double* m = s.margins.data() + t * classes;
      loss += softmax(m, classes, label);
      m[label] -= 1;
      affine_back(weights_.data() + out_at_, gradient.data() + out_at_, classes, next, dh.data(), hidden, nullptr, nullptr, 0, m);
    }
    std::fill(dx.begin(), dx.end(), 0.0);
    std::fill(dreset.begin(), dreset.end(), 0.0);
    for (size_t i = 0; i < hidden; ++i) {
      before[i] = dh[i] * (1 - z[i]);
      dz[i] = dh[i] * (c[i] - h[i]) * z[i] * (1 - z[i]);
      dc[i] = dh[i] * z[i] * (1 - c[i] * c[i]);
    }
    affine_back(weights_.data() + gate_at_[2], gradient.data() + gate_at_[2], hidden, x, dx.data(), input, reset, dreset.data(), hidden, dc.data());
    for (size_t i = 0; i < hidden; ++i) {
      before[i] += dreset[i] * r[i];
      dr[i] = dreset[i] * h[i] * r[i] * (1 - r[i]);
    }
    affine_back(weights_.data() + gate_at_[0], gradient.data() + gate_at_[0], hidden, x, dx.data(), input, h, before.data(), hidden, dz.data());
    affine_back(weights_.data() + gate_at_[1], gradient.data() + gate_at_[1], hidden, x, dx.data(), input, h, before.data(), hidden, dr.data());
    double* embedded = gradient.data() + sequence.tokens[t] * shape_.embedding;
    for (size_t e = 0; e < shape_.embedding; ++e) embedded[e] += dx[e];
    dh.swap(before);
  }
  return loss;
}

Result<Gru> Gru::fit(const GruShape& shape, const std::vector<TokenSequence>& learn, const std::vector<TokenSequence>& watch, const GruOptions& options) {
  auto labelled = [](const TokenSequence& s) { return std::any_of(s.labels.begin(), s.labels.end(), [](int l) { return l >= 0; }); };
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < learn.size(); ++i) {
    if (labelled(learn[i])) order.push_back(i);
  }
  if (order.empty() || std::none_of(watch.begin(), watch.end(), labelled)) return Error(ErrorCode::kInvalidArgument, "no step of the sequences has a label to learn from");
  Gru gru(shape, options.seed);
  Random random(options.seed + 1);
  const size_t size = gru.weights_.size();
  std::vector<double> gradient(size), first(size, 0.0), second(size, 0.0), best = gru.weights_;
  double least = std::numeric_limits<double>::infinity();
  int64_t step = 0;
  for (int epoch = 0, best_epoch = 0; epoch < options.epochs && epoch - best_epoch <= options.patience; ++epoch) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (size_t at = 0; at < order.size(); at += static_cast<size_t>(options.batch)) {
      std::fill(gradient.begin(), gradient.end(), 0.0);
      const size_t end = std::min(order.size(), at + static_cast<size_t>(options.batch));
      double labels = 0;
      for (size_t i = at; i < end; ++i) {
        const TokenSequence& sequence = learn[order[i]];
        gru.loss_and_gradient(sequence, gradient);
        labels += static_cast<double>(std::count_if(sequence.labels.begin(), sequence.labels.end(), [](int l) { return l >= 0; }));
      }
      double squares = 0;
      for (size_t w = 0; w < size; ++w) {
        gradient[w] = gradient[w] / labels + options.l2 * gru.weights_[w];
        squares += gradient[w] * gradient[w];
      }
      const double clip = squares > kClip * kClip ? kClip / std::sqrt(squares) : 1;
      ++step;
      const double even1 = 1 - std::pow(kFirst, step), even2 = 1 - std::pow(kSecond, step);
      for (size_t w = 0; w < size; ++w) {
        const double g = clip * gradient[w];
        first[w] = kFirst * first[w] + (1 - kFirst) * g;
        second[w] = kSecond * second[w] + (1 - kSecond) * g * g;
        gru.weights_[w] -= options.learning_rate * (first[w] / even1) / (std::sqrt(second[w] / even2) + kSmall);
      }
    }
    const Watched now = watch_loss(gru, watch);
    if (now.loss / now.steps < least) {
      least = now.loss / now.steps;
      best = gru.weights_;
      best_epoch = epoch;
    }
    if (options.progress) options.progress(static_cast<double>(epoch + 1) / options.epochs);
  }
  gru.weights_ = std::move(best);
  return gru;
}

void Gru::write(JsonWriter& json) const {
  json.begin_object().field("version", 1).field("tokens", shape_.tokens).field("numbers", shape_.numbers).field("classes", shape_.classes);
  json.field("embedding", shape_.embedding).field("hidden", shape_.hidden).key("weights").begin_array();
  for (double w : weights_) json.number(w);
  json.end_array().end_object();
}

Result<Gru> Gru::parse(std::string_view text) {
  auto broken = [] { return Error(ErrorCode::kModelMismatch, "the recurrent network of the model cannot be read"); };
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array weights;
  GruShape shape;
  if (parser.parse(text.data(), text.size()).get(document) || document["weights"].get(weights)) return broken();
  for (auto [name, place] : {std::pair("tokens", &shape.tokens), {"numbers", &shape.numbers}, {"classes", &shape.classes}, {"embedding", &shape.embedding}, {"hidden", &shape.hidden}}) {
    uint64_t value = 0;
    if (document[name].get(value) || value > 100'000) return broken();
    *place = value;
  }
  if (shape.tokens == 0 || shape.classes < 2 || shape.hidden == 0 || shape.hidden > 4096 || shape.embedding > 4096) return broken();
  Gru gru(shape, 1);
  std::vector<double> read;
  for (simdjson::dom::element weight : weights) {
    double value = 0;
    if (weight.get(value)) return broken();
    read.push_back(value);
  }
  if (read.size() != gru.weights_.size()) return broken();
  gru.weights_ = std::move(read);
  return gru;
}

}  // namespace furrow::learn
