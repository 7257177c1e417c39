// A disk that fills up and empties again under each store.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>

#include "base/files.h"
#include "store/rocks_kv.h"
#include "store/rocks_log.h"

namespace furrow::store {
namespace {

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    mount_ = folder_.path() / "small";
    std::filesystem::create_directory(mount_);
    mounted_ = ::mount("tmpfs", mount_.c_str(), "tmpfs", 0, "size=16m") == 0;
    if (!mounted_) GTEST_SKIP() << "mounting a small tmpfs needs root; the full disk is tested where tests run as root";
  }
  void TearDown() override {
    if (mounted_) ::umount2(mount_.c_str(), MNT_DETACH);
  }
  void fill_disk() {
    std::ofstream filler(mount_ / "filler", std::ios::binary | std::ios::app);
    std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {}
  }
  void empty_disk() { std::filesystem::remove(mount_ / "filler"); }
  TemporaryFolder folder_;
  std::filesystem::path mount_;
  bool mounted_ = false;
};

TEST_F(FullDisk, KeyValuesWriteAgainAfterRecovery) {
  auto kv = open_kv(mount_ / "views", RocksMemory(), "").value();
  Space space = kv->space("people").value();
  uint64_t written = 0;
  auto key = [](uint64_t n) { return "key" + std::to_string(n); };
  auto put = [&] {
    Batch batch;
    for (uint64_t n = written; n < written + 3; ++n) batch.put(space, key(n), std::string(3000, static_cast<char>('a' + n % 26)));
    Status status = kv->write(batch);
    if (status.ok()) written += 3;
    return status;
  };
  auto expect_all = [&] {
    for (uint64_t n = 0; n < written; ++n) ASSERT_EQ(kv->get(space, key(n)).value().value_or("").size(), 3000u) << n;
  };
  for (int cycle = 0; cycle < 4; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(put().ok());
    fill_disk();
    Status status;
    for (int i = 0; i < 10 && status.ok(); ++i) status = put();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code(), ErrorCode::kStorageFull) << status.error().message();
    expect_all();
    for (int i = 0; i < 5; ++i) {
      Status early = kv->recover();
      if (early.ok()) early = put();
      EXPECT_TRUE(early.ok() || early.error().code() == ErrorCode::kStorageFull) << early.error().message();
    }
    expect_all();
    empty_disk();
    Status recovered = kv->recover();
    ASSERT_TRUE(recovered.ok()) << recovered.error().message();
    Status again = put();
    ASSERT_TRUE(again.ok()) << again.error().message();
    expect_all();
    if (cycle % 2 == 1) {
      kv.reset();
      kv = open_kv(mount_ / "views", RocksMemory(), "").value();
      expect_all();
    }
  }
}

TEST_F(FullDisk, TheLogWritesAgainAfterRecoveryAndIsReadMeanwhile) {
  auto log = open_log(mount_ / "log", RocksMemory()).value();
  auto append = [&] { return log->append(std::vector<std::string>(5, std::string(1500, 'x'))); };
  auto expect_readable = [&] {
    uint64_t seen = 0;
    Status read = log->scan({1}, [&](LogPosition position, std::string_view record) { return position.value == ++seen && record.size() == 1500; });
    ASSERT_TRUE(read.ok()) << read.error().message();
    ASSERT_EQ(seen, log->last().value);
    ASSERT_EQ(seen % 5, 0u) << "a group is there whole or not at all";
  };
  for (int cycle = 0; cycle < 4; ++cycle) {
    SCOPED_TRACE("cycle " + std::to_string(cycle));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(append().ok());
    ASSERT_TRUE(log->sync().ok());
    fill_disk();
    Result<LogPosition> appended = append();
    for (int i = 0; i < 10 && appended.ok(); ++i) appended = append();
    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().code(), ErrorCode::kStorageFull) << appended.error().message();
    (void)log->sync().ok();  // harmless, whatever it says
    uint64_t kept = log->last().value;
    // From no room at all to nearly enough: recovery fails in all its places.
    for (uint64_t room : {0, 8, 64, 512, 1100, 1200}) {
      std::filesystem::resize_file(mount_ / "filler", std::filesystem::file_size(mount_ / "filler") - room * 1024);
      Status early = log->recover();
      EXPECT_TRUE(early.ok() || early.error().code() == ErrorCode::kStorageFull) << early.error().message();
      fill_disk();
      expect_readable();
      EXPECT_GE(log->last().value, kept);
    }
    empty_disk();
    Status recovered = log->recover();
    ASSERT_TRUE(recovered.ok()) << recovered.error().message();
    EXPECT_GE(log->last().value, kept);
    ASSERT_TRUE(append().ok());
    ASSERT_TRUE(log->sync().ok());
    expect_readable();
    if (cycle % 2 == 1) {
      log.reset();
      log = open_log(mount_ / "log", RocksMemory()).value();
      expect_readable();
    }
  }
}

}  // namespace
}  // namespace furrow::store
