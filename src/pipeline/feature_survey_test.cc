#include "pipeline/feature_survey.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "pipeline/fixture.h"
#include "profile/history.h"

namespace furrow::pipeline {
namespace {

uint64_t people_in(const std::vector<ValueBin>& bins) {
  uint64_t sum = 0;
  for (const auto& bin : bins) sum += bin.people;
  return sum;
}

TEST(BinsOf, FewValuesStandOneByOne) {
  auto bins = bins_of({3, 0, 0, 1, 0, std::nan("")});
  ASSERT_EQ(bins.size(), 3u);
  EXPECT_EQ(bins[0].from, 0);
  EXPECT_EQ(bins[0].to, 0);
  EXPECT_EQ(bins[0].people, 3u);
  EXPECT_EQ(bins[2].from, 3);
  EXPECT_EQ(people_in(bins), 5u);
  EXPECT_TRUE(bins_of({}).empty());
}

TEST(BinsOf, EveryValueIsInTheBinThatSaysSo) {
  Random random(11);
  for (bool heavy : {false, true}) {
    std::vector<double> values;
    for (int i = 0; i < 5'000; ++i) values.push_back(heavy ? std::exp(10 * random.uniform()) : random.uniform());
    values.push_back(heavy ? 1e9 : 50);  // one odd value must not push all others into one bin
    auto bins = bins_of(values);
    ASSERT_EQ(bins.size(), kSurveyBins);
    EXPECT_EQ(people_in(bins), values.size());
    for (size_t b = 0; b < bins.size(); ++b) {
      const bool last = b + 1 == bins.size();
      auto inside = std::count_if(values.begin(), values.end(), [&](double v) { return v >= bins[b].from && (v < bins[b].to || (last && v <= bins[b].to)); });
      EXPECT_EQ(static_cast<uint64_t>(inside), bins[b].people) << "bin " << b << (heavy ? " of heavy" : "");
      EXPECT_LT(bins[b].people, values.size() / 2);
    }
  }
}

TEST(BinsOf, BinsOfCountsHoldEquallyManyOfThem) {
  for (int most : {40, 53, 300}) {
    std::vector<double> values;
    for (int count = 0; count <= most; ++count) values.insert(values.end(), 10, count);
    auto bins = bins_of(values);
    ASSERT_LE(bins.size(), kSurveyBins);
    EXPECT_GT(bins.size(), kSurveyBins / 3);
    EXPECT_EQ(people_in(bins), values.size());
    for (size_t b = 1; b + 1 < bins.size(); ++b) {
      EXPECT_EQ(bins[b].from, std::floor(bins[b].from));
      EXPECT_EQ(bins[b].people, bins[1].people) << "a gap at " << bins[b].from << " of " << most;
    }
  }
}

// The slow twin: every event kept, so that any instant is exact (history.h).
struct Twin {
  std::vector<std::vector<double>> numbers;  // of a feature, of those who had been seen by then
  std::vector<uint64_t> missing;
};

class FeatureSurveyTest : public testing::Test {
 protected:
  FeatureSurveyTest() {
    PipelineOptions options;
    options.data_dir = (folder_.path() / "data").string();
    pipeline_ = Pipeline::open(declared_, options, clock_, logger_).value();
  }
  // `people` with `each` events spread over 250 days up to `end_`; the last few join late.
  void collect(uint64_t people, uint64_t each) {
    Random random(5);
    std::vector<Event> events;
    for (uint64_t n = 0; n < people * each; ++n) {
      Event event = shop_event(n, people);
      event.user_id = event.anonymous_id = "p" + std::to_string(n % people);
      const double share = random.uniform();
      event.time = end_ - microseconds(static_cast<int64_t>((n % people < 5 ? 0.2 : 1.0) * share * 250 * 86'400e6));
      event.received_at = event.time;
      events.push_back(std::move(event));
    }
    std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.time < b.time; });
    history_ = profile::History::create(declared_.program).value();
    ASSERT_TRUE(pipeline_->submit_and_wait({events, {}, {}}).status.ok());
    uint64_t position = 0;
    Fields fields;
    for (const Event& event : events) {
      ProfileId id = *pipeline_->identity().find("user_id", event.user_id);
      ASSERT_TRUE(fields.parse(event.properties).ok());
      history_->add(id, event.name, fields, event.time, {++position});
      auto [first, fresh] = first_seen_.emplace(id, event.time);
      if (!fresh) first->second = std::min(first->second, event.time);
    }
  }
  Twin twin(Time as_of) {
    Twin out{std::vector<std::vector<double>>(declared_.program->size()), std::vector<uint64_t>(declared_.program->size())};
    std::vector<profile::Observation> asked;
    for (auto [id, first] : first_seen_) {
      if (first < as_of) asked.push_back({id, as_of});
    }
    history_->evaluate(asked, [&](const profile::History::Row& row) {
      for (size_t f = 0; f < row.features.size(); ++f) {
        if (std::isnan(row.features[f])) ++out.missing[f];
        else out.numbers[f].push_back(row.features[f]);
      }
    });
    return out;
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  Logger logger_{LogLevel::kError};
  Declarations declared_ = shop_declarations();
  const Time end_{1'760'000'000'000'000};
  std::unique_ptr<Pipeline> pipeline_;
  std::optional<profile::History> history_;
  std::unordered_map<ProfileId, Time> first_seen_;
};

TEST_F(FeatureSurveyTest, SaysWhatTheWholeHistorySaysOrThatItCannotTell) {
  ASSERT_NO_FATAL_FAILURE(collect(40, 300));
  auto survey = survey_features(pipeline_->profiles(), end_ + hours(1));
  ASSERT_TRUE(survey.ok()) << survey.error().message();
  EXPECT_FALSE(survey->quiet);
  EXPECT_EQ(survey->people, 40u);
  EXPECT_EQ(survey->sampled, 40u);
  ASSERT_EQ(survey->instants.size(), kSurveyWeeks + 1);
  size_t told = 0, beyond = 0;
  for (size_t i = 0; i < survey->instants.size(); ++i) {
    const Twin truth = twin(survey->instants[i]);
    for (size_t f = 0; f < survey->features.size(); ++f) {
      const ValueSpread& spread = survey->features[f].weeks[i];
      const auto& name = declared_.program->definitions()[f].name;
      ASSERT_EQ(spread.people + spread.out_of_reach, truth.numbers[f].size() + truth.missing[f]) << name << " week " << i;
      beyond += spread.out_of_reach > 0;
      if (spread.out_of_reach > 0) continue;
      ++told;
      EXPECT_EQ(spread.missing, truth.missing[f]) << name << " week " << i;
      auto numbers = truth.numbers[f];
      std::sort(numbers.begin(), numbers.end());
      if (numbers.empty()) {
        EXPECT_TRUE(std::isnan(spread.p50));
        continue;
      }
      EXPECT_EQ(spread.least, numbers.front()) << name << " week " << i;
      EXPECT_EQ(spread.most, numbers.back()) << name << " week " << i;
      EXPECT_EQ(spread.p50, numbers[(numbers.size() + 1) / 2 - 1]) << name << " week " << i;
      double sum = 0;
      for (double number : numbers) sum += number;
      EXPECT_NEAR(spread.mean, sum / static_cast<double>(numbers.size()), 1e-9 * std::abs(sum)) << name << " week " << i;
    }
  }
  EXPECT_GT(told, 100u) << "a good part is within reach";
  EXPECT_GT(beyond, 0u) << "what was folded is not guessed at";
}

TEST_F(FeatureSurveyTest, LongAfterTheLastEventItSpeaksOfThatTime) {
  ASSERT_NO_FATAL_FAILURE(collect(12, 20));
  auto survey = survey_features(pipeline_->profiles(), end_ + days(400));
  ASSERT_TRUE(survey.ok());
  EXPECT_TRUE(survey->quiet);
  EXPECT_LE(survey->as_of, end_ + microseconds(1));
  const FeatureSpread& counted = survey->features[10];  // a count of orders within weeks
  EXPECT_EQ(people_in(counted.bins) + counted.now.missing, 12u);
}

}  // namespace
}  // namespace furrow::pipeline
