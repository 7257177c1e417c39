#include "decide/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "decide/holdout.h"
#include "predict/sample_model.h"
#include "predict/scorer.h"
#include "profile/profile_view.h"
#include "store/memory_kv.h"

namespace furrow::decide {
namespace {

constexpr Time kNow{1'767'225'600'000'000};

constexpr std::string_view kFeatures = R"(features:
  - {name: f0, event: Viewed, aggregate: count, window: 7d, default: 0}
  - {name: f1, event: Viewed, aggregate: sum(price), window: 30d}
  - {name: f2, event: Bought, aggregate: count, window: 30d, default: 0}
  - {name: f3, event: Bought, aggregate: recency_days, window: 90d}
  - {name: last_category, event: Viewed, aggregate: last(category), window: 30d}
)";
constexpr std::string_view kPlacement = R"(name: home
model: m
baseline: plain
outcome: {event: Bought, within: 1h}
exploration: 0.3
holdout: 0.2
actions:
  - {id: plain, attributes: {discount: 0, category: any}}
  - {id: ten, attributes: {discount: 10, category: hats}, reward_cost: 0.01}
  - {id: twenty, attributes: {discount: 20, category: any}, reward_cost: 0.05}
  - {id: shoes, attributes: {discount: 0, category: shoes}}
  - {id: bare}
)";

std::vector<SegmentRule> segments() {
  std::vector<SegmentRule> out;
  for (const auto& [name, rule] : {std::pair("buyers", "f0 >= 2"), std::pair("hatters", "last_category == \"hats\" and traits.plan != null"), std::pair("idle", "f0 == 0 or f0 == null")}) {
    Expression parsed = Expression::parse(rule).value();
    out.push_back({name, parsed, parsed.names()});
  }
  return out;
}

PlacementDeclaration parse_placement(std::string_view text) {
  Diagnostics faults;
  auto node = YamlNode::parse(text, "p.yaml", faults);
  auto placement = PlacementDeclaration::load(*node, {{"f0", "f1", "f2", "f3", "last_category"}, {"m"}, 0.1, 0.1, segments()});
  EXPECT_TRUE(faults.empty()) << faults.status().error().message();
  return placement;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    Diagnostics faults;
    auto node = YamlNode::parse(kFeatures, "f.yaml", faults);
    std::vector<profile::FeatureDefinition> definitions;
    profile::load_features(*node, definitions);
    EXPECT_TRUE(faults.empty());
    program_ = profile::FeatureProgram::compile(definitions).value();
    profiles_ = std::move(profile::ProfileView::open(program_, *kv_, 1 << 20).value());
  }

  std::shared_ptr<const predict::Scorer> scorer() {
    if (!model_) model_ = predict::train_sample_model(folder_.path() / "m").value();
    return predict::Scorer::bind({"m", "v0003", {"discount", "category", "page"}, {}}, model_, program_).value();
  }
  std::shared_ptr<const Engine> engine(std::string_view placement, bool with_model) {
    EngineDeclaration declaration{{parse_placement(placement)}, program_, {}, "test shop"};
    if (with_model) declaration.scorers.push_back(scorer());
    return Engine::build(std::move(declaration)).value();
  }
  void happen(ProfileId person, EventType type, std::string name, Time time, std::string properties) {
    Event event;
    event.type = type;
    event.message_id = "m" + std::to_string(++position_);
    event.user_id = "u";
    event.name = std::move(name);
    event.time = event.received_at = time;
    event.properties = std::move(properties);
    ASSERT_TRUE(profiles_->apply({{position_}, EventRecord{person, event}}).ok());
  }
  DecisionRecord decide(const Engine& engine, ProfileId person, std::string_view context = {}, size_t n = 1) {
    return engine.decide({"home", person, context, n, kNow}, *profiles_, scratch_).value();
  }
  // The first person from 1 who is, or is not, held out.
  ProfileId somebody(const Engine& engine, bool held) {
    ProfileId person{1};
    while (engine.held_out(person, engine.placements()[0]) != held) ++person.value;
    return person;
  }

  TemporaryFolder folder_;
  std::unique_ptr<store::KvStore> kv_ = store::make_memory_kv();
  std::shared_ptr<const profile::FeatureProgram> program_;
  std::unique_ptr<profile::ProfileView> profiles_;
  std::shared_ptr<const learn::Model> model_;
  DecideScratch scratch_{42};
  uint64_t position_ = 0;
};

// The model's score of one action the slow way: every input by its name, the whole row at once.
std::vector<Value> whole_row(const learn::Model& model, const std::map<std::string, double>& features,
                             const ActionDeclaration& action, const Fields& context) {
  std::vector<Value> values;
  for (const auto& input : model.inputs()) {
    Value value;
    auto feature = features.find(input.name);
    if (feature != features.end()) {
      if (!std::isnan(feature->second)) value = Value(feature->second);
    } else if (input.name == "page") {
      value = context.get("page");
    } else {
      for (const auto& [name, attribute] : action.attributes) {
        if (name != input.name) continue;
        if (auto* number = std::get_if<double>(&attribute)) value = Value(*number);
        else value = Value(std::string_view(std::get<std::string>(attribute)));
      }
    }
    values.push_back(value);
  }
  return values;
}

TEST_F(EngineTest, ScoresReasonsAndFeaturesAreTheModelsOwn) {
  auto home = engine(kPlacement, true);
  Random random(8);
  for (uint64_t id = 1; id <= 150; ++id) {
    for (uint64_t e = random.below(12); e > 0; --e) {
      Time time = kNow - hours(static_cast<int64_t>(1 + random.below(60 * 24)));
      happen({id}, EventType::kTrack, random.chance(0.6) ? "Viewed" : "Bought", time, R"({"price": )" + std::to_string(random.below(9)) + "}");
    }
  }
  size_t modelled = 0;
  for (uint64_t id = 1; id <= 151; ++id) {  // the last one is somebody without a profile
    ProfileId person{id};
    if (home->held_out(person, home->placements()[0])) continue;
    std::string json = id % 3 == 0 ? R"({"page":"sale"})" : id % 3 == 1 ? R"({"page":"home","x":1})" : "";
    DecisionRecord record = decide(*home, person, json, 5);
    Fields context;
    ASSERT_TRUE(context.parse(json).ok());
    std::vector<double> values(program_->size(), -1);
    profile::Journal nothing;
    if (!profiles_->read(person, [&](const profile::Profile& p) { program_->evaluate(p.journal, kNow, values); })) {
      program_->evaluate(nothing, kNow, values);
    }
    std::map<std::string, double> features;
    for (size_t i = 0; i < values.size(); ++i) features[program_->definitions()[i].name] = values[i];

    ASSERT_EQ(record.candidates.size(), 5u);
    ASSERT_EQ(record.actions.size(), 5u);
    learn::Model::Scratch scratch;
    std::map<std::string, double> scores;
    for (const ActionDeclaration& action : home->placements()[0].actions) {
      scores[action.id] = model_->score(whole_row(*model_, features, action, context), scratch);
    }
    for (const auto& [action, score] : record.candidates) EXPECT_EQ(score, scores[action]) << action;
    for (const DecidedAction& action : record.actions) {
      EXPECT_EQ(action.score, scores[action.id]);
      std::vector<learn::Reason> reasons;
      model_->score_with_reasons(whole_row(*model_, features, *home->placements()[0].find_action(action.id), context), kReasons, scratch, reasons);
      ASSERT_EQ(action.reasons.size(), reasons.size());
      for (size_t i = 0; i < reasons.size(); ++i) {
        const std::string& name = model_->inputs()[reasons[i].input].name;
        EXPECT_EQ(action.reasons[i].feature, name);
        EXPECT_NEAR(action.reasons[i].contribution, reasons[i].contribution, 1e-12);
        if (features.contains(name) && !std::isnan(features[name])) EXPECT_EQ(action.reasons[i].value, features[name]);
        if (name == "category") EXPECT_TRUE(std::isnan(action.reasons[i].value));
      }
    }
    std::vector<float> seen;
    for (const char* name : {"f0", "f1", "f2", "f3"}) seen.push_back(static_cast<float>(features[name]));
    ASSERT_EQ(record.features.size(), seen.size());
    for (size_t i = 0; i < seen.size(); ++i) EXPECT_TRUE(seen[i] == record.features[i] || (std::isnan(seen[i]) && std::isnan(record.features[i])));
    EXPECT_EQ(record.model, "m");
    EXPECT_EQ(record.model_version, "v0003");
    modelled += record.policy == "model";
  }
  EXPECT_GT(modelled, 5u);
}

TEST_F(EngineTest, TheBestIsByScoreBoostAndCost) {
  auto plain = engine(kPlacement, true);
  std::string boosted_text = std::string(kPlacement) + "rules:\n  - {name: push, boost: {actions: [bare], by: 100}}\n";
  auto boosted = engine(boosted_text, true);
  ProfileId person = somebody(*plain, false);
  auto best_of = [&](const Engine& e) {
    while (true) {
      DecisionRecord record = decide(e, person);
      if (record.policy == "model") return record;
    }
  };
  DecisionRecord record = best_of(*plain);
  std::string best;
  double highest = -1;
  for (const auto& [id, score] : record.candidates) {
    double utility = score - plain->placements()[0].find_action(id)->reward_cost;
    if (utility > highest) best = id, highest = utility;
  }
  EXPECT_EQ(record.actions[0].id, best);
  EXPECT_DOUBLE_EQ(record.actions[0].propensity, 0.7 + 0.3 / 5);
  DecisionRecord pushed = best_of(*boosted);
  EXPECT_EQ(pushed.actions[0].id, "bare");
  EXPECT_LT(pushed.actions[0].score, 1);  // the model's own score, without the boost
  ASSERT_EQ(pushed.rules.size(), 1u);
  EXPECT_EQ(pushed.rules[0], (FiredRule{"push", "boosted", {"bare"}}));
}

double chi_square_p(const std::map<std::string, int>& seen, const std::map<std::string, double>& propensity, int draws) {
  double statistic = 0;
  for (const auto& [id, p] : propensity) {
    double want = p * draws, got = seen.contains(id) ? seen.at(id) : 0;
    statistic += (got - want) * (got - want) / want;
  }
  return boost::math::cdf(boost::math::complement(boost::math::chi_squared(static_cast<double>(propensity.size() - 1)), statistic));
}

TEST_F(EngineTest, LoggedPropensitiesAreTheFrequencies) {
  constexpr int kDraws = 100'000;
  for (bool with_model : {true, false}) {
    auto home = engine(kPlacement, with_model);
    ProfileId person = somebody(*home, false);
    std::map<std::string, int> first;
    std::map<std::string, double> propensity;
    std::map<std::string, std::map<std::string, int>> second;  // by the first
    std::map<std::string, std::map<std::string, double>> second_propensity;
    for (int i = 0; i < kDraws; ++i) {
      DecisionRecord record = decide(*home, person, {}, 2);
      ASSERT_EQ(record.actions.size(), 2u);
      const auto &a = record.actions[0], &b = record.actions[1];
      ++first[a.id];
      ++second[a.id][b.id];
      auto [known, fresh] = propensity.emplace(a.id, a.propensity);
      ASSERT_EQ(known->second, a.propensity);
      auto [known_second, fresh_second] = second_propensity[a.id].emplace(b.id, b.propensity);
      ASSERT_EQ(known_second->second, b.propensity);
    }
    ASSERT_EQ(propensity.size(), 5u);
    double sum = 0;
    for (const auto& [id, p] : propensity) sum += p;
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_GT(chi_square_p(first, propensity, kDraws), 1e-4);
    for (const auto& [id, seen] : second) {
      ASSERT_EQ(seen.size(), 4u);
      EXPECT_GT(chi_square_p(seen, second_propensity[id], first[id]), 1e-4) << "after " << id;
    }
    if (with_model) continue;
    for (const auto& [id, p] : propensity) EXPECT_DOUBLE_EQ(p, 0.2);
    DecisionRecord record = decide(*home, person);
    EXPECT_EQ(record.policy, "explore");
    EXPECT_EQ(record.model, "");
    EXPECT_EQ(record.exploration, 1);
    EXPECT_TRUE(record.actions[0].reasons.empty());
  }
}

TEST_F(EngineTest, HeldOutPeopleGetTheBaselineAlways) {
  auto home = engine(kPlacement, true);
  int held = 0;
  for (uint64_t id = 1; id <= 2000; ++id) {
    DecisionRecord record = decide(*home, {id}, {}, 3);
    EXPECT_EQ(record.holdout, held_out({id}, holdout_salt("test shop"), 0.2));
    EXPECT_EQ(record.policy == "baseline", record.holdout);
    if (!record.holdout) continue;
    ++held;
    ASSERT_EQ(record.actions.size(), 1u);
    EXPECT_EQ(record.actions[0], (DecidedAction{"plain", 0, 1, {}}));
    EXPECT_EQ(record.candidates.size(), 5u);
    EXPECT_EQ(record.model, "");
  }
  EXPECT_NEAR(held / 2000.0, 0.2, 4 * std::sqrt(0.16 / 2000));
  auto forbidden = engine(std::string(kPlacement) + "rules:\n  - {name: never, exclude: plain}\n", true);
  DecisionRecord none = decide(*forbidden, somebody(*forbidden, true));
  EXPECT_EQ(none.policy, "baseline");
  EXPECT_TRUE(none.actions.empty());
  EXPECT_EQ(none.rules[0].rule, "never");
}

// A rule asks for a segment: the very event by which somebody enters changes the next decision.
TEST_F(EngineTest, RulesAskForSegmentsAsOfTheDecision) {
  auto home = engine(std::string(kPlacement) + R"(rules:
  - {name: for_buyers, only: [twenty], segments: [buyers, hatters]}
  - {name: idle_only, only: [bare], when: segments.idle}
)", false);
  auto candidates = [&](ProfileId person) {
    std::vector<std::string> ids;
    for (const auto& [id, score] : decide(*home, person).candidates) ids.push_back(id);
    return ids;
  };
  const ProfileId person = somebody(*home, false);
  using testing::ElementsAre;
  EXPECT_THAT(candidates(person), ElementsAre("plain", "ten", "shoes"));  // nobody yet: in no segment, not even the idle
  happen(person, EventType::kIdentify, "", kNow - hours(3), R"({"plan":"gold"})");
  EXPECT_THAT(candidates(person), ElementsAre("plain", "ten", "shoes", "bare"));
  happen(person, EventType::kTrack, "Viewed", kNow - hours(2), "{}");
  EXPECT_THAT(candidates(person), ElementsAre("plain", "ten", "shoes"));
  happen(person, EventType::kTrack, "Viewed", kNow - hours(1), R"({"category": "hats"})");
  EXPECT_THAT(candidates(person), ElementsAre("plain", "ten", "twenty", "shoes"));
}

TEST_F(EngineTest, RulesSeeFeaturesTraitsContextAndActions) {
  auto home = engine(std::string(kPlacement) + R"(rules:
  - {name: fresh_buyers, exclude: [ten, twenty], when: features.f2 > 0}
  - {name: only_adults, only: [shoes], when: traits.age >= 18}
  - {name: hat_lovers, exclude: [bare], when: features.last_category == "hats"}
  - {name: on_sale, exclude: all, when: context.page.kind == "sale" and action.discount < 5}
  - {name: calm, boost: {actions: all, by: 0.5}, when: traits.mood == "calm \"really\""}
)", true);
  ProfileId person = somebody(*home, false);
  auto ids = [](const DecisionRecord& record) {
    std::vector<std::string> list;
    for (const auto& candidate : record.candidates) list.push_back(candidate.first);
    return list;
  };
  using testing::ElementsAre;
  // Nobody knows the age: what only adults may see stays away.
  DecisionRecord unknown = decide(*home, person);
  EXPECT_THAT(ids(unknown), ElementsAre("plain", "ten", "twenty", "bare"));
  EXPECT_THAT(unknown.rules, ElementsAre(FiredRule{"only_adults", "excluded", {"shoes"}}));
  happen(person, EventType::kIdentify, "", kNow - days(1), R"({"age": 30, "mood": "calm \"really\""})");
  happen(person, EventType::kTrack, "Viewed", kNow - hours(2), R"({"category": "hats"})");
  DecisionRecord adult = decide(*home, person);
  EXPECT_THAT(ids(adult), ElementsAre("plain", "ten", "twenty", "shoes"));
  EXPECT_THAT(adult.rules, ElementsAre(FiredRule{"hat_lovers", "excluded", {"bare"}},
                                       FiredRule{"calm", "boosted", {"plain", "ten", "twenty", "shoes"}}));
  happen(person, EventType::kTrack, "Bought", kNow - hours(1), "{}");
  EXPECT_THAT(ids(decide(*home, person)), ElementsAre("plain", "shoes"));
  DecisionRecord sale = decide(*home, person, R"({"page":{"kind":"sale"}})");
  EXPECT_TRUE(sale.candidates.empty() && sale.actions.empty());
  EXPECT_THAT(sale.rules, ElementsAre(FiredRule{"fresh_buyers", "excluded", {"ten", "twenty"}}, FiredRule{"hat_lovers", "excluded", {"bare"}},
                                      FiredRule{"on_sale", "excluded", {"plain", "shoes"}}));
}

TEST(Placements, TheUnknownIsToldWithFirstOfTheDeclared) {
  std::vector<PlacementDeclaration> declared;
  EXPECT_THAT(no_such_placement("hom", declared), testing::HasSubstr("none is declared"));
  for (int i = 1; i <= 7; ++i) {
    declared.emplace_back().name = fmt::format("place_{}", i);
    std::string said = no_such_placement("hom", declared);
    EXPECT_THAT(said, testing::HasSubstr("place_1"));
    EXPECT_EQ(said.find("place_6"), std::string::npos) << "the first few";
    EXPECT_EQ(said.find(" more") != std::string::npos, i > 5) << said;
  }
  EXPECT_THAT(no_such_placement("hom", declared), testing::HasSubstr("place_5 and 2 more"));
  declared[0].name = std::string(10000, 'x');
  EXPECT_LT(no_such_placement(std::string(100000, 'y'), declared).size(), 600u);
}

TEST_F(EngineTest, RefusesWhatItCannotAnswer) {
  auto home = engine(kPlacement, false);
  auto code = [&](DecideRequest request) { return home->decide(request, *profiles_, scratch_).error().code(); };
  EXPECT_EQ(code({"hom", {1}, "", 1, kNow}), ErrorCode::kUnknownPlacement);
  EXPECT_THAT(home->decide({"hom", {1}, "", 1, kNow}, *profiles_, scratch_).error().message(), testing::HasSubstr("home")) << "says what is declared";
  EXPECT_EQ(code({"home", {1}, "", 0, kNow}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({"home", {1}, "", kMaxRanks + 1, kNow}), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(home->decide({"home", {1}, "", kMaxRanks, kNow}, *profiles_, scratch_).ok());
  EXPECT_EQ(code({"home", {1}, "[1]", 1, kNow}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({"home", {1}, "{", 1, kNow}), ErrorCode::kInvalidArgument);
  std::string large = R"({"x":")" + std::string(kMaxContextBytes - 8, 'x') + R"("})";
  ASSERT_EQ(large.size(), kMaxContextBytes);
  EXPECT_TRUE(home->decide({"home", {1}, large, 1, kNow}, *profiles_, scratch_).ok());
  EXPECT_EQ(code({"home", {1}, large + " ", 1, kNow}), ErrorCode::kTooLarge);
}

TEST_F(EngineTest, APromotedModelTakesOverWithoutDisturbingWhoIsAtWork) {
  LiveEngine live(engine(kPlacement, false));
  auto before = live.get();
  EXPECT_EQ(before->model_version("home"), "");
  live.set(engine(kPlacement, true));
  EXPECT_EQ(live.get()->model_version("home"), "v0003");
  EXPECT_EQ(live.get()->model_version("nowhere"), "");
  ProfileId person = somebody(*before, false);
  EXPECT_EQ(decide(*before, person).model, "");
  EXPECT_EQ(decide(*live.get(), person).model, "m");
  auto other = predict::Scorer::bind({"m", "v1", {"discount", "category", "page"}, {}}, model_,
                                     profile::FeatureProgram::compile(program_->definitions()).value()).value();
  auto mixed = Engine::build({{parse_placement(kPlacement)}, program_, {other}, "x"});
  ASSERT_FALSE(mixed.ok());
  EXPECT_EQ(mixed.error().code(), ErrorCode::kModelMismatch);
}

TEST_F(EngineTest, TheReplyIsTheContractsForm) {
  DecisionRecord record;
  record.id = DecisionId::parse("d_00000000000000000000000001").value();
  record.profile = {7};
  record.policy = "model";
  record.model = "m";
  record.model_version = "v0003";
  record.actions = {{"ten", 0.25, 0.9, {{"f0", 3, 0.5}, {"f1", std::nan(""), -0.25}, {"action", std::nan(""), 0.125}}}};
  record.rules = {{"r", "excluded", {"a", "b"}}};
  std::string reply;
  write_reply(record, reply);
  EXPECT_EQ(reply, R"({"decisionId":"d_00000000000000000000000001","profileId":"p_0000000000007","policy":"model","modelVersion":"m/v0003",)"
                   R"("holdout":false,"actions":[{"id":"ten","score":0.25,"propensity":0.9,"reasons":[{"feature":"f0","value":3,"contribution":0.5},)"
                   R"({"feature":"f1","value":null,"contribution":-0.25},{"feature":"action","value":"ten","contribution":0.125}]}],"rules":[{"rule":"r","effect":"excluded","actions":["a","b"]}]})");
}

}  // namespace
}  // namespace furrow::decide
