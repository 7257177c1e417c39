#include "predict/choice_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/files.h"
#include "base/random.h"
#include "learn/trainer.h"
#include "predict/training_set.h"

namespace furrow::predict {
namespace {

// People who like tea or coffee, and were offered one or the other; what they take is known under either.
struct Offers {
  learn::Dataset data;
  std::vector<ProfileId> people;
  std::vector<double> under_tea, under_coffee;
  std::vector<double> chances;  // that what was offered was
  std::vector<float> labels;
  std::vector<uint32_t> rows;
};

// `tea_to_likers`: the chance that somebody who seems to like tea was offered tea; 0.5: offers at random.
Offers offers(size_t count, uint64_t seed, double tea_to_likers) {
  Random random(seed);
  Offers out;
  std::vector<double> cups, mood, took;
  learn::TextColumnBuilder offer("offer");
  for (size_t i = 0; i < count; ++i) {
    const double taste = random.uniform(-1, 1), general = random.uniform(-1, 1);
    cups.push_back(taste + random.uniform(-0.2, 0.2));
    mood.push_back(general);
    const double chance = cups.back() > 0 ? tea_to_likers : 1 - tea_to_likers;
    const bool tea = random.chance(chance);
    out.chances.push_back(tea ? chance : 1 - chance);
    auto rate = [&](double sign) { return 1 / (1 + std::exp(1.5 - sign * 1.2 * taste - general)); };
    out.under_tea.push_back(rate(1));
    out.under_coffee.push_back(rate(-1) * 0.9);
    took.push_back(random.chance(tea ? out.under_tea.back() : out.under_coffee.back()));
    out.labels.push_back(static_cast<float>(took.back()));
    offer.add(tea ? "tea" : "coffee");
    out.people.push_back(ProfileId{i / 2 + 1});
    out.rows.push_back(static_cast<uint32_t>(i));
  }
  out.data.columns = {learn::number_column("cups", std::move(cups)), learn::number_column("mood", std::move(mood)), std::move(offer).finish(), learn::number_column("took", std::move(took))};
  out.data.rows = count;
  return out;
}

std::shared_ptr<const learn::Model> model_of(const Offers& past, const TemporaryFolder& folder) {
  learn::TrainOptions options;
  options.target = "took";
  options.folds = 3;
  options.threads = 1;
  options.compared = {"offer"};
  auto trained = learn::train(past.data, options);
  EXPECT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_TRUE(learn::write_model(trained->files, folder.path() / "m").ok());
  return learn::Model::load(folder.path() / "m").value();
}

struct Told {
  ChoiceValue value;
  double chosen = 0, tea = 0;  // in truth
};

Told tell(double tea_to_likers, bool logged = false) {
  TemporaryFolder folder;
  const size_t half = 6000;
  const Offers all = offers(2 * half, 4, tea_to_likers);
  Offers past = offers(half, 4, tea_to_likers);  // the first half: the same draws
  auto model = model_of(past, folder);
  const std::vector<uint32_t> learnt(all.rows.begin(), all.rows.begin() + half), judged(all.rows.begin() + half, all.rows.end());
  const std::vector<float> labels(all.labels.begin() + half, all.labels.end());
  auto value = choice_value(*model, all.data, {"offer", "not there"}, learnt, judged, all.people, labels, logged ? all.chances : std::vector<double>());
  EXPECT_TRUE(value.ok() && *value);
  Told told{**value};
  const learn::Samples rows = model->encoder().encode(all.data, judged).value();
  const learn::InputEncoding* offer = nullptr;
  for (const auto& input : model->encoder().inputs()) offer = input.name == "offer" ? &input : offer;
  for (size_t i = 0; i < judged.size(); ++i) {
    std::vector<float> row(rows.row(0) + i * rows.columns, rows.row(0) + (i + 1) * rows.columns);
    auto score = [&](const char* name) {
      model->encoder().encode_value(static_cast<size_t>(offer - model->encoder().inputs().data()), Value(std::string_view(name)), row.data());
      return model->score_encoded(row.data());
    };
    told.chosen += (score("tea") > score("coffee") ? all.under_tea : all.under_coffee)[judged[i]] / static_cast<double>(judged.size());
    told.tea += all.under_tea[judged[i]] / static_cast<double>(judged.size());
  }
  return told;
}

TEST(ChoiceValue, IsTrueOfOffersMadeAtRandom) {
  const Told told = tell(0.5);
  EXPECT_EQ(told.value.actions, 2u);
  EXPECT_EQ(told.value.best_action, "tea");
  EXPECT_LT(told.value.chosen.low, told.chosen);
  EXPECT_GT(told.value.chosen.high, told.chosen);
  EXPECT_LT(told.value.best_for_all.low, told.tea);
  EXPECT_GT(told.value.best_for_all.high, told.tea);
  EXPECT_GT(told.value.gain.low, 0.02);  // choosing does help here
  EXPECT_GT(told.value.gain_over_past.low, 0.02);
  EXPECT_LT(told.value.matched, 3600);
}

// Thirty actions that do the same: the best of them, valued by the rows that made it so, would seem worth more than any is.
TEST(ChoiceValue, DoesNotTakeLuckForTheBestOfManyActions) {
  constexpr size_t kHalf = 6000, kActions = 30, kWorlds = 10;
  constexpr double kRate = 0.2;
  TemporaryFolder folder;
  std::shared_ptr<const learn::Model> model;
  double sum = 0;
  size_t held = 0;
  for (size_t world = 0; world < kWorlds; ++world) {
    Random random(world + 1);
    Offers all;
    std::vector<double> mood, took;
    learn::TextColumnBuilder kind("kind"), offer("offer");
    for (size_t i = 0; i < 2 * kHalf; ++i) {
      const size_t shown = random.below(kActions);
      kind.add(shown % 2 == 1 ? "odd" : "even");
      offer.add("offer " + std::to_string(shown));
      mood.push_back(random.uniform(-1, 1));
      took.push_back(random.chance(kRate));
      all.labels.push_back(static_cast<float>(took.back()));
      all.people.push_back(ProfileId{i / 2 + 1});
      all.rows.push_back(static_cast<uint32_t>(i));
    }
    all.data.columns = {std::move(kind).finish(), std::move(offer).finish(), learn::number_column("mood", std::move(mood)), learn::number_column("took", std::move(took))};
    all.data.rows = all.rows.size();
    if (!model) model = model_of(all, folder);  // of nothing that can be learnt
    const std::vector<uint32_t> learnt(all.rows.begin(), all.rows.begin() + kHalf), judged(all.rows.begin() + kHalf, all.rows.end());
    auto told = choice_value(*model, all.data, {"offer", "kind"}, learnt, judged, all.people, {all.labels.begin() + kHalf, all.labels.end()}, {}).value();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->best_action.substr(0, 6), "offer ");  // in the order it was asked for
    sum += told->best_for_all.value / static_cast<double>(kWorlds);
    held += told->best_for_all.low < kRate && kRate < told->best_for_all.high;
  }
  EXPECT_NEAR(sum, kRate, 0.025);
  EXPECT_GE(held, kWorlds - 2);
}

// Tea mostly went to those who like it: whoever compares as it was finds tea far better than it is for everybody.
TEST(ChoiceValue, IsTrueOfOffersMadeForReasonsThatAreKnown) {
  const Told told = tell(0.85);
  EXPECT_LT(told.value.chosen.low, told.chosen);
  EXPECT_GT(told.value.chosen.high, told.chosen);
  EXPECT_LT(told.value.best_for_all.low, told.tea);
  EXPECT_GT(told.value.best_for_all.high, told.tea);
  EXPECT_GT(told.value.gain.low, 0.02);
  EXPECT_LT(told.value.gain_over_past.value, told.value.gain.value);  // most had what they like already
}

// A policy of one's own leaves little to chance, and what it left is known.
TEST(ChoiceValue, IsTrueOfOffersThatAPolicyMade) {
  const Told told = tell(0.95, true);
  EXPECT_LT(told.value.chosen.low, told.chosen);
  EXPECT_GT(told.value.chosen.high, told.chosen);
  EXPECT_LT(told.value.best_for_all.low, told.tea);
  EXPECT_GT(told.value.best_for_all.high, told.tea);
  EXPECT_LT(told.value.gain_over_past.low, 0.03);  // it was nearly this policy
}

TEST(ChoiceValue, DoesNotJudgeByWhomNothingWasChosenFor) {
  TemporaryFolder folder;
  Offers all = offers(4000, 9, 0.5);
  auto model = model_of(all, folder);
  auto before = choice_value(*model, all.data, {"offer"}, all.rows, all.rows, all.people, all.labels, all.chances).value();
  for (size_t i = 0; i < 1000; ++i) {
    all.chances[i] = kHeldOut;
    all.labels[i] = 1;
  }
  auto after = choice_value(*model, all.data, {"offer"}, all.rows, all.rows, all.people, all.labels, all.chances).value();
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->rows, 4000u);
  EXPECT_EQ(after->rows, 3000u);
  EXPECT_NEAR(after->as_it_was, before->as_it_was, 0.03);
}

// Whoever was held out always had the baseline; that says nothing of how others came to what they had.
TEST(ChoiceValue, LearnsNoChanceFromWhomNothingWasChosenFor) {
  TemporaryFolder folder;
  Offers all = offers(8000, 10, 0.5);
  auto model = model_of(all, folder);
  const learn::Column* offer = all.data.find("offer");
  std::vector<uint32_t> chosen_for, with_held_out;
  for (uint32_t row = 0; row < 4000; ++row) {
    const bool held_out = row % 2 == 1 && offer->text(row) == "coffee";
    all.chances[row] = held_out ? kHeldOut : std::nan("");
    if (row % 2 == 0) chosen_for.push_back(row);
    if (row % 2 == 0 || held_out) with_held_out.push_back(row);
  }
  const std::vector<uint32_t> judged(all.rows.begin() + 4000, all.rows.end());
  const std::vector<float> labels(all.labels.begin() + 4000, all.labels.end());
  for (uint32_t row : judged) all.chances[row] = std::nan("");
  auto one = choice_value(*model, all.data, {"offer"}, chosen_for, judged, all.people, labels, all.chances).value();
  auto two = choice_value(*model, all.data, {"offer"}, with_held_out, judged, all.people, labels, all.chances).value();
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->chosen.value, two->chosen.value);
  EXPECT_EQ(one->best_for_all.value, two->best_for_all.value);
}

TEST(ChoiceValue, SaysNothingOfTooLittle) {
  TemporaryFolder folder;
  const Offers past = offers(400, 7, 0.5);
  auto model = model_of(past, folder);
  std::vector<uint32_t> learnt(past.rows.begin(), past.rows.begin() + 340), judged(past.rows.begin() + 340, past.rows.end());
  const std::vector<float> labels(past.labels.begin() + 340, past.labels.end());
  EXPECT_FALSE(choice_value(*model, past.data, {"offer"}, learnt, judged, past.people, labels, {}).value());  // 60 rows
  const Offers many = offers(4000, 8, 0.5);
  EXPECT_TRUE(choice_value(*model, many.data, {"offer"}, many.rows, many.rows, many.people, many.labels, {}).value());
  const std::vector<ProfileId> one(many.rows.size(), ProfileId{1});  // whose interval would have no width
  EXPECT_FALSE(choice_value(*model, many.data, {"offer"}, many.rows, many.rows, one, many.labels, {}).value());
  EXPECT_FALSE(choice_value(*model, past.data, {}, past.rows, past.rows, past.people, past.labels, {}).value());
  EXPECT_FALSE(choice_value(*model, past.data, {"not there"}, past.rows, past.rows, past.people, past.labels, {}).value());
}

}  // namespace
}  // namespace furrow::predict
