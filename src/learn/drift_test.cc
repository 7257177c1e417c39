#include "learn/drift.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "base/time.h"
#include "learn/reference.h"

namespace furrow::learn {
namespace {

Column text(std::string name, const std::vector<std::string>& cells) {
  TextColumnBuilder builder(std::move(name));
  for (const auto& cell : cells) builder.add(cell);
  return std::move(builder).finish();
}

struct Mix {
  double prague = 0.1, yes = 0.5, new_page = 0, missing = 0;
  int day = 0;
};

// Towns (one column each), pages (rates), a flag, days, sentences.
Dataset rows_of(const Mix& mix, uint64_t seed) {
  Random random(seed);
  std::vector<std::string> town, page, flag, when, words;
  for (int i = 0; i < 2000; ++i) {
    town.push_back(random.chance(mix.missing) ? "" : random.chance(mix.prague) ? "Prague" : random.chance(0.5) ? "Brno" : "Ostrava");
    page.push_back(random.chance(mix.new_page) ? "new" + std::to_string(random.below(500)) : "page" + std::to_string(random.below(40)));
    flag.push_back(random.chance(mix.yes) ? "warm" : "cold");
    when.push_back(format_time(Time{(20000 + mix.day + static_cast<int64_t>(random.below(20))) * 86'400'000'000}).substr(0, 10));
    std::string said;
    for (uint64_t k = 0; k < 4 + random.below(4) + static_cast<uint64_t>(mix.day); ++k) said += fmt::format("word{} ", static_cast<char>('a' + random.below(20)));
    words.push_back(said + std::to_string(i));
  }
  Dataset data;
  data.rows = town.size();
  data.columns = {text("town", town), text("page", page), text("flag", flag), text("when", when), text("words", words)};
  return data;
}

class DriftSaid : public ::testing::Test {
 protected:
  DriftSaid() {
    std::vector<uint32_t> rows(training_.rows);
    std::iota(rows.begin(), rows.end(), 0u);
    Random random(9);
    std::vector<float> labels;
    for (size_t i = 0; i < rows.size(); ++i) labels.push_back(random.chance(0.3) ? 1.0f : 0.0f);
    encoder_ = Encoder::fit(training_, {}, rows, labels, 1, nullptr).value();
    reference_ = Reference::parse(Reference::make(encoder_, encoder_.encode(training_).value(), rows.size(), rows.size(), 1)).value();
  }
  InputDrift of(const Mix& mix, std::string_view input) const {
    const Dataset now = rows_of(mix, 2);
    drift_ = reference_.compare(encoder_, encoder_.encode(now).value(), now.rows, 1, false).value();
    for (const InputDrift& d : drift_.inputs) {
      if (d.input == input) return d;
    }
    ADD_FAILURE() << input;
    return {};
  }
  Warning warning(std::string_view input) const {
    for (const Warning& w : drift_.warnings(false)) {
      if (w.column == input) return w;
    }
    ADD_FAILURE() << "no warning of " << input;
    return {};
  }

  Dataset training_ = rows_of({}, 1);
  Encoder encoder_;
  Reference reference_;
  mutable Drift drift_;
};

TEST_F(DriftSaid, WhichLevelsCameAndWent) {
  const InputDrift town = of({.prague = 0.5, .missing = 0.1}, "town");
  ASSERT_EQ(town.method, EncodingMethod::kOneHot);
  ASSERT_EQ(town.levels.size(), 3u);
  EXPECT_EQ(town.levels[0].level, "Prague");
  EXPECT_NEAR(town.levels[0].before, 0.1, 0.02);
  EXPECT_NEAR(town.levels[0].now, 0.45, 0.03);  // of all rows, missing ones too
  const Warning said = warning("town");
  EXPECT_EQ(said.english.find("mean"), std::string::npos) << said.english;
  for (const char* part : {"More often: 'Prague' (", "; less often: '", "'Brno' (", "; missing 0.0 % before, "}) EXPECT_NE(said.english.find(part), std::string::npos) << said.english;
  EXPECT_LT(said.english.find("Prague"), said.english.find("less often"));
  EXPECT_GT(said.english.find("Brno"), said.english.find("less often"));
  for (const char* part : {"变多：“Prague”（", "；变少：", "缺失 0.0% → "}) EXPECT_NE(said.chinese.find(part), std::string::npos) << said.chinese;
}

TEST_F(DriftSaid, ValuesThatTrainingDidNotHave) {
  const InputDrift page = of({.new_page = 0.6}, "page");
  ASSERT_EQ(page.method, EncodingMethod::kTargetRate);
  ASSERT_FALSE(page.levels.empty());
  EXPECT_EQ(page.levels[0].level, "");
  EXPECT_EQ(page.levels[0].before, 0);
  EXPECT_NEAR(page.levels[0].now, 0.6, 0.04);
  EXPECT_NE(drift_words(page).english.find("values that training did not have (0.0 % before, "), std::string::npos);
  EXPECT_NE(drift_words(page).chinese.find("训练时没有的取值（0.0% → "), std::string::npos);
}

TEST_F(DriftSaid, TheTrainingRowsThemselvesCannotBeToldApart) {
  const auto told = [&](const Dataset& now) { return reference_.compare(encoder_, encoder_.encode(now).value(), now.rows, 1).value().adversarial_auc; };
  EXPECT_EQ(told(training_), 0.5) << "below it would be no better";
  EXPECT_GT(told(rows_of({.yes = 0.95, .day = 30}, 2)), 0.9);
}

// 300 names of few rows each, as baskets or streets are: some are in one half of the rows only.
struct Names {
  double fresh = 0, old = 0;  // shares of the rows: of names that were not there before; of the first 3 names
  uint64_t most = 300;
};
Dataset names_of(size_t rows, const Names& names, uint64_t seed) {
  Random random(seed);
  std::vector<std::string> name;
  for (size_t i = 0; i < rows; ++i) {
    name.push_back(random.chance(names.fresh) ? "new" + std::to_string(random.below(300)) : "name" + std::to_string(random.below(random.chance(names.old) ? 3 : names.most)));
  }
  Dataset data;
  data.rows = rows;
  data.columns = {text("name", name)};
  return data;
}

std::vector<Warning> warned(size_t training_rows, const Names& then, const Names& now, uint64_t seed, bool own = false) {
  const Dataset training = names_of(training_rows, then, 2 * seed);
  std::vector<uint32_t> rows(training.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  Random random(seed);
  std::vector<float> labels;
  for (size_t i = 0; i < rows.size(); ++i) labels.push_back(random.chance(0.4) ? 1.0f : 0.0f);
  const Encoder encoder = Encoder::fit(training, {}, rows, labels, 1, nullptr).value();
  EXPECT_EQ(encoder.inputs()[0].method, EncodingMethod::kTargetRate);
  const Reference reference = Reference::parse(Reference::make(encoder, encoder.encode(training).value(), rows.size(), rows.size(), 1)).value();
  const Dataset later = own ? training : names_of(500, now, 2 * seed + 1);
  return reference.compare(encoder, encoder.encode(later).value(), later.rows, 1, false).value().warnings(false);
}

TEST(DriftOfRareLevels, RowsDrawnAlikeAreNoDriftAndShiftsAreFound) {
  for (const uint64_t most : {40u, 150u, 250u}) {
    for (const size_t rows : {600u, 1000u, 4000u}) {
      SCOPED_TRACE(fmt::format("{} names, {} rows", most, rows));
      size_t alarms = 0, of_own = 0, new_names = 0, other_shares = 0;
      for (uint64_t seed = 1; seed <= 20; ++seed) {
        const Names then{.most = most};
        alarms += !warned(rows, then, then, seed).empty();
        of_own += !warned(rows, then, then, seed, true).empty();
        new_names += !warned(rows, then, {.fresh = 0.5, .most = most}, seed).empty();
        other_shares += !warned(rows, then, {.old = 0.6, .most = most}, seed).empty();
      }
      EXPECT_EQ(alarms, 0u);
      EXPECT_EQ(of_own, 0u);
      EXPECT_EQ(new_names, 20u);
      EXPECT_EQ(other_shares, 20u);
    }
  }
}

// Of levels that encode alike the shares are those of all of them.
TEST_F(DriftSaid, SharesOfRatesAreThoseOfTheRows) {
  for (const LevelShift& shift : of({}, "page").levels) {
    EXPECT_NEAR(shift.before, 0.025 * static_cast<double>(1 + shift.others), 0.015 * static_cast<double>(1 + shift.others)) << shift.level;
    EXPECT_NEAR(shift.now, shift.before, 0.02 * static_cast<double>(1 + shift.others)) << shift.level;
  }
  InputEncoding two;
  two.method = EncodingMethod::kTargetRate;
  two.levels = {"a", "b", "c"};
  two.rates = {0.25f, 0.5f, 0.5f};
  two.counts = {std::log1p(2.0f), std::log1p(4.0f), std::log1p(4.0f)};
  two.prior = 0.4f;
  two.outputs = 2;
  Samples rows;
  rows.columns = 2;
  for (auto [rate, count] : {std::pair(0.25f, two.counts[0]), {0.25f, two.counts[0]}, {0.5f, two.counts[1]}, {0.4f, 0.0f}}) rows.values.insert(rows.values.end(), {rate, count});
  rows.labels.resize(4);
  InputDrift out;
  find_level_shifts(two, {}, rows, 4, out);
  ASSERT_EQ(out.levels.size(), 3u);
  EXPECT_EQ(out.levels[0].level, "a");
  EXPECT_NEAR(out.levels[0].before, 0.2, 1e-6);
  EXPECT_NEAR(out.levels[0].now, 0.5, 1e-12);
  EXPECT_EQ(out.levels[1].level, "");
  EXPECT_EQ(out.levels[2].level, "b");
  EXPECT_EQ(out.levels[2].others, 1u);
  EXPECT_NEAR(out.levels[2].before, 0.8, 1e-6);
  EXPECT_NE(drift_words(out).english.find("mean"), std::string::npos);  // a number, as nothing else is said of it
  out.method = EncodingMethod::kTargetRate;
  EXPECT_NE(drift_words(out).english.find("'b' and 1 other (80.0 % before, 25.0 % now)"), std::string::npos) << drift_words(out).english;
  EXPECT_NE(drift_words(out).chinese.find("“b”等 2 个取值（80.0% → 25.0%）"), std::string::npos) << drift_words(out).chinese;
}

TEST_F(DriftSaid, FlagsDaysAndSentencesInTheirOwnTerms) {
  const Mix later{.yes = 0.95, .day = 30};
  const InputDrift flag = of(later, "flag"), when = of(later, "when"), words = of(later, "words");
  ASSERT_EQ(flag.method, EncodingMethod::kBinary);
  ASSERT_EQ(flag.levels.size(), 2u);
  EXPECT_EQ(flag.levels[0].level, "warm");
  EXPECT_NEAR(flag.levels[0].before, 0.5, 0.04);
  EXPECT_NEAR(flag.levels[0].now, 0.95, 0.02);
  EXPECT_EQ(flag.levels[1].level, "cold");
  ASSERT_EQ(when.method, EncodingMethod::kTime);
  EXPECT_EQ(drift_words(when).english, "on average 2024-10-14 before, 2024-11-13 now");
  EXPECT_EQ(drift_words(when).chinese, "平均日期 2024-10-14 → 2024-11-13");
  ASSERT_EQ(words.method, EncodingMethod::kWords);
  EXPECT_GT(words.length_now, words.length_before + 20);
  EXPECT_NE(drift_words(words).english.find("words a text before"), std::string::npos);
  std::string out;
  JsonWriter json(out);
  write_json(json, drift_);
  EXPECT_NE(out.find("\"levels\":[{\"level\":\"warm\",\"before\":"), std::string::npos) << out;
}

}  // namespace
}  // namespace furrow::learn
