#include "predict/workspace_training.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "predict/scorer.h"

namespace furrow::predict {
namespace {

constexpr Time kStart{1'767'225'600'000'000};

profile::FeatureDefinition count(std::string name, std::string event, Duration window) {
  profile::FeatureDefinition d;
  d.name = std::move(name);
  d.events = {std::move(event)};
  d.window = window;
  d.default_value = 0;
  return d;
}
std::shared_ptr<const profile::FeatureProgram> program(Duration window = days(7)) {
  return profile::FeatureProgram::compile({count("views_7d", "Viewed", window), count("noise_7d", "Clicked", days(7))}).value();
}

// People who view much and are offered a discount buy more; nothing else matters.
std::vector<Record> log_of(int offers) {
  Random random(77);
  std::vector<Record> log;
  auto add = [&](ProfileId person, std::string name, Time time, std::string properties) {
    Event e;
    e.type = EventType::kTrack;
    e.name = std::move(name);
    e.time = time;
    e.properties = std::move(properties);
    log.push_back({{log.size() + 1}, EventRecord{person, std::move(e)}});
  };
  Time now = kStart;
  for (int i = 0; i < offers; ++i) {
    now = now + minutes(20);
    ProfileId person{1 + static_cast<uint64_t>(i)};
    uint64_t views = random.below(6), discount = 10 * random.below(3);
    for (uint64_t v = 0; v < views; ++v) add(person, "Viewed", now - minutes(static_cast<int64_t>(10 + v)), "{}");
    for (uint64_t v = random.below(4); v > 0; --v) add(person, "Clicked", now - minutes(5), "{}");
    add(person, "Offered", now, R"({"discount": )" + std::to_string(discount) + "}");
    double p = 1 / (1 + std::exp(3.2 - 0.6 * static_cast<double>(views) - 0.08 * static_cast<double>(discount)));
    if (random.chance(p)) add(person, "Bought", now + minutes(15), "{}");
  }
  return log;
}
RecordSource source(const std::vector<Record>& log) {
  return [&log](const std::function<bool(const Record&)>& visit) -> Status {
    for (const auto& record : log) {
      if (!visit(record)) break;
    }
    return {};
  };
}
// One thread: OpenMP's waiting threads fight for the cores that other tests use.
WorkspaceTrainingOptions one_thread() {
  WorkspaceTrainingOptions options;
  options.threads = 1;
  return options;
}
ModelDeclaration declaration() {
  ModelDeclaration m;
  m.name = "buys";
  m.label = {"Bought", hours(12)};
  m.observations.event = "Offered";
  m.action_features = {"discount"};
  return m;
}

TEST(WorkspaceTraining, TrainsJudgesAndRegistersAVersionThatScores) {
  TemporaryFolder folder;
  SystemClock clock;
  learn::Registry registry(folder.path(), clock);
  // What is registered is never written over, whatever else lies there.
  std::filesystem::create_directories(folder.path() / "buys" / "v0007");
  std::filesystem::create_directories(folder.path() / "buys" / "v0009.writing-1");
  auto log = log_of(3000);
  auto trained = train_in_workspace(declaration(), program(), source(log), registry, one_thread());
  ASSERT_TRUE(trained.ok()) << trained.error().message();
  EXPECT_EQ(trained->version, "v0008");
  EXPECT_EQ(trained->observations, 3000u);
  EXPECT_EQ(trained->censored, 36u);  // the last twelve hours, an offer every 20 minutes
  EXPECT_EQ(trained->rows, 2964u);
  EXPECT_EQ(trained->holdout.rows, 593u);
  EXPECT_EQ(trained->purged_rows, 36u);
  EXPECT_EQ(trained->train_rows + trained->purged_rows + trained->holdout.rows, trained->rows);
  // The truth itself has an AUC of about 0.79 here.
  EXPECT_GT(trained->holdout.auc.value, 0.74);
  EXPECT_LT(trained->holdout.auc.value, 0.84);
  EXPECT_LT(trained->holdout.ece.value, 0.06);
  EXPECT_GT(trained->baseline.auc.value, 0.74);
  ASSERT_TRUE(trained->choice) << "the discount is an action's";
  EXPECT_GE(trained->choice->actions, 2u);
  EXPECT_GT(trained->choice->chosen.high, trained->choice->as_it_was);
  ASSERT_GE(trained->importance.size(), 2u);
  EXPECT_EQ(trained->importance[0].first, "views_7d");
  EXPECT_EQ(trained->importance[1].first, "discount");

  auto model = learn::Model::load(trained->folder).value();
  EXPECT_NE(model->metrics_json().find("\"holdout\":{\"split\""), std::string::npos);
  EXPECT_NE(model->lineage_json().find("\"last_position\":" + std::to_string(log.size())), std::string::npos);
  auto scorer = Scorer::bind({"buys", "v0001", {"discount"}, {}}, model, program()).value();
  std::vector<float> row;
  std::vector<double> eager{5, 0}, idle{0, 0};
  EXPECT_GT(scorer->score_person(eager, {}, row), scorer->score_person(idle, {}, row) + 0.2);
  // The same name with another window is another feature.
  auto changed = Scorer::bind({"buys", "v0001", {"discount"}, {}}, model, program(days(30)));
  ASSERT_FALSE(changed.ok());
  EXPECT_EQ(changed.error().code(), ErrorCode::kModelMismatch);

}

// Who registers from the north buys; the city is told by an identify call before, and for some again, otherwise, after.
TEST(WorkspaceTraining, LearnsFromWhatRegistrationTold) {
  profile::FeatureDefinition city;
  city.name = "city";
  city.events = {"$identify"};
  city.aggregate = profile::Aggregate::kLast;
  city.argument = "city";
  auto traits = profile::FeatureProgram::compile({count("views_7d", "Viewed", days(7)), city}).value();
  Random random(5);
  std::vector<Record> log;
  auto add = [&](ProfileId person, EventType type, std::string name, Time time, std::string properties) {
    Event e;
    e.type = type;
    e.name = std::move(name);
    e.time = e.received_at = time;
    e.properties = std::move(properties);
    log.push_back({{log.size() + 1}, EventRecord{person, std::move(e)}});
  };
  constexpr const char* kCities[] = {"north", "south", "east"};
  Time now = kStart;
  for (uint64_t i = 0; i < 2500; ++i) {
    now = now + minutes(20);
    const ProfileId person{i + 1};
    const uint64_t lives = random.below(3);
    const bool told = random.chance(0.8);
    if (told) add(person, EventType::kIdentify, "", now - days(1), std::string(R"({"city": ")") + kCities[lives] + "\"}");
    add(person, EventType::kTrack, "Offered", now, R"({"discount": 0})");
    add(person, EventType::kIdentify, "", now + hours(1), R"({"city": "moved"})");  // known only later
    if (random.chance(lives == 0 ? 0.5 : 0.1)) add(person, EventType::kTrack, "Bought", now + minutes(15), "{}");
  }
  auto set = build_training_set(declaration(), traits, source(log));
  ASSERT_TRUE(set.ok());
  const learn::Column* column = set->data.find("city");
  ASSERT_TRUE(column != nullptr && column->kind == learn::ColumnKind::kText);
  for (const std::string& level : column->levels) EXPECT_NE(level, "moved") << "nothing is known before it was told";
  TemporaryFolder folder;
  SystemClock clock;
  learn::Registry registry(folder.path(), clock);
  auto trained = train_in_workspace(declaration(), traits, source(log), registry, one_thread());
  ASSERT_TRUE(trained.ok()) << trained.error().message();
  EXPECT_GT(trained->holdout.auc.value, 0.65) << "views say nothing here";
  auto scorer = Scorer::bind({"buys", "v0001", {"discount"}, {}}, learn::Model::load(trained->folder).value(), traits).value();
  EXPECT_TRUE(scorer->reads_texts());
  std::vector<float> row, kept;
  const std::vector<double> values{0, std::nan("")};
  const auto score = [&](const char* lives) { return scorer->score_person(values, std::vector<std::string>{"", lives}, row); };
  EXPECT_GT(score("north"), score("south") + 0.25);
  EXPECT_GT(score("north"), score("") + 0.1) << "of somebody unknown the prior";
  for (const auto& input : scorer->feature_inputs()) {
    if (!input.text) continue;
    for (const char* lives : {"north", "east", "", "elsewhere"}) {
      const std::vector<std::string> texts{"", lives};
      score(lives);
      const float recorded = scorer->recorded(input, values, texts);
      const auto text = scorer->recorded_text(input, recorded);
      EXPECT_EQ(text.value_or(""), std::string_view(lives) == "elsewhere" ? "" : lives);
      kept = row;
      scorer->encode_recorded(input, recorded, kept.data());
      for (size_t o = 0; o < row.size(); ++o) EXPECT_TRUE(kept[o] == row[o] || (std::isnan(kept[o]) && std::isnan(row[o]))) << lives;
    }
  }
  auto number = profile::FeatureProgram::compile({count("views_7d", "Viewed", days(7)), count("city", "$identify", days(7))}).value();
  EXPECT_EQ(Scorer::bind({"buys", "v0001", {"discount"}, {}}, learn::Model::load(trained->folder).value(), number).error().code(), ErrorCode::kModelMismatch);
}

TEST(WorkspaceTraining, SaysWhatIsMissing) {
  TemporaryFolder folder;
  SystemClock clock;
  learn::Registry registry(folder.path(), clock);
  std::vector<Record> empty;
  auto small = log_of(300);
  for (const auto* log : {&empty, &small}) {
    auto trained = train_in_workspace(declaration(), program(), source(*log), registry, one_thread());
    ASSERT_FALSE(trained.ok());
    EXPECT_EQ(trained.error().code(), ErrorCode::kInvalidArgument);
  }
  ModelDeclaration never = declaration();
  never.label.event = "Flew To The Moon";
  auto large = log_of(2500);
  auto trained = train_in_workspace(never, program(), source(large), registry, one_thread());
  ASSERT_FALSE(trained.ok());
  EXPECT_NE(trained.error().message().find("Flew To The Moon"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "buys"));
}

TEST(WorkspaceTraining, TellsAModelThatIsWorseThanTheBaselineByMoreThanChance) {
  WorkspaceTrained trained;
  trained.baseline.log_loss = {0.57, 0.56, 0.58};
  trained.holdout.log_loss = {1.35, 1.33, 1.36};
  EXPECT_TRUE(worse_than_baseline(trained));
  trained.holdout.log_loss = {0.585, 0.575, 0.595};
  EXPECT_FALSE(worse_than_baseline(trained)) << "that may be chance";
  trained.holdout.log_loss = {0.53, 0.52, 0.54};
  EXPECT_FALSE(worse_than_baseline(trained));
}

}  // namespace
}  // namespace furrow::predict
