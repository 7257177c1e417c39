#include "profile/source_trust.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "base/random.h"
#include "profile/profile.h"

namespace furrow::profile {
namespace {

constexpr Time kNow{1'760'000'000'000'000};

Trait told(std::string value, std::string source, Trust trust, int64_t hour, uint64_t position, uint64_t origin = 1) {
  return {std::move(value), kNow + hours(hour), std::move(source), {position}, {origin}, trust};
}

TEST(SourceTrustTest, IsDeclaredOrToldFromTheName) {
  Diagnostics diagnostics;
  auto node = YamlNode::parse("crm: verified\nlive: own\nbureau: third_party\nmy_dmp: own\n", "workspace.yaml", diagnostics);
  auto trust = SourceTrust::load(*node);
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_EQ(trust.of("crm"), Trust::kVerified);
  EXPECT_EQ(trust.of("bureau"), Trust::kThirdParty);
  EXPECT_EQ(trust.of("my_dmp"), Trust::kOwn) << "a declaration outweighs the name";
  EXPECT_EQ(trust.of("shop"), Trust::kOwn);
  for (const char* name : {"dmp", "audience-DMP", "dmp_2024", "third_party", "ThirdPartyData", "3rd-party"}) EXPECT_EQ(trust.of(name), Trust::kThirdParty) << name;
  for (const char* name : {"admpool", "party", "third", ""}) EXPECT_EQ(trust.of(name), Trust::kOwn) << name;
  EXPECT_EQ(SourceTrust().hash(), 0u);
  EXPECT_NE(trust.hash(), 0u);
  auto wrong = YamlNode::parse("crm: best\n", "workspace.yaml", diagnostics);
  SourceTrust::load(*wrong);
  EXPECT_FALSE(diagnostics.empty());
}

TEST(SurvivorshipTest, TrustThenFreshnessAndThirdPartiesOnlyFill) {
  Profile person;
  person.id = {1};
  person.put_trait("city", told("\"Lyon\"", "dmp", Trust::kThirdParty, 5, 1));
  EXPECT_EQ(person.trait("city")->value, "\"Lyon\"") << "it fills what nobody else tells";
  person.put_trait("city", told("\"Paris\"", "live", Trust::kOwn, 1, 2));
  EXPECT_EQ(person.trait("city")->value, "\"Paris\"") << "though it is older";
  person.put_trait("city", told("\"Nice\"", "dmp", Trust::kThirdParty, 9, 3));
  EXPECT_EQ(person.trait("city")->value, "\"Paris\"");
  person.put_trait("city", told("\"Metz\"", "shop", Trust::kOwn, 2, 4));
  EXPECT_EQ(person.trait("city")->value, "\"Metz\"") << "of its own the freshest";
  person.put_trait("city", told("\"Brest\"", "crm", Trust::kVerified, 0, 5));
  EXPECT_EQ(person.trait("city")->value, "\"Brest\"");
  auto others = person.alternatives("city");
  ASSERT_EQ(others.size(), 3u);
  EXPECT_EQ(others[0]->value, "\"Metz\"");
  EXPECT_EQ(others[1]->value, "\"Paris\"");
  EXPECT_EQ(others[2]->value, "\"Nice\"") << "of one source only its latest word";
  person.put_trait("city", told("null", "crm", Trust::kVerified, 3, 6));
  EXPECT_EQ(person.trait("city")->value, "\"Metz\"") << "null takes back what its own source said, and nobody else's word";
  EXPECT_TRUE(person.alternatives("street").empty());
}

// What the rule says, in plain words.
class Naive {
 public:
  void put(const Trait& trait) {
    auto [at, fresh] = words_.try_emplace({trait.origin.value, trait.source}, trait);
    if (!fresh && std::pair(trait.time, trait.position) > std::pair(at->second.time, at->second.position)) at->second = trait;
  }
  std::vector<Trait> ranked() const {
    std::vector<Trait> all;
    for (const auto& [teller, trait] : words_) all.push_back(trait);
    std::sort(all.begin(), all.end(), [](const Trait& a, const Trait& b) {
      auto rank = [](const Trait& t) { return std::tuple(t.empty() ? 0 : static_cast<int>(t.trust), t.time, t.position); };
      return rank(a) > rank(b);
    });
    return all;
  }

 private:
  std::map<std::pair<uint64_t, std::string>, Trait> words_;
};

TEST(SurvivorshipTest, EqualsItsNaiveTwinAndAnUndoGivesBothBack) {
  constexpr const char* kSources[] = {"dmp", "live", "crm", "shop"};
  constexpr Trust kTrusts[] = {Trust::kThirdParty, Trust::kOwn, Trust::kVerified, Trust::kOwn};
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    Profile one, other, apart_one, apart_other;
    one.id = apart_one.id = {1};
    other.id = apart_other.id = {2};
    Naive naive;
    bool merged = false;
    for (uint64_t position = 1; position <= 30; ++position) {
      size_t source = random.below(4);
      uint64_t origin = 1 + random.below(2);
      std::string value = random.chance(0.15) ? "null" : std::to_string(random.below(5));
      Trait trait = told(value, kSources[source], kTrusts[source], static_cast<int64_t>(random.below(6)), position, origin);
      naive.put(trait);
      (merged || origin == 1 ? one : other).put_trait("t", trait);
      (origin == 1 ? apart_one : apart_other).put_trait("t", trait);
      if (position == 15) {
        absorb(std::move(other), one);
        merged = true;
      }
    }
    auto expected = naive.ranked();
    auto others = one.alternatives("t");
    ASSERT_EQ(others.size() + 1, expected.size()) << "seed " << seed;
    ASSERT_EQ(*one.trait("t"), expected[0]) << "seed " << seed;
    for (size_t i = 0; i < others.size(); ++i) ASSERT_EQ(*others[i], expected[i + 1]) << "seed " << seed;
    std::string bytes;
    ByteWriter writer(bytes);
    encode(one, writer);
    auto back = decode_profile(bytes);
    ASSERT_TRUE(back.ok());
    ASSERT_EQ(back->shadowed, one.shadowed);
    Profile gone = take_out(one, {2}, {ProfileId{2}});
    ASSERT_EQ(one.traits, apart_one.traits) << "seed " << seed;
    ASSERT_EQ(one.shadowed, apart_one.shadowed) << "seed " << seed;
    ASSERT_EQ(gone.traits, apart_other.traits) << "seed " << seed;
    ASSERT_EQ(gone.shadowed, apart_other.shadowed) << "seed " << seed;
  }
}

TEST(SurvivorshipTest, TheNumberOfTellersIsBounded) {
  Profile person;
  person.id = {1};
  for (uint64_t i = 0; i < 10; ++i) person.put_trait("t", told(std::to_string(i), fmt::format("source-{}", i), Trust::kOwn, static_cast<int64_t>(i), i + 1));
  person.put_trait("t", told("99", "bureau", Trust::kThirdParty, 99, 99));
  EXPECT_EQ(person.trait("t")->value, "9");
  auto others = person.alternatives("t");
  ASSERT_EQ(others.size(), kMaxTellers - 1);
  EXPECT_EQ(others.back()->value, "6");
  EXPECT_EQ(person.traits_left_out, 7u);
}

}  // namespace
}  // namespace furrow::profile
