#include "pipeline/submission_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "pipeline/fixture.h"

namespace furrow::pipeline {
namespace {

using testing::HasSubstr;

constexpr Time kNow{1'790'000'000'000'000};

std::string as_body(const RecordBody& record) {
  std::string bytes;
  ByteWriter(bytes).bytes(encode_record(record));
  return bytes;
}

TEST(SubmissionCodec, ComesBackWholeHoweverItIsCut) {
  Submission sent;
  for (uint64_t n = 0; n < 500; ++n) sent.events.push_back(shop_event(n, 20));
  QuarantineRecord bad;
  bad.source = "orders";
  bad.raw = "a,b\n1";
  sent.refused.push_back(bad);
  sent.released.push_back({{7}, kNow, "replayed"});
  for (size_t piece_bytes : {size_t{1}, size_t{5'000}, kPieceBytes}) {
    auto pieces = encode_submission(sent, piece_bytes);
    Submission back;
    for (const auto& piece : pieces) {
      auto part = decode_submission(piece, kNow);
      ASSERT_TRUE(part.ok()) << part.error().to_string();
      for (auto& event : part->events) back.events.push_back(std::move(event));
      for (auto& refusal : part->refused) back.refused.push_back(std::move(refusal));
      for (auto& release : part->released) back.released.push_back(std::move(release));
    }
    ASSERT_EQ(back.events.size(), sent.events.size());
    for (size_t i = 0; i < sent.events.size(); ++i) {
      Event expected = sent.events[i];
      expected.received_at = kNow;
      EXPECT_EQ(back.events[i], expected);
    }
    EXPECT_EQ(back.refused, sent.refused);
    EXPECT_EQ(back.released, sent.released);
    EXPECT_TRUE(decode_submission(pieces.back(), kNow)->released.size() == 1) << "releases come last";
  }
}

TEST(SubmissionCodec, TakesNothingOfWhatBreaksARule) {
  auto with = [](const std::function<void(Event&)>& change) {
    Event event = shop_event(1, 20);
    change(event);
    return as_body(EventRecord{{}, event});
  };
  std::pair<const char*, std::string> bad[] = {
      {"message id", with([](Event& e) { e.message_id.clear(); })},
      {"message id", with([](Event& e) { e.message_id.assign(kMaxIdBytes + 1, 'm'); })},
      {"user id", with([](Event& e) { e.user_id.clear(), e.anonymous_id.clear(); })},
      {"too long an id", with([](Event& e) { e.user_id.assign(kMaxIdBytes + 1, 'u'); })},
      {"32 KB", with([](Event& e) { e.properties = "{\"a\":\"" + std::string(kMaxEventBytes, 'x') + "\"}"; })},
      {"JSON object", with([](Event& e) { e.properties = "[1]"; })},
      {"JSON object", with([](Event& e) { e.context = "{"; })},
      {"only the server", as_body(MergeRecord{{1}, {2}, kNow, "identify"})},
      {"unknown result", as_body(ReleaseRecord{{7}, kNow, "gone"})},
      {"cut short", as_body(ReleaseRecord{{7}, kNow, "replayed"}).substr(0, 5)},
      {"cannot be read", std::string("\x02zz")},
  };
  for (const auto& [why, body] : bad) {
    std::string good = as_body(EventRecord{{}, shop_event(2, 20)});
    auto decoded = decode_submission(good + body, kNow);
    ASSERT_FALSE(decoded.ok()) << why;
    EXPECT_EQ(decoded.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(decoded.error().message(), HasSubstr("record 1 "));
    EXPECT_THAT(decoded.error().message(), HasSubstr(why));
  }
  std::string many;
  for (size_t i = 0; i <= kMaxRecords; ++i) many += as_body(ReleaseRecord{{7}, kNow, "replayed"});
  EXPECT_FALSE(decode_submission(many, kNow).ok());
}

}  // namespace
}  // namespace furrow::pipeline
