#include "learn/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "learn/blend.h"
#include "learn/calibration.h"
#include "learn/folds.h"

namespace furrow::learn {
namespace {

struct Drawn {
  std::vector<double> scores;
  std::vector<float> labels;
};

// Scores that are true probabilities, rounded so that there are ties.
Drawn draw(size_t rows, Random& random) {
  Drawn d;
  for (size_t i = 0; i < rows; ++i) {
    double p = std::round(50 / (1 + std::exp(-random.normal() + 1))) / 50;
    d.scores.push_back(p);
    d.labels.push_back(random.uniform() < p ? 1.0f : 0.0f);
  }
  return d;
}

TEST(Metrics, EqualTheirNaiveTwins) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Drawn d = draw(200, random);
    double pairs = 0, won = 0, precision = 0, positives = 0;
    for (float y : d.labels) positives += y;
    for (size_t i = 0; i < 200; ++i) {
      if (d.labels[i] == 0) continue;
      double at_least = 0, hits = 0;
      for (size_t j = 0; j < 200; ++j) {
        if (d.scores[j] >= d.scores[i]) at_least += 1, hits += d.labels[j];
        if (d.labels[j] > 0) continue;
        pairs += 1;
        won += d.scores[i] > d.scores[j] ? 1 : d.scores[i] == d.scores[j] ? 0.5 : 0;
      }
      precision += hits / at_least / positives;
    }
    EXPECT_NEAR(auc(d.scores, d.labels), won / pairs, 1e-12);
    EXPECT_NEAR(average_precision(d.scores, d.labels), precision, 1e-12);
  }
}

TEST(Metrics, IntervalsCoverTheTruth) {
  Random random(20);
  Drawn whole = draw(200000, random);
  double true_auc = auc(whole.scores, whole.labels), true_ap = average_precision(whole.scores, whole.labels);
  int covered_auc = 0, covered_ap = 0;
  for (int k = 0; k < 200; ++k) {
    Drawn d = draw(400, random);
    auto q = binary_quality(d.scores, d.labels, 1);
    ASSERT_TRUE(q.ok());
    covered_auc += q->auc.low <= true_auc && true_auc <= q->auc.high;
    covered_ap += q->pr_auc.low <= true_ap && true_ap <= q->pr_auc.high;
  }
  EXPECT_GE(covered_auc, 180);  // 95 % of 200 is 190; 180 is three standard errors below
  EXPECT_GE(covered_ap, 174);
}

TEST(Metrics, OneClassOrNoRowsIsAnError) {
  EXPECT_EQ(binary_quality({}, {}, 1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(binary_quality({0.1, 0.2}, {1, 1}, 1).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(binary_quality({0.1, std::nan("")}, {1, 0}, 1).error().code(), ErrorCode::kInvalidArgument);
}

TEST(Metrics, ThresholdTableCountsWhatItFlags) {
  Random random(3);
  Drawn d = draw(1000, random);
  for (const ThresholdRow& row : threshold_table(d.scores, d.labels)) {
    double flagged = 0, hits = 0, positives = 0;
    for (size_t i = 0; i < 1000; ++i) {
      positives += d.labels[i];
      if (d.scores[i] >= row.threshold) flagged += 1, hits += d.labels[i];
    }
    EXPECT_NEAR(row.share_flagged, flagged / 1000, 1e-12);
    EXPECT_NEAR(row.recall, hits / positives, 1e-12);
    EXPECT_NEAR(row.precision, hits / flagged, 1e-12);
  }
}

TEST(Calibration, IsKeptOnlyWhenItHelps) {
  Random random(5);
  std::vector<double> honest, bold;
  std::vector<float> labels;
  std::vector<int> fold;
  for (int i = 0; i < 4000; ++i) {
    double margin = random.normal() - 1;
    honest.push_back(margin);
    bold.push_back(3 * margin + 1);
    labels.push_back(random.uniform() < 1 / (1 + std::exp(-margin)) ? 1.0f : 0.0f);
    fold.push_back(i % 5);
  }
  auto plain = Calibration::choose(honest, labels, fold), mended = Calibration::choose(bold, labels, fold);
  EXPECT_NE(mended.calibration.method(), CalibrationMethod::kNone);
  for (double m : {-2.0, -1.0, 0.0, 1.0}) {
    EXPECT_NEAR(mended.calibration.probability(3 * m + 1), 1 / (1 + std::exp(-m)), 0.05);
    EXPECT_NEAR(plain.calibration.probability(m), 1 / (1 + std::exp(-m)), 0.05);
  }
  for (auto method : {CalibrationMethod::kPlatt, CalibrationMethod::kBeta, CalibrationMethod::kIsotonic}) {
    Calibration fitted = Calibration::fit(method, bold, labels);
    std::string text;
    JsonWriter json(text);
    fitted.write(json);
    auto back = Calibration::parse(text);
    ASSERT_TRUE(back.ok());
    double before = 0;
    for (double m = -8; m < 8; m += 0.25) {
      EXPECT_EQ(back->probability(m), fitted.probability(m));
      EXPECT_GE(fitted.probability(m), before);
      before = fitted.probability(m);
    }
  }
  EXPECT_FALSE(Calibration::parse("{\"method\":\"magic\"}").ok());
}

TEST(Calibration, AFoldIsJudgedByAMapThatKnowsNothingOfIt) {
  // Two noisy views of a margin that a lopsided map makes honest; a blend of them, and the map, from a few rows.
  int nested = 0, blended = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Random random(seed);
    std::vector<std::vector<double>> parts(2);
    std::vector<float> labels;
    std::vector<int> fold;
    for (int i = 0; i < 300; ++i) {
      const double m = 1.5 * random.normal(), p = 1 / (1 + std::exp(-m)), honest = 1.8 * std::log(p) - 0.5 * std::log(1 - p);
      for (auto& part : parts) part.push_back(m + 0.3 * random.normal());
      labels.push_back(random.uniform() < 1 / (1 + std::exp(-honest)) ? 1.0f : 0.0f);
      fold.push_back(i % 5);
    }
    const Lean lean{{0.5, 0.5}, 5};
    const auto whole = Blend::fit(Task::kBinary, parts, labels, lean).all_margins(parts), crossed = Blend::cross_fit(Task::kBinary, parts, labels, lean, fold);
    nested += Calibration::choose(Blend::without_folds(Task::kBinary, parts, labels, lean, fold), whole, labels, fold).calibration.method() != CalibrationMethod::kNone;
    blended += Calibration::choose(crossed, labels, fold).calibration.method() != CalibrationMethod::kNone;
  }
  EXPECT_GE(nested, 20);
  EXPECT_GE(nested, blended + 8);  // judged by margins that carry its labels, a map that helps looks as if it did harm
}

TEST(Calibration, FewRowsChangeLittle) {
  Random random(8);
  double shrunk = 0, free = 0;  // squared distance from margins that need no map
  for (int draw = 0; draw < 40; ++draw) {
    std::vector<double> margins;
    std::vector<float> labels;
    for (int i = 0; i < 40; ++i) margins.push_back(random.normal()), labels.push_back(random.uniform() < 1 / (1 + std::exp(-margins.back())) ? 1.0f : 0.0f);
    const Calibration beta = Calibration::fit(CalibrationMethod::kBeta, margins, labels), platt = Calibration::fit(CalibrationMethod::kPlatt, margins, labels);
    for (double m = -2; m <= 2; m += 0.5) {
      const double honest = 1 / (1 + std::exp(-m));
      shrunk += (beta.probability(m) - honest) * (beta.probability(m) - honest);
      free += (platt.probability(m) - honest) * (platt.probability(m) - honest);
    }
  }
  EXPECT_LT(shrunk, 0.75 * free);
}

TEST(Folds, GroupsStayTogetherAndTimeRunsForward) {
  std::vector<std::string> groups;
  std::vector<double> times;
  Random random(6);
  for (int i = 0; i < 300; ++i) {
    groups.push_back("g" + std::to_string(random.below(30)));
    times.push_back(static_cast<double>(random.below(50)));
  }
  for (const Fold& fold : group_folds(groups, 4, 1)) {
    for (uint32_t a : fold.held_out) {
      for (uint32_t b : fold.train) ASSERT_NE(groups[a], groups[b]);
    }
  }
  auto folds = time_folds(times, 4);
  ASSERT_EQ(folds.size(), 4u);
  for (const Fold& fold : folds) {
    for (uint32_t a : fold.held_out) {
      for (uint32_t b : fold.train) ASSERT_LT(times[b], times[a]);
    }
  }
}

TEST(Metrics, NoLossIsSaidToBeBelowNothing) {
  std::vector<double> scores(40, 0.01);
  std::vector<float> labels(40, 0);
  labels[7] = 1;
  const auto quality = binary_quality(scores, labels, 1).value();
  EXPECT_EQ(quality.log_loss.low, 0);
  EXPECT_EQ(quality.brier.low, 0);
  EXPECT_GT(quality.log_loss.high, quality.log_loss.value);
}

}  // namespace
}  // namespace furrow::learn
