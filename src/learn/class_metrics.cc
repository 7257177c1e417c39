#include "learn/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace furrow::learn {
namespace {

constexpr int kBins = 15;
constexpr double kWork = 4e8;  // rows · classes · draws
constexpr double kLeastProbability = 1e-12;

struct Values {
  double log_loss = 0, accuracy = 0, macro_f1 = 0, auc = 0, ece = 0, brier = 0;
};

// What does not change from one draw of rows to the next.
class Judge {
 public:
  Judge(const ClassScores& probabilities, const std::vector<uint32_t>& labels) : p_(probabilities), labels_(labels), order_(p_.classes) {
    for (size_t i = 0; i < labels.size(); ++i) {
      const double* row = p_.row(i);
      predicted_.push_back(static_cast<uint32_t>(largest(row, p_.classes)));
      double squares = 0;
      for (size_t k = 0; k < p_.classes; ++k) squares += (row[k] - (labels[i] == k)) * (row[k] - (labels[i] == k));
      brier_.push_back(squares);
      loss_.push_back(-std::log(std::max(kLeastProbability, row[labels[i]])));
    }
    for (size_t k = 0; k < p_.classes; ++k) {
      order_[k].resize(labels.size());
      std::iota(order_[k].begin(), order_[k].end(), 0u);
      std::sort(order_[k].begin(), order_[k].end(), [&](uint32_t a, uint32_t b) { return p_.row(a)[k] < p_.row(b)[k]; });
    }
  }

  // `count`: how often each row is there.
  Values values(const std::vector<uint32_t>& count, std::vector<ClassMeasures>* each) const {
    Values out;
    double total = 0, gap[kBins] = {};
    std::vector<double> actual(p_.classes, 0), predicted(p_.classes, 0), right(p_.classes, 0);
    for (size_t i = 0; i < labels_.size(); ++i) {
      const double c = count[i], top = p_.row(i)[predicted_[i]];
      const bool hit = predicted_[i] == labels_[i];
      total += c;
      out.log_loss += c * loss_[i];
      out.brier += c * brier_[i];
      out.accuracy += c * hit;
      actual[labels_[i]] += c;
      predicted[predicted_[i]] += c;
      if (hit) right[labels_[i]] += c;
      gap[std::min(kBins - 1, static_cast<int>(top * kBins))] += c * (hit - top);
    }
    for (double* v : {&out.log_loss, &out.brier, &out.accuracy}) *v /= total;
    for (double g : gap) out.ece += std::abs(g) / total;
    double present = 0, ranked = 0;
    for (size_t k = 0; k < p_.classes; ++k) {
      const double f1 = actual[k] + predicted[k] > 0 ? 2 * right[k] / (actual[k] + predicted[k]) : 0;
      const double area = actual[k] > 0 && actual[k] < total ? auc(k, count, actual[k], total) : 0;
      if (actual[k] > 0) out.macro_f1 += f1, present += 1;
      if (actual[k] > 0 && actual[k] < total) out.auc += area, ranked += 1;
      if (each) {
        each->push_back({static_cast<size_t>(actual[k]), static_cast<size_t>(predicted[k]), predicted[k] > 0 ? right[k] / predicted[k] : 0,
                         actual[k] > 0 ? right[k] / actual[k] : 0, f1, area});
      }
    }
    out.macro_f1 /= std::max(1.0, present);
    out.auc = ranked > 0 ? out.auc / ranked : 0.5;
    return out;
  }

  const std::vector<uint32_t>& predicted() const { return predicted_; }

 private:
  double auc(size_t k, const std::vector<uint32_t>& count, double positives, double total) const {
    double below = 0, pairs = 0;
    const std::vector<uint32_t>& order = order_[k];
    for (size_t i = 0; i < order.size();) {
      const double at = p_.row(order[i])[k];
      double run_positives = 0, run_negatives = 0;
      for (; i < order.size() && p_.row(order[i])[k] == at; ++i) (labels_[order[i]] == k ? run_positives : run_negatives) += count[order[i]];
      pairs += run_positives * (below + 0.5 * run_negatives);
      below += run_negatives;
    }
    return pairs / (positives * (total - positives));
  }

  const ClassScores& p_;
  const std::vector<uint32_t>& labels_;
  std::vector<uint32_t> predicted_;
  std::vector<double> loss_, brier_;
  std::vector<std::vector<uint32_t>> order_;
};

Measure interval(double value, std::vector<double> draws) {
  std::sort(draws.begin(), draws.end());
  auto at = [&](double q) { return draws[static_cast<size_t>(q * static_cast<double>(draws.size() - 1) + 0.5)]; };
  return {value, at(0.025), at(0.975)};
}

constexpr std::pair<const char*, Measure ClassQuality::*> kMeasures[] = {
    {"log_loss", &ClassQuality::log_loss}, {"accuracy", &ClassQuality::accuracy}, {"macro_f1", &ClassQuality::macro_f1},
    {"auc", &ClassQuality::auc},           {"ece", &ClassQuality::ece},           {"brier", &ClassQuality::brier}};
constexpr double Values::*kValues[] = {&Values::log_loss, &Values::accuracy, &Values::macro_f1, &Values::auc, &Values::ece, &Values::brier};

}  // namespace

Result<ClassQuality> class_quality(const ClassScores& probabilities, const std::vector<uint32_t>& labels, uint64_t seed) {
  if (labels.empty()) return Error(ErrorCode::kInvalidArgument, "there are no rows to measure");
  const size_t n = labels.size();
  Judge judge(probabilities, labels);
  ClassQuality out;
  out.rows = n;
  const Values whole = judge.values(std::vector<uint32_t>(n, 1), &out.classes);
  Random random(seed);
  const int draws = static_cast<int>(std::clamp(kWork / static_cast<double>(n * probabilities.classes), 20.0, 200.0));
  std::vector<std::vector<double>> drawn(std::size(kValues));
  for (int d = 0; d < draws; ++d) {
    std::vector<uint32_t> count(n, 0);
    for (size_t i = 0; i < n; ++i) ++count[random.below(n)];
    const Values values = judge.values(count, nullptr);
    for (size_t v = 0; v < drawn.size(); ++v) drawn[v].push_back(values.*kValues[v]);
  }
  for (size_t v = 0; v < drawn.size(); ++v) out.*kMeasures[v].second = interval(whole.*kValues[v], std::move(drawn[v]));
  out.confusion.assign(probabilities.classes, std::vector<size_t>(probabilities.classes, 0));
  for (size_t i = 0; i < n; ++i) ++out.confusion[labels[i]][judge.predicted()[i]];
  return out;
}

void write_json(JsonWriter& json, const ClassQuality& quality, const std::vector<std::string>& names) {
  json.begin_object().field("rows", quality.rows);
  for (const auto& [name, member] : kMeasures) write_json(json.key(name), quality.*member);
  json.key("classes").begin_array();
  for (size_t k = 0; k < names.size(); ++k) {
    const ClassMeasures& c = quality.classes[k];
    json.begin_object().field("class", names[k]).field("rows", c.rows).field("predicted", c.predicted).field("precision", c.precision);
    json.field("recall", c.recall).field("f1", c.f1).field("auc", c.auc).end_object();
  }
  json.end_array().key("confusion").begin_array();
  for (const auto& row : quality.confusion) {
    json.begin_array();
    for (size_t count : row) json.integer(static_cast<int64_t>(count));
    json.end_array();
  }
  json.end_array().end_object();
}

}  // namespace furrow::learn
