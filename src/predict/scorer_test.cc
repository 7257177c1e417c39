#include "predict/scorer.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "predict/sample_model.h"

namespace furrow::predict {
namespace {

profile::FeatureDefinition feature(std::string name, std::string event) {
  profile::FeatureDefinition d;
  d.name = std::move(name);
  d.events = {std::move(event)};
  return d;
}

std::shared_ptr<const profile::FeatureProgram> program(size_t features, bool reversed = false) {
  std::vector<profile::FeatureDefinition> definitions{feature("not_used", "Nothing")};
  for (size_t i = 0; i < features; ++i) definitions.push_back(feature("f" + std::to_string(i), "E" + std::to_string(i)));
  if (reversed) std::reverse(definitions.begin(), definitions.end());
  return profile::FeatureProgram::compile(definitions).value();
}

class ScorerTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::shared_ptr<const learn::Model> model_ = train_sample_model(folder_.path() / "m").value();
  const std::vector<std::string> actions_{"discount", "category", "page"};
};

TEST_F(ScorerTest, ScoresLikeTheModelWhateverTheOrderOfTheProgram) {
  for (bool reversed : {false, true}) {
    auto features = program(4, reversed);
    auto scorer = Scorer::bind({"m", "v0001", actions_, {}}, model_, features).value();
    EXPECT_EQ(scorer->feature_names(), (std::vector<std::string>{"f0", "f1", "f2", "f3"}));
    EXPECT_EQ(scorer->action_inputs().size(), 3u);
    Random random(3);
    std::vector<float> row;
    learn::Model::Scratch scratch;
    for (int i = 0; i < 200; ++i) {
      std::vector<double> values(features->size());
      for (double& v : values) v = random.chance(0.2) ? std::nan("") : std::floor(random.uniform() * 8);
      std::vector<Value> inputs;
      for (const auto& input : model_->inputs()) {
        auto index = features->index_of(input.name);
        bool missing = !index || std::isnan(values[*index]);
        inputs.push_back(missing ? Value() : Value(values[*index]));
      }
      EXPECT_EQ(scorer->score_person(values, {}, row), model_->score(inputs, scratch));
    }
  }
}

TEST_F(ScorerTest, RefusesInputsThatNobodyHas) {
  auto few = Scorer::bind({"m", "v0001", actions_, {}}, model_, program(3));
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.error().code(), ErrorCode::kModelMismatch);
  EXPECT_NE(few.error().message().find("\"f3\""), std::string::npos);
  auto no_actions = Scorer::bind({"m", "v0001", {"discount"}, {}}, model_, program(4));
  ASSERT_FALSE(no_actions.ok());
  EXPECT_EQ(no_actions.error().code(), ErrorCode::kModelMismatch);
}

TEST_F(ScorerTest, RefusesAFeatureThatWasDeclaredOtherwise) {
  auto features = program(4);
  auto definition = features->definitions()[*features->index_of("f1")];
  EXPECT_TRUE(Scorer::bind({"m", "v1", actions_, {{"f1", feature_hash(definition)}}}, model_, features).ok());
  auto described = definition;
  described.description = "another text for people";
  EXPECT_EQ(feature_hash(described), feature_hash(definition));
  std::vector<profile::FeatureDefinition> changed(5, definition);
  changed[0].window = days(7);
  changed[1].events = {"Other"};
  changed[2].where = "price > 3";
  changed[3].default_value = 0;
  changed[4].timezone = "Asia/Shanghai";
  for (const auto& other : changed) {
    auto bound = Scorer::bind({"m", "v1", actions_, {{"f1", feature_hash(other)}}}, model_, features);
    ASSERT_FALSE(bound.ok());
    EXPECT_EQ(bound.error().code(), ErrorCode::kModelMismatch);
  }
}

}  // namespace
}  // namespace furrow::predict
