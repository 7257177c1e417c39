// Files of several systems, where most records tell one or two things about a person.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.h"
#include "identity/linkage.h"
#include "identity/linkage_fixture.h"

namespace furrow::identity {
namespace {

using Rows = TextRows;

struct Company {
  Rows customers, orders, cards;
  std::vector<std::vector<size_t>> person;  // by source and row

  explicit Company(uint64_t seed, size_t people) : person(3) {
    Random random(seed);
    constexpr std::string_view kParts[] = {"ba", "ri", "ton", "mel", "ka", "du", "sen", "vor", "li", "ge", "pan", "os"};
    auto word = [&] { return fmt::format("{}{}{}", kParts[random.below(12)], kParts[random.below(12)], kParts[random.below(12)]); };
    for (size_t i = 0; i < people; ++i) {
      std::string given = word(), family = word(), mail = fmt::format("{}.{}{}@qq.com", given, family, i), number = fmt::format("C{}", 100'000 + i);
      std::string phone = fmt::format("+8613{:09}", random.below(1'000'000'000)), card = fmt::format("LC{:08}", i * 17 + 1'003);
      std::string born = fmt::format("{}-{:02}-{:02}", 1950 + random.below(55), 1 + random.below(12), 1 + random.below(28));
      std::string devices[] = {fmt::format("{:024x}", mix64(seed + 2 * i)), fmt::format("{:024x}", mix64(seed + 2 * i + 1))};
      auto some = [&](double share, const std::string& value) { return random.chance(share) ? value : std::string(); };
      auto address = [&] { return random.chance(0.05) ? mail.substr(0, mail.size() - 1) + "n" : mail; };
      add(0, i, {number, given + " " + family, some(0.9, phone), some(0.85, address()), some(0.85, born)});
      for (uint64_t n = random.below(5); n > 0; --n) {
        bool store = random.chance(0.25);
        add(1, i, {fmt::format("W{:07}", orders.size()), some(store ? 0.0 : 0.5, number), store ? card : devices[random.below(2)], some(0.65, address()),
                   some(0.5, phone), store ? "store" : "web"});
      }
      if (random.chance(0.5)) add(2, i, {card, family + " " + given, some(0.9, phone), some(0.8, born)});
    }
  }
  void add(size_t source, size_t who, std::vector<std::string> row) {
    (source == 0 ? customers : source == 1 ? orders : cards).push_back(std::move(row));
    person[source].push_back(who);
  }
};

TEST(LinkageSources, AColumnThatNamesSomeOfAnotherFilesIdsRefersToThem) {
  Company company(7, 600);
  table::Table orders = table_of({"order_no", "customer_no", "visitor", "mail", "phone", "channel"}, company.orders);
  table::Table cards = table_of({"card_no", "holder", "mobile", "born"}, company.cards);
  auto refers = [](const std::vector<FieldPlan>& plans) {
    return std::any_of(plans.begin(), plans.end(), [](const FieldPlan& plan) { return plan.columns[0] == std::vector<int>{2} && plan.columns[1] == std::vector<int>{0}; });
  };
  EXPECT_TRUE(refers(plan_fields({{"orders", &orders, 0}, {"cards", &cards, 0}})));
  // Numbers of rows meet by chance.
  Rows counted = company.orders, numbered = company.cards;
  for (size_t i = 0; i < counted.size(); ++i) counted[i][2] = std::to_string(i + 1);
  for (size_t i = 0; i < numbered.size(); ++i) numbered[i][0] = std::to_string(counted.size() - 40 + i);
  table::Table counted_orders = table_of({"order_no", "customer_no", "visitor", "mail", "phone", "channel"}, counted);
  table::Table numbered_cards = table_of({"card_no", "holder", "mobile", "born"}, numbered);
  EXPECT_FALSE(refers(plan_fields({{"orders", &counted_orders, 0}, {"cards", &numbered_cards, 0}})));
}

TEST(LinkageSources, AMistypedDomainIsTheProvidersOwn) {
  LinkField field;
  field.kind = FieldKind::kEmail;
  LinkArena arena;
  for (auto [raw, text] : {std::pair{"Li.Na@QQ.con", "li.na@qq.com"}, {"li.na@qq.com", "li.na@qq.com"}, {"li.na@gmx.net", "li.na@gmx.net"}}) {
    LinkValue value;
    ASSERT_TRUE(field.prepare(raw, arena, value));
    EXPECT_EQ(value.text, text);
  }
}

TEST(LinkageSources, PeopleOfManyRecordsAreOneThoughMostSayLittle) {
  uint64_t seed = 20'261'122;
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Company company(seed, 1'500);
  table::Table customers = table_of({"customer_no", "name", "phone", "email", "birthday"}, company.customers);
  table::Table orders = table_of({"order_no", "customer_no", "visitor", "mail", "phone", "channel"}, company.orders);
  table::Table cards = table_of({"card_no", "holder", "mobile", "born"}, company.cards);
  auto linked = link({{"customers", &customers, 0}, {"orders", &orders, 0}, {"cards", &cards, 0}}, {});
  ASSERT_TRUE(linked.ok()) << linked.error().to_string();
  const LinkResult& result = **linked;
  std::map<uint32_t, double> found;
  std::map<size_t, double> true_counts;
  std::map<std::pair<uint32_t, size_t>, double> both;
  for (uint32_t record = 0; record < result.records.size(); ++record) {
    size_t source = result.records.source_of(record);
    size_t who = company.person[source][record - result.records.sources()[source].first];
    ++found[result.person[record]];
    ++true_counts[who];
    ++both[{result.person[record], who}];
  }
  auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& [key, n] : counts) sum += n * (n - 1) / 2;
    return sum;
  };
  double right = pairs(both);
  EXPECT_GT(right / pairs(found), 0.98);
  EXPECT_GT(right / pairs(true_counts), 0.68);
}

}  // namespace
}  // namespace furrow::identity
