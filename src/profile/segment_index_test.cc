#include "profile/segment_index.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

const Time kNow = parse_time("2026-02-20T10:30:00Z").value();

TEST(ValueColumn, GivesBackWhatWasSet) {
  Random random(3);
  ValueColumn column;
  std::vector<double> naive(3 * ValueColumn::kBlock, NAN);
  const std::vector<double> odd{0.0, -0.0, 254, 255, 256, 65534, 65535, 65536, 0.5, -3, 1e300, std::numeric_limits<double>::infinity(), NAN};
  for (int i = 0; i < 60'000; ++i) {
    const auto person = static_cast<uint32_t>(random.below(naive.size()));
    // The first block stays narrow for long, the second gets everything.
    naive[person] = person < ValueColumn::kBlock && i < 50'000 ? static_cast<double>(random.below(200)) : odd[random.below(odd.size())];
    column.set(person, naive[person]);
  }
  std::vector<double> read(ValueColumn::kBlock);
  for (uint32_t person = 0; person < naive.size(); ++person) {
    if (person % ValueColumn::kBlock == 0) column.read(person / ValueColumn::kBlock, read.data());
    const double got = column.get(person), bulk = read[person % ValueColumn::kBlock];
    ASSERT_TRUE((std::isnan(got) && std::isnan(naive[person])) || (got == naive[person] && std::signbit(got) == std::signbit(naive[person]))) << person;
    ASSERT_TRUE((std::isnan(bulk) && std::isnan(got)) || bulk == got);
  }
}

TEST(ValueColumn, TakesFewBytesForFewValues) {
  ValueColumn missing, small;
  for (uint32_t person = 0; person < 100 * ValueColumn::kBlock; ++person) {
    missing.set(person, NAN);
    small.set(person, person % 100);
  }
  missing.set(100 * ValueColumn::kBlock - 1, 1);
  EXPECT_LT(missing.bytes(), 3 * ValueColumn::kBlock);
  EXPECT_LT(small.bytes(), 100 * ValueColumn::kBlock * 5 / 4);
}

// The index against the rules evaluated on every profile.
TEST(SegmentIndex, FindsWhomTheRulesFind) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  FeatureDefinition count, last, spend;
  count.name = "orders";
  count.default_value = 0;
  last.name = "last_sku";
  last.aggregate = Aggregate::kLast;
  last.argument = "sku";
  spend.name = "spend";
  spend.aggregate = Aggregate::kSum;
  spend.argument = "price";
  spend.window = days(30);
  const auto program = FeatureProgram::compile({count, last, spend}).value();
  PersonNumbers numbers;
  SegmentIndex index(program, numbers);
  std::vector<Profile> people(9000);
  ApplyScratch scratch;
  uint64_t position = 0;
  for (size_t p = 0; p < people.size(); ++p) {
    people[p].id = {p + 1};
    for (uint64_t n = random.below(4); n > 0; --n) {
      const NaiveEvent made = random_event(random, kNow, days(60), ++position);
      Event event;
      event.type = random.chance(0.3) ? EventType::kIdentify : EventType::kTrack;
      event.name = made.label;
      event.time = event.received_at = made.time;
      event.properties = event.type == EventType::kTrack ? made.properties
                                                         : fmt::format(R"({{"city":"城{}","age":{},"quoted":"a\"b","vip":{},"none":null}})", random.below(5), random.below(90), random.chance(0.5));
      apply_event(*program, event, {position}, people[p].id, people[p], scratch);
    }
    index.put(people[p], kNow);
    if (random.chance(0.1)) {  // again, after another event
      apply_event(*program, Event{EventType::kIdentify, "", "", "", "", kNow, kNow, "", R"({"city":"城9"})", ""}, {++position}, people[p].id, people[p], scratch);
      index.put(people[p], kNow);
    }
  }
  for (size_t p = 0; p < people.size(); p += 100) index.remove(people[p].id);
  for (const char* text : {"orders >= 2", "orders == 0 and traits.city == null", "traits.city == \"城1\" or traits.age > 80", "last_sku == \"A1\"", "last_sku == 12",
                           "spend > 19.99", "spend == null", "traits.vip", "not traits.vip", "traits.quoted == 'a\"b'", "traits.nobody_has == 1", "traits.nobody_has == null",
                           "traits.city in (\"城2\", \"城9\") and spend * 2 > orders", "true"}) {
    SegmentDefinition definition;
    definition.name = definition.where = text;
    const auto rules = SegmentRules::compile({definition}, *program).value();
    const Expression rule = Expression::parse(text).value();
    const auto found = index.match(rule, bind_rule(rule, *program).value()).value();
    uint64_t expected = 0;
    for (size_t p = 0; p < people.size(); ++p) {
      const bool in = p % 100 != 0 && rules.evaluate(people[p], kNow)[0];
      expected += in;
      ASSERT_EQ(found.contains(*numbers.find(people[p].id)), in) << text << " person " << p;
    }
    EXPECT_EQ(found.cardinality(), expected);
  }
  EXPECT_EQ(index.people(), people.size() - people.size() / 100);
  EXPECT_FALSE(bind_rule(Expression::parse("ordres > 1").value(), *program).ok());
  const auto traits = index.traits(3);
  ASSERT_GE(traits.size(), 4u);
  for (const auto& trait : traits) {
    uint64_t with = 0;
    for (size_t p = 0; p < people.size(); ++p) {
      const Trait* own = p % 100 != 0 ? people[p].trait(trait.name) : nullptr;
      with += own && own->value != "null";
    }
    EXPECT_EQ(trait.people, with) << trait.name;
    EXPECT_LE(trait.values.size(), 3u);
  }
}

}  // namespace
}  // namespace furrow::profile
