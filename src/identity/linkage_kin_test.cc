#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "base/files.h"
#include "base/random.h"
#include "identity/linkage.h"
#include "identity/linkage_fixture.h"
#include "identity/linkage_saved.h"

namespace furrow::identity {
namespace {

const std::vector<std::string> kKinColumns{"id", "name", "birthday", "phone", "street", "postcode"};

// One shop's customers: four in ten live in households of two to four with one surname, street, postcode and telephone; one in five stands there twice, with
// slips of the pen or without a street; and some are a father and a son of one name. The number of the person and the given name are in the id.
TextRows customers(uint64_t seed, size_t people, double households) {
  Random random(seed);
  auto word = [&](size_t letters) {
    std::string text;
    for (size_t i = 0; i < letters; ++i) text += i % 2 == 0 ? "bdfgklmnprstvz"[random.below(14)] : "aeiou"[random.below(5)];
    return text;
  };
  std::vector<std::string> given, family;
  for (int i = 0; i < 150; ++i) given.push_back(word(6 + random.below(4)));
  for (int i = 0; i < 400; ++i) family.push_back(word(5 + random.below(4)));
  TextRows rows;
  for (size_t person = 0; person < people;) {
    const size_t members = random.chance(households) ? 2 + random.below(3) : 1;
    const std::string surname = family[random.below(family.size())], street = fmt::format("{} {} street", 1 + random.below(200), word(6));
    const std::string postcode = fmt::format("{}{} {}{}", word(1), 1 + random.below(30), random.below(10), word(2));
    const std::string phone = fmt::format("+4420{:08}", random.below(100'000'000));
    std::string father;
    for (size_t i = 0; i < members; ++i, ++person) {
      std::string first = given[(person * 7 + random.below(7)) % given.size()];  // in one household all others
      if (i == 1 && random.chance(0.15)) first = father;
      if (i == 0) father = first;
      std::vector<std::string> row{fmt::format("{} {}", person, first), first + " " + surname,
                                   fmt::format("{}-{:02}-{:02}", 1940 + random.below(65), 1 + random.below(12), 1 + random.below(28)), phone, street, postcode};
      rows.push_back(row);
      if (!random.chance(0.2)) continue;
      row[0] += " again";
      if (random.chance(0.3)) std::swap(row[1][1], row[1][2]);
      if (random.chance(0.3)) row[2][9] = static_cast<char>('0' + random.below(10));
      if (random.chance(0.3)) row[4].clear();
      rows.push_back(row);
    }
  }
  return rows;
}

struct Judged {
  double truly = 0, right = 0, relatives = 0, namesakes = 0;  // pairs that are one person, those joined, and of others joined, by their given names
};
Judged judge(const LinkResult& result) {
  Judged out;
  auto part = [&](uint32_t record, size_t number) {
    std::vector<std::string> parts;
    std::istringstream words(result.records.id(record));
    for (std::string word; words >> word;) parts.push_back(word);
    return parts[number];
  };
  for (uint32_t a = 0; a < result.records.size(); ++a) {
    for (uint32_t b = a + 1; b < std::min<uint32_t>(a + 12, static_cast<uint32_t>(result.records.size())); ++b) {  // a household's stand together
      const bool one = part(a, 0) == part(b, 0), joined = result.person[a] == result.person[b];
      out.truly += one;
      if (joined) ++(one ? out.right : part(a, 1) == part(b, 1) ? out.namesakes : out.relatives);
    }
  }
  return out;
}

TEST(LinkageKin, MembersOfOneHouseholdAreDifferentPeople) {
  for (uint64_t seed : {11, 12, 13}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    auto data = table_of(kKinColumns, customers(seed, 2'000, 0.4));
    auto linked = link({{"shop", &data, 0}}, {});
    ASSERT_TRUE(linked.ok());
    const Judged judged = judge(**linked);
    EXPECT_GT((*linked)->model->expected_kin(true), 200);
    EXPECT_LE(judged.relatives, 0.01 * judged.right);
    EXPECT_GE(judged.right, 0.98 * judged.truly);
  }
}

TEST(LinkageKin, WhereNobodySharesAHouseholdNobodyIsKin) {
  auto data = table_of(kKinColumns, customers(14, 2'000, 0));
  auto linked = link({{"shop", &data, 0}}, {});
  ASSERT_TRUE(linked.ok());
  EXPECT_EQ((*linked)->model->expected_kin(true), 0);
  const Judged judged = judge(**linked);
  EXPECT_LE(judged.relatives + judged.namesakes, 0.01 * judged.right);
  EXPECT_GE(judged.right, 0.98 * judged.truly);
}

TEST(LinkageKin, SaysInTheWaterfallWhatARelativeWouldShareToo) {
  auto data = table_of(kKinColumns, customers(15, 2'000, 0.4));
  auto linked = link({{"shop", &data, 0}}, {});
  ASSERT_TRUE(linked.ok());
  const LinkResult& result = **linked;
  Comparer comparer(result.records, *result.levels);
  size_t named = 0;
  for (uint32_t a = 0; a + 1 < result.records.size(); ++a) {
    Levels levels{};
    comparer.compare(a, a + 1, levels);
    double sum = 0, kin = 0;
    for (const LinkEvidence& piece : result.model->explain(levels, result.records.codes(a), result.records.codes(a + 1), true)) {
      sum += piece.bits;
      if (piece.comparison == "kin") kin = piece.bits;
    }
    EXPECT_LE(kin, 0);
    EXPECT_NEAR(sum, result.bits(a, a + 1, levels), kin == 0 ? 0.05 + 1e-9 : 1e-9);  // a twentieth of a bit is not named
    named += kin < -3;
  }
  EXPECT_GT(named, 200u);
}

TEST(LinkageKin, IsKeptInASavedLinkage) {
  auto data = table_of(kKinColumns, customers(16, 1'000, 0.4));
  std::vector<LinkSourceInput> inputs{{"shop", &data, 0}};
  auto linked = link(inputs, {});
  ASSERT_TRUE(linked.ok());
  TemporaryFolder folder;
  ASSERT_TRUE(save_linkage(**linked, inputs, folder.path() / "linkage").ok());
  auto read = load_linkage(folder.path() / "linkage");
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ((*read)->model->expected_kin(true), (*linked)->model->expected_kin(true));
  Comparer one((*linked)->records, *(*linked)->levels), two((*read)->records, *(*read)->levels);
  for (uint32_t a = 0; a + 1 < (*linked)->records.size(); ++a) EXPECT_EQ((*linked)->bits(a, a + 1, one), (*read)->bits(a, a + 1, two));
}

}  // namespace
}  // namespace furrow::identity
