#include "pipeline/pipeline.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "base/files.h"
#include "pipeline/fixture.h"
#include "store/rocks_kv.h"

namespace furrow::pipeline {
namespace {

class PipelineTest : public testing::Test {
 protected:
  void SetUp() override { start(); }
  void start(std::string dir = {}) {
    options_.data_dir = dir.empty() ? (folder_.path() / "data").string() : dir;
    auto opened = Pipeline::open(declared_, options_, clock_, logger_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    pipeline_ = std::move(opened).value();
  }
  void stop() {
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
  }
  Acknowledgement send(std::vector<Event> events) { return pipeline_->submit_and_wait({std::move(events), {}, {}}); }
  std::vector<Event> events(uint64_t from, uint64_t to, uint64_t people = 50) {
    std::vector<Event> all;
    for (uint64_t n = from; n < to; ++n) all.push_back(shop_event(n, people));
    return all;
  }
  DecisionRecord decision(ProfileId person, Time time) {
    DecisionRecord record;
    record.id = DecisionId::make(time.milliseconds());
    record.profile = person;
    record.time = time;
    record.placement = "home";
    record.policy = "explore";
    record.actions = {{"a", 1, 0.5, {}}};
    return record;
  }
  Status decide(DecisionRecord record) {
    std::promise<Status> promise;
    auto future = promise.get_future();
    FURROW_TRY(pipeline_->record(std::move(record), [&](const Status& status) { promise.set_value(status); }));
    return future.get();
  }
  VerifyReport verified() {
    auto report = verify(declared_, options_.data_dir, logger_);
    EXPECT_TRUE(report.ok()) << report.error().message();
    return report.ok() ? *report : VerifyReport{};
  }
  uint64_t counted() {
    uint64_t total = 0;
    EXPECT_TRUE(pipeline_->profiles().for_each([&](const profile::Profile& p) {
      total += p.events;
      return true;
    }).ok());
    return total;
  }
  TemporaryFolder folder_;
  Declarations declared_ = shop_declarations();
  PipelineOptions options_;
  ManualClock clock_{{1'760'000'000'000'000}};
  Logger logger_{LogLevel::kWarning};
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(PipelineTest, AcknowledgesWhatIsDurableAndCounted) {
  auto ack = send(events(0, 100));
  ASSERT_TRUE(ack.status.ok());
  EXPECT_EQ(ack.accepted, 100u);
  EXPECT_GE(pipeline_->durable(), ack.last);
  EXPECT_EQ(counted(), 100u);
  uint64_t in_log = 0;
  ASSERT_TRUE(pipeline_->scan({1}, [&](const Record& record) {
    in_log += std::holds_alternative<EventRecord>(record.body);
    return true;
  }).ok());
  EXPECT_EQ(in_log, 100u);
  EXPECT_EQ(pipeline_->metrics().events_accepted.value(), 100u);
}

TEST_F(PipelineTest, ADuplicateIsAcknowledgedAndChangesNothing) {
  auto twice = events(0, 10);
  twice.push_back(twice.front());
  auto first = send(twice);
  EXPECT_EQ(first.accepted, 10u);
  EXPECT_EQ(first.duplicates, 1u);
  LogPosition end = pipeline_->durable();
  stop();
  start();
  auto again = send(events(0, 10));
  EXPECT_TRUE(again.status.ok());
  EXPECT_EQ(again.duplicates, 10u);
  EXPECT_EQ(pipeline_->durable(), end);
  EXPECT_EQ(counted(), 10u);
}

TEST_F(PipelineTest, VerifyAgreesThroughMergesLateEventsRestartsAndOutcomes) {
  options_.checkpoint_records = 300;
  stop();
  for (const char* rule : {"f0 >= 1", "f1 > 100 or traits.city == null"}) {
    declared_.segments.emplace_back().name = rule;
    declared_.segments.back().where = rule;
  }
  start();
  for (uint64_t round = 0; round < 12; ++round) {
    auto batch = events(round * 100, round * 100 + 130);  // 30 of each round come again in the next
    if (round % 3 == 0) {
      for (auto& event : batch) event.time = event.time - days(40);
    }
    ASSERT_TRUE(send(std::move(batch)).status.ok());
    auto person = pipeline_->identity().find("user_id", "user-3");
    if (person) ASSERT_TRUE(decide(decision(*person, {1'760'000'000'000'000 + static_cast<int64_t>(round) * 100'000})).ok());
    if (round % 4 == 1) {
      stop();
      start();
    }
    if (round == 6) EXPECT_TRUE(verified().ok) << "beside the running pipeline";
  }
  ASSERT_TRUE(pipeline_->submit_and_wait({{}, {QuarantineRecord{{1}, "live", "invalid_event", "no id", "", "", 0, "{}"}}, {}}).status.ok());
  EXPECT_EQ(pipeline_->quarantine_open(), 1u);
  std::promise<Status> promoted;
  ASSERT_TRUE(pipeline_->record(ModelRecord{{1}, "buys", "v1", "promoted", "ann"}, [&](const Status& s) { promoted.set_value(s); }).ok());
  ASSERT_TRUE(promoted.get_future().get().ok());
  EXPECT_EQ(pipeline_->models().current("buys")->version, "v1");
  EXPECT_GT(pipeline_->ledger().outcomes(), 0u);
  EXPECT_EQ(counted(), 1230u);
  stop();
  auto report = verified();
  EXPECT_EQ(report.views.size(), 7u);
  for (const auto& row : report.views) {
    EXPECT_TRUE(row.equal) << row.view << " " << row.stored << " " << row.rebuilt;
    EXPECT_FALSE(row.stored.ends_with(":0")) << row.view << " is empty";
  }
  EXPECT_TRUE(report.ok);
}

TEST_F(PipelineTest, VerifyFindsATamperedView) {
  ASSERT_TRUE(send(events(0, 50)).status.ok());
  stop();
  EXPECT_TRUE(verified().ok);
  {
    auto kv = store::open_kv(folder_.path() / "data" / "views", store::RocksMemory(), "").value();
    auto space = kv->space("message_ids").value();
    std::string key(kv->scan(space, "", "")->key());
    store::Batch batch;
    batch.erase(space, key);
    ASSERT_TRUE(kv->write(batch).ok());
  }
  auto report = verified();
  EXPECT_FALSE(report.ok);
  for (const auto& row : report.views) EXPECT_EQ(row.equal, row.view != "message_ids");
}

TEST_F(PipelineTest, ChangedFeaturesAreRebuiltFromTheLog) {
  ASSERT_TRUE(send(events(0, 200)).status.ok());
  stop();
  declared_ = shop_declarations(7);
  EXPECT_EQ(verify(declared_, options_.data_dir, logger_).error().code(), ErrorCode::kConflict);
  start();
  EXPECT_EQ(counted(), 200u);
  EXPECT_EQ(send(events(0, 200)).duplicates, 200u);
  stop();
  EXPECT_TRUE(verified().ok);
}

// Killed after a view let go of what it cannot use, and before the views folder was removed.
TEST_F(PipelineTest, WhoIsKilledLeavingAnEarlierFormRebuildsAtTheNextStart) {
  declared_.segments.emplace_back().name = "townless";
  declared_.segments.back().where = "traits.city == null";
  stop();
  start();
  ASSERT_TRUE(send(events(0, 200)).status.ok());
  ASSERT_TRUE(decide(decision({1}, clock_.now())).ok());
  const uint64_t townless = pipeline_->segments().size("townless");
  ASSERT_GT(townless, 0u);
  stop();
  for (const std::vector<std::string>& left : std::vector<std::vector<std::string>>{{"ledger_form", "decisions", "ledger_people", "ledger_placements"}, {"segments", "segment_people"}}) {
    {
      auto kv = store::open_kv(folder_.path() / "data" / "views", store::RocksMemory(), "").value();
      for (const std::string& name : left) ASSERT_TRUE(kv->clear(kv->space(name).value()).ok());
    }
    start();
    EXPECT_EQ(pipeline_->ledger().decisions(), 1u) << left[0];
    EXPECT_EQ(pipeline_->segments().size("townless"), townless) << left[0];
    EXPECT_EQ(counted(), 200u);
    stop();
    EXPECT_TRUE(verified().ok) << left[0];
  }
}

TEST_F(PipelineTest, OneProcessAtATime) {
  auto second = Pipeline::open(declared_, options_, clock_, logger_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
}

TEST_F(PipelineTest, RefusesBeyondItsQueueAndWhenDraining) {
  options_.queue_events = 50;
  stop();
  start();
  size_t refused = 0, answered = 0;
  std::mutex mutex;
  for (uint64_t i = 0; i < 200; ++i) {
    auto status = pipeline_->submit({events(i * 40, i * 40 + 40), {}, {}}, [&](const Acknowledgement& ack) {
      std::lock_guard lock(mutex);
      answered += ack.accepted;
    });
    if (!status.ok()) {
      ASSERT_EQ(status.error().code(), ErrorCode::kUnavailable);
      ++refused;
    }
  }
  EXPECT_GT(refused, 0u);
  ASSERT_TRUE(pipeline_->drain().ok());
  EXPECT_EQ(answered, (200 - refused) * 40);
  EXPECT_EQ(pipeline_->submit({events(0, 1), {}, {}}, {}).error().code(), ErrorCode::kUnavailable);
}

// Decisions take the shard's place between its turns: each is answered once, and views and log agree on the order.
TEST_F(PipelineTest, DecisionsWithoutAHandOverBesideEvents) {
  constexpr size_t kThreads = 3, kRounds = 60, kBatch = 7;
  ASSERT_TRUE(send(events(0, 200)).status.ok());
  std::vector<ProfileId> people;
  ASSERT_TRUE(pipeline_->profiles().for_each([&](const profile::Profile& p) {
    people.push_back(p.id);
    return true;
  }).ok());
  ASSERT_FALSE(people.empty());
  std::vector<std::atomic<int>> answers(kThreads * kRounds * kBatch);
  std::atomic<int> refused{0};
  std::vector<std::thread> callers;
  for (size_t t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      for (size_t r = 0; r < kRounds; ++r) {
        std::vector<DecisionSubmission> batch;
        for (size_t k = 0; k < kBatch; ++k) {
          size_t n = (t * kRounds + r) * kBatch + k;
          DecisionRecord record = decision(people[n % people.size()], {1'760'000'100'000'000 + static_cast<int64_t>(n)});
          batch.push_back({std::move(record), [&, n](const Status& status) {
                             answers[n].fetch_add(1);
                             if (!status.ok()) refused.fetch_add(1);
                           }});
        }
        pipeline_->record(std::move(batch));
      }
    });
  }
  std::thread feeder([&] {
    for (uint64_t n = 200; n < 2200; n += 100) EXPECT_TRUE(send(events(n, n + 100)).status.ok());
  });
  for (auto& caller : callers) caller.join();
  feeder.join();
  ASSERT_TRUE(pipeline_->drain().ok());
  for (auto& count : answers) ASSERT_EQ(count.load(), 1);
  EXPECT_EQ(refused.load(), 0);
  EXPECT_EQ(pipeline_->ledger().decisions(), answers.size());
  std::vector<DecisionSubmission> late;
  late.push_back({decision(people[0], {1'760'000'200'000'000}), [&](const Status& status) { refused.fetch_add(status.ok() ? 0 : 1); }});
  pipeline_->record(std::move(late));
  EXPECT_EQ(refused.load(), 1) << "nothing is taken after draining";
  stop();
  EXPECT_TRUE(verified().ok);
}

TEST_F(PipelineTest, ManyCallersAtOnce) {
  std::vector<std::thread> callers;
  for (uint64_t caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      for (uint64_t i = 0; i < 30; ++i) {
        uint64_t from = (caller % 2) * 100'000 + i * 20;  // two callers send the same events
        ASSERT_TRUE(send(events(from, from + 20)).status.ok());
        (void)pipeline_->identity().find("user_id", "user-1");
        ASSERT_TRUE(decide(decision({caller + 1}, clock_.now())).ok());
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(counted(), 1200u);
  EXPECT_EQ(pipeline_->ledger().decisions(), 120u);
  stop();
  EXPECT_TRUE(verified().ok);
}

class FullDisk : public PipelineTest {
 protected:
  void SetUp() override {
    mount_ = folder_.path() / "small";
    std::filesystem::create_directory(mount_);
    mounted_ = ::mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=48m") == 0;
  }
  void TearDown() override {
    pipeline_.reset();
    if (mounted_) ::umount2(mount_.c_str(), MNT_DETACH);
  }
  void fill_disk() {
    std::ofstream filler(mount_ / "filler", std::ios::binary);
    std::string block(1 << 16, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {}
  }
  std::filesystem::path mount_;
  bool mounted_ = false;
};

TEST_F(FullDisk, RefusesReadsOnAndRecoversByItself) {
  if (!mounted_) GTEST_SKIP() << "mounting a small tmpfs needs root; the full disk is tested where tests run as root";
  for (uint64_t reserve : {uint64_t{4} << 20, uint64_t{0}}) {  // refused before the log must, and by the log itself
    options_.reserve_bytes = reserve;
    start((mount_ / ("data" + std::to_string(reserve))).string());
    ASSERT_TRUE(send(events(0, 500)).status.ok());
    std::vector<DecisionId> decided;
    auto decide_for = [&](uint64_t person) {  // an order of theirs among the events after it is an outcome
      auto known = pipeline_->identity().find("user_id", fmt::format("user-{}", person));
      ASSERT_TRUE(known.has_value());
      DecisionRecord record = decision(*known, {1'760'000'000'000'000 + 500'000});
      if (decide(record).ok()) decided.push_back(record.id);
    };
    auto expect_decisions = [&] {  // read from the log, or from memory while it refuses them
      for (DecisionId id : decided) {
        auto entry = pipeline_->ledger().find(id);
        ASSERT_TRUE(entry.ok()) << entry.error().message();
        ASSERT_TRUE(entry->has_value());
        EXPECT_EQ((*entry)->decision.id, id);
      }
    };
    for (uint64_t person = 0; person < 20; ++person) decide_for(person);
    ASSERT_EQ(decided.size(), 20u);
    fill_disk();
    uint64_t next = 500, acknowledged = 500;
    bool refused = false;
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!refused && std::chrono::steady_clock::now() < deadline) {
      auto ack = send(events(next, next + 200));
      decide_for(next % 50);
      if (ack.status.ok()) {
        acknowledged += ack.accepted + ack.duplicates;
        next += 200;
      } else {
        EXPECT_EQ(ack.status.error().code(), ErrorCode::kStorageFull) << ack.status.error().message();
        refused = true;
      }
    }
    ASSERT_TRUE(refused);
    EXPECT_TRUE(pipeline_->identity().find("user_id", "user-3").has_value()) << "reads go on";
    EXPECT_GE(counted(), acknowledged);
    expect_decisions();
    std::filesystem::remove(mount_ / "filler");
    Acknowledgement resumed;
    while (std::chrono::steady_clock::now() < deadline) {
      resumed = send(events(next, next + 200));
      if (resumed.status.ok()) break;
    }
    ASSERT_TRUE(resumed.status.ok()) << resumed.status.error().message();
    EXPECT_EQ(resumed.accepted + resumed.duplicates, 200u);
    EXPECT_EQ(counted(), next + 200);
    EXPECT_TRUE(pipeline_->writable());
    EXPECT_GT(pipeline_->ledger().outcomes(), 0u);
    expect_decisions();
    stop();
    EXPECT_TRUE(verified().ok);
    start(options_.data_dir);
    expect_decisions();
    EXPECT_EQ(counted(), next + 200);
    EXPECT_EQ(send(events(0, next + 200)).duplicates, next + 200);
    stop();
    std::filesystem::remove_all(options_.data_dir);
  }
}

}  // namespace
}  // namespace furrow::pipeline
