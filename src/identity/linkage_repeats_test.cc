// People, papers and companies of many records each: what is frequent because one has it often is no chance agreement.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "identity/linkage.h"

namespace furrow::identity {
namespace {

struct Citations {
  table::Table table;
  std::vector<size_t> paper;  // by row
};

std::string word(Random& random, size_t words) {
  constexpr std::string_view kParts[] = {"ba", "ri", "ton", "mel", "ka", "du", "sen", "vor", "li", "gra"};
  uint64_t n = random.below(words) * 2'654'435'761u;
  return fmt::format("{}{}{}", kParts[n % 10], kParts[n / 10 % 10], kParts[n / 100 % 10]);
}

std::string slip(Random& random, std::string text) {
  if (text.size() > 4 && random.chance(0.5)) std::swap(text[1 + random.below(text.size() - 2)], text[text.size() / 2]);
  return text;
}

// A few papers cited dozens of times each and many cited once or twice, by a few groups of authors at a few conferences: citations of two
// papers of a group share authors, venue and year as often as not.
Citations cite(uint64_t seed) {
  Random random(seed);
  Citations out;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> authors, venues;
  for (int i = 0; i < 25; ++i) authors.push_back(fmt::format("{}. {} and {}. {}", char('a' + random.below(26)), word(random, 400), char('a' + random.below(26)), word(random, 400)));
  for (int i = 0; i < 8; ++i) venues.push_back(fmt::format("proceedings of the {} conference on {}", word(random, 60), word(random, 60)));
  for (size_t paper = 0; paper < 120; ++paper) {
    std::string title;
    for (int w = 0; w < 6; ++w) title += word(random, 300) + " ";
    const std::string &who = authors[random.below(authors.size())], &where = venues[random.below(venues.size())];
    uint64_t year = 1990 + random.below(9), cited = paper < 12 ? 40 + random.below(60) : 1 + random.below(3);
    for (uint64_t n = 0; n < cited; ++n) {
      std::string shown = random.chance(0.25) ? title.substr(title.find(' ') + 1) : title;
      if (random.chance(0.3)) shown = slip(random, shown);
      std::string place = random.chance(0.3) ? "" : random.chance(0.4) ? where.substr(15) : where;
      rows.push_back({shown, random.chance(0.3) ? slip(random, who) : who, place, random.chance(0.2) ? "" : std::to_string(random.chance(0.05) ? year + 1 : year)});
      out.paper.push_back(paper);
    }
  }
  const char* names[] = {"title", "author", "venue", "year"};
  for (size_t c = 0; c < 4; ++c) {
    table::Column column(names[c], table::ColumnType::kText);
    for (const auto& row : rows) row[c].empty() ? column.append_null() : column.append_text(row[c]);
    out.table.add(std::move(column));
  }
  return out;
}

TEST(LinkageRepeats, PapersCitedOftenAreOne) {
  uint64_t seed = 17;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Citations data = cite(seed);
  auto linked = link({{"citations", &data.table, -1}}, {});
  ASSERT_TRUE(linked.ok()) << linked.error().message();
  const std::vector<uint32_t>& person = (*linked)->person;
  std::map<uint32_t, double> found;
  std::map<size_t, double> cited;
  std::map<std::pair<uint32_t, size_t>, double> both;
  for (size_t row = 0; row < person.size(); ++row) ++found[person[row]], ++cited[data.paper[row]], ++both[{person[row], data.paper[row]}];
  auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& [key, n] : counts) sum += n * (n - 1) / 2;
    return sum;
  };
  EXPECT_GT(pairs(both) / pairs(found), 0.95) << pairs(found);
  EXPECT_GT(pairs(both) / pairs(cited), 0.9) << pairs(cited);
}

}  // namespace
}  // namespace furrow::identity
