#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"

namespace furrow {
namespace {

TEST(ProfileId, TextRoundTrips) {
  Random random(2);
  for (int i = 0; i < 1000; ++i) {
    ProfileId id{random.next()};
    EXPECT_EQ(*ProfileId::parse(id.to_string()), id);
  }
  EXPECT_EQ(ProfileId{~0ULL}.to_string(), "p_fzzzzzzzzzzzz");
  for (const char* text : {"", "p_", "p_000000000000", "p_00000000000000", "x_0000000000000", "p_000000000000u", "p_gzzzzzzzzzzzz"}) {
    EXPECT_FALSE(ProfileId::parse(text).ok()) << text;
  }
}

TEST(DecisionId, SortsByTimeAndDoesNotRepeat) {
  std::set<std::string> seen;
  std::string previous;
  for (int i = 0; i < 1000; ++i) {
    DecisionId id = DecisionId::make(1'700'000'000'000 + i);
    std::string text = id.to_string();
    EXPECT_EQ(*DecisionId::parse(text), id);
    EXPECT_LT(previous, text);
    EXPECT_TRUE(seen.insert(text).second);
    previous = text;
  }
  EXPECT_NE(DecisionId::make(1), DecisionId::make(1));
  EXPECT_FALSE(DecisionId::parse("d_zzzzzzzzzzzzzzzzzzzzzzzzzz").ok());  // over 128 bits
}

TEST(Hash, IsStableAcrossVersions) {
  EXPECT_EQ(hash64("furrow"), hash64(std::string("furrow")));
  EXPECT_NE(hash64("furrow"), hash64("furrow", 1));
  EXPECT_NE(hash64(std::string_view("a\0", 2)), hash64("a"));
  // Written down once: stored keys depend on it.
  EXPECT_EQ(hash128("furrow"), hash128("furrow"));
  EXPECT_EQ(mix64(1), 0xb456bcfc34c2cb2cULL);
}

TEST(Hash, SpreadsShortKeys) {
  std::set<uint64_t> buckets;
  for (int i = 0; i < 10000; ++i) buckets.insert(hash64("user-" + std::to_string(i)) >> 44);
  EXPECT_GT(buckets.size(), 9900u);  // of 2^20 buckets: about 9,953 expected
}

}  // namespace
}  // namespace furrow
