#include "app/live_linkage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "app/linkage_people.h"
#include "base/files.h"
#include "pipeline/fixture.h"

namespace furrow::app {
namespace {

constexpr uint64_t kSeed = 11;
constexpr int kLearned = 400, kPeople = 500;

// People of a crm and of cards, without a common key. The first are there when the weights are learned, the rest come later.
class LiveLinkageTest : public testing::Test {
 protected:
  LiveLinkageTest() {
    open();
    Random random(kSeed);
    for (int i = 0; i < kPeople; ++i) facts_.push_back(random_facts(random));
    pipeline::Submission submission;
    for (int i = 0; i < kLearned; ++i) {
      submission.events.push_back(crm(i));
      if (i < kLearned - 100) submission.events.push_back(card(i));
    }
    EXPECT_TRUE(pipeline_->submit_and_wait(std::move(submission)).status.ok());
    EXPECT_TRUE(linkage_->run({}).ok());
  }
  void open() {
    pipeline::PipelineOptions options;
    options.data_dir = data().string();
    pipeline_ = pipeline::Pipeline::open(workspace_, options, clock_, logger_).value();
    linkage_ = std::make_unique<PeopleLinkage>(*pipeline_, data(), clock_);
    live_ = std::make_unique<LiveLinkage>(*pipeline_, *linkage_, data(), LinkageOptions{}, clock_, logger_);
  }
  void reopen() {
    live_.reset();
    linkage_.reset();
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
    open();
  }
  std::filesystem::path data() const { return folder_.path() / "data"; }
  Event identify(const std::string& source, const std::string& id, const Facts& facts) {
    Event event = identify_event(source, id, facts, clock_.now());
    event.message_id = fmt::format("{}-{}", id, ++messages_);
    return event;
  }
  Event crm(int i) { return identify("crm", fmt::format("crm-{}", i), facts_[static_cast<size_t>(i)]); }
  Event card(int i) {
    auto facts = facts_[static_cast<size_t>(i)];
    if (i % 4 == 0) std::swap(facts.name[1], facts.name[2]);
    if (i % 7 == 0) facts.street.clear();
    if (i % 3 == 0) facts.phone.clear();
    return identify("cards", fmt::format("card-{}", i), facts);
  }
  // Tells name and town as the crm does, and another street and telephone.
  Event vague_card(int i) {
    const auto& facts = facts_[static_cast<size_t>(i)];
    return identify("cards", fmt::format("vague-{}", i), {facts.name, "", facts.town, "", ""});
  }
  void send(std::vector<Event> events) {
    pipeline::Submission submission;
    submission.events = std::move(events);
    ASSERT_TRUE(pipeline_->submit_and_wait(std::move(submission)).status.ok());
  }
  ProfileId person(const std::string& id) { return pipeline_->identity().find("anonymous_id", id).value(); }
  bool one(int i) { return person(fmt::format("crm-{}", i)) == person(fmt::format("card-{}", i)); }

  TemporaryFolder folder_;
  ManualClock clock_{parse_time("2026-06-01").value()};
  Logger logger_{LogLevel::kError};
  pipeline::Declarations workspace_ = pipeline::shop_declarations();
  std::vector<Facts> facts_;
  int messages_ = 0;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<PeopleLinkage> linkage_;
  std::unique_ptr<LiveLinkage> live_;
};

TEST_F(LiveLinkageTest, JoinsWhoComesLaterWithTheKnownAndWithEachOther) {
  std::vector<Event> later;
  for (int i = kLearned - 100; i < kLearned; ++i) later.push_back(card(i));  // of the known
  for (int i = kLearned; i < kPeople; ++i) later.push_back(crm(i)), later.push_back(card(i));  // of each other
  send(std::move(later));
  auto report = live_->catch_up();
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->looked_at, 300u);
  int right = 0;
  for (int i = kLearned - 100; i < kPeople; ++i) right += one(i);
  EXPECT_GE(right, 180);
  for (int i = 0; i < kPeople; ++i) EXPECT_LE(pipeline_->identity().merges_of(person(fmt::format("crm-{}", i))).size(), 1u) << "nobody else is joined";
  EXPECT_EQ(report->merged, static_cast<uint64_t>(right));
  auto again = live_->catch_up();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->merged + again->reviews, 0u);
  auto status = live_->status().value();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state.linked, report->merged);
  EXPECT_EQ(status->state.version, 1u);
  EXPECT_GT(status->usual_ms, 0);
  reopen();
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto verified = pipeline::verify(workspace_, data().string(), logger_);
  ASSERT_TRUE(verified.ok()) << verified.error().message();
  EXPECT_TRUE(verified->ok);
}

TEST_F(LiveLinkageTest, AsksAboutTheUnsureOnceAndKeepsTheAnswer) {
  std::vector<Event> vague;
  for (int i = kLearned - 60; i < kLearned; ++i) vague.push_back(vague_card(i));
  send(std::move(vague));
  auto report = live_->catch_up();
  ASSERT_TRUE(report.ok());
  auto reviews = linkage_->reviews().value();
  ASSERT_GT(report->reviews + report->merged, 20u);
  LinkageOptions wary{.sure = 1.1, .unsure = 0.5, .seed = 1};
  LiveLinkage asking(*pipeline_, *linkage_, data(), wary, clock_, logger_);
  std::vector<Event> cards;
  for (int i = kLearned - 100; i < kLearned - 60; ++i) cards.push_back(card(i));
  send(std::move(cards));
  auto asked = asking.catch_up();
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->merged, 0u);
  EXPECT_GT(asked->reviews, 30u);
  reviews = linkage_->reviews().value();
  Review review = reviews.front();
  double bits = 0;
  for (const auto& piece : review.evidence) bits += piece.bits;
  EXPECT_NEAR(1 / (1 + std::exp2(-bits)), review.probability, 1e-6);
  EXPECT_FALSE(review.left.values.empty());
  EXPECT_FALSE(review.right.values.empty());
  ASSERT_TRUE(linkage_->answer(review.id, false, "ann").ok());
  ProfileId one = review.left.profile, other = review.right.profile;
  // The same is told again, with one thing more.
  for (auto& [name, value] : review.left.values) {
    if (name == "town") value += " North";
  }
  std::string cardholder;
  for (int i = kLearned - 100; i < kLearned; ++i) {
    auto at = pipeline_->identity().owner("anonymous_id", fmt::format("card-{}", i));
    if (at == one || at == other) cardholder = fmt::format("card-{}", i);
  }
  ASSERT_FALSE(cardholder.empty());
  auto facts = facts_[static_cast<size_t>(std::stoi(cardholder.substr(5)))];
  facts.town += " North";
  send({identify("cards", cardholder, facts)});
  ASSERT_TRUE(asking.catch_up().ok());
  ASSERT_TRUE(live_->catch_up().ok());
  EXPECT_NE(pipeline_->identity().canonical(one), pipeline_->identity().canonical(other));
  for (const Review& open : linkage_->reviews().value()) EXPECT_NE(open.id, review.id);
}

TEST_F(LiveLinkageTest, WhatWasLookedAtBeforeACrashChangesNothingAgain) {
  std::string before = read_file(data() / "linkage" / "state.json").value();
  std::vector<Event> later;
  for (int i = kLearned - 100; i < kLearned; ++i) later.push_back(card(i)), later.push_back(vague_card(i));
  send(std::move(later));
  ASSERT_TRUE(live_->catch_up().ok());
  auto merges = pipeline_->metrics().merges.value();
  auto reviews = linkage_->reviews().value().size();
  EXPECT_GT(merges, 0u);
  reopen();
  // As if it had died before the cursor was written.
  ASSERT_TRUE(write_file_atomically(data() / "linkage" / "state.json", before).ok());
  auto again = live_->catch_up();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->merged, 0u);
  EXPECT_EQ(linkage_->reviews().value().size(), reviews);
  // And after a restart those who came are known.
  reopen();
  send({card(kLearned - 1)});
  EXPECT_EQ(live_->catch_up().value().merged, 0u);
}

TEST_F(LiveLinkageTest, AUniqueIdentifierKeepsApart) {
  std::vector<Event> later;
  for (int i = kLearned; i < kLearned + 20; ++i) {
    later.push_back(crm(i));
    later.back().user_id = fmt::format("customer-{}", i);
    later.push_back(card(i));
    later.back().user_id = fmt::format("holder-{}", i);
  }
  send(std::move(later));
  auto report = live_->catch_up();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->merged, 0u);
  EXPECT_GE(report->kept_apart, 15u);
  for (int i = kLearned; i < kLearned + 20; ++i) EXPECT_FALSE(one(i));
}

TEST_F(LiveLinkageTest, NothingLearnedNothingDone) {
  live_.reset();
  std::filesystem::remove_all(data() / "linkage");
  live_ = std::make_unique<LiveLinkage>(*pipeline_, *linkage_, data(), LinkageOptions{}, clock_, logger_);
  EXPECT_EQ(live_->catch_up().error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(live_->status().value().has_value());
  live_->start();
  live_->stop();
  ASSERT_TRUE(linkage_->run({}).ok());
  EXPECT_TRUE(live_->catch_up().ok());
}

}  // namespace
}  // namespace furrow::app
