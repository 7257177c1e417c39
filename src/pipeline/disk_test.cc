// The disk under the pipeline: full and free again, again and again, with callers that never stop; and files damaged.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <array>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/files.h"
#include "pipeline/fixture.h"

namespace furrow::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{30};

class PipelineDisk : public testing::Test {
 protected:
  void start() {
    auto opened = Pipeline::open(declared_, options_, clock_, logger_);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    pipeline_ = std::move(opened).value();
  }
  // What was acknowledged stands in the log once, is counted once, and the views are those of the log.
  void hold_against_what_was_acknowledged() {
    std::unordered_map<std::string, int> logged;
    uint64_t events = 0, counted = 0;
    ASSERT_TRUE(pipeline_->scan({1}, [&](const Record& record) {
      if (auto* one = std::get_if<EventRecord>(&record.body)) {
        ++events;
        ++logged[one->event.message_id];
      }
      return true;
    }).ok());
    EXPECT_EQ(logged.size(), events);
    size_t lost = 0;
    for (const auto& id : messages_) lost += !logged.contains(id);
    EXPECT_EQ(lost, 0u) << "of " << messages_.size();
    ASSERT_TRUE(pipeline_->profiles().for_each([&](const profile::Profile& person) {
      counted += person.events;
      return true;
    }).ok());
    EXPECT_EQ(counted, events);
    lost = 0;
    for (DecisionId id : decisions_) {
      auto entry = pipeline_->ledger().find(id);
      lost += !entry.ok() || !entry->has_value();
    }
    EXPECT_EQ(lost, 0u) << "of " << decisions_.size() << " decisions";
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
    auto report = verify(declared_, options_.data_dir, logger_);
    ASSERT_TRUE(report.ok()) << report.error().message();
    for (const auto& row : report->views) EXPECT_TRUE(row.equal) << row.view;
  }
  TemporaryFolder folder_;
  Declarations declared_ = shop_declarations();
  PipelineOptions options_;
  ManualClock clock_{{1'760'000'000'000'000}};
  Logger logger_{LogLevel::kWarning};
  std::unique_ptr<Pipeline> pipeline_;
  std::unordered_set<std::string> messages_;
  std::unordered_set<DecisionId> decisions_;
};

class PipelineFullDisk : public PipelineDisk, public testing::WithParamInterface<uint64_t> {
 protected:
  void SetUp() override {
    mount_ = folder_.path() / "small";
    std::filesystem::create_directory(mount_);
    mounted_ = ::mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=64m") == 0;
    options_.data_dir = (mount_ / "data").string();
    options_.reserve_bytes = GetParam();
    options_.checkpoint_records = 500;
    options_.checkpoint_interval = Duration{50'000};
  }
  void TearDown() override {
    stop_callers();
    pipeline_.reset();
    if (mounted_) ::umount2(mount_.c_str(), MNT_DETACH);
  }
  void fill_disk() {
    std::ofstream filler(mount_ / "filler", std::ios::binary | std::ios::app);
    std::string block(1 << 14, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {}
  }
  void shrink_filler(uint64_t bytes) {
    auto size = std::filesystem::file_size(mount_ / "filler");
    std::filesystem::resize_file(mount_ / "filler", size > bytes ? size - bytes : 0);
  }

  void start_callers() {
    stop_ = false;
    for (uint64_t caller = 0; caller < 3; ++caller) callers_.emplace_back([this, caller] { submit_until_stopped(caller); });
    callers_.emplace_back([this] { decide_until_stopped(); });
  }
  void stop_callers() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (auto& caller : callers_) caller.join();
    callers_.clear();
  }
  // Notes an answer; then a short pause, so that the small disk lasts. False: stop.
  bool note(const Status& status, const std::function<void()>& keep) {
    std::unique_lock lock(mutex_);
    if (status.ok()) {
      keep();
    } else if (status.error().code() == ErrorCode::kStorageFull) {
      ++refused_;
    } else {
      ADD_FAILURE() << status.error().message();
    }
    changed_.notify_all();
    changed_.wait_for(lock, milliseconds(4), [&] { return stop_; });
    return !stop_;
  }
  void submit_until_stopped(uint64_t caller) {
    uint64_t& next = next_[caller];
    while (true) {
      std::vector<Event> events;
      for (uint64_t n = next; n < next + 10; ++n) events.push_back(shop_event(n, 300, caller + 2));
      auto acknowledged = pipeline_->submit_and_wait({events, {}, {}});
      bool go_on = note(acknowledged.status, [&] {
        for (const auto& event : events) messages_.insert(event.message_id);
        ++answered_[caller];
        next += 9;  // one comes again
      });
      if (!go_on) return;
    }
  }
  void decide_until_stopped() {
    while (true) {
      DecisionRecord decision;
      DecisionId id = decision.id = DecisionId::make(clock_.now().milliseconds());
      decision.profile = pipeline_->identity().find("user_id", "user-3").value_or(ProfileId{});
      decision.time = clock_.now();
      decision.placement = "home";
      decision.policy = "explore";
      decision.actions = {{"a", 1, 0.5, {}}};
      std::promise<Status> promise;
      Status status = pipeline_->record(std::move(decision), [&](const Status& done) { promise.set_value(done); });
      if (status.ok()) status = promise.get_future().get();
      bool go_on = note(status, [&] {
        decisions_.insert(id);
        ++answered_[3];
      });
      if (!go_on) return;
    }
  }
  bool wait_for_refusals(uint64_t more) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&, until = refused_ + more] { return refused_ >= until; });
  }
  bool wait_for_everybody(uint64_t more) {
    std::unique_lock lock(mutex_);
    auto before = answered_;
    return changed_.wait_for(lock, kPatience, [&] {
      for (size_t i = 0; i < answered_.size(); ++i) {
        if (answered_[i] < before[i] + more) return false;
      }
      return true;
    });
  }
  void expect_reads() {
    EXPECT_TRUE(pipeline_->identity().find("anonymous_id", shop_event(0, 300, 2).anonymous_id).has_value());
    uint64_t read = 0;
    // At the moment in which the log is opened again it may have to be asked again.
    Status status;
    auto deadline = steady_clock::now() + kPatience;
    do {
      read = 0;
      status = pipeline_->scan({1}, [&](const Record&) { return ++read < 50; });
    } while (!status.ok() && steady_clock::now() < deadline);
    EXPECT_TRUE(status.ok()) << status.error().message();
    EXPECT_EQ(read, 50u);
  }

  std::filesystem::path mount_;
  bool mounted_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  uint64_t refused_ = 0;
  std::array<uint64_t, 4> answered_{};
  std::array<uint64_t, 3> next_{};
  std::vector<std::thread> callers_;
};

TEST_P(PipelineFullDisk, FillsAndEmptiesAgainAndAgainAndLosesNothing) {
  if (!mounted_) GTEST_SKIP() << "mounting a small tmpfs needs root; the full disk is tested where tests run as root";
  start();
  start_callers();
  ASSERT_TRUE(wait_for_everybody(20));
  for (int cycle = 0; cycle < 4; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    fill_disk();
    ASSERT_TRUE(wait_for_refusals(100)) << "the disk is full and nobody is refused";
    expect_reads();
    // Room for a little, which is used up again: recovery fails in its middle.
    for (int trickle = 0; trickle < 5 && cycle % 2 == 1; ++trickle) {
      shrink_filler(uint64_t{300} << (10 + trickle));
      std::unique_lock lock(mutex_);
      uint64_t answers = refused_ + decisions_.size() + 60;
      ASSERT_TRUE(changed_.wait_for(lock, kPatience, [&] { return refused_ + decisions_.size() >= answers; }));
    }
    std::filesystem::remove(mount_ / "filler");
    ASSERT_TRUE(wait_for_everybody(10)) << "there is room and writing does not resume";
    EXPECT_TRUE(pipeline_->writable());
  }
  uint64_t checkpoints = pipeline_->metrics().checkpoints.value();
  ASSERT_TRUE(wait_for_everybody(100));
  EXPECT_GT(pipeline_->metrics().checkpoints.value(), checkpoints) << "the views are checkpointed again";
  stop_callers();
  hold_against_what_was_acknowledged();
}

TEST_P(PipelineFullDisk, StopsWhileFullAndStartsWithAllThatWasAcknowledged) {
  if (!mounted_) GTEST_SKIP() << "mounting a small tmpfs needs root; the full disk is tested where tests run as root";
  start();
  start_callers();
  ASSERT_TRUE(wait_for_everybody(20));
  fill_disk();
  ASSERT_TRUE(wait_for_refusals(50));
  stop_callers();
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto opened = Pipeline::open(declared_, options_, clock_, logger_);
  if (!opened.ok()) {
    EXPECT_EQ(opened.error().code(), ErrorCode::kStorageFull) << opened.error().message();
  } else {
    opened->reset();
  }
  std::filesystem::remove(mount_ / "filler");
  start();
  start_callers();
  EXPECT_TRUE(wait_for_everybody(10));
  stop_callers();
  hold_against_what_was_acknowledged();
}

// Refused before the log must, and by the log itself.
INSTANTIATE_TEST_SUITE_P(Reserve, PipelineFullDisk, testing::Values(uint64_t{8} << 20, uint64_t{0}),
                         [](const auto& info) { return info.param ? "kept" : "none"; });

class PipelineDamage : public PipelineDisk {
 protected:
  void SetUp() override {
    options_.data_dir = (folder_.path() / "data").string();
    start();
  }
  std::filesystem::path log_folder() const { return std::filesystem::path(options_.data_dir) / "log"; }
  // The file of the log whose name holds `mark` and that sorts last.
  std::filesystem::path log_file(std::string_view mark) const {
    std::filesystem::path last;
    for (const auto& entry : std::filesystem::directory_iterator(log_folder())) {
      if (entry.path().filename().string().find(mark) != std::string::npos) last = std::max(last, entry.path());
    }
    return last;
  }
  void send(uint64_t from, uint64_t to) {
    std::vector<Event> events;
    for (uint64_t n = from; n < to; ++n) {
      events.push_back(shop_event(n, 100));
      messages_.insert(events.back().message_id);
    }
    ASSERT_TRUE(pipeline_->submit_and_wait({std::move(events), {}, {}}).status.ok());
  }
  void restart() {
    ASSERT_TRUE(pipeline_->drain().ok());
    pipeline_.reset();
    start();
  }
  static void flip(const std::filesystem::path& file, uint64_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    char byte = 0;
    stream.seekg(static_cast<std::streamoff>(at)).get(byte);
    stream.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(stream.good());
  }
  void expect_named(const Error& error, const std::filesystem::path& file) {
    EXPECT_EQ(error.code(), ErrorCode::kStorageCorrupt) << error.message();
    EXPECT_NE(error.message().find(file.filename().string()), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("backup"), std::string::npos) << "what to do: " << error.message();
  }
};

// As kill -9 leaves it, and with what a power cut may add: an append that nobody was told about, torn anywhere.
TEST_F(PipelineDamage, ATornTailOpensWithEverythingAcknowledged) {
  for (uint64_t n = 0; n < 1000; n += 50) ASSERT_NO_FATAL_FAILURE(send(n, n + 50));
  const std::string live = options_.data_dir;
  auto write_ahead = log_file(".log");
  const auto acknowledged = std::filesystem::file_size(write_ahead);
  ASSERT_NO_FATAL_FAILURE(send(1000, 1050));
  const auto size = std::filesystem::file_size(write_ahead);
  ASSERT_GT(size, acknowledged);
  for (uint64_t n = 1000; n < 1050; ++n) messages_.erase(shop_event(n, 100).message_id);
  // The views as they were before the last append: a checkpoint never runs ahead of the synced log.
  const auto torn = folder_.path() / "torn";
  std::filesystem::copy(std::filesystem::path(live), torn, std::filesystem::copy_options::recursive);
  auto running = std::move(pipeline_);
  for (uint64_t keep : {acknowledged, acknowledged + 1, acknowledged + 7, (acknowledged + size) / 2, size - 1}) {
    SCOPED_TRACE(fmt::format("kept {} of {}", keep, size));
    const auto copy = folder_.path() / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(torn, copy, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(copy / "log" / write_ahead.filename(), keep);
    options_.data_dir = copy.string();
    ASSERT_NO_FATAL_FAILURE(start());
    uint64_t merges_and_events = pipeline_->durable().value;
    ASSERT_NO_FATAL_FAILURE(hold_against_what_was_acknowledged());
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_EQ(pipeline_->durable().value, merges_and_events);
    std::vector<Event> again;
    for (uint64_t n = 1000; n < 1050; ++n) again.push_back(shop_event(n, 100));
    EXPECT_EQ(pipeline_->submit_and_wait({std::move(again), {}, {}}).accepted, 50u) << "sent again, it is new";
    pipeline_.reset();
  }
  pipeline_ = std::move(running);
}

TEST_F(PipelineDamage, FlippedBytesInATableOfTheLogAreNamedByVerify) {
  ASSERT_NO_FATAL_FAILURE(send(0, 3000));
  ASSERT_NO_FATAL_FAILURE(restart());  // recovery turns the write-ahead file into a table
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto table = log_file(".sst");
  ASSERT_FALSE(table.empty());
  ASSERT_NO_FATAL_FAILURE(flip(table, std::filesystem::file_size(table) / 3));
  auto report = verify(declared_, options_.data_dir, logger_);
  ASSERT_FALSE(report.ok());
  expect_named(report.error(), table);
}

TEST_F(PipelineDamage, FlippedBytesInTheManifestAreNamedAtOpening) {
  ASSERT_NO_FATAL_FAILURE(send(0, 500));
  ASSERT_NO_FATAL_FAILURE(restart());
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  auto manifest = log_file("MANIFEST");
  ASSERT_NO_FATAL_FAILURE(flip(manifest, 20));
  auto opened = Pipeline::open(declared_, options_, clock_, logger_);
  ASSERT_FALSE(opened.ok());
  expect_named(opened.error(), manifest);
  auto report = verify(declared_, options_.data_dir, logger_);
  ASSERT_FALSE(report.ok());
  expect_named(report.error(), manifest);
}

TEST_F(PipelineDamage, DamagedViewsSayThatNothingIsLostAndAreRebuilt) {
  ASSERT_NO_FATAL_FAILURE(send(0, 500));
  ASSERT_NO_FATAL_FAILURE(restart());
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  const auto views = std::filesystem::path(options_.data_dir) / "views";
  std::filesystem::path manifest;
  for (const auto& entry : std::filesystem::directory_iterator(views)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) manifest = entry.path();
  }
  ASSERT_NO_FATAL_FAILURE(flip(manifest, 20));
  auto opened = Pipeline::open(declared_, options_, clock_, logger_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_NE(opened.error().message().find("remove the views folder"), std::string::npos) << opened.error().message();
  std::filesystem::remove_all(views);  // as it says
  ASSERT_NO_FATAL_FAILURE(start());
  hold_against_what_was_acknowledged();
}

TEST_F(PipelineDamage, ViewsThatAreCutOrGoneAreNamedByVerifyAndMadeAgain) {
  ASSERT_NO_FATAL_FAILURE(send(0, 500));
  ASSERT_NO_FATAL_FAILURE(restart());
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  const auto views = std::filesystem::path(options_.data_dir) / "views";
  const auto manifest = views / read_file(views / "CURRENT").value().substr(0, 15);
  std::filesystem::resize_file(manifest, std::filesystem::file_size(manifest) - 1);
  const auto expect_remedy = [](const Error& error, const std::filesystem::path& file) {
    EXPECT_EQ(error.code(), ErrorCode::kStorageCorrupt) << error.message();
    EXPECT_EQ(error.file(), file.string()) << error.message();
    EXPECT_NE(error.message().find("Nothing is lost: remove"), std::string::npos) << error.message();
  };
  auto opened = Pipeline::open(declared_, options_, clock_, logger_);
  ASSERT_FALSE(opened.ok());
  expect_remedy(opened.error(), manifest);
  auto report = verify(declared_, options_.data_dir, logger_);
  ASSERT_FALSE(report.ok());
  expect_remedy(report.error(), manifest);
  for (const bool whole_folder : {false, true}) {
    std::filesystem::remove_all(whole_folder ? views : views / "CURRENT");
    report = verify(declared_, options_.data_dir, logger_);
    ASSERT_FALSE(report.ok());
    expect_remedy(report.error(), views);
  }
  ASSERT_NO_FATAL_FAILURE(start());
  hold_against_what_was_acknowledged();
}

}  // namespace
}  // namespace furrow::pipeline
