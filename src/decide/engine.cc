#include "decide/engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <unordered_map>

#include "base/cut_text.h"
#include "decide/action_scorer.h"
#include "decide/choice.h"
#include "decide/holdout.h"
#include "decide/policies.h"
#include "decide/rules.h"
#include "profile/profile_view.h"

namespace furrow::decide {

struct DecideScratch::State {
  explicit State(uint64_t seed) : random(seed) {}
  Random random;
  Fields context;
  std::vector<double> features;                  // one for each feature of the program
  std::vector<std::string> model_texts;          // one for each feature, where the model reads one; else none
  std::vector<profile::FeatureValue> texts;      // where a rule compares a text
  std::vector<Value> rule_features, rule_traits;
  std::vector<std::string> trait_storage;
  RuleBook::Scratch rules;
  std::vector<bool> eligible;
  std::vector<double> boost;
  std::vector<uint32_t> candidates;              // eligible actions
  std::vector<double> scores, utilities;         // of the candidates
  ActionScorer::Scratch scoring;
  std::vector<uint32_t> remaining;
  std::vector<Choice> choices;
};

DecideScratch::DecideScratch(uint64_t seed) : state_(std::make_unique<State>(seed)) {}
DecideScratch::~DecideScratch() = default;
DecideScratch::DecideScratch(DecideScratch&&) noexcept = default;

namespace {

// One placement with everything prepared.
struct BoundPlacement {
  BoundPlacement(const PlacementDeclaration& declared, const profile::FeatureProgram& program)
      : declaration(declared), rules(declared, program) {}
  const PlacementDeclaration& declaration;
  RuleBook rules;
  std::unique_ptr<const ActionScorer> scorer;  // null: no model decides here
};

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return hash64(text); }
};

class BoundEngine final : public Engine {
 public:
  explicit BoundEngine(EngineDeclaration declaration)
      : declared_(std::move(declaration)), salt_(decide::holdout_salt(declared_.holdout_salt)) {}

  Status bind() {
    for (const PlacementDeclaration& placement : declared_.placements) {
      auto bound = std::make_unique<BoundPlacement>(placement, *declared_.program);
      for (const auto& scorer : declared_.scorers) {
        if (placement.model.empty() || scorer->name() != placement.model) continue;
        if (&scorer->program() != declared_.program.get()) {
          return Error(ErrorCode::kModelMismatch, fmt::format("model {} {} was bound to other features than placement {}",
                                                              scorer->name(), scorer->version(), placement.name));
        }
        FURROW_ASSIGN(bound->scorer, ActionScorer::make(placement, scorer));
      }
      bound_.emplace(placement.name, std::move(bound));
    }
    return {};
  }

  Result<DecisionRecord> decide(const DecideRequest& request, const profile::ProfileView& profiles,
                                DecideScratch& scratch) const override;

  const std::vector<PlacementDeclaration>& placements() const override { return declared_.placements; }
  const PlacementDeclaration* find(std::string_view placement) const override {
    auto found = bound_.find(placement);
    return found == bound_.end() ? nullptr : &found->second->declaration;
  }
  std::string_view model_version(std::string_view placement) const override {
    auto found = bound_.find(placement);
    if (found == bound_.end() || !found->second->scorer) return {};
    return found->second->scorer->scorer().version();
  }
  bool held_out(ProfileId profile, const PlacementDeclaration& placement) const override {
    return decide::held_out(profile, salt_, placement.holdout);
  }
  const std::vector<std::shared_ptr<const predict::Scorer>>& scorers() const override { return declared_.scorers; }

 private:
  using State = DecideScratch::State;
  void look(const BoundPlacement& bound, const profile::Profile* person, Time now, State& s, DecisionRecord& record) const;
  void baseline(const BoundPlacement& bound, const State& s, DecisionRecord& record) const;
  void choose_actions(const BoundPlacement& bound, size_t n, State& s, DecisionRecord& record) const;

  EngineDeclaration declared_;
  uint64_t salt_;
  std::unordered_map<std::string, std::unique_ptr<BoundPlacement>, TextHash, std::equal_to<>> bound_;
};

Status check(const DecideRequest& request) {
  if (request.n < 1 || request.n > kMaxRanks) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("n is {}; ask for 1 to {} actions", request.n, kMaxRanks)).in_field("n");
  }
  if (request.context.size() > kMaxContextBytes) {
    return Error(ErrorCode::kTooLarge, fmt::format("the context has {} bytes; the limit is {}", request.context.size(),
                                                   kMaxContextBytes)).in_field("context");
  }
  return {};
}

Result<DecisionRecord> BoundEngine::decide(const DecideRequest& request, const profile::ProfileView& profiles,
                                           DecideScratch& scratch) const {
  auto found = bound_.find(request.placement);
  if (found == bound_.end()) {
    return Error(ErrorCode::kUnknownPlacement, no_such_placement(request.placement, declared_.placements)).in_field("placement");
  }
  FURROW_TRY(check(request));
  const BoundPlacement& bound = *found->second;
  State& s = scratch.state();
  if (Status parsed = s.context.parse(request.context); !parsed.ok()) {
    return Error(ErrorCode::kInvalidArgument, "the context must be a JSON object: " + parsed.error().message()).in_field("context");
  }
  DecisionRecord record;
  record.id = DecisionId::make(request.now.milliseconds());
  record.profile = request.profile;
  record.origin = request.origin;
  record.time = request.now;
  record.placement = bound.declaration.name;
  record.context = request.context.empty() ? std::string_view("{}") : request.context;
  record.holdout = held_out(request.profile, bound.declaration);

  // Rules run while the profile is in hand: their trait values view its text.
  bool seen = false;
  if (request.profile) {
    seen = profiles.read(request.profile, [&](const profile::Profile& person) { look(bound, &person, request.now, s, record); });
  }
  if (!seen) look(bound, nullptr, request.now, s, record);

  if (bound.scorer) {
    const auto& inputs = bound.scorer->scorer().feature_inputs();
    record.features.reserve(inputs.size());
    for (const auto& input : inputs) record.features.push_back(bound.scorer->scorer().recorded(input, s.features, s.model_texts));
  }
  if (record.holdout) baseline(bound, s, record);
  else choose_actions(bound, request.n, s, record);
  return record;
}

// Fills s.features, and s.eligible and s.boost by the rules.
void BoundEngine::look(const BoundPlacement& bound, const profile::Profile* person, Time now, State& s, DecisionRecord& record) const {
  static const profile::Journal kNothing;
  const profile::FeatureProgram& program = *declared_.program;
  const profile::Journal& journal = person ? person->journal : kNothing;
  s.features.resize(program.size());
  if (bound.scorer && bound.scorer->scorer().reads_texts()) {
    s.model_texts.resize(program.size());
    profile::AsOfReader(program, journal).evaluate(now, s.features, s.model_texts);
  } else {
    s.model_texts.clear();
    program.evaluate(journal, now, s.features);
  }
  const auto& indices = bound.rules.feature_indices();
  s.rule_features.resize(indices.size());
  if (bound.rules.reads_texts()) s.texts = program.read(journal, now);
  for (size_t i = 0; i < indices.size(); ++i) {
    double number = s.features[indices[i]];
    bool text = std::isnan(number) && bound.rules.reads_texts() && !s.texts[indices[i]].missing;
    s.rule_features[i] = !std::isnan(number) ? Value(number) : text ? Value(std::string_view(s.texts[indices[i]].text)) : Value();
  }
  const auto& traits = bound.rules.trait_names();
  s.rule_traits.resize(traits.size());
  if (s.trait_storage.size() < traits.size()) s.trait_storage.resize(traits.size());
  for (size_t i = 0; i < traits.size(); ++i) {
    s.rule_traits[i] = person ? person->trait_value(traits[i], s.trait_storage[i]) : Value();
  }
  bound.rules.apply({s.rule_features, s.rule_traits, &s.context, person != nullptr}, s.rules, s.eligible, s.boost, record.rules);
}

void BoundEngine::baseline(const BoundPlacement& bound, const State& s, DecisionRecord& record) const {
  record.policy = kBaselinePolicy;
  const PlacementDeclaration& placement = bound.declaration;
  for (size_t a = 0; a < placement.actions.size(); ++a) {
    if (s.eligible[a]) record.candidates.emplace_back(placement.actions[a].id, 0.0);
  }
  if (s.eligible[placement.baseline]) record.actions.push_back({placement.actions[placement.baseline].id, 0, 1, {}});
}

void BoundEngine::choose_actions(const BoundPlacement& bound, size_t n, State& s, DecisionRecord& record) const {
  const PlacementDeclaration& placement = bound.declaration;
  s.candidates.clear();
  for (uint32_t a = 0; a < placement.actions.size(); ++a) {
    if (s.eligible[a]) s.candidates.push_back(a);
  }
  s.scores.assign(s.candidates.size(), 0);
  if (bound.scorer && !s.candidates.empty()) {
    bound.scorer->prepare(s.features, s.model_texts, s.context, s.scoring);
    bound.scorer->score(s.candidates, s.scoring, s.scores);
  }
  s.utilities.resize(s.candidates.size());
  record.candidates.reserve(s.candidates.size());
  for (size_t i = 0; i < s.candidates.size(); ++i) {
    const ActionDeclaration& action = placement.actions[s.candidates[i]];
    s.utilities[i] = s.scores[i] * s.boost[s.candidates[i]] - action.reward_cost;
    record.candidates.emplace_back(action.id, s.scores[i]);
  }
  record.exploration = bound.scorer ? placement.exploration : 1;
  choose(s.utilities, record.exploration, n, s.random, s.remaining, s.choices);
  bool explored = !bound.scorer;
  record.actions.reserve(s.choices.size());
  for (const Choice& choice : s.choices) {
    explored |= choice.explored;
    uint32_t action = s.candidates[choice.candidate];
    DecidedAction& decided = record.actions.emplace_back();
    decided.id = placement.actions[action].id;
    decided.score = s.scores[choice.candidate];
    decided.propensity = choice.propensity;
    if (bound.scorer) {
      decided.reasons.reserve(kReasons);
      bound.scorer->explain(action, kReasons, s.scoring, decided.reasons);
    }
  }
  record.policy = explored ? kExplorePolicy : kModelPolicy;
  if (!bound.scorer) return;
  record.model = bound.scorer->scorer().name();
  record.model_version = bound.scorer->scorer().version();
}

}  // namespace

std::string no_such_placement(std::string_view name, const std::vector<PlacementDeclaration>& declared) {
  constexpr size_t kNamed = 5, kShownBytes = 64;
  std::string_view shown = cut_text(name, 2 * kShownBytes);
  if (declared.empty()) return fmt::format("no placement is named \"{}\"; none is declared", shown);
  std::string names;
  for (size_t i = 0; i < std::min(declared.size(), kNamed); ++i) fmt::format_to(std::back_inserter(names), "{}{}", i == 0 ? "" : ", ", cut_text(declared[i].name, kShownBytes));
  if (declared.size() <= kNamed) return fmt::format("no placement is named \"{}\"; declared are: {}", shown, names);
  return fmt::format("no placement is named \"{}\"; declared are: {} and {} more", shown, names, declared.size() - kNamed);
}

Result<std::shared_ptr<const Engine>> Engine::build(EngineDeclaration declaration) {
  auto engine = std::make_shared<BoundEngine>(std::move(declaration));
  FURROW_TRY(engine->bind());
  return std::shared_ptr<const Engine>(std::move(engine));
}

}  // namespace furrow::decide
