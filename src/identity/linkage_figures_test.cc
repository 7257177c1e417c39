#include "identity/linkage_figures.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/random.h"
#include "identity/linkage.h"
#include "identity/linkage_text.h"

namespace furrow::identity {
namespace {

uint8_t level_of(std::string_view a, std::string_view b, bool rare = false) {
  auto is_rare = [&](std::string_view) { return rare; };
  std::vector<Figure> x = figures_of(fold(a).text, is_rare), y = figures_of(fold(b).text, is_rare);
  uint8_t level = figures_level({x.data(), x.size()}, {y.data(), y.size()});
  EXPECT_EQ(level, figures_level({y.data(), y.size()}, {x.data(), x.size()})) << a << " | " << b;
  return level;
}

TEST(LinkageFigures, NumbersWrittenApartAreOne) {
  EXPECT_EQ(level_of("Panasonic KX-TG 6700 B phone", "Panasonic KXTG6700B"), 4);
  EXPECT_EQ(level_of("Sony turntable PSLX350H", "Sony PS-LX350H turntable"), 4);
  EXPECT_EQ(level_of("disk 500 GB", "500gb disk"), 4);
  EXPECT_EQ(level_of("松下 KX-TG6700B 电话", "电话KXTG 6700B"), 4);
  EXPECT_EQ(level_of("switch FS105", "switch FS105NA"), 3);
  EXPECT_EQ(level_of("phone KXTG6700B", "phone KXTG6700S"), 1);
  EXPECT_EQ(level_of("volume 1", "volume 2"), 1);
  EXPECT_EQ(level_of("volume 12", "volume 1 2"), 1);
  EXPECT_EQ(level_of("lamp ELPLP12 with 2 feet", "lamp ELPLP12"), 3);
  EXPECT_EQ(level_of("lamp ELPLP12 with 2 feet", "lamp ELPLP12", true), 5);
  EXPECT_EQ(level_of("lamp", "lamp 12"), 0);
}

TEST(LinkageFigures, LongTextsStayWithinTheLimits) {
  Random random(3);
  std::string text;
  for (int i = 0; i < 3000; ++i) text += fmt::format("a{} {} ", random.below(1000), random.below(1000));
  std::vector<Figure> figures = figures_of(text, [](std::string_view) { return false; });
  EXPECT_LE(figures.size(), Figure::kMost);
  EXPECT_EQ(figures_level({figures.data(), figures.size()}, {figures.data(), figures.size()}), 4);
}

struct Shops {
  table::Table left, right;
  std::set<std::pair<std::string, std::string>> truth;
};

table::Table shop_table(const std::vector<std::vector<std::string>>& rows) {
  table::Table out;
  const char* names[] = {"id", "title", "brand", "price"};
  for (size_t c = 0; c < 4; ++c) {
    table::Column column(names[c], table::ColumnType::kText);
    for (const auto& row : rows) column.append_text(row[c]);
    out.add(std::move(column));
  }
  return out;
}

// Two shops that sell series of models which differ in a number only; each writes the number its own way, and each lacks models of the other.
Shops make_shops(uint64_t seed) {
  Random random(seed);
  const std::vector<std::string> brands{"sony", "panasonic", "canon", "epson", "netgear", "kodak", "philips", "garmin"};
  const std::vector<std::string> things{"cordless phone", "inkjet printer", "digital camera", "projector lamp", "ethernet switch", "car stereo"};
  constexpr std::string_view kParts[] = {"ba", "ri", "ton", "mel", "ka", "du", "sen", "vor"};
  const std::vector<std::string> extras{"black", "silver", "with stand", "retail pack", "new"};
  std::vector<std::vector<std::string>> left, right;
  Shops out;
  for (int series = 0; series < 120; ++series) {
    const std::string &brand = brands[random.below(brands.size())], &thing = things[random.below(things.size())];
    std::string prefix{static_cast<char>('a' + random.below(26)), static_cast<char>('a' + random.below(26))};
    std::string name = fmt::format("{}{}{}", kParts[random.below(8)], kParts[random.below(8)], kParts[random.below(8)]);
    uint64_t base = 100 + random.below(800);
    for (uint64_t model = 0; model < 5; ++model) {
      std::string number = std::to_string(base * 10 + model), price = std::to_string(30 + random.below(400)) + ".99";
      uint64_t where = random.below(4);  // 0 left, 1 right, else both
      if (where != 1) left.push_back({fmt::format("l{}", left.size()), fmt::format("{} {} {} {}{}", brand, name, thing, prefix, number), brand, price});
      if (where != 0) right.push_back({fmt::format("r{}", right.size()), fmt::format("{} {}{}{} {} {} {}", brand, prefix, random.chance(0.4) ? "-" : "", number, name, thing, extras[random.below(5)]), brand, price});
      if (where > 1) out.truth.emplace(left.back()[0], right.back()[0]);
    }
  }
  out.left = shop_table(left), out.right = shop_table(right);
  return out;
}

TEST(LinkageFigures, ModelsOfOneSeriesStayApart) {
  uint64_t seed = 11;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Shops shops = make_shops(seed);
  auto linked = link({{"left", &shops.left, 0}, {"right", &shops.right, 0}}, {});
  ASSERT_TRUE(linked.ok()) << linked.error().message();
  const LinkResult& result = **linked;
  std::map<uint32_t, std::vector<uint32_t>> people;
  for (uint32_t record = 0; record < result.records.size(); ++record) people[result.person[record]].push_back(record);
  size_t found = 0, right = 0;
  for (const auto& [person, members] : people) {
    for (uint32_t a : members) {
      for (uint32_t b : members) {
        if (result.records.source_of(a) != 0 || result.records.source_of(b) != 1) continue;
        ++found;
        right += shops.truth.contains({result.records.id(a), result.records.id(b)});
      }
    }
  }
  EXPECT_GT(static_cast<double>(right), 0.95 * static_cast<double>(found)) << found;
  EXPECT_GT(static_cast<double>(right), 0.95 * static_cast<double>(shops.truth.size())) << shops.truth.size();
}

}  // namespace
}  // namespace furrow::identity
