#include "learn/uplift.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "learn/uplift_guards.h"

namespace furrow::learn {
namespace {

// By definition, from the rows taken at each distinct score, and trapezia between.
std::pair<double, double> naive_areas(const std::vector<double>& scores, const std::vector<float>& outcomes, const std::vector<uint8_t>& treated) {
  std::vector<double> cuts(scores);
  std::sort(cuts.rbegin(), cuts.rend());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  double area = 0, qini_area = 0, share_before = 0, uplift_before = 0, qini_before = 0, treated_rows = 0;
  for (uint8_t t : treated) treated_rows += t;
  for (double cut : cuts) {
    double n[2] = {0, 0}, y[2] = {0, 0};
    for (size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] >= cut) n[treated[i]] += 1, y[treated[i]] += outcomes[i];
    }
    double share = (n[0] + n[1]) / static_cast<double>(scores.size());
    double uplift = n[0] > 0 && n[1] > 0 ? share * (y[1] / n[1] - y[0] / n[0]) : 0;
    double qini = (y[1] - (n[0] > 0 ? y[0] * n[1] / n[0] : 0)) / treated_rows;
    area += (share - share_before) * (uplift + uplift_before) / 2;
    qini_area += (share - share_before) * (qini + qini_before) / 2;
    share_before = share, uplift_before = uplift, qini_before = qini;
  }
  return {area, qini_area - qini_before / 2};
}

TEST(UpliftQuality, IsTheAreaByDefinition) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    std::vector<double> scores;
    std::vector<float> outcomes;
    std::vector<uint8_t> treated;
    for (int i = 0; i < 300; ++i) {
      scores.push_back(std::round(random.uniform() * 40));  // with ties
      treated.push_back(random.chance(0.4));
      outcomes.push_back(random.chance(0.2 + (treated.back() ? scores.back() / 80 : 0)));
    }
    auto [area, qini_area] = naive_areas(scores, outcomes, treated);
    EXPECT_NEAR(auuc(scores, outcomes, treated), area, 1e-12) << "seed " << seed;
    EXPECT_NEAR(qini(scores, outcomes, treated), qini_area, 1e-12) << "seed " << seed;
    auto quality = uplift_quality(scores, outcomes, treated, seed);
    ASSERT_TRUE(quality.ok());
    EXPECT_LT(quality->auuc.low, area);
    EXPECT_GT(quality->auuc.high, area);
    ASSERT_EQ(quality->curve.size(), 21u);
    EXPECT_NEAR(quality->curve.back().uplift, quality->effect.value, 1e-9);
  }
  EXPECT_EQ(uplift_quality({1, 2}, {0, 1}, {1, 1}, 1).error().code(), ErrorCode::kInvalidArgument);
}

TEST(UpliftQuality, APolicyIsWorthWhatItsRowsSay) {
  // Action 1 helps the even rows by 1, action 2 the odd ones by 2; costs 0.5 each.
  std::vector<int> arm, right;
  std::vector<float> outcomes;
  for (int i = 0; i < 600; ++i) {
    arm.push_back(i / 2 % 3);
    right.push_back(i % 2 == 0 ? 1 : 2);
    outcomes.push_back(arm.back() != right.back() ? 0.0f : static_cast<float>(right.back()));
  }
  auto value = policy_value(arm, right, outcomes, 1, {0, 0.5, 0.5}, 1);
  ASSERT_TRUE(value.ok());
  EXPECT_NEAR(value->gain.value, 1.0, 1e-9);
  EXPECT_NEAR(value->gain_of_arm[0].value, 0.0, 1e-9);
  EXPECT_NEAR(value->gain_of_arm[1].value, 0.5, 1e-9);
  EXPECT_NEAR(value->share_of_arm[2], 0.5, 1e-9);
}

TEST(UpliftLearners, ADecidedTreeGivesWhatTheTreeGives) {
  Random random(3);
  EffectSamples s;
  s.samples.columns = 3;
  for (int i = 0; i < 2000; ++i) {
    for (int c = 0; c < 2; ++c) s.samples.values.push_back(static_cast<float>(random.normal()));
    float t = random.chance(0.5) ? 1 : 0;
    s.samples.values.push_back(t);
    s.samples.labels.push_back(static_cast<float>(t * s.samples.row(static_cast<size_t>(i))[0] + random.normal() * 0.1));
  }
  BoostingOptions options;
  options.threads = 1;
  options.rounds = 20;
  auto boosted = boost(Task::kRegression, s.samples, nullptr, options);
  ASSERT_TRUE(boosted.ok());
  auto forest = Forest::parse(boosted->json);
  ASSERT_TRUE(forest.ok());
  auto leaf = [](const Tree& tree, const float* row) {
    size_t node = 0;
    while (!tree.is_leaf(node)) node = static_cast<size_t>(tree.child(node, row[tree.feature[node]]));
    return tree.threshold[node];
  };
  for (const Tree& tree : forest->trees()) {
    for (float t : {0.0f, 1.0f}) {
      Tree decided = decide_feature(tree, 2, t);
      for (size_t i = 0; i < 50; ++i) {
        float row[3] = {s.samples.row(i)[0], s.samples.row(i)[1], t};
        ASSERT_EQ(leaf(decided, row), leaf(tree, row));
      }
      for (size_t n = 0; n < decided.nodes(); ++n) ASSERT_TRUE(decided.is_leaf(n) || decided.feature[n] != 2);
    }
  }
}

// Mail helps the young, a call helps the old (and costs); `later` is measured after the action.
Dataset campaign(size_t rows, uint64_t seed, bool works = true) {
  Random random(seed);
  std::vector<double> age, noise, later;
  TextColumnBuilder action("action"), bought("bought");
  const char* actions[] = {"none", "mail", "call"};
  for (size_t i = 0; i < rows; ++i) {
    double a = random.uniform(20, 80);
    size_t t = random.below(3);
    double chance = 0.2 + (works && t == 1 && a < 40 ? 0.4 : 0) + (works && t == 2 && a > 60 ? 0.5 : 0);
    age.push_back(a);
    noise.push_back(random.normal());
    later.push_back(random.normal() + (t > 0 ? 1.0 : 0.0));
    action.add(actions[t]);
    bought.add(random.chance(chance) ? "yes" : "no");
  }
  Dataset data;
  data.rows = rows;
  data.columns.push_back(number_column("age", std::move(age)));
  data.columns.push_back(number_column("noise", std::move(noise)));
  data.columns.push_back(number_column("shoe", std::vector<double>(data.columns[1].numbers.rbegin(), data.columns[1].numbers.rend())));
  data.columns.push_back(number_column("later", std::move(later)));
  data.columns.push_back(std::move(action).finish());
  data.columns.push_back(std::move(bought).finish());
  return data;
}

UpliftOptions options_of(const std::string& learner) {
  UpliftOptions options;
  options.threads = 1;
  options.treatment = "action";
  options.target = "bought";
  options.value = 10;
  options.costs = {{"call", 1.0}};
  options.learner = learner;
  return options;
}

TEST(Uplift, EachLearnerFindsWhomAnActionChanges) {
  Dataset data = campaign(3500, 11), fresh = campaign(2000, 12);
  TemporaryFolder folder;
  for (const char* learner : {"s", "t", "x", "dr", "mean"}) {
    auto trained = train_uplift(data, options_of(learner), folder.path() / learner);
    ASSERT_TRUE(trained.ok()) << trained.error().to_string();
    EXPECT_EQ(trained->learner, learner);
    EXPECT_EQ(trained->control, "none");
    ASSERT_EQ(trained->left_out.size(), 1u);
    EXPECT_EQ(trained->left_out[0].name, "later");
    ASSERT_EQ(trained->warnings.size(), 1u);
    EXPECT_EQ(trained->warnings[0].code, "arms_differ");
    EXPECT_NE(trained->warnings[0].english.find("--keep later"), std::string::npos) << trained->warnings[0].english;
    EXPECT_TRUE(trained->random);
    for (const auto& arm : trained->arms) EXPECT_GT(arm.quality.qini.low, 0) << learner << " " << arm.name;
    auto model = UpliftModel::load(folder.path() / learner);
    ASSERT_TRUE(model.ok()) << model.error().to_string();
    auto effects = model->effects(fresh);
    ASSERT_TRUE(effects.ok());
    size_t right = 0, judged = 0;  // arms come by name: call, mail
    for (size_t i = 0; i < fresh.rows; ++i) {
      double age = fresh.columns[0].numbers[i];
      if (age > 35 && age < 65) continue;
      ++judged;
      right += model->recommend({(*effects)[0][i], (*effects)[1][i]}) == (age < 40 ? 2 : 1);
    }
    EXPECT_GT(static_cast<double>(right) / static_cast<double>(judged), 0.95) << learner;
  }
}

TEST(Uplift, ReasonsAddUpToTheEffect) {
  Dataset data = campaign(1500, 5);
  TemporaryFolder folder;
  ASSERT_TRUE(train_uplift(data, options_of("auto"), folder.path() / "m").ok());
  auto model = UpliftModel::load(folder.path() / "m");
  ASSERT_TRUE(model.ok());
  auto effects = model->effects(data);
  auto rows = model->arm(0).encoder().encode(data);
  ASSERT_TRUE(effects.ok() && rows.ok());
  Model::Scratch scratch;
  for (size_t i = 0; i < 20; ++i) {
    double sum = model->arm(0).bias();
    for (const Reason& reason : model->arm(0).reasons(rows->row(0) + i * rows->columns, 100, scratch)) sum += reason.contribution;
    EXPECT_NEAR(sum, (*effects)[0][i], 1e-6);
  }
}

TEST(Uplift, WhatIsNoExperimentIsSaid) {
  Dataset data = campaign(900, 2);
  TemporaryFolder folder;
  auto fault = [&](UpliftOptions options) {
    auto trained = train_uplift(data, options, folder.path() / "m");
    return trained.ok() ? std::string() : trained.error().message();
  };
  UpliftOptions options = options_of("auto");
  options.control = "nothing";
  EXPECT_EQ(fault(options).rfind("no row has 'nothing' in 'action'; it has: 'call' (", 0), 0u) << fault(options);
  options = options_of("auto");
  options.treatment = "age";
  EXPECT_EQ(fault(options), "treatment 'age' has more than 21 values: it should name what was done to each row");
  options = options_of("wonder");
  EXPECT_EQ(fault(options), "--learner is one of auto, s, t, x, dr, mean, not 'wonder'");
  options = options_of("auto");
  options.costs = {{"cal", 1}};
  EXPECT_EQ(fault(options).rfind("--cost names 'cal', which 'action' does not have", 0), 0u);
}

TEST(Uplift, AnActionThatWasNotDrawnIsSaidAndCorrectedFor) {
  // The old are treated more and buy more; the action does nothing.
  Random random(4);
  std::vector<double> age, treated, bought;
  for (int i = 0; i < 4000; ++i) {
    double a = random.uniform();
    age.push_back(a);
    treated.push_back(random.chance(0.2 + 0.6 * a));
    bought.push_back(random.chance(0.1 + 0.6 * a));
  }
  Dataset data;
  data.rows = age.size();
  data.columns = {number_column("age", age), number_column("treated", treated), number_column("bought", bought)};
  UpliftOptions options;
  options.threads = 1;
  options.treatment = "treated";
  options.target = "bought";
  options.learner = "dr";
  TemporaryFolder folder;
  auto trained = train_uplift(data, options, folder.path() / "m");
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_FALSE(trained->random);
  ASSERT_EQ(trained->warnings.size(), 1u);
  EXPECT_EQ(trained->warnings[0].code, "treatment_not_random");
  auto model = UpliftModel::load(folder.path() / "m");
  auto effects = model->effects(data);
  double mean = 0;
  for (double e : (*effects)[0]) mean += e / static_cast<double>(data.rows);
  EXPECT_GT(trained->arms[0].quality.effect.value, 0.1);  // as it looks
  EXPECT_LT(std::abs(mean), 0.05);                        // as it is
}

TEST(Uplift, AnActionIsNotItsOwnOutcome) {
  UpliftOptions options = options_of("t");
  options.target = options.treatment;
  TemporaryFolder folder;
  auto trained = train_uplift(campaign(600, 3), options, folder.path() / "m");
  ASSERT_FALSE(trained.ok());
  EXPECT_EQ(trained.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(trained.error().message().find("both as the treatment and as the target"), std::string::npos) << trained.error().message();
}

// What decides who is treated looks like what was measured afterwards where most inputs are alike. It is said, and --keep corrects for it.
TEST(Uplift, AColumnLeftOutMayBeWhySomebodyWasTreated) {
  Random random(41);
  std::vector<double> income, treated, bought;
  for (size_t i = 0; i < 4000; ++i) {
    income.push_back(random.normal());
    treated.push_back(random.chance(income.back() > 0 ? 0.7 : 0.3) ? 1 : 0);
    bought.push_back(random.chance(income.back() > 0 ? 0.6 : 0.2) ? 1 : 0);  // whatever is done
  }
  Dataset data;
  data.rows = income.size();
  data.columns = {number_column("income", income), number_column("treated", treated), number_column("bought", bought)};
  for (const char* other : {"shoe", "hat", "glove"}) {
    std::vector<double> size;
    for (size_t i = 0; i < data.rows; ++i) size.push_back(random.normal());
    data.columns.push_back(number_column(other, std::move(size)));
  }
  UpliftOptions options;
  options.threads = 1;
  options.treatment = "treated";
  options.target = "bought";
  options.learner = "dr";
  TemporaryFolder folder;
  auto mean_of = [&](const char* name, const char* warning) {
    auto trained = train_uplift(data, options, folder.path() / name);
    EXPECT_TRUE(trained.ok()) << trained.error().to_string();
    EXPECT_EQ(trained->warnings.size(), 1u);
    if (!trained->warnings.empty()) EXPECT_EQ(trained->warnings[0].code, warning);
    auto effects = (*UpliftModel::load(folder.path() / name)).effects(data);
    double mean = 0;
    for (double e : (*effects)[0]) mean += e / static_cast<double>(data.rows);
    return mean;
  };
  EXPECT_GT(mean_of("left_out", "arms_differ"), 0.1);
  options.keep = {"income"};
  EXPECT_LT(std::abs(mean_of("kept", "treatment_not_random")), 0.05);
}

// The data, and the first `rows` of them `times` times more.
Dataset with_copies(const Dataset& once, size_t rows, int times) {
  Dataset out = once;
  out.rows += rows * static_cast<size_t>(times);
  for (size_t c = 0; c < once.columns.size(); ++c) {
    const Column& from = once.columns[c];
    Column& to = out.columns[c];
    for (int copy = 0; copy < times; ++copy) {
      to.numbers.insert(to.numbers.end(), from.numbers.begin(), from.numbers.begin() + static_cast<ptrdiff_t>(std::min(rows, from.numbers.size())));
      to.codes.insert(to.codes.end(), from.codes.begin(), from.codes.begin() + static_cast<ptrdiff_t>(std::min(rows, from.codes.size())));
    }
  }
  return out;
}

TEST(Uplift, AFileThereThreeTimesGivesWhatTheSingleFileGives) {
  const Dataset once = campaign(900, 7), thrice = with_copies(once, once.rows, 2);
  TemporaryFolder folder;
  auto single = train_uplift(once, options_of("t"), folder.path() / "single"), copied = train_uplift(thrice, options_of("t"), folder.path() / "copied");
  ASSERT_TRUE(single.ok() && copied.ok());
  EXPECT_EQ(copied->rows, once.rows);
  EXPECT_EQ(copied->control_rows, single->control_rows);
  EXPECT_TRUE(copied->random);
  for (size_t a = 0; a < single->arms.size(); ++a) {
    EXPECT_EQ(copied->arms[a].rows, single->arms[a].rows);
    EXPECT_EQ(copied->arms[a].quality.auuc.value, single->arms[a].quality.auuc.value);
    EXPECT_EQ(copied->arms[a].quality.auuc.low, single->arms[a].quality.auuc.low);
  }
  ASSERT_EQ(single->warnings.size(), 1u);
  EXPECT_EQ(single->warnings[0].code, "arms_differ");
  ASSERT_EQ(copied->warnings.size(), 2u);
  EXPECT_EQ(copied->warnings[0].code, "row_copies");
}

// Rows repeated here and there may be customers who are alike: none is left out, and no copy is seen before it is judged.
TEST(Uplift, RowsRepeatedHereAndThereStayAndAreHeldOutTogether) {
  const Dataset some = with_copies(campaign(900, 7, false), 450, 3);
  TemporaryFolder folder;
  auto trained = train_uplift(some, options_of("t"), folder.path() / "m");
  ASSERT_TRUE(trained.ok()) << trained.error().message();
  EXPECT_EQ(trained->rows, some.rows);
  ASSERT_EQ(trained->warnings.size(), 2u);
  EXPECT_EQ(trained->warnings[0].code, "row_copies");
  for (const UpliftArm& arm : trained->arms) EXPECT_LT(arm.quality.auuc.value, arm.quality.random_auuc + 0.05) << arm.name << ": nothing works, so nothing can be foreseen";
}

}  // namespace
}  // namespace furrow::learn
