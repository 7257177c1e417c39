// The contract of LogStore, run by every adapter, and what RocksDB's must do with torn and damaged files.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "store/directory_lock.h"
#include "store/rocks_log.h"

namespace furrow::store {
namespace {

struct Adapter {
  std::string name;
  std::function<Result<std::unique_ptr<LogStore>>(const std::filesystem::path&)> open;
};

class LogContract : public testing::TestWithParam<Adapter> {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    log_.reset();
    log_ = GetParam().open(folder_.path()).value();
  }
  TemporaryFolder folder_;
  std::unique_ptr<LogStore> log_;
};

std::vector<std::string> contents(const LogStore& log, uint64_t from = 1) {
  std::vector<std::string> all;
  auto status = log.scan({from}, [&](LogPosition position, std::string_view record) {
    EXPECT_EQ(position.value, from + all.size());
    all.emplace_back(record);
    return true;
  });
  EXPECT_TRUE(status.ok());
  return all;
}

std::string random_record(Random& random) {
  std::string record(random.chance(0.02) ? random.below(200'000) : random.below(400), '\0');
  for (size_t i = 0; i < record.size(); i += 7) record[i] = static_cast<char>(random.below(256));
  return record;
}

TEST_P(LogContract, FollowsAListThroughRandomAppendsAndReopenings) {
  const uint64_t seed = 17;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::vector<std::string> twin;
  EXPECT_EQ(log_->last().value, 0u);
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> group(1 + random.below(300));
    for (auto& record : group) record = random_record(random);
    auto first = log_->append(group);
    ASSERT_TRUE(first.ok());
    ASSERT_EQ(first->value, twin.size() + 1);
    twin.insert(twin.end(), group.begin(), group.end());
    if (random.chance(0.3)) ASSERT_TRUE(log_->sync().ok());
    if (random.chance(0.1)) reopen();
    ASSERT_EQ(log_->last().value, twin.size());
    for (int i = 0; i < 5; ++i) {
      uint64_t position = 1 + random.below(twin.size());
      ASSERT_EQ(log_->read({position}).value(), twin[position - 1]);
    }
    uint64_t from = 1 + random.below(twin.size());
    ASSERT_EQ(contents(*log_, from), std::vector<std::string>(twin.begin() + static_cast<long>(from) - 1, twin.end()));
  }
}

TEST_P(LogContract, HasLimitsAndEnds) {
  EXPECT_EQ(log_->read({1}).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(log_->read({0}).error().code(), ErrorCode::kNotFound);
  std::vector<std::string> group{"", std::string(1 << 20, 'x'), "c"};
  ASSERT_TRUE(log_->append(group).ok());
  EXPECT_EQ(contents(*log_), group);
  std::vector<std::string> over{"d", std::string((1 << 20) + 1, 'x')};
  EXPECT_EQ(log_->append(over).error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(log_->last().value, 3u);
  EXPECT_EQ(contents(*log_, 4).size(), 0u);
  int visits = 0;
  ASSERT_TRUE(log_->scan({1}, [&](LogPosition, std::string_view) { return ++visits < 2; }).ok());
  EXPECT_EQ(visits, 2);
}

TEST_P(LogContract, ReadersSeeAPrefixWhileItGrows) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t n = 1; n <= 20'000; n += 50) {
      std::vector<std::string> group;
      for (uint64_t i = n; i < n + 50; ++i) group.push_back(std::to_string(i));
      ASSERT_TRUE(log_->append(group).ok());
    }
    stop = true;
  });
  while (!stop) {
    uint64_t at_least = log_->last().value;
    auto all = contents(*log_);
    ASSERT_GE(all.size(), at_least);
    for (size_t i = 0; i < all.size(); i += 97) ASSERT_EQ(all[i], std::to_string(i + 1));
  }
  writer.join();
}

INSTANTIATE_TEST_SUITE_P(Adapters, LogContract,
                         testing::Values(Adapter{"rocks", [](const auto& folder) { return open_log(folder / "log", RocksMemory()); }}),
                         [](const auto& info) { return info.param.name; });

class RocksLogFiles : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "log"; }
  // The only file with that extension, or the one that sorts last.
  std::filesystem::path file(std::string_view mark) const {
    std::filesystem::path last;
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      if (entry.path().filename().string().find(mark) != std::string::npos) last = std::max(last, entry.path());
    }
    return last;
  }
  static void flip(const std::filesystem::path& file, std::streamoff at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    char byte = 0;
    stream.seekg(at).get(byte);
    stream.seekp(at).put(static_cast<char>(byte ^ 0x55));
    ASSERT_TRUE(stream.good());
  }
  // As kill -9 leaves it: the files as they stand while the owner still runs, without its lock.
  std::filesystem::path copy_of_live() {
    auto copy = folder_.path() / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(path(), copy, std::filesystem::copy_options::recursive);
    return copy;
  }
  void fill(LogStore& log, int groups) {
    for (int g = 0; g < groups; ++g) {
      std::vector<std::string> group(10, std::string(300, static_cast<char>('a' + g % 26)));
      ASSERT_TRUE(log.append(group).ok());
    }
  }
  TemporaryFolder folder_;
};

TEST_F(RocksLogFiles, EveryTornTailOpensWithWholeGroups) {
  auto log = open_log(path(), RocksMemory()).value();
  fill(*log, 8);
  auto live = file(".log");
  auto size = std::filesystem::file_size(live);
  uint64_t previous = 0;
  for (uintmax_t keep = 0; keep <= size; keep += 1 + size / 40) {
    auto copy = copy_of_live();
    std::filesystem::resize_file(copy / live.filename(), keep);
    auto torn = open_log(copy, RocksMemory());
    ASSERT_TRUE(torn.ok()) << "kept " << keep << " of " << size << ": " << torn.error().message();
    uint64_t last = (*torn)->last().value;
    EXPECT_EQ(last % 10, 0u) << "a group is there whole or not at all";
    EXPECT_GE(last, previous);
    EXPECT_EQ(contents(**torn).size(), last);
    std::vector<std::string> more{"goes on"};
    EXPECT_EQ((*torn)->append(more)->value, last + 1);
    previous = last;
  }
  EXPECT_EQ(previous, 70u);
}

TEST_F(RocksLogFiles, DamageBeforeTheTailIsNamed) {
  auto log = open_log(path(), RocksMemory()).value();
  fill(*log, 200);
  auto live = file(".log");
  auto copy = copy_of_live();
  flip(copy / live.filename(), static_cast<std::streamoff>(std::filesystem::file_size(live) / 3));
  auto opened = open_log(copy, RocksMemory());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(opened.error().file(), (copy / live.filename()).string());
  EXPECT_NE(opened.error().message().find("backup"), std::string::npos) << opened.error().message();
}

TEST_F(RocksLogFiles, DamageInATableFileIsNamed) {
  open_log(path(), RocksMemory()).value().reset();
  {
    auto log = open_log(path(), RocksMemory()).value();
    fill(*log, 2000);
  }
  { auto flushed_by_recovery = open_log(path(), RocksMemory()).value(); }
  auto table = file(".sst");
  ASSERT_FALSE(table.empty());
  flip(table, 1000);
  auto opened = open_log(path(), RocksMemory());
  Status read = opened.ok() ? (*opened)->scan({1}, [](LogPosition, std::string_view) { return true; }) : Status(opened.error());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code(), ErrorCode::kStorageCorrupt);
  EXPECT_EQ(read.error().file(), table.string()) << read.error().message();
}

TEST_F(RocksLogFiles, AMissingTableOrDamagedManifestIsNamed) {
  {
    auto log = open_log(path(), RocksMemory()).value();
    fill(*log, 2000);
  }
  { auto flushed_by_recovery = open_log(path(), RocksMemory()).value(); }
  auto copy = copy_of_live();
  auto manifest = file("MANIFEST");
  flip(manifest, 20);
  auto opened = open_log(path(), RocksMemory());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kStorageCorrupt) << opened.error().message();
  EXPECT_NE(opened.error().file().find("MANIFEST"), std::string::npos) << opened.error().message();
  auto table = file(".sst").filename();
  std::filesystem::remove(copy / table);
  opened = open_log(copy, RocksMemory());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), ErrorCode::kStorageCorrupt) << opened.error().message();
  EXPECT_EQ(opened.error().file(), (copy / table).string()) << opened.error().message();
}

TEST_F(RocksLogFiles, AManifestThatIsCutAnywhereIsNamedAndCostsNothing) {
  for (int opened = 0; opened < 3; ++opened) {  // each opening makes a table of what was in the write-ahead file
    auto log = open_log(path(), RocksMemory()).value();
    fill(*log, 20);
  }
  const auto manifest = file("MANIFEST").filename();
  const auto size = std::filesystem::file_size(path() / manifest);
  size_t refused = 0;
  for (const bool with_write_ahead_file : {true, false}) {
    for (uintmax_t keep = 0; keep < size; keep += 1 + size / 30) {
      auto copy = copy_of_live();
      const uint64_t whole = with_write_ahead_file ? 600u : 400u;
      if (!with_write_ahead_file) {
        for (const auto& entry : std::filesystem::directory_iterator(copy)) {
          if (entry.path().extension() == ".log") std::filesystem::resize_file(entry.path(), 0);
        }
      }
      const std::string before = read_file(copy / manifest).value();
      std::filesystem::resize_file(copy / manifest, keep);
      {
        auto cut = open_log(copy, RocksMemory());
        if (cut.ok()) {
          EXPECT_EQ(contents(**cut).size(), whole) << "kept " << keep << " of " << size;
          continue;
        }
        EXPECT_EQ(cut.error().code(), ErrorCode::kStorageCorrupt) << cut.error().message();
        ++refused;
      }
      ASSERT_TRUE(write_file_atomically(copy / manifest, before).ok());
      auto mended = open_log(copy, RocksMemory());
      ASSERT_TRUE(mended.ok()) << "kept " << keep << " of " << size << ": " << mended.error().message();
      EXPECT_EQ(contents(**mended).size(), whole) << "kept " << keep << " of " << size;
    }
  }
  EXPECT_GT(refused, 40u);
  std::filesystem::remove(path() / manifest);
  auto without = open_log(path(), RocksMemory());
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().code(), ErrorCode::kStorageCorrupt) << without.error().message();
  EXPECT_EQ(without.error().file(), (path() / manifest).string()) << without.error().message();
}

TEST_F(RocksLogFiles, AReaderBesideTheOwnerSeesEverythingAppendedBefore) {
  EXPECT_EQ(open_log_read_only(path()).error().code(), ErrorCode::kNotFound);
  auto log = open_log(path(), RocksMemory()).value();
  std::atomic<bool> stop{false};
  std::thread owner([&] {
    for (int round = 0; round < 400 && !stop; ++round) fill(*log, 20);
  });
  for (int i = 0; i < 10; ++i) {
    uint64_t appended = log->last().value;
    auto reader = open_log_read_only(path());
    ASSERT_TRUE(reader.ok()) << reader.error().message();
    EXPECT_GE((*reader)->last().value, appended);
    EXPECT_EQ(contents(**reader).size(), (*reader)->last().value);
    std::vector<std::string> group{"x"};
    EXPECT_EQ((*reader)->append(group).error().code(), ErrorCode::kForbidden);
  }
  stop = true;
  owner.join();
}

TEST(DirectoryLock, NamesTheProcessThatHasIt) {
  TemporaryFolder folder;
  auto held = DirectoryLock::take(folder.path() / "data");
  ASSERT_TRUE(held.ok());
  auto second = DirectoryLock::take(folder.path() / "data");
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())), std::string::npos);
  { DirectoryLock released = std::move(held).value(); }
  EXPECT_TRUE(DirectoryLock::take(folder.path() / "data").ok());
}

TEST(DirectoryLock, SaysWhatToDoAboutAFolderThatCannotBeMade) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "in the way";
  auto lock = DirectoryLock::take(folder.path() / "file" / "data");
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code(), ErrorCode::kIo);
  EXPECT_NE(lock.error().message().find("Not a directory"), std::string::npos) << lock.error().message();
  EXPECT_NE(lock.error().message().find("--data"), std::string::npos);
}

}  // namespace
}  // namespace furrow::store
