#include "measure/lift.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace furrow::measure {
namespace {

using decide::ArmSums;
using decide::PersonSums;

// A person's own conversion rate varies (beta-like), so decisions of one person are correlated.
struct World {
  double rate_ai, rate_holdout, holdout_share;
  double spread = 1;  // 0: everybody the same
};
double person_rate(Random& random, double mean, double spread) {
  return std::clamp(mean * (1 + spread * (2 * random.uniform() - 1)), 0.0, 1.0);
}
PersonSums whole_person(Random& random, double rate, uint64_t decisions) {
  PersonSums p{decisions, 0, 0};
  for (uint64_t i = 0; i < decisions; ++i) {
    if (!random.chance(rate)) continue;
    ++p.y;
    p.v += random.exponential(1.0 / 40);
  }
  return p;
}

// Everything from the people themselves, in two passes.
ArmEstimate naive_estimate(const std::vector<PersonSums>& people, Metric metric) {
  ArmEstimate e;
  double top = 0, n = 0, m = static_cast<double>(people.size());
  auto value = [&](const PersonSums& p) {
    return metric == Metric::kConvertedPeople ? double(p.y > 0) : metric == Metric::kValuePerDecision ? p.v : double(p.y);
  };
  auto weight = [&](const PersonSums& p) { return metric == Metric::kConvertedPeople ? 1.0 : double(p.n); };
  for (const auto& p : people) top += value(p), n += weight(p);
  e.rate = top / n;
  double sum = 0;
  for (const auto& p : people) sum += std::pow(value(p) - e.rate * weight(p), 2);
  e.variance = sum / (m - 1) * m / (n * n);
  return e;
}

TEST(Lift, SumsGiveWhatThePeopleGive) {
  Random random(11);
  ArmSums sums, first_half, second_half;
  std::vector<PersonSums> people;
  for (int i = 0; i < 500; ++i) {
    people.push_back(whole_person(random, person_rate(random, 0.2, 1), 1 + random.below(6)));
    sums.add(people.back());
    (i < 200 ? first_half : second_half).add(people.back());
  }
  sums.add(PersonSums{9, 9, 9.5});
  sums.remove(PersonSums{9, 9, 9.5});
  first_half.add(second_half);
  for (Metric metric : {Metric::kConversionsPerDecision, Metric::kConvertedPeople, Metric::kValuePerDecision}) {
    ArmEstimate fast = estimate(sums, metric), slow = naive_estimate(people, metric), merged = estimate(first_half, metric);
    EXPECT_NEAR(fast.rate, slow.rate, 1e-12) << to_string(metric);
    EXPECT_NEAR(fast.variance, slow.variance, 1e-9 * slow.variance + 1e-15) << to_string(metric);
    EXPECT_NEAR(merged.variance, fast.variance, 1e-9 * fast.variance) << to_string(metric);
  }
}

TEST(Lift, FixedIntervalCovers95PercentWhenLookedAtOnce) {
  constexpr int kRuns = 2000;
  World world{0.13, 0.10, 0.3};
  int covered = 0, covered_people = 0, covered_relative = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(1000 + static_cast<uint64_t>(run));
    ArmSums ai, holdout;
    for (int i = 0; i < 1500; ++i) {
      bool held = random.chance(world.holdout_share);
      double rate = person_rate(random, held ? world.rate_holdout : world.rate_ai, 1);
      (held ? holdout : ai).add(whole_person(random, rate, 1 + random.below(8)));
    }
    Lift result = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, world.holdout_share});
    double truth = world.rate_ai - world.rate_holdout, relative = truth / world.rate_holdout;
    covered += result.fixed->low <= truth && truth <= result.fixed->high;
    covered_relative += result.relative_fixed->low <= relative && relative <= result.relative_fixed->high;
    // P(somebody converts) = 1 - E[(1 - rate)^n], by the same two uniforms.
    auto converts = [](double mean) {
      double p = 0;
      for (int n = 1; n <= 8; ++n) {
        double b = 2 * mean;  // uniform on [0, 2 mean]: E[(1-r)^n] = (1 - (1-b)^(n+1)) / ((n+1) b)
        p += (1 - (1 - std::pow(1 - b, n + 1)) / ((n + 1) * b)) / 8;
      }
      return p;
    };
    Lift people = lift(ai, holdout, Metric::kConvertedPeople, {0.05, world.holdout_share});
    double truth_people = converts(world.rate_ai) - converts(world.rate_holdout);
    covered_people += people.fixed->low <= truth_people && truth_people <= people.fixed->high;
  }
  // Three standard errors of a share of 0.95 over the runs: 0.0146.
  EXPECT_NEAR(covered / double(kRuns), 0.95, 0.0146);
  EXPECT_NEAR(covered_relative / double(kRuns), 0.95, 0.0146);
  EXPECT_NEAR(covered_people / double(kRuns), 0.95, 0.0146);
}

// Looks 1,000 times while people come and come back. Gives whether each kind of interval ever excluded the truth.
// `true_lift`: relative, of the AI over the hold-out.
struct Excluded { bool fixed = false, anytime = false, relative = false; };
Excluded look_often(uint64_t seed, double rate, double returning, double true_lift = 0) {
  Random random(seed);
  struct Person { bool held; double rate; PersonSums sums; };
  std::vector<Person> people;
  ArmSums ai, holdout;
  Excluded excluded;
  for (int look = 0; look < 1000; ++look) {
    for (int i = 0; i < 20; ++i) {
      if (people.empty() || !random.chance(returning)) {
        bool held = random.chance(0.2);
        people.push_back({held, person_rate(random, held ? rate : rate * (1 + true_lift), returning > 0 ? 1 : 0), {}});
      }
      Person& p = random.chance(returning) ? people[random.below(people.size())] : people.back();
      ArmSums& arm = p.held ? holdout : ai;
      arm.remove(p.sums);
      ++p.sums.n;
      p.sums.y += random.chance(p.rate);
      arm.add(p.sums);
    }
    Lift result = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
    if (!result.anytime) continue;
    double difference = rate * true_lift;
    excluded.fixed |= result.fixed->low > difference || result.fixed->high < difference;
    excluded.anytime |= result.anytime->low > difference || result.anytime->high < difference;
    if (!result.relative_anytime) continue;
    excluded.relative |= result.relative_anytime->low > true_lift || result.relative_anytime->high < true_lift;
    bool says_more = result.relative_anytime->low > 0, says_less = result.relative_anytime->high < 0;
    EXPECT_EQ(says_more, result.verdict == Verdict::kBetter) << "the relative interval contradicts the verdict";
    EXPECT_EQ(says_less, result.verdict == Verdict::kWorse);
  }
  return excluded;
}

TEST(Lift, AnytimeIntervalErrsAtMost5PercentOverAThousandLooks) {
  for (double returning : {0.0, 0.7}) {
    constexpr int kRuns = 400;
    int fixed = 0, anytime = 0;
    for (int run = 0; run < kRuns; ++run) {
      Excluded e = look_often(7'000 + static_cast<uint64_t>(run), 0.1, returning);
      fixed += e.fixed;
      anytime += e.anytime;
    }
    RecordProperty(returning > 0 ? "returning_anytime" : "new_anytime", anytime);
    RecordProperty(returning > 0 ? "returning_fixed" : "new_fixed", fixed);
    EXPECT_LE(anytime / double(kRuns), 0.05) << "people coming back: " << returning;
    // The reason for the anytime interval: an ordinary one looked at a thousand times errs far more often.
    EXPECT_GT(fixed / double(kRuns), 0.15) << "people coming back: " << returning;
  }
}

TEST(Lift, AnytimeRelativeIntervalCoversTheTruthAtEveryLook) {
  for (double returning : {0.0, 0.7}) {
    constexpr int kRuns = 400;
    int missed = 0, fixed = 0;
    for (int run = 0; run < kRuns; ++run) {
      Excluded e = look_often(70'000 + static_cast<uint64_t>(run), 0.1, returning, 0.4);
      missed += e.relative;
      fixed += e.fixed;
    }
    RecordProperty(returning > 0 ? "returning_missed" : "new_missed", missed);
    EXPECT_LE(missed / double(kRuns), 0.05) << "people coming back: " << returning;
    EXPECT_GT(fixed / double(kRuns), 0.15);
  }
}

TEST(Lift, RelativeIntervalIsLeftOutWhileTheHoldoutCouldBeZero) {
  Random random(3);
  ArmSums ai, holdout;
  for (int i = 0; i < 3'000; ++i) ai.add(whole_person(random, 0.2, 1));
  for (int i = 0; i < 799; ++i) holdout.add(PersonSums{1, 0, 0});
  holdout.add(PersonSums{20, 12, 0});  // all that the hold-out bought, one person bought
  Lift result = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
  ASSERT_TRUE(result.anytime.has_value());
  EXPECT_FALSE(result.relative_anytime.has_value());
  EXPECT_TRUE(result.relative.has_value());
}

TEST(Lift, SeesARealEffectAndSaysHowManyPeopleItNeeds) {
  Random random(5);
  ArmSums ai, holdout;
  auto arrive = [&](int people) {
    for (int i = 0; i < people; ++i) {
      bool held = random.chance(0.2);
      (held ? holdout : ai).add(whole_person(random, person_rate(random, held ? 0.10 : 0.13, 1), 2));
    }
  };
  arrive(20);
  Lift early = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
  EXPECT_EQ(early.verdict, Verdict::kTooEarly);
  EXPECT_FALSE(early.fixed || early.anytime || early.p);
  EXPECT_GE(early.people_needed, 2 * kLeastPeople);
  arrive(580);
  Lift some = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
  ASSERT_EQ(some.verdict, Verdict::kNoDifferenceYet);
  EXPECT_FALSE(some.enough);
  EXPECT_GT(some.people_needed, 100u);
  EXPECT_GT(some.anytime->high - some.anytime->low, some.fixed->high - some.fixed->low);
  arrive(40'000);
  Lift late = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
  EXPECT_EQ(late.verdict, Verdict::kBetter);
  EXPECT_TRUE(late.enough);
  EXPECT_EQ(late.people_needed, 0u);
  EXPECT_LT(*late.anytime_p, 0.05);
  EXPECT_GT(*late.anytime_p, *late.p);
  EXPECT_LT(late.relative_fixed->low, 0.3);
  EXPECT_GT(late.relative_fixed->high, 0.3);
  EXPECT_EQ(lift(holdout, ai, Metric::kConversionsPerDecision, {0.05, 0.8}).verdict, Verdict::kWorse);
}

// With people_needed more people, most runs are decided: what the figure promises.
TEST(Lift, PeopleNeededReachesItsPower) {
  constexpr int kRuns = 300;
  int decided = 0, asked = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(90'000 + static_cast<uint64_t>(run));
    ArmSums ai, holdout;
    auto arrive = [&](uint64_t people) {
      for (uint64_t i = 0; i < people; ++i) {
        bool held = i % 2 == 0;
        (held ? holdout : ai).add(whole_person(random, held ? 0.2 : 0.24, 1));
      }
    };
    arrive(1000);
    Lift now = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.5});
    if (now.enough || std::abs(now.difference - 0.04) > 0.004) continue;  // the effect seen is about the true one
    ++asked;
    arrive(now.people_needed);
    decided += lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.5}).enough;
  }
  ASSERT_GT(asked, 30);
  EXPECT_GT(decided / double(asked), 0.65);
  EXPECT_LT(decided / double(asked), 0.95);
}

TEST(Lift, RaisesTheAlarmWhenTheSharesAreNotAsDeclared) {
  ArmSums ai, holdout;
  for (int i = 0; i < 900; ++i) ai.add(PersonSums{1, i % 9 == 0, 0});
  for (int i = 0; i < 100; ++i) holdout.add(PersonSums{1, i % 9 == 0, 0});
  EXPECT_FALSE(lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.1}).srm_alarm);
  Lift wrong = lift(ai, holdout, Metric::kConversionsPerDecision, {0.05, 0.2});
  EXPECT_TRUE(wrong.srm_alarm);
  EXPECT_LT(wrong.srm_p, 1e-10);
}

TEST(Lift, EmptyArmsAreTooEarlyNotANumberFromNowhere) {
  Lift none = lift({}, {}, Metric::kConversionsPerDecision);
  EXPECT_EQ(none.verdict, Verdict::kTooEarly);
  EXPECT_EQ(none.difference, 0);
  EXPECT_FALSE(none.relative);
  EXPECT_GT(none.people_needed, 0u);
}

}  // namespace
}  // namespace furrow::measure
