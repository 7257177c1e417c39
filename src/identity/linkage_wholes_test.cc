#include "identity/linkage_wholes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "identity/linkage.h"

namespace furrow::identity {
namespace {

struct People {
  table::Table table;
  std::vector<size_t> person;
  size_t pairs = 0;
};

// People of two to four records in few names and towns: many strangers have the same name, and records lose a birthday or a town. With `over` the
// whole name stands beside its parts, twice.
People namesakes(bool over) {
  constexpr std::string_view kGiven[] = {"john", "william", "henry", "james", "mary", "anne", "george", "thomas"};
  constexpr std::string_view kFamily[] = {"taylor", "wright", "phillips", "roberts", "williams", "thompson", "anderson", "fowler", "evans", "browne"};
  Random random(23);
  People out;
  std::vector<std::string> names{"given_name", "surname", "dob", "town"};
  if (over) names.insert(names.end(), {"full_name", "first_and_surname"});
  std::vector<table::Column> columns;
  for (const std::string& name : names) columns.emplace_back(name, table::ColumnType::kText);
  for (size_t person = 0; person < 600; ++person) {
    std::string given(kGiven[random.below(8)]), family(kFamily[random.below(10)]);
    std::string born = fmt::format("{}-{:02}-{:02}", 1800 + random.below(90), 1 + random.below(12), 1 + random.below(28)), town = fmt::format("town{}ford", static_cast<char>('a' + random.below(26)));
    size_t records = 2 + random.below(3);
    out.pairs += records * (records - 1) / 2;
    for (size_t n = 0; n < records; ++n) {
      std::string spelled = family, middle = random.chance(0.2) ? " m" : "";
      if (random.chance(0.2)) std::swap(spelled[1], spelled[2]);
      std::vector<std::string> row{given, spelled, random.chance(0.15) ? "" : born, random.chance(0.2) ? "" : town};
      if (over) row.insert(row.end(), {given + middle + " " + spelled, given + " " + spelled});
      for (size_t c = 0; c < row.size(); ++c) row[c].empty() ? columns[c].append_null() : columns[c].append_text(row[c]);
      out.person.push_back(person);
    }
  }
  for (table::Column& column : columns) out.table.add(std::move(column));
  return out;
}

std::map<std::string, FieldShare> shares_of(const table::Table& table) {
  auto records = LinkRecords::build({{"people", &table, -1}}, ColumnChoice{});
  EXPECT_TRUE(records.ok());
  std::vector<FieldShare> shares = evidence_shares(*records);
  std::map<std::string, FieldShare> out;
  for (size_t f = 0; f < shares.size(); ++f) out[records->fields()[f].name] = shares[f];
  return out;
}

TEST(LinkageWholes, AWholeNameBesideItsPartsIsToldOver) {
  auto shares = shares_of(namesakes(true).table);
  for (const char* name : {"given_name", "surname", "full_name", "first_and_surname"}) {
    EXPECT_NEAR(shares[name].share, 1.0 / 3, 1e-9) << name;
    EXPECT_EQ(shares[name].group, shares["surname"].group) << name;
  }
  EXPECT_EQ(shares["town"].share, 1);
  EXPECT_EQ(shares["dob"].group, -1);
  for (const auto& [name, share] : shares_of(namesakes(false).table)) EXPECT_EQ(share.share, 1) << name;
}

TEST(LinkageWholes, NamesToldOverDoNotJoinStrangers) {
  for (bool over : {false, true}) {
    SCOPED_TRACE(over);
    People data = namesakes(over);
    auto linked = link({{"people", &data.table, -1}}, {});
    ASSERT_TRUE(linked.ok()) << linked.error().message();
    const std::vector<uint32_t>& person = (*linked)->person;
    double found = 0, right = 0;
    for (size_t a = 0; a < person.size(); ++a) {
      for (size_t b = a + 1; b < person.size(); ++b) {
        found += person[a] == person[b];
        right += person[a] == person[b] && data.person[a] == data.person[b];
      }
    }
    EXPECT_GT(right / found, 0.95) << found;
    EXPECT_GT(right / static_cast<double>(data.pairs), 0.75) << data.pairs;
  }
}

}  // namespace
}  // namespace furrow::identity
