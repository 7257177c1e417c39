#include "predict/log_visits.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace furrow::predict {
namespace {

constexpr Time kFirst{1'767'225'600'000'000};

Event deed(std::string name, Time time, const std::string& product = {}, EventType type = EventType::kTrack) {
  Event e;
  e.type = type;
  e.name = std::move(name);
  e.time = time;
  if (!product.empty()) e.properties = R"({"product_id":")" + product + R"("})";
  return e;
}

Result<VisitTable> visits_in(const std::vector<Record>& records, const std::string& item = "product_id") {
  return visits_of_log([&](const auto& visit) {
    for (const Record& record : records) {
      if (!visit(record)) break;
    }
    return Status();
  }, minutes(30), item);
}

TEST(LogVisits, AreThoseOfTheSameRowsInATable) {
  Random random(7);
  std::vector<Record> records;
  table::Column person("profile_id", table::ColumnType::kText), event("event", table::ColumnType::kText), time("time", table::ColumnType::kText), item("item", table::ColumnType::kText);
  Time now = kFirst;
  for (uint64_t i = 0; i < 2000; ++i) {
    now = now + minutes(static_cast<int64_t>(random.below(10)));
    const ProfileId who{1 + random.below(20)};
    const bool look = random.chance(0.5);
    const std::string product = look ? "p" + std::to_string(random.below(9)) : "";
    records.push_back({{i + 1}, EventRecord{who, deed(look ? "Product Viewed" : "Home", now, product)}});
    person.append_text(who.to_string());
    event.append_text(look ? "Product Viewed" : "Home");
    time.append_text(format_time(now));
    item.append_text(product);
  }
  table::Table table;
  for (auto* column : {&person, &event, &time, &item}) table.add(std::move(*column));
  EventColumns columns;
  columns.item = "item";
  auto expected = read_visits(table, columns, minutes(30), "rows");
  auto got = visits_in(records);
  ASSERT_TRUE(got.ok() && expected.ok());
  EXPECT_EQ(got->people, expected->people);
  EXPECT_EQ(got->events, expected->events);
  EXPECT_EQ(got->last, expected->last);
  ASSERT_EQ(got->visits.size(), expected->visits.size());
  for (size_t v = 0; v < got->visits.size(); ++v) {
    ASSERT_EQ(got->visits[v].person, expected->visits[v].person);
    ASSERT_EQ(got->visits[v].steps.size(), expected->visits[v].steps.size());
    for (size_t s = 0; s < got->visits[v].steps.size(); ++s) {
      const VisitStep &a = got->visits[v].steps[s], &b = expected->visits[v].steps[s];
      ASSERT_EQ(std::tuple(a.event, a.item, a.time), std::tuple(b.event, b.item, b.time)) << v << "," << s;
    }
  }
}

TEST(LogVisits, AMergeMakesOneVisitOfTwoDevices) {
  std::vector<Record> records;
  auto add = [&](RecordBody body) { records.push_back({{records.size() + 1}, std::move(body)}); };
  add(EventRecord{ProfileId{1}, deed("Home", kFirst)});
  add(EventRecord{ProfileId{2}, deed("Product Viewed", kFirst + minutes(5), "x")});
  EXPECT_EQ(visits_in(records)->visits.size(), 2u);
  add(MergeRecord{ProfileId{2}, ProfileId{1}, kFirst + minutes(6), "identify"});
  auto merged = visits_in(records);
  ASSERT_EQ(merged->visits.size(), 1u);
  EXPECT_EQ(merged->visits[0].steps.size(), 2u);
  EXPECT_EQ(merged->people, std::vector<std::string>{ProfileId{1}.to_string()});
}

TEST(LogVisits, WhoSomebodyIsIsNothingTheyDid) {
  std::vector<Record> records{{{1}, EventRecord{ProfileId{1}, deed("", kFirst, "", EventType::kIdentify)}}};
  EXPECT_EQ(visits_in(records).error().code(), ErrorCode::kInvalidArgument);
  auto one = visits_of_person({deed("Home", kFirst + hours(2)), deed("", kFirst, "", EventType::kIdentify), deed("Home", kFirst)}, minutes(30), "");
  ASSERT_EQ(one.visits.size(), 2u);
  EXPECT_EQ(one.visits.back().start(), kFirst + hours(2));
}

}  // namespace
}  // namespace furrow::predict
