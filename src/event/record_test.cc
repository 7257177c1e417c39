#include "event/record.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"
#include "event/plausible_time.h"
#include "event/view.h"

namespace furrow {
namespace {

std::string random_text(Random& random, size_t longest = 40) {
  std::string text(random.below(longest + 1), '\0');
  for (char& c : text) c = static_cast<char>(random.below(256));
  return text;
}

double random_real(Random& random) {
  switch (random.below(4)) {
    case 0: return std::numeric_limits<double>::quiet_NaN();
    case 1: return std::numeric_limits<double>::infinity();
    case 2: return 0;
    default: return random.normal() * 1e6;
  }
}

Time random_time(Random& random) { return {static_cast<int64_t>(random.next() >> 8) - (int64_t{1} << 54)}; }

DecisionId random_decision_id(Random& random) {
  DecisionId id;
  for (auto& byte : id.bytes) byte = static_cast<uint8_t>(random.below(256));
  return id;
}

Event random_event(Random& random) {
  return {static_cast<EventType>(1 + random.below(6)), random_text(random), random_text(random), random_text(random),
          random_text(random), random_time(random), random_time(random), random_text(random), random_text(random, 3000), random_text(random)};
}

DecisionRecord random_decision(Random& random) {
  DecisionRecord r{random_decision_id(random), {random.next()}, random_time(random), random_text(random), random_text(random),
                   random_text(random), random_text(random), random.chance(0.5), random.uniform(), random_text(random), {}, {}, {}, {}};
  for (uint64_t i = random.below(4); i > 0; --i) {
    DecidedAction action{random_text(random), random.normal(), random.uniform(), {}};
    for (uint64_t k = random.below(4); k > 0; --k) action.reasons.push_back({random_text(random), random_real(random), random_real(random)});
    r.actions.push_back(std::move(action));
  }
  for (uint64_t i = random.below(20); i > 0; --i) r.candidates.emplace_back(random_text(random), random.normal());
  for (uint64_t i = random.below(3); i > 0; --i) r.rules.push_back({random_text(random), "excluded", {random_text(random), random_text(random)}});
  for (uint64_t i = random.below(50); i > 0; --i) r.features.push_back(static_cast<float>(random_real(random)));
  return r;
}

RecordBody random_record(Random& random) {
  switch (random.below(9)) {
    case 0: return EventRecord{{random.next()}, random_event(random)};
    case 1: {
      MergeRecord merge{{random.next()}, {random.next()}, random_time(random), random_text(random)};
      if (random.chance(0.5)) merge.from_origin = {random.next()};
      if (random.chance(0.5)) merge.actor = random_text(random);
      return merge;
    }
    case 2: return random_decision(random);
    case 3:
      return OutcomeRecord{random_decision_id(random), {random.next()}, random_time(random), random_text(random), {random.next()}, random.normal(),
                           random.chance(0.5), {random.below(2)}};
    case 4:
      return QuarantineRecord{random_time(random), random_text(random), random_text(random), random_text(random), random_text(random),
                              random_text(random), random.next(), random_text(random, 40'000)};
    case 5: return ReleaseRecord{{random.next()}, random_time(random), random_text(random)};
    case 6: {
      SplitRecord split{{random.next()}, random_time(random), random_text(random), random_text(random), {random.next()}, {random.next()}, {}, {}, {}};
      for (uint64_t k = random.below(5); k > 0; --k) split.staying.push_back({random.next()});
      for (uint64_t k = random.below(5); k > 0; --k) split.leaving.push_back({random.next()});
      for (uint64_t k = random.below(3); k > 0; --k) {
        split.outcomes.push_back({random_decision_id(random), {random.next()}, random_time(random), random_text(random), {random.next()},
                                  random.normal(), random.chance(0.5), {random.below(2)}});
      }
      return split;
    }
    case 7: return SegmentRecord{{random.next()}, random_time(random), random_text(random), random.chance(0.5), random_text(random), {random.next()}};
    default: return ModelRecord{random_time(random), random_text(random), random_text(random), random_text(random), random_text(random)};
  }
}

TEST(Record, ReadsBackWhatWasWritten) {
  const uint64_t seed = 20260301;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::array<int, std::variant_size_v<RecordBody>> kinds{};
  for (int i = 0; i < 3000; ++i) {
    RecordBody body = random_record(random);
    ++kinds[body.index()];
    auto again = decode_record(encode_record(body));
    ASSERT_TRUE(again.ok()) << again.error().message();
    ASSERT_TRUE(*again == body) << "kind " << body.index();
  }
  for (int n : kinds) EXPECT_GT(n, 100);
}

TEST(Record, RefusesEveryTornLength) {
  Random random(7);
  for (int i = 0; i < 60; ++i) {
    std::string bytes = encode_record(random_record(random));
    for (size_t n = 0; n < bytes.size(); n += 1 + bytes.size() / 500) {
      auto torn = decode_record(std::string_view(bytes).substr(0, n));
      ASSERT_FALSE(torn.ok()) << "cut at " << n << " of " << bytes.size();
      ASSERT_EQ(torn.error().code(), ErrorCode::kStorageCorrupt);
    }
    auto longer = decode_record(bytes + '\0');
    ASSERT_FALSE(longer.ok());
  }
}

TEST(Record, DamageIsRefusedOrReadsAsAnotherWholeRecord) {
  const uint64_t seed = 99;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int i = 0; i < 5000; ++i) {
    std::string bytes = encode_record(random_record(random));
    for (uint64_t k = 1 + random.below(3); k > 0; --k) bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
    auto read = decode_record(bytes);
    if (!read.ok()) {
      ASSERT_EQ(read.error().code(), ErrorCode::kStorageCorrupt);
      continue;
    }
    // What was accepted holds nothing that was not in the bytes: it reads back to the same once more.
    auto again = decode_record(encode_record(*read));
    ASSERT_TRUE(again.ok());
    ASSERT_TRUE(*again == *read);
  }
}

TEST(Record, NamesAnUnknownKindOrForm) {
  std::string bytes = encode_record(MergeRecord{{1}, {2}, {3}, "identify"});
  std::string kind = bytes, form = bytes;
  kind[0] = 99;
  form[1] = 3;
  EXPECT_NE(decode_record(kind).error().message().find("99"), std::string::npos);
  EXPECT_NE(decode_record(form).error().message().find("form 3"), std::string::npos);
  EXPECT_EQ(decode_record("").error().code(), ErrorCode::kStorageCorrupt);
}

TEST(Event, LabelIsWhatFeaturesSelectBy) {
  Event event;
  event.name = "Order Completed";
  EXPECT_EQ(event.label(), "Order Completed");
  event.type = EventType::kPage;
  EXPECT_EQ(event.label(), "$page");
  event.type = EventType::kAlias;
  EXPECT_EQ(event.label(), "$alias");
}

TEST(Event, TypesHaveTheirNames) {
  for (int i = 1; i <= 6; ++i) {
    auto type = static_cast<EventType>(i);
    EXPECT_EQ(parse_event_type(to_string(type)).value(), type);
  }
  EXPECT_EQ(parse_event_type("Track").error().code(), ErrorCode::kInvalidEvent);
  EXPECT_EQ(parse_event_type("").error().field(), "type");
}

TEST(Digest, ForgetsTheOrderButNotTheCount) {
  Digest a, b, c;
  a.add("x");
  a.add("y");
  b.add("y");
  b.add("x");
  c.add("x");
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  c.add("x");
  EXPECT_NE(a, c);
  EXPECT_EQ(a.to_string().substr(32), ":2");
}

TEST(Event, ATimeIsPlausibleFrom1990ToADayAfterItCame) {
  Event event;
  event.received_at = *parse_time("2026-03-01T12:00:00Z");
  auto plausible = [&](const char* time) {
    event.time = *parse_time(time);
    return plausible_time(event);
  };
  EXPECT_TRUE(plausible("1990-01-01"));
  EXPECT_FALSE(plausible("1989-12-31T23:59:59Z"));
  EXPECT_FALSE(plausible("1970-01-01T00:00:18Z"));
  EXPECT_TRUE(plausible("2026-03-02T12:00:00Z"));
  EXPECT_FALSE(plausible("2026-03-02T12:00:01Z"));
}

}  // namespace
}  // namespace furrow
