#include "event/record_peek.h"

#include <gtest/gtest.h>

namespace furrow {
namespace {

TEST(RecordPeek, TellsWhatDecodingTells) {
  for (int type = 1; type <= 6; ++type) {
    for (ProfileId origin : {ProfileId{}, ProfileId{9}}) {
      Event event;
      event.type = static_cast<EventType>(type);
      event.message_id = "m";
      std::string bytes = encode_record(EventRecord{ProfileId{0x1234567890abcdefull}, event, origin});
      bool traits = event.type == EventType::kIdentify || event.type == EventType::kGroup;
      EXPECT_EQ(traits_told_of(bytes), traits ? std::optional(ProfileId{0x1234567890abcdefull}) : std::nullopt) << type;
      EXPECT_FALSE(is_split(bytes));
    }
  }
  std::string split = encode_record(SplitRecord{.merge = {}, .time = {}, .rule = "person", .actor = {}, .stays = ProfileId{1}, .leaves = ProfileId{2}, .staying = {}, .leaving = {}, .outcomes = {}});
  EXPECT_TRUE(is_split(split));
  EXPECT_FALSE(traits_told_of(split));
  std::string merge = encode_record(MergeRecord{ProfileId{1}, ProfileId{2}, {}, "linkage"});
  EXPECT_FALSE(is_split(merge) || traits_told_of(merge) || traits_told_of("") || is_split("") || traits_told_of("\1\1abc"));
}

}  // namespace
}  // namespace furrow
