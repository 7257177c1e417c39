#include "collect/tracking.h"

#include <gmock/gmock.h>

#include <chrono>

#include "base/json.h"
#include "base/random.h"

namespace furrow::collect {
namespace {

using ::testing::HasSubstr;

const Time kReceived = *parse_time("2026-03-01T10:00:00Z");

struct Read {
  Status status;
  TrackingReading reading;
  const Event& only() const { return reading.events.at(0); }
  const Refusal& refusal() const { return reading.refused.at(0); }
};
Read read(TrackingCall call, std::string body) {
  static TrackingReader reader;
  Read out;
  out.status = reader.read(call, body, kReceived, "live", out.reading);
  return out;
}

TEST(Tracking, ReadsATrackCall) {
  auto r = read(TrackingCall::kTrack,
                R"({"userId":"u1","anonymousId":"a1","event":"Order Completed","properties":{"total":12.5,"items":[{"sku":"x"}]},
                    "context":{"ip":"1.2.3.4"},"messageId":"m1","integrations":{"All":false},"timestamp":"2026-03-01T09:00:00Z"})");
  ASSERT_TRUE(r.status.ok());
  Event expected{.type = EventType::kTrack, .message_id = "m1", .user_id = "u1", .anonymous_id = "a1", .name = "Order Completed",
                 .time = *parse_time("2026-03-01T09:00:00Z"), .received_at = kReceived, .source = "live",
                 .properties = R"({"total":12.5,"items":[{"sku":"x"}]})", .context = R"({"ip":"1.2.3.4"})"};
  EXPECT_EQ(r.only(), expected);
}

TEST(Tracking, ReadsEveryCallAndItsShortName) {
  for (auto [text, body, type, name] : std::vector<std::tuple<std::string, std::string, EventType, std::string>>{
           {"identify", R"({"userId":"u","traits":{"email":"a@b.c"}})", EventType::kIdentify, ""},
           {"page", R"({"anonymousId":"a","name":"Home","properties":{"url":"/"}})", EventType::kPage, "Home"},
           {"screen", R"({"anonymousId":"a","name":"Cart"})", EventType::kScreen, "Cart"},
           {"group", R"({"userId":"u","groupId":"g","traits":{"plan":"pro"}})", EventType::kGroup, "g"},
           {"alias", R"({"userId":"u","previousId":"a"})", EventType::kAlias, "a"}}) {
    for (std::string call : {text, text.substr(0, 1)}) {
      auto r = read(parse_tracking_call(call).value(), body);
      ASSERT_TRUE(r.status.ok()) << text;
      ASSERT_EQ(r.reading.events.size(), 1u) << text << r.refusal().error.message();
      EXPECT_EQ(r.only().type, type);
      EXPECT_EQ(r.only().name, name);
      EXPECT_FALSE(r.only().message_id.empty());
    }
  }
  EXPECT_EQ(read(TrackingCall::kIdentify, R"({"userId":"u","traits":{"email":"a@b.c"}})").only().properties, R"({"email":"a@b.c"})");
  EXPECT_FALSE(parse_tracking_call("nothing"));
}

TEST(Tracking, CorrectsTheTimeForTheSendersClock) {
  // The sender's clock is an hour ahead; the event is five minutes old.
  auto skewed = read(TrackingCall::kTrack, R"({"userId":"u","event":"e","timestamp":"2026-03-01T10:55:00Z","sentAt":"2026-03-01T11:00:00Z"})");
  EXPECT_EQ(skewed.only().time, kReceived - minutes(5));
  auto original = read(TrackingCall::kTrack, R"({"userId":"u","event":"e","timestamp":"2020-01-01T00:00:00Z","originalTimestamp":"2026-03-01T10:58:00Z","sentAt":"2026-03-01T11:00:00Z"})");
  EXPECT_EQ(original.only().time, kReceived - minutes(2));
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"e","sentAt":"2026-03-01T11:00:00Z"})").only().time, kReceived);
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"e"})").only().time, kReceived);
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"e","timestamp":1709280000000})").only().time, time_from_milliseconds(1709280000000));
  auto batch = read(TrackingCall::kBatch, R"({"batch":[{"type":"track","userId":"u","event":"e","timestamp":"2026-03-01T10:55:00Z"}],"sentAt":"2026-03-01T11:00:00Z"})");
  EXPECT_EQ(batch.only().time, kReceived - minutes(5));
}

TEST(Tracking, RefusesTimesThatCorrectionMovesOutOfTheCalendar) {
  auto r = read(TrackingCall::kTrack, R"({"userId":"u","event":"e","timestamp":"9999-01-01T00:00:00Z","sentAt":"1900-01-01T00:00:00Z"})");
  EXPECT_EQ(r.refusal().error.field(), "timestamp");
}

TEST(Tracking, LaysTheBatchsContextUnderEachEvents) {
  auto r = read(TrackingCall::kBatch,
                R"({"context":{"ip":"1","library":{"name":"x"}},"batch":[{"type":"page","userId":"u"},{"type":"page","userId":"u","context":{"ip":"2"}}]})");
  ASSERT_EQ(r.reading.events.size(), 2u);
  EXPECT_EQ(r.reading.events[0].context, R"({"ip":"1","library":{"name":"x"}})");
  EXPECT_EQ(r.reading.events[1].context, R"({"ip":"2","library":{"name":"x"}})");
}

TEST(Tracking, KeepsTheCategoryOfAPageAsAProperty) {
  EXPECT_EQ(read(TrackingCall::kPage, R"({"userId":"u","category":"Docs"})").only().properties, R"({"category":"Docs"})");
  EXPECT_EQ(read(TrackingCall::kPage, R"({"userId":"u","category":"Docs","properties":{"category":"Own"}})").only().properties, R"({"category":"Own"})");
}

TEST(Tracking, GivesTheBodysWriteKeyWhateverElseIsWrong) {
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"event":5,"userId":"u","writeKey":"k"})").reading.write_key, "k");
  EXPECT_EQ(read(TrackingCall::kBatch, R"({"batch":[],"writeKey":"k"})").reading.write_key, "k");
  EXPECT_EQ(read(TrackingCall::kBatch, R"({"batch":[],"batch":[],"context":5,"sentAt":"soon","writeKey":"k"})").reading.write_key, "k");
}

TEST(Tracking, BlanksNameNobodyAndNothing) {
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":" \t ","event":"e"})").refusal().error.field(), "userId");
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"  ","anonymousId":"a","event":"e"})").only().user_id, "");
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"  "})").refusal().error.field(), "event");
  EXPECT_EQ(read(TrackingCall::kAlias, R"({"userId":"u","previousId":" "})").refusal().error.field(), "previousId");
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"Ann Lee","event":"e"})").only().user_id, "Ann Lee");
}

TEST(Tracking, AnIdentifierThatNoAddressCanNameIsRefused) {
  for (std::string field : {"userId", "anonymousId", "previousId", "groupId", "messageId"}) {
    const TrackingCall call = field == "previousId" ? TrackingCall::kAlias : field == "groupId" ? TrackingCall::kGroup : TrackingCall::kTrack;
    for (std::string bad : {R"(\u0000)", R"(a\u0000b)", R"(\u0001\u001f)", R"( \u007f )"}) {
      auto refused = read(call, R"({"event":"e",)" + std::string(field == "userId" ? "" : R"("userId":"u",)") + "\"" + field + "\":\"" + bad + "\"}");
      EXPECT_EQ(refused.refusal().error.field(), field) << bad;
    }
  }
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"a\tb","event":"e"})").only().user_id, "a\tb");
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"王","event":"e"})").only().user_id, "王");
}

TEST(Tracking, RefusesABodyThatIsNotJsonAsAWhole) {
  for (std::string bad : {"", "{", "[1,", "{\"a\":tru}", "{\"userId\":\"u\",\"event\":\"e\",\"properties\":{\"x\":}}", "\xff\xfe", "{\"a\":\"\xc3\"}",
                          "{} {}"}) {
    EXPECT_EQ(read(TrackingCall::kTrack, bad).status.error().code(), ErrorCode::kInvalidJson) << bad;
  }
  EXPECT_EQ(read(TrackingCall::kTrack, "[]").status.error().code(), ErrorCode::kInvalidEvent);
  EXPECT_EQ(read(TrackingCall::kTrack, "5").status.error().code(), ErrorCode::kInvalidEvent);
  EXPECT_EQ(read(TrackingCall::kTrack, std::string(100'000, '[')).status.error().code(), ErrorCode::kInvalidJson);
  EXPECT_EQ(read(TrackingCall::kBatch, R"({"batch":{}})").status.error().field(), "batch");
  EXPECT_EQ(read(TrackingCall::kBatch, R"({"batch":[],"context":[]})").status.error().field(), "context");
  EXPECT_EQ(read(TrackingCall::kBatch, R"({"batch":[],"sentAt":"soon"})").status.error().field(), "sentAt");
}

TEST(Tracking, NamesTheFieldOfEveryWrongTypeWithoutRepeatingItsValue) {
  for (auto [field, body] : std::vector<std::pair<std::string, std::string>>{
           {"userId", R"({"event":"e"})"},
           {"userId", R"({"event":"e","userId":{"secret":1}})"},
           {"userId", R"({"event":"e","userId":1.5})"},
           {"anonymousId", R"({"event":"e","anonymousId":["secret"]})"},
           {"event", R"({"userId":"u"})"},
           {"event", R"({"userId":"u","event":""})"},
           {"event", R"({"userId":"u","event":7})"},
           {"properties", R"({"userId":"u","event":"e","properties":"secret"})"},
           {"properties", R"({"userId":"u","event":"e","properties":[1]})"},
           {"context", R"({"userId":"u","event":"e","context":true})"},
           {"timestamp", R"({"userId":"u","event":"e","timestamp":"secret"})"},
           {"timestamp", R"({"userId":"u","event":"e","timestamp":{}})"},
           {"messageId", R"({"userId":"u","event":"e","messageId":{}})"}}) {
    auto r = read(TrackingCall::kTrack, body);
    ASSERT_TRUE(r.status.ok());
    ASSERT_EQ(r.reading.refused.size(), 1u) << body;
    EXPECT_EQ(r.refusal().error.code(), ErrorCode::kInvalidEvent) << body;
    EXPECT_EQ(r.refusal().error.field(), field) << body;
    EXPECT_THAT(r.refusal().error.message(), ::testing::Not(HasSubstr("secret")));
    EXPECT_EQ(r.refusal().raw, body);
  }
  EXPECT_EQ(read(TrackingCall::kGroup, R"({"userId":"u"})").refusal().error.field(), "groupId");
  EXPECT_EQ(read(TrackingCall::kAlias, R"({"userId":"u"})").refusal().error.field(), "previousId");
}

TEST(Tracking, RefusesBadEventsOfABatchAloneWithTheirIndex) {
  auto r = read(TrackingCall::kBatch, R"({"batch":[{"type":"track","userId":"u","event":"a"},7,{"type":"walk","userId":"u"},{"userId":"u"},
      {"type":"track","userId":"u","event":["x",{"y":1}],"z":1},[1,2],{"type":"identify","userId":12}]})");
  ASSERT_TRUE(r.status.ok());
  ASSERT_EQ(r.reading.events.size(), 2u);
  EXPECT_EQ(r.reading.events[0].name, "a");
  EXPECT_EQ(r.reading.events[1].user_id, "12");
  std::vector<size_t> indices;
  for (const auto& refusal : r.reading.refused) indices.push_back(refusal.index);
  EXPECT_THAT(indices, ::testing::ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(r.reading.refused[0].raw, "7");
  EXPECT_EQ(r.reading.refused[1].raw, R"({"type":"walk","userId":"u"})");
  EXPECT_EQ(r.reading.refused[2].error.field(), "type");
}

TEST(Tracking, HoldsItsLimits) {
  auto sized = [](size_t bytes) {
    std::string event = R"({"type":"track","userId":"u","event":"e","properties":{"x":""}})";
    event.insert(event.size() - 3, std::string(bytes - event.size(), 'x'));
    return event;
  };
  EXPECT_EQ(read(TrackingCall::kTrack, sized(kMaxEventBytes)).reading.events.size(), 1u);
  auto over = read(TrackingCall::kTrack, sized(kMaxEventBytes + 1));
  EXPECT_EQ(over.refusal().error.code(), ErrorCode::kTooLarge);
  EXPECT_EQ(over.refusal().raw.size(), kMaxEventBytes + 1);
  auto batch = read(TrackingCall::kBatch, R"({"batch":[)" + sized(kMaxEventBytes + 1) + "," + sized(kMaxEventBytes) + "]}");
  EXPECT_EQ(batch.reading.events.size(), 1u);
  EXPECT_EQ(batch.refusal().error.code(), ErrorCode::kTooLarge);
  auto id = [](size_t n) { return R"({"event":"e","userId":")" + std::string(n, 'u') + "\"}"; };
  EXPECT_EQ(read(TrackingCall::kTrack, id(kMaxIdBytes)).reading.events.size(), 1u);
  EXPECT_EQ(read(TrackingCall::kTrack, id(kMaxIdBytes + 1)).refusal().error.field(), "userId");
  auto name = [](size_t n) { return R"({"userId":"u","event":")" + std::string(n, 'e') + "\"}"; };
  EXPECT_EQ(read(TrackingCall::kTrack, name(kMaxEventNameBytes)).reading.events.size(), 1u);
  EXPECT_EQ(read(TrackingCall::kTrack, name(kMaxEventNameBytes + 1)).refusal().error.field(), "event");
}

TEST(Tracking, RefusesPropertiesThatFeaturesCouldNotRead) {
  std::string deep = "1";
  for (int i = 0; i < 17; ++i) deep = R"({"a":)" + deep + "}";
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"e","properties":)" + deep + "}").refusal().error.field(), "properties");
  std::string wide = "{\"k\":\"a:b:c{{{{\"";
  for (int i = 0; i < 512; ++i) wide += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_EQ(read(TrackingCall::kTrack, R"({"userId":"u","event":"e","properties":)" + wide + "}}").refusal().error.field(), "properties");
}

TEST(Tracking, EveryAcceptedEventHasPropertiesThatParse) {
  uint64_t seed = std::chrono::steady_clock::now().time_since_epoch().count();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Random random(seed);
  const std::string good = R"({"context":{"a":{"b":1}},"batch":[{"type":"track","userId":"u","event":"e","properties":{"x":"é\n","y":[1,2,{"z":null}]},"timestamp":"2026-03-01T09:00:00Z"}, {"type":"identify","anonymousId":"a","traits":{"n":-1.5e3}} ]})";
  Fields fields;
  for (int i = 0; i < 20'000; ++i) {
    std::string body = good;
    for (uint64_t n = random.below(4); n > 0; --n) {
      size_t at = random.below(body.size());
      switch (random.below(3)) {
        case 0: body[at] = static_cast<char>(random.below(256)); break;
        case 1: body.erase(at, random.below(6)); break;
        default: body.insert(at, 1, "{}[],:\"\\0e"[random.below(10)]);
      }
    }
    auto r = read(TrackingCall::kBatch, body);
    for (const auto& event : r.reading.events) {
      ASSERT_TRUE(fields.parse(event.properties).ok()) << body;
      ASSERT_TRUE(fields.parse(event.context).ok()) << body;
      ASSERT_FALSE(event.user_id.empty() && event.anonymous_id.empty());
    }
  }
}

TEST(Tracking, TurnsAPixelsQueryIntoAnEvent) {
  auto json = pixel_query_to_json({{"userId", "u"}, {"event", "Email \"Opened\""}, {"properties.subject", "Hi"}, {"properties.a.b", "1"}});
  auto r = read(TrackingCall::kTrack, json);
  ASSERT_EQ(r.reading.events.size(), 1u);
  EXPECT_EQ(r.only().name, "Email \"Opened\"");
  EXPECT_EQ(r.only().properties, R"({"a":{"b":"1"},"subject":"Hi"})");
}

TEST(Tracking, AVastNumberSpoilsNothingBesideIt) {
  auto r = read(TrackingCall::kBatch, R"({"batch":[{"type":"track","userId":"u","event":"e","properties":{"order":1234567890123456789012345,"rate":1e999}},{"type":"track","userId":"u","event":"f"}]})");
  ASSERT_TRUE(r.status.ok()) << r.status.error().message();
  ASSERT_EQ(r.reading.events.size(), 2u);
  EXPECT_EQ(r.only().properties, R"({"order":"1234567890123456789012345","rate":"1e999"})");
}

TEST(Tracking, ACutCharacterSpoilsNothingBesideIt) {
  auto r = read(TrackingCall::kBatch, R"({"batch":[{"type":"track","userId":"u","event":"Hi \ud83d","properties":{"x":"\ud83d\ude00"}},{"type":"track","userId":"u","event":"f"}]})");
  ASSERT_TRUE(r.status.ok()) << r.status.error().message();
  ASSERT_EQ(r.reading.events.size(), 2u);
  EXPECT_EQ(r.only().name, "Hi \xEF\xBF\xBD");
  EXPECT_EQ(r.only().properties, R"({"x":"\ud83d\ude00"})");
}

TEST(Tracking, TakesAMarkOfUtf8AndFractionsOfAMillisecond) {
  auto r = read(TrackingCall::kTrack, "\xEF\xBB\xBF" R"({"userId":"u","event":"e","timestamp":1772359200000.75})");
  ASSERT_TRUE(r.status.ok());
  ASSERT_EQ(r.reading.events.size(), 1u) << r.refusal().error.message();
  EXPECT_EQ(r.only().time, *parse_time("2026-03-01T10:00:00Z"));
}

TEST(Tracking, TwoListsInOneBodyAreRefusedWhole) {
  auto r = read(TrackingCall::kBatch, R"({"batch":[{"type":"track","userId":"u","event":"e"}],"batch":[{"type":"track","userId":"u","event":"f"}]})");
  ASSERT_FALSE(r.status.ok());
  EXPECT_EQ(r.status.error().code(), ErrorCode::kInvalidEvent);
  EXPECT_EQ(r.status.error().field(), "batch");
}

}  // namespace
}  // namespace furrow::collect
