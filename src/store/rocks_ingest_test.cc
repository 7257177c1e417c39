// Large batches, which go beside the write-ahead file: in order with small ones, whole or absent after kill -9, and on a full disk.
#include "store/rocks_ingest.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/random.h"
#include "store/rocks_kv.h"

namespace furrow::store {
namespace {

constexpr size_t kLarge = 5 << 20;
constexpr uint64_t kKeys = 300;

// Batch `n` says n everywhere: in a mark, in every key of a large space, and in keys that every other batch removes.
Batch large_batch(Space space, uint64_t n) {
  Batch batch;
  Random random(n);
  std::string noise(kLarge / kKeys, '\0');  // that does not compress
  for (char& c : noise) c = static_cast<char>(random.next());
  const std::string says = std::to_string(n), value = says + " " + noise;
  for (uint64_t i = 0; i < kKeys; ++i) {
    // Out of order, and every third of them twice: the last counts.
    const uint64_t key = (i * 7919) % kKeys;
    if (i % 3 == 0) batch.put(space, "k" + std::to_string(key), "first");
    batch.put(space, "k" + std::to_string(key), value);
    if (n % 2 == 1) batch.put(space, "odd" + std::to_string(key), says);
    else batch.erase(space, "odd" + std::to_string(key));
  }
  batch.put(space, "mark", says);
  return batch;
}

uint64_t number(const std::optional<std::string>& text) { return text ? std::stoull(*text) : 0; }

// The number of the batch that all of it says; 0 when there is none yet.
uint64_t one_batch(const KvStore& kv, Space space) {
  auto cursor = kv.scan(space, "", "");
  std::map<uint64_t, size_t> said;
  size_t odd = 0;
  for (; cursor->valid(); cursor->next()) {
    ++said[number(std::string(cursor->value()))];
    odd += cursor->key().starts_with("odd");
  }
  EXPECT_TRUE(cursor->status().ok()) << cursor->status().error().message();
  EXPECT_LE(said.size(), 1u) << "parts of two batches";
  if (said.empty()) return 0;
  EXPECT_EQ(odd, said.begin()->first % 2 == 1 ? kKeys : 0);
  EXPECT_EQ(said.begin()->second, kKeys + 1 + odd);
  return said.begin()->first;
}

TEST(RocksIngest, FollowsAMapThroughLargeAndSmallBatches) {
  const uint64_t seed = 7;
  SCOPED_TRACE(seed);
  Random random(seed);
  TemporaryFolder folder;
  auto kv = open_kv(folder.path() / "kv", RocksMemory(), "").value();
  Space spaces[2] = {kv->space("a").value(), kv->space("b").value()};
  std::map<std::string, std::string> twins[2];
  size_t rests = 0;
  for (int round = 0; round < 12; ++round) {
    Batch batch;
    const size_t operations = round % 3 == 2 ? 20 : 6000;
    for (size_t i = 0; i < operations; ++i) {
      const size_t which = random.below(2);
      std::string key = "k" + std::to_string(random.below(4000));
      if (random.chance(0.2)) {
        batch.erase(spaces[which], key);
        twins[which].erase(key);
      } else {
        std::string value = std::to_string(random.next()) + std::string(random.below(2400), 'v');
        batch.put(spaces[which], key, value);
        twins[which][key] = std::move(value);
      }
    }
    const size_t before = rests;
    ASSERT_TRUE(kv->write(batch, [&] { ++rests; }).ok());
    EXPECT_EQ(rests > before + batch.bytes() / (256 << 10), operations > 1000) << "a long write rests between its pieces";
    if (round == 5) {
      ASSERT_TRUE(kv->clear(spaces[1]).ok());
      twins[1].clear();
    }
    if (round == 8) {
      kv.reset();
      kv = open_kv(folder.path() / "kv", RocksMemory(), "").value();
    }
    for (size_t which = 0; which < 2; ++which) {
      std::map<std::string, std::string> all;
      for (auto cursor = kv->scan(spaces[which], "", ""); cursor->valid(); cursor->next()) all.emplace(cursor->key(), cursor->value());
      ASSERT_TRUE(all == twins[which]) << "round " << round << ", space " << which;
    }
  }
}

TEST(RocksIngest, ReadersSeeALargeBatchWholeOrNotAtAll) {
  TemporaryFolder folder;
  auto kv = open_kv(folder.path() / "kv", RocksMemory(), "").value();
  Space space = kv->space("s").value();
  ASSERT_TRUE(kv->write(large_batch(space, 1)).ok());
  auto snapshot = kv->scan(space, "mark", "");
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (uint64_t n = 2; n <= 12; ++n) ASSERT_TRUE(kv->write(large_batch(space, n), [] { std::this_thread::yield(); }).ok());
    done = true;
  });
  uint64_t last = 0;
  while (!done) {
    const uint64_t here = one_batch(*kv, space);
    EXPECT_GE(here, last);
    last = here;
    auto reader = open_kv_read_only(folder.path() / "kv", "").value();
    EXPECT_GE(one_batch(*reader, reader->space("s").value()), here) << "another process opens after what this one has read";
  }
  writer.join();
  EXPECT_EQ(one_batch(*kv, space), 12u);
  ASSERT_TRUE(snapshot->valid());
  EXPECT_EQ(snapshot->value(), "1");
}

// Killed after the hand-over and before the file lost its first name, both names are of one table.
TEST(RocksIngest, ATableIsNotWrittenIntoByTheNameThatAKillLeft) {
  TemporaryFolder folder;
  const auto path = folder.path() / "kv";
  auto kv = open_kv(path, RocksMemory(), "").value();
  Space space = kv->space("s").value(), other = kv->space("other").value();
  ASSERT_TRUE(kv->write(large_batch(space, 1)).ok());
  size_t tables = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() != ".sst" || entry.file_size() < kLarge / 2) continue;
    ++tables;
    std::filesystem::create_hard_link(entry.path(), path / kBatchFile);
  }
  ASSERT_EQ(tables, 1u);
  ASSERT_TRUE(kv->write(large_batch(other, 2)).ok());
  kv.reset();
  kv = open_kv(path, RocksMemory(), "").value();
  EXPECT_EQ(one_batch(*kv, space), 1u);
  EXPECT_EQ(one_batch(*kv, other), 2u);
}

// Runs only as the child of the test below, until it is killed.
TEST(RocksIngestChild, DISABLED_WritesUntilKilled) {
  const char* folder = std::getenv("FURROW_CRASH_FOLDER");
  if (!folder) GTEST_SKIP() << "only RocksIngest starts this";
  auto kv = open_kv(folder, RocksMemory(), "").value();
  Space large = kv->space("large").value(), small = kv->space("small").value();
  for (uint64_t n = number(kv->get(large, "mark").value()) + 1;; ++n) {
    ASSERT_TRUE(kv->write(large_batch(large, n)).ok());
    Batch batch;
    batch.put(small, "mark", std::to_string(n));
    ASSERT_TRUE(kv->write(batch).ok());
    const std::string line = std::to_string(n) + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::_Exit(3);  // the parent is gone
  }
}

// Starts the child, kills it after a while; the last number it said.
uint64_t run_and_kill(const std::string& folder, std::chrono::milliseconds after) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  std::string folder_text = "FURROW_CRASH_FOLDER=" + folder, filter = "--gtest_filter=RocksIngestChild.*";
  std::string program = "test_store", disabled = "--gtest_also_run_disabled_tests", quiet = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), quiet.data(), nullptr};
  char* environment[] = {folder_text.data(), nullptr};
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::execve("/proc/self/exe", arguments, environment);
    std::_Exit(4);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[4096];
  ssize_t got = ::read(ends[0], buffer, sizeof buffer);  // it has begun
  if (got > 0) said.append(buffer, static_cast<size_t>(got));
  std::this_thread::sleep_for(after);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while ((got = ::read(ends[0], buffer, sizeof buffer)) > 0) said.append(buffer, static_cast<size_t>(got));
  ::close(ends[0]);
  if (said.empty() || !std::isdigit(static_cast<unsigned char>(said[0]))) return 0;
  said.erase(said.find_last_of('\n'));
  return std::stoull(said.substr(said.find_last_of('\n') + 1));
}

TEST(RocksIngest, KilledAgainAndAgainABatchIsWholeOrAbsent) {
  const uint64_t seed = 11;
  SCOPED_TRACE(seed);
  Random random(seed);
  TemporaryFolder folder;
  const std::string path = (folder.path() / "kv").string();
  for (int kill = 0; kill < 15; ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    const uint64_t acknowledged = run_and_kill(path, std::chrono::milliseconds(random.below(60)));
    ASSERT_GT(acknowledged, 0u) << "the child did not begin";
    auto kv = open_kv(path, RocksMemory(), "").value();
    const uint64_t large = one_batch(*kv, kv->space("large").value());
    const uint64_t small = number(kv->get(kv->space("small").value(), "mark").value());
    EXPECT_GE(small, acknowledged) << "an acknowledged batch is lost";
    EXPECT_LE(large, acknowledged + 1);
    EXPECT_TRUE(small == large || small + 1 == large) << "small " << small << ", large " << large << ": out of order";
  }
}

TEST(RocksIngest, AFullDiskRefusesItWholeAndTakesItLater) {
  TemporaryFolder folder;
  const auto mount = folder.path() / "small";
  std::filesystem::create_directory(mount);
  if (::mount("tmpfs", mount.c_str(), "tmpfs", 0, "size=64m") != 0) GTEST_SKIP() << "mounting a small tmpfs needs root";
  struct Mounted {
    ~Mounted() { ::umount2(path.c_str(), MNT_DETACH); }
    std::filesystem::path path;
  } mounted{mount};
  auto kv = open_kv(mount / "kv", RocksMemory(), "").value();
  Space space = kv->space("s").value();
  uint64_t written = 1;
  ASSERT_TRUE(kv->write(large_batch(space, written)).ok());
  for (uint64_t room : {0, 1 << 20, 4 << 20, 5 << 20}) {
    SCOPED_TRACE(room);
    const uint64_t free = std::filesystem::space(mount).available;
    ASSERT_GT(free, room);
    std::ofstream(mount / "filler", std::ios::binary) << std::string(free - room, 'x') << std::flush;
    Status status = kv->write(large_batch(space, written + 1));
    if (room == 0) ASSERT_FALSE(status.ok());
    if (status.ok()) ++written;  // nearly enough may be enough
    else EXPECT_EQ(status.error().code(), ErrorCode::kStorageFull) << status.error().message();
    EXPECT_EQ(one_batch(*kv, space), written);
    std::filesystem::remove(mount / "filler");
    if (!status.ok()) {
      EXPECT_FALSE(std::filesystem::exists(mount / "kv" / kBatchFile)) << "a refused batch keeps no room";
    }
    status = kv->write(large_batch(space, written + 1));
    if (!status.ok()) {
      ASSERT_TRUE(kv->recover().ok());
      status = kv->write(large_batch(space, written + 1));
    }
    ASSERT_TRUE(status.ok()) << status.error().message();
    EXPECT_EQ(one_batch(*kv, space), ++written);
  }
}

}  // namespace
}  // namespace furrow::store
