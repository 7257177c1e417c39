#include "app/people_linkage.h"

#include <gtest/gtest.h>

#include "app/linkage_people.h"
#include "base/files.h"
#include "pipeline/fixture.h"

namespace furrow::app {
namespace {

constexpr uint64_t kSeed = 7;
constexpr int kPeople = 400;

// People of two sources without a common key; the cards of the last ten are of somebody else with nearly the same facts.
class PeopleLinkageTest : public testing::Test {
 protected:
  PeopleLinkageTest() {
    pipeline::PipelineOptions options;
    options.data_dir = (folder_.path() / "data").string();
    pipeline_ = pipeline::Pipeline::open(workspace_, options, clock_, logger_).value();
    linkage_ = std::make_unique<PeopleLinkage>(*pipeline_, folder_.path() / "data", clock_);
    Random random(kSeed);
    pipeline::Submission submission;
    for (int i = 0; i < kPeople; ++i) {
      Facts facts = random_facts(random);
      submission.events.push_back(identify_event("crm", fmt::format("crm-{}", i), facts, clock_.now()));
      const bool other = i >= kPeople - 10;
      if (i % 4 == 0) std::swap(facts.name[1], facts.name[2]);
      if (i % 7 == 0 || other) facts.street.clear();
      if (other && i % 2) facts.birthday.clear();
      if (i % 3 == 0 || other) facts.phone.clear();
      submission.events.push_back(identify_event("cards", fmt::format("card-{}", i), facts, clock_.now()));
    }
    EXPECT_TRUE(pipeline_->submit_and_wait(std::move(submission)).status.ok());
  }
  ProfileId find(const std::string& id) { return pipeline_->identity().find("anonymous_id", id).value(); }
  std::pair<int, int> right_and_wrong() {
    int right = 0, wrong = 0;
    for (int i = 0; i < kPeople; ++i) {
      right += find(fmt::format("crm-{}", i)) == find(fmt::format("card-{}", i));
      wrong += pipeline_->identity().merges_of(find(fmt::format("crm-{}", i))).size() > 1;
    }
    return {right, wrong};
  }

  TemporaryFolder folder_;
  ManualClock clock_{parse_time("2026-06-01").value()};
  Logger logger_{LogLevel::kError};
  pipeline::Declarations workspace_ = pipeline::shop_declarations();
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<PeopleLinkage> linkage_;
};

TEST_F(PeopleLinkageTest, MergesWhatIsSureAndAsksAboutTheRest) {
  auto report = linkage_->run({});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report->records, 2u * kPeople);
  auto [right, wrong] = right_and_wrong();
  EXPECT_GT(right, kPeople * 9 / 10);
  EXPECT_EQ(wrong, 0);
  auto again = linkage_->run({});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(right_and_wrong().second, 0);
  EXPECT_LE(again->merged, 3u) << "what is one is not merged again";
  for (const auto& review : linkage_->reviews().value()) {
    double bits = 0;
    for (const auto& piece : review.evidence) bits += piece.bits;
    EXPECT_LT(review.probability, 0.99);
    EXPECT_NE(review.left.profile, review.right.profile);
    EXPECT_FALSE(review.left.values.empty());
  }
}

TEST_F(PeopleLinkageTest, AnAnswerIsKeptForEver) {
  LinkageOptions wary{.sure = 1.1, .unsure = 0.5, .seed = 1};  // nothing is sure: everything asks
  ASSERT_TRUE(linkage_->run(wary).ok());
  auto reviews = linkage_->reviews().value();
  ASSERT_GT(reviews.size(), 100u);
  Review same = reviews[0], different = reviews[1];
  ASSERT_TRUE(linkage_->answer(same.id, true, "ann").ok());
  ASSERT_TRUE(linkage_->answer(different.id, false, "ann").ok());
  EXPECT_EQ(linkage_->answer(same.id, false, "ann").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(linkage_->reviews().value().size(), reviews.size() - 2);
  auto person = [&](ProfileId id) { return pipeline_->identity().canonical(id); };
  EXPECT_EQ(person(same.left.profile), person(same.right.profile));
  ASSERT_TRUE(linkage_->run({}).ok());
  EXPECT_NE(person(different.left.profile), person(different.right.profile)) << "no run overrides it";
  for (const auto& review : linkage_->reviews().value()) EXPECT_NE(review.id, different.id) << "nor asks again";
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto report = pipeline::verify(workspace_, (folder_.path() / "data").string(), logger_);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->ok);
}

TEST_F(PeopleLinkageTest, SaysThatNothingTellsPeopleApart) {
  pipeline::PipelineOptions options;
  options.data_dir = (folder_.path() / "bare").string();
  auto pipeline = pipeline::Pipeline::open(workspace_, options, clock_, logger_).value();
  pipeline::Submission submission;
  for (int i = 0; i < 4; ++i) {
    Event event;
    event.type = EventType::kIdentify;
    event.message_id = event.anonymous_id = std::to_string(i);
    event.source = i % 2 ? "live" : "crm";
    event.time = event.received_at = clock_.now();
    event.properties = i % 2 ? R"({"newsletter":"weekly","plan":"pro"})" : R"({"colour":"green","shoe":"44"})";
    submission.events.push_back(std::move(event));
  }
  ASSERT_TRUE(pipeline->submit_and_wait(std::move(submission)).status.ok());
  auto report = PeopleLinkage(*pipeline, folder_.path() / "bare", clock_).run({});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(report.error().message().find("file"), std::string::npos) << report.error().message();
}

}  // namespace
}  // namespace furrow::app
