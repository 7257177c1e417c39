#include "predict/note_data.h"

#include <gtest/gtest.h>

namespace furrow::predict {
namespace {

NoteData drifted(learn::EncodingMethod method) {
  NoteData data;
  data.kind = NoteData::Kind::kDrift;
  data.drift.input = "ci\"ty 市";
  data.drift.method = method;
  data.drift.psi = 0.4375;
  data.drift.mean_before = 19'000.5;
  data.drift.mean_now = 20'000;
  data.drift.missing_before = 0.01;
  data.drift.missing_now = 0.25;
  data.drift.levels = {{"Wuhan", 0, 0.1, 0.6}, {"", 2, 0.3, 0.05}};
  return data;
}

TEST(NoteData, WhatWasWrittenReadsTheSameInBothLanguages) {
  std::vector<NoteData> all{{NoteData::Kind::kOutcomes, 1200, 0.0125, 0.31, {}, 0}, {NoteData::Kind::kDayOutcomes, 210, 0.4, 0.1, {}, 0}, {NoteData::Kind::kShare, 0, 0, 0, {}, 0.25}};
  using learn::EncodingMethod;
  for (auto method : {EncodingMethod::kNumber, EncodingMethod::kTime, EncodingMethod::kBinary, EncodingMethod::kOneHot, EncodingMethod::kTargetRate,
                      EncodingMethod::kOrdered, EncodingMethod::kNamed}) {
    all.push_back(drifted(method));
    all.push_back(drifted(method));
    all.back().kind = NoteData::Kind::kAged;
  }
  for (const NoteData& data : all) {
    const std::string json = to_json(data);
    auto read = parse_note_data(json);
    ASSERT_TRUE(read) << json;
    EXPECT_EQ(words_of(*read).english, words_of(data).english);
    EXPECT_EQ(words_of(*read).chinese, words_of(data).chinese);
    EXPECT_NE(words_of(data).english, words_of(data).chinese);
    EXPECT_EQ(to_json(*read), json);
  }
  EXPECT_EQ(words_of(all[0]).chinese, "在 1200 次已知结果的决策中，实际为 1.25 %，而预测为 31.00 %");
}

TEST(NoteData, WhatIsNoneOfItsFormsIsNothing) {
  for (const char* text : {"", "{", "[]", "{}", "3", R"({"kind":"flood"})", R"({"kind":"outcomes","known":-1,"observed":0.1,"predicted":0.2})", R"({"kind":"outcomes","known":5})",
                           R"({"kind":"drift","shown_as":"number"})", R"({"kind":"drift","input":"a","shown_as":"picture"})", R"({"kind":"share","share":"half"})"}) {
    EXPECT_FALSE(parse_note_data(text)) << text;
  }
}

}  // namespace
}  // namespace furrow::predict
