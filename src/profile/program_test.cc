#include "profile/program.h"

#include <gtest/gtest.h>

#include <random>

#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

const Time kEnd = parse_time("2026-04-15T10:30:00Z").value();

void add(const FeatureProgram& program, const NaiveEvent& event, ProfileId origin, Journal& journal) {
  Fields fields;
  ASSERT_TRUE(fields.parse(event.properties));
  JournalEntry entry;
  if (program.extract(event.label, fields, event.time, {event.position}, entry)) journal.add(program, entry, origin);
}

void expect_equal(const FeatureProgram& program, const Journal& journal, const std::vector<NaiveEvent>& events, Time as_of,
                  const std::string& what) {
  std::vector<double> fast(program.size());
  program.evaluate(journal, as_of, fast);
  std::vector<FeatureValue> shown = program.read(journal, as_of);
  const std::vector<NaiveValue> naive = naive_features(program.definitions(), events, as_of);
  for (size_t i = 0; i < program.size(); ++i) {
    const FeatureDefinition& feature = program.definitions()[i];
    const NaiveValue& slow = naive[i];
    std::string where = fmt::format("{}: {} of {} where {} window {} as of {}", what, feature.aggregate_text(), fmt::join(feature.events, "|"),
                                    feature.where, feature.window_text(), format_time(as_of));
    if (!feature.derived()) {
      EXPECT_EQ(shown[i].text, slow.text) << where;
    }
    EXPECT_EQ(shown[i].missing, slow.missing) << where;
    if (std::isnan(slow.number)) {
      EXPECT_TRUE(std::isnan(fast[i])) << where << " gave " << fast[i];
      continue;
    }
    EXPECT_NEAR(fast[i], slow.number, naive_tolerance(feature, slow)) << where;
    EXPECT_EQ(shown[i].number, fast[i]) << where;
  }
}

Journal through_bytes(const Journal& journal) {
  std::string bytes;
  ByteWriter out(bytes);
  journal.encode(out);
  ByteReader in(bytes);
  auto decoded = Journal::decode(in);
  EXPECT_TRUE(decoded.ok() && in.at_end());
  std::string again;
  ByteWriter second(again);
  decoded->encode(second);
  EXPECT_EQ(bytes, again);
  return std::move(decoded).value();
}

// Late and repeated times, several profiles merged, folding by the live rule or by force, a trip through bytes.
TEST(FeatureProgramTest, EqualsTheNaiveTwin) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  size_t folded_cases = 0, merged_cases = 0;
  for (int round = 0; round < 2000 && !testing::Test::HasFailure(); ++round) {
    auto program = FeatureProgram::compile(random_features(random, 1 + random.below(12))).value();
    const bool folding = random.chance(0.5);
    const bool long_one = random.chance(0.1);
    const Duration span = days(random.chance(0.5) ? 3 : 80);
    std::vector<Journal> journals(1 + random.below(3));
    std::vector<NaiveEvent> events;
    Time watermark{INT64_MIN};
    for (uint64_t n = random.below(long_one ? 300 : 40), position = 1; position <= n; ++position) {
      NaiveEvent event = random_event(random, kEnd, span, position);
      uint64_t person = random.below(journals.size());
      add(*program, event, {person + 1}, journals[person]);
      watermark = std::max(watermark, std::min(event.time, kEnd));
      if (folding) journals[person].advance(*program, watermark);
      if (folding && random.chance(0.03)) journals[person].fold(*program, kEnd - days(static_cast<int64_t>(random.below(70))));
      if (random.chance(0.02)) journals[person] = through_bytes(journals[person]);
      events.push_back(std::move(event));
    }
    merged_cases += journals.size() > 1;
    while (journals.size() > 1) {
      Journal last = std::move(journals.back());
      journals.pop_back();
      journals[random.below(journals.size())].merge(std::move(last));
    }
    const Journal& journal = journals[0];
    folded_cases += journal.folded_entries() > 0;
    for (int query = 0; query < 3; ++query) {
      Time as_of = kEnd - microseconds(static_cast<int64_t>(random.below(static_cast<uint64_t>(span.micros))));
      if (!events.empty() && random.chance(0.3)) as_of = pick(random, events).time;
      as_of = std::max(as_of, journal.exact_from(*program));
      expect_equal(*program, journal, events, as_of, fmt::format("round {}", round));
    }
  }
  EXPECT_GT(folded_cases, 100u);
  EXPECT_GT(merged_cases, 1000u);
}

FeatureDefinition feature(const std::string& name, Aggregate aggregate, const std::string& argument = "", std::optional<Duration> window = {}) {
  FeatureDefinition definition;
  definition.name = name;
  definition.aggregate = aggregate;
  definition.argument = argument;
  definition.window = window;
  return definition;
}

TEST(FeatureProgramTest, AnEventAtTheAsOfTimeOrLaterNeverCountsAndTheWindowOpensInclusive) {
  auto program = FeatureProgram::compile({feature("n", Aggregate::kCount, "", hours(1))}).value();
  Journal journal;
  for (Duration before : {microseconds(3600000001), hours(1), microseconds(1), Duration{0}, Duration{-5}}) {
    add(*program, {kEnd - before, 1, "x", "{}"}, {1}, journal);
  }
  double n = 0;
  program->evaluate(journal, kEnd, {&n, 1});
  EXPECT_EQ(n, 2);
}

TEST(FeatureProgramTest, SumsDoNotDependOnOrder) {
  auto program = FeatureProgram::compile({feature("s", Aggregate::kSum, "v")}).value();
  Random random(7);
  std::vector<NaiveEvent> events;
  for (uint64_t i = 0; i < 500; ++i) events.push_back({kEnd - seconds(static_cast<int64_t>(i) + 1), i, "x", fmt::format("{{\"v\":{}}}", random.uniform(-1e6, 1e6))});
  double forward = 0, backward = 0;
  Journal a, b, half;
  for (const auto& event : events) add(*program, event, {1}, a);
  for (size_t i = events.size(); i-- > 0;) add(*program, events[i], {1}, i % 2 ? b : half);
  half.fold(*program, kEnd - seconds(100));
  b.merge(std::move(half));
  program->evaluate(a, kEnd, {&forward, 1});
  program->evaluate(b, kEnd, {&backward, 1});
  EXPECT_EQ(forward, backward);
}

TEST(FeatureProgramTest, ManySelectorsAndColumns) {
  std::vector<FeatureDefinition> definitions;
  for (int i = 0; i < 250; ++i) {
    definitions.push_back(feature(fmt::format("f{}", i), i % 2 ? Aggregate::kSum : Aggregate::kCount, i % 2 ? fmt::format("v + {}", i) : ""));
    definitions.back().where = fmt::format("v >= {}", i);
  }
  auto program = FeatureProgram::compile(definitions).value();
  EXPECT_EQ(program->selector_words(), 4u);
  EXPECT_EQ(program->column_words(), 2u);
  Journal journal;
  std::vector<NaiveEvent> events;
  for (uint64_t i = 0; i < 20; ++i) {
    events.push_back({kEnd - hours(static_cast<int64_t>(i) + 1), i, "x", fmt::format("{{\"v\":{}}}", i * 17)});
    add(*program, events.back(), {1}, journal);
  }
  expect_equal(*program, through_bytes(journal), events, kEnd, "wide");
}

TEST(FeatureProgramTest, DistinctIsExactToItsLimitThenCloseAndTheSameHoweverItWasBuilt) {
  auto program = FeatureProgram::compile({feature("d", Aggregate::kDistinct, "v"), feature("w", Aggregate::kDistinct, "v", days(30))}).value();
  for (uint64_t different : {uint64_t{kMaxExactDistinct}, uint64_t{15000}}) {
    Journal whole, early, late;
    for (uint64_t i = 0; i < different; ++i) {
      NaiveEvent event{kEnd - seconds(static_cast<int64_t>(i) + 1), i, "x", fmt::format("{{\"v\":\"item {}\"}}", i)};
      add(*program, event, {1}, whole);
      add(*program, event, {2}, i % 3 ? early : late);
    }
    early.fold(*program, kEnd - seconds(500));
    late.fold(*program, kEnd - seconds(900));
    early.merge(std::move(late));
    double one[2], other[2];
    program->evaluate(whole, kEnd, one);
    program->evaluate(through_bytes(early), kEnd, other);
    EXPECT_EQ(one[0], one[1]);
    EXPECT_EQ(one[0], other[0]);
    EXPECT_NEAR(one[0], static_cast<double>(different), different <= kMaxExactDistinct ? 0 : 0.07 * static_cast<double>(different));
  }
}

// One thread reads by many programs, with the same scratch: nothing of one program may show in the next one's values.
TEST(FeatureProgramTest, AProgramReadsNothingOfTheOneBefore) {
  auto last = [](double k) {
    auto definition = feature("newest", Aggregate::kLastK, "v");
    definition.parameters = {k};
    return FeatureProgram::compile({definition}).value();
  };
  Journal journal;
  const auto five = last(5), one = last(1);
  for (uint64_t i = 1; i <= 6; ++i) {
    add(*one, {kEnd - hours(static_cast<int64_t>(i)), i, "x", fmt::format("{{\"v\":{}}}", i)}, {1 + i % 2}, journal);
  }
  journal.fold(*one, kEnd);
  EXPECT_EQ(five->read(Journal(), kEnd)[0].text, "");
  Journal other;
  add(*five, {kEnd - hours(1), 9, "x", R"({"v":9})"}, {3}, other);
  other.fold(*five, kEnd);
  EXPECT_EQ(five->read(other, kEnd)[0].text, "[9]");
  EXPECT_EQ(one->read(journal, kEnd)[0].text, "[1]");
}

TEST(FeatureProgramTest, ContributingGivesTheEventsBehindAValueNewestFirst) {
  auto definition = feature("s", Aggregate::kSum, "v", days(1));
  definition.events = {"buy"};
  auto program = FeatureProgram::compile({definition, feature("n", Aggregate::kCount)}).value();
  Journal journal;
  add(*program, {kEnd - days(2), 1, "buy", R"({"v":1})"}, {1}, journal);
  add(*program, {kEnd - hours(5), 2, "buy", R"({"v":2})"}, {1}, journal);
  add(*program, {kEnd - hours(4), 3, "buy", R"({"other":2})"}, {1}, journal);
  add(*program, {kEnd - hours(3), 4, "look", R"({"v":9})"}, {1}, journal);
  add(*program, {kEnd - hours(2), 5, "buy", R"({"v":3})"}, {1}, journal);
  EXPECT_EQ(program->contributing(journal, 0, kEnd).positions, (std::vector<LogPosition>{{5}, {2}}));
  auto capped = program->contributing(journal, 1, kEnd, 2);
  EXPECT_EQ(capped.positions, (std::vector<LogPosition>{{5}, {4}}));
  EXPECT_EQ(capped.more, 3u);
  journal.fold(*program, kEnd - days(1));
  EXPECT_EQ(program->contributing(journal, 1, kEnd).folded, 1u);
}

TEST(FeatureProgramTest, TheHashFollowsWhatIsStoredOnly) {
  auto hash = [](std::vector<FeatureDefinition> definitions) { return FeatureProgram::compile(std::move(definitions)).value()->hash(); };
  auto a = feature("a", Aggregate::kSum, "v", days(7)), b = feature("b", Aggregate::kCount);
  uint64_t base = hash({a, b});
  EXPECT_EQ(base, hash({b, a}));
  auto renamed = a;
  renamed.name = "other";
  renamed.default_value = 3;
  renamed.description = "text";
  EXPECT_EQ(base, hash({renamed, b}));
  EXPECT_EQ(base, hash({a, b, feature("c", Aggregate::kMax, "v", days(3))}));
  EXPECT_NE(base, hash({a, b, feature("c", Aggregate::kMax, "v")}));
  EXPECT_NE(base, hash({a, b, feature("c", Aggregate::kMax, "w", days(7))}));
  EXPECT_NE(base, hash({a, b, feature("c", Aggregate::kSum, "v", days(8))}));
  auto elsewhere = a;
  elsewhere.where = "x > 1";
  EXPECT_NE(base, hash({elsewhere, b}));
}

TEST(FeatureProgramTest, RefusesWhatCannotBeCompiled) {
  EXPECT_EQ(FeatureProgram::compile({feature("a", Aggregate::kCount), feature("a", Aggregate::kCount)}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(FeatureProgram::compile({feature("a", Aggregate::kSum, "1 +")}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(FeatureProgram::compile({feature("a", Aggregate::kCount, "", Duration{0})}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(FeatureProgram::compile(std::vector<FeatureDefinition>(kMaxFeatures + 1)).error().code(), ErrorCode::kInvalidArgument);
}

// The journal, the features and the naive twin: a number is the same however its sender wrote it, an id with zeros in front is not.
TEST(FeatureProgramTest, ANumberIsOneHoweverItIsWritten) {
  auto count = [&](const std::vector<std::string>& values) {
    auto program = FeatureProgram::compile({feature("different", Aggregate::kDistinct, "v")}).value();
    Journal journal;
    std::vector<NaiveEvent> events;
    for (const std::string& value : values) {
      NaiveEvent event{kEnd - days(1), events.size() + 1, "e", "{\"v\":" + value + "}"};
      add(*program, event, {1}, journal);
      events.push_back(event);
    }
    expect_equal(*program, journal, events, kEnd, values[0]);
    std::vector<double> out(1);
    program->evaluate(journal, kEnd, out);
    return out[0];
  };
  EXPECT_EQ(count({"100000", "\"100000\"", "1e5", "100000.0"}), 1);
  EXPECT_EQ(count({"1000000000000000", "\"1000000000000000\""}), 1);
  EXPECT_EQ(count({"0.00001", "\"0.00001\"", "1e-5"}), 1);
  EXPECT_EQ(count({"7", "\"007\"", "\"7.0\""}), 3);
  EXPECT_EQ(count({"\"12345678901234567\"", "\"12345678901234568\"", "\"12345678901234569\""}), 3) << "ids of more digits than a double keeps";
  EXPECT_EQ(count({"202603011234567890", "202603011234567891", "\"202603011234567891\""}), 2);
}

}  // namespace
}  // namespace furrow::profile
