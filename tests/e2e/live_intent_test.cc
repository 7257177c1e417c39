#include "app/live_intent.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/random.h"
#include "predict/log_visits.h"

namespace furrow::app {
namespace {

constexpr Time kFirst{1'767'225'600'000'000};

Event deed(const std::string& name, Time time) {
  Event e;
  e.name = name;
  e.time = time;
  return e;
}

// Who searches buys in the end; nobody else does.
void train_in(const std::filesystem::path& data) {
  Random random(11);
  std::vector<Record> records;
  for (uint64_t person = 1; person <= 500; ++person) {
    Time now = kFirst + minutes(static_cast<int64_t>(random.below(60 * 24 * 60)));
    const bool searches = random.chance(0.4);
    auto add = [&](const std::string& name) {
      now = now + seconds(20);
      records.push_back({{records.size() + 1}, EventRecord{ProfileId{person}, deed(name, now)}});
    };
    add(searches ? "Search" : "Home");
    for (size_t v = 0; v < 4 + random.below(4); ++v) add("Product Viewed");
    if (searches && random.chance(0.9)) add("Order Completed");
    else if (random.chance(0.3)) now = now + days(2), add("Order Completed");
  }
  auto visits = predict::visits_of_log([&](const auto& visit) {
    for (const Record& record : records) visit(record);
    return Status();
  }, minutes(30), "product_id");
  ASSERT_TRUE(visits.ok());
  auto trained = predict::train_intent(*visits, {}, intent_folder(data));
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
}

TEST(LiveIntent, SaysHowFarTheLastVisitIsOnceAModelIsThere) {
  TemporaryFolder data;
  Logger logger;
  const SystemClock clock;
  const Workspace workspace;
  const ModelVersions versions(workspace, data.path() / "models", clock);
  LiveIntent intent(workspace, versions, data.path(), logger);
  const std::vector<Event> searching{deed("Product Viewed", kFirst + seconds(40)), deed("Search", kFirst + seconds(20)), deed("Home", kFirst - days(3))};
  EXPECT_FALSE(intent.stage_of(searching)) << "no model yet";
  ASSERT_NO_FATAL_FAILURE(train_in(data.path()));
  auto stage = intent.stage_of(searching);
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->score.stage, 2) << "deciding";
  EXPECT_EQ(stage->visit_start, kFirst + seconds(20));
  EXPECT_EQ(stage->visit_end, kFirst + seconds(40));
  EXPECT_GT(stage->score.probability[2], 0.5);
  auto bought = searching;
  bought.push_back(deed("Order Completed", kFirst + minutes(2)));
  EXPECT_EQ(intent.stage_of(bought)->score.stage, 3);
  EXPECT_FALSE(intent.stage_of({}));
  ASSERT_TRUE(write_file_atomically(intent_folder(data.path()) / "intent.json", "{").ok());
  EXPECT_FALSE(intent.stage_of(searching)) << "a torn model is none";
}

}  // namespace
}  // namespace furrow::app
