#include "app/intent_traits.h"

#include "app/market_fixture.h"
#include "profile/segment_view.h"

namespace furrow::app {
namespace {

constexpr Time kStart{1'767'225'600'000'000};

class IntentTraitsTest : public MarketFixture {
 protected:
  IntentTraitsTest() {
    put("models/visit_stage.yaml", "name: visit_stage\nintent: {goal: Bought}\nlife: {owner: lin, approval: required}\n");
    put("segments/s.yaml", "segments:\n  - {name: about_to_buy, where: traits.visit_stage == \"deciding\"}\n");
  }
  Event deed(const std::string& person, const std::string& name, Time time) {
    Event event;
    event.message_id = "d" + std::to_string(++deeds_);
    event.user_id = person;
    event.name = name;
    event.time = event.received_at = time;
    event.source = "live";
    event.properties = "{}";
    return event;
  }
  // Who searches buys in the end; of the others a few do, days later.
  std::vector<Event> history() {
    Random random(11);
    std::vector<Event> events;
    for (int person = 0; person < 500; ++person) {
      Time now = kStart + minutes(static_cast<int64_t>(random.below(60 * 24 * 60)));
      const bool searches = random.chance(0.4);
      auto add = [&](const std::string& name) {
        now = now + seconds(20);
        events.push_back(deed("h" + std::to_string(person), name, now));
      };
      add(searches ? "Search" : "Home");
      for (size_t v = 0; v < 4 + random.below(4); ++v) add("Viewed");
      if (searches && random.chance(0.9)) add("Bought");
      else if (random.chance(0.3)) now = now + days(2), add("Bought");
    }
    return events;
  }
  void open() {
    pipeline::PipelineOptions options;
    options.data_dir = data().string();
    auto opened = pipeline::Pipeline::open(loaded_, options, clock_, logger_);
    ASSERT_TRUE(opened.ok()) << opened.error().to_string();
    pipeline_ = *std::move(opened);
  }
  void submit(std::vector<Event> events) { ASSERT_TRUE(pipeline_->submit_and_wait({std::move(events), {}, {}}).status.ok()); }
  // A version trained on the history, and promoted.
  void train() {
    open();
    submit(history());
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
    ModelJobs jobs(loaded_, data(), clock_);
    auto trained = jobs.train_intent("visit_stage", {.threads = 1});
    ASSERT_TRUE(trained.ok()) << trained.error().to_string();
    EXPECT_EQ(trained->version, "v0001");
    EXPECT_EQ(jobs.train("visit_stage", {}).error().code(), ErrorCode::kInvalidArgument) << "it scores nothing";
    EXPECT_EQ(jobs.promote("visit_stage", "v0001", "me").error().code(), ErrorCode::kConflict) << "not approved";
    ASSERT_TRUE(jobs.approve("visit_stage", "v0001", "lin", "").ok());
    EXPECT_EQ(jobs.set_shadow("visit_stage", "v0001", "me").error().code(), ErrorCode::kInvalidArgument);
    auto promoted = jobs.promote("visit_stage", "v0001", "me");
    ASSERT_TRUE(promoted.ok()) << promoted.error().to_string();
  }
  std::string stage_of(const std::string& person) {
    std::string storage, stage;
    auto id = pipeline_->identity().find("user_id", person);
    if (!id) return "nobody";
    pipeline_->profiles().read(*id, [&](const profile::Profile& profile) {
      const Value value = profile.trait_value("visit_stage", storage);
      stage = value.is_text() ? std::string(value.text()) : "";
    });
    return stage;
  }
  size_t about_to_buy() { return pipeline_->segments().size("about_to_buy"); }

  Workspace loaded_ = workspace();
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  int deeds_ = 0;
};

TEST_F(IntentTraitsTest, StagesAreTraitsThatSegmentsSeeAndTheLogKnows) {
  loaded_ = workspace();
  ASSERT_NO_FATAL_FAILURE(train());
  ASSERT_NO_FATAL_FAILURE(open());
  const ModelVersions versions(loaded_, data() / "models", clock_);
  LiveIntent intent(loaded_, versions, data(), logger_);
  const Time now = kStart + days(80);
  {
    IntentTraits traits(*pipeline_, loaded_, intent, data(), clock_, logger_);
    auto told = traits.catch_up();
    ASSERT_TRUE(told.ok()) << told.error().to_string();
    EXPECT_EQ(*told, 0u) << "what people did before is not told of";
    submit({deed("ann", "Search", now), deed("ann", "Viewed", now + seconds(20)), deed("bob", "Home", now), deed("bob", "Viewed", now + seconds(20))});
    told = traits.catch_up();
    ASSERT_TRUE(told.ok()) << told.error().to_string();
    EXPECT_EQ(*told, 2u);
    EXPECT_EQ(stage_of("ann"), "deciding");
    EXPECT_NE(stage_of("bob"), "deciding");
    EXPECT_EQ(about_to_buy(), 1u);
    EXPECT_EQ(*traits.catch_up(), 0u) << "stages are no deeds";
    submit({deed("ann", "Viewed", now + seconds(40))});
    EXPECT_EQ(*traits.catch_up(), 0u) << "the same stage is not told again";
    submit({deed("ann", "Bought", now + seconds(60))});
    EXPECT_EQ(*traits.catch_up(), 1u);
    EXPECT_EQ(stage_of("ann"), "bought");
    EXPECT_EQ(about_to_buy(), 0u);
  }
  submit({deed("cat", "Search", now), deed("cat", "Viewed", now + seconds(20))});  // while nobody looks
  IntentTraits again(*pipeline_, loaded_, intent, data(), clock_, logger_);
  EXPECT_EQ(*again.catch_up(), 1u);
  EXPECT_EQ(stage_of("cat"), "deciding");
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto verified = pipeline::verify(loaded_, data().string(), logger_);
  ASSERT_TRUE(verified.ok()) << verified.error().to_string();
  EXPECT_TRUE(verified->ok);
}

TEST_F(IntentTraitsTest, APlacementCannotBeDecidedByStages) {
  put("placements/home.yaml", "name: home\nmodel: visit_stage\nbaseline: none\noutcome: {event: Bought, within: 1h}\nactions:\n  - {id: none, name: None}\n");
  auto faulty = Workspace::load(root_);
  ASSERT_FALSE(faulty.ok());
  EXPECT_NE(faulty.error().message().find("placements/home.yaml:2: the model \"visit_stage\" tells how far visitors are"), std::string::npos) << faulty.error().message();
}

TEST_F(IntentTraitsTest, AModelBeginsFromAnothersFolderOnly) {
  const std::string head = "name: buys\nlabel: {event: Bought, within: 12h}\nobservations: {event: Offered}\naction_features: [discount]\n";
  const std::pair<const char*, const char*> kFaulty[] = {{"visit_stage", "names a model of this workspace"}, {"../elsewhere", "inside the workspace"}, {"general/none", "has no model.json"}};
  for (const auto& [from, said] : kFaulty) {
    put("models/buys.yaml", head + "from: " + from + "\n");
    auto faulty = Workspace::load(root_);
    ASSERT_FALSE(faulty.ok()) << from;
    EXPECT_NE(faulty.error().message().find(said), std::string::npos) << faulty.error().message();
  }
  put("models/buys.yaml", head);
  loaded_ = workspace();
  ASSERT_NO_FATAL_FAILURE(train_market());
  std::filesystem::create_directories(root_ / "general");
  std::filesystem::copy(data() / "models/buys/v0001", root_ / "general/buys", std::filesystem::copy_options::recursive);
  put("models/buys.yaml", head + "from: general/buys\n");
  loaded_ = workspace();
  auto trained = ModelJobs(loaded_, data(), clock_).train("buys", {.threads = 1});
  ASSERT_TRUE(trained.ok()) << trained.error().to_string();
  auto lineage = read_file(trained->folder / "lineage.json");
  ASSERT_TRUE(lineage.ok());
  EXPECT_NE(lineage->find("\"general_model\":\"buys\""), std::string::npos) << *lineage;
}

TEST_F(IntentTraitsTest, TheServerShowsAndPromotesIt) {
  loaded_ = workspace();
  ASSERT_NO_FATAL_FAILURE(train());
  serve();
  const http::TestReply list = get("/v1/models");
  EXPECT_NE(list.body.find(R"("name":"visit_stage","kind":"stages")"), std::string::npos) << list.body;
  const http::TestReply one = get("/v1/models/visit_stage");
  EXPECT_NE(one.body.find("\"accuracy\":"), std::string::npos) << one.body;
  EXPECT_EQ(post("/v1/models/visit_stage/canary", R"({"version":"v0001"})").status, 400);
  EXPECT_EQ(post("/v1/models/visit_stage/promote", R"({"version":"v0001"})").status, 409) << "it tells already";
  EXPECT_EQ(post("/v1/decide", R"({"placement":"home","userId":"h1"})").status, 200);
}

}  // namespace
}  // namespace furrow::app
