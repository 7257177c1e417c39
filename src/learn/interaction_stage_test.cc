#include "learn/interaction_stage.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "learn/model.h"
#include "learn/trainer.h"

namespace furrow::learn {
namespace {

constexpr std::array<const char*, 5> kActions{"books", "films", "games", "music", "travel"};

// People look at things of five topics, most at those of one they like; each was shown one of five actions at random. With `effect`, the action of
// their topic helps and the others harm by as much, so that no action and no topic says anything by itself. Habits say more than either.
struct Shop {
  Dataset data;
  std::vector<size_t> likes;
};

Shop shop(size_t rows, uint64_t seed, double effect, bool amounts = false) {
  Random random(seed);
  Shop out;
  std::array<std::vector<double>, 5> views;
  std::array<std::vector<double>, 8> habits;
  std::vector<double> bought, discount;
  TextColumnBuilder action("action");
  for (size_t i = 0; i < rows; ++i) {
    const size_t likes = random.below(5), shown = random.below(5);
    out.likes.push_back(likes);
    for (size_t t = 0; t < 5; ++t) views[t].push_back(std::floor(random.uniform(0, t == likes ? 12 : 6)));
    double margin = -1 + (shown == likes ? effect : -effect / 4);
    for (auto& habit : habits) {
      habit.push_back(random.uniform(-1, 1));
      margin += 0.6 * habit.back();
    }
    bought.push_back(amounts ? 100 + 20 * margin + random.uniform(-10, 10) : random.uniform() < 1 / (1 + std::exp(-margin)));
    if (i % 50 == 7) action.add_missing();
    else action.add(kActions[shown]);
    discount.push_back(10 * static_cast<double>(shown));
  }
  for (size_t t = 0; t < 5; ++t) out.data.columns.push_back(number_column(std::string(kActions[t]) + "_views", std::move(views[t])));
  for (size_t h = 0; h < habits.size(); ++h) out.data.columns.push_back(number_column("habit " + std::to_string(h), std::move(habits[h])));
  out.data.columns.push_back(std::move(action).finish());
  out.data.columns.push_back(number_column("discount", std::move(discount)));
  out.data.columns.push_back(number_column("bought", std::move(bought)));
  out.data.rows = rows;
  return out;
}

TrainOptions options(std::vector<std::string> compared) {
  TrainOptions o;
  o.target = "bought";
  o.folds = 2;
  o.threads = 1;
  o.compared = std::move(compared);
  return o;
}

// How many of new people the model would show what they like; and its scores of them as they are.
struct Judged {
  double right = 0;
  std::vector<double> scores;
};

Judged judge(const Trained& trained, const Shop& people) {
  TemporaryFolder folder;
  EXPECT_TRUE(write_model(trained.files, folder.path() / "m").ok());
  auto model = Model::load(folder.path() / "m");  // checks that XGBoost scores alike
  EXPECT_TRUE(model.ok()) << model.error().to_string();
  Judged judged;
  auto scores_of = [&](const Dataset& data) {
    Samples rows = (*model)->encoder().encode(data).value();
    std::vector<double> scores;
    for (size_t i = 0; i < data.rows; ++i) scores.push_back((*model)->score_encoded(rows.values.data() + i * rows.columns));
    return scores;
  };
  judged.scores = scores_of(people.data);
  std::vector<std::vector<double>> under;
  for (size_t a = 0; a < 5; ++a) {
    Dataset data = people.data;
    for (Column& column : data.columns) {
      if (column.name == "action") column = [&] { TextColumnBuilder all("action"); for (size_t i = 0; i < data.rows; ++i) all.add(kActions[a]); return std::move(all).finish(); }();
      if (column.name == "discount") column.numbers.assign(data.rows, 10 * static_cast<double>(a));
    }
    under.push_back(scores_of(data));
  }
  for (size_t i = 0; i < people.data.rows; ++i) {
    size_t best = 0;
    for (size_t a = 1; a < 5; ++a) best = under[a][i] > under[best][i] ? a : best;
    judged.right += (best == people.likes[i]) / static_cast<double>(people.data.rows);
  }
  return judged;
}

TEST(InteractionStage, FindsWhomAnActionHelpsWhereNothingSpeaksAlone) {
  const Shop past = shop(6000, 1, 0.9), people = shop(1000, 2, 0.9);
  auto plain = train(past.data, options({})), staged = train(past.data, options({"action"}));
  ASSERT_TRUE(plain.ok() && staged.ok());
  const Judged without = judge(*plain, people), with = judge(*staged, people);
  EXPECT_LT(without.right, 0.4);
  EXPECT_GT(with.right, 0.55);  // the topic most looked at is the liked one for six in ten: more cannot be known
  ASSERT_EQ(staged->interactions.size(), 1u);
  EXPECT_EQ(staged->interactions[0].groups, 5u);
  EXPECT_GT(staged->interactions[0].rounds, 0);
  EXPECT_LT(staged->interactions[0].loss_after, staged->interactions[0].loss_before);
  EXPECT_LT(staged->binary.log_loss.value, plain->binary.log_loss.value);
  EXPECT_LT(staged->binary.ece.value, 0.04);
}

TEST(InteractionStage, AddsNothingWhereAllActionsAreAlike) {
  const Shop past = shop(2500, 3, 0);
  auto staged = train(past.data, options({"action"}));
  ASSERT_TRUE(staged.ok());
  ASSERT_EQ(staged->interactions.size(), 1u);
  EXPECT_LE(staged->interactions[0].rounds, 3);  // chance may leave a round or two
}

TEST(InteractionStage, LearnsFromAmountsAndFromGroupsOfANumber) {
  const Shop past = shop(1500, 5, 1.5, true), people = shop(600, 6, 1.5, true);
  auto staged = train(past.data, options({"discount"}));
  ASSERT_TRUE(staged.ok()) << staged.error().to_string();
  ASSERT_EQ(staged->interactions.size(), 1u);
  EXPECT_EQ(staged->interactions[0].groups, 5u);
  EXPECT_GT(judge(*staged, people).right, 0.55);
}

TEST(InteractionStage, IsTheSameOnAnyNumberOfThreads) {
  const Shop past = shop(1500, 7, 1.5);
  TrainOptions one = options({"action"}), two = options({"action"});
  one.threads = 1;
  two.threads = 3;
  EXPECT_EQ(train(past.data, one)->files.model, train(past.data, two)->files.model);
}

TEST(InteractionStage, PassesOverWhatCannotBeTaken) {
  const Shop past = shop(1500, 8, 1.5);
  TrainOptions o = options({"discount", "not there"});
  o.monotone = {{"discount", 1}};  // within each group the constant may go any way
  auto trained = train(past.data, o);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  EXPECT_TRUE(trained->interactions.empty());
}

// An action none of whose buyers counts, and one that does not count at all, are no reason to learn nothing.
TEST(InteractionStage, TakesRowsWithoutWeightForNone) {
  Shop past = shop(3000, 11, 1.5);
  const Column action = *past.data.find("action"), bought = *past.data.find("bought");
  std::vector<double> weights;
  for (size_t i = 0; i < past.data.rows; ++i) {
    const bool books = !action.missing(i) && action.text(i) == "books", films = !action.missing(i) && action.text(i) == "films";
    weights.push_back(films || (books && bought.numbers[i] > 0) ? 0 : 1);
  }
  past.data.columns.push_back(number_column("weight", std::move(weights)));
  TrainOptions o = options({"action"});
  o.weight = "weight";
  auto trained = train(past.data, o);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  ASSERT_EQ(trained->interactions.size(), 1u);
  EXPECT_EQ(trained->interactions[0].groups, 3u);
}

// What a person's column must not do, it does not do under any action either.
TEST(InteractionStage, KeepsTheSignOfAColumn) {
  const Shop past = shop(3000, 9, 1.5), people = shop(300, 10, 1.5);
  TrainOptions o = options({"action"});
  o.monotone = {{"games_views", -1}};
  auto trained = train(past.data, o);
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  Shop more = people;
  for (Column& column : more.data.columns) {
    if (column.name == "games_views") for (double& v : column.numbers) v += 3;
  }
  const std::vector<double> before = judge(*trained, people).scores, after = judge(*trained, more).scores;
  for (size_t i = 0; i < before.size(); ++i) EXPECT_LE(after[i], before[i] + 1e-6);
}

}  // namespace
}  // namespace furrow::learn
