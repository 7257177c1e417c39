// The rules of one placement, compiled: which actions are eligible, how their scores are boosted, and which rules fired.
//
// Names become slots at compile time: features.X an index of the program, traits.X and context.X the n-th name asked for,
// action.X a constant of each action, segments.X the n-th segment asked for, whose rule is evaluated once a decision. Rules apply in the declared order; an action once excluded stays excluded.
// Private to the room. Threads: immutable after compile; the caller brings scratch.
// Cost: about 20 ns a rule, times the actions when it asks action.*; allocates only what fired.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/value.h"
#include "decide/placement.h"
#include "event/record.h"
#include "profile/program.h"

namespace furrow::decide {

// What the rules of a placement may look at, in the order of RuleBook's names.
struct RuleInputs {
  std::span<const Value> features;  // by feature_indices()
  std::span<const Value> traits;    // by trait_names()
  const Fields* context = nullptr;
  bool known = true;                // false: nobody is there who could belong to a segment
};

class RuleBook {
 public:
  struct Scratch {
    std::vector<Value> slots;
    std::vector<Value> segments;
  };

  RuleBook(const PlacementDeclaration& placement, const profile::FeatureProgram& program);

  const std::vector<size_t>& feature_indices() const { return feature_indices_; }
  const std::vector<std::string>& trait_names() const { return trait_names_; }
  // Whether a rule compares a feature that may be a text (first, last).
  bool reads_texts() const { return reads_texts_; }

  // Sets eligible[a] and boost[a] of every action, and appends the rules that took effect.
  void apply(const RuleInputs& inputs, Scratch& scratch, std::vector<bool>& eligible, std::vector<double>& boost,
             std::vector<FiredRule>& fired) const;

 private:
  enum class Origin : uint8_t { kFeature, kTrait, kContext, kAction, kSegment };
  struct Slot {
    Origin origin;
    size_t index = 0;  // of feature_indices_ or trait_names_; of action_values_ for kAction; of segments_
    std::string path;  // of the context
  };
  struct Rule {
    const RuleDeclaration* declared;
    std::vector<Slot> slots;
  };
  struct Segment {
    const SegmentRule* declared;
    std::vector<Slot> slots;
  };
  void resolve(const std::string& name, Rule& rule, const profile::FeatureProgram& program);
  Slot feature_slot(const std::string& name, const profile::FeatureProgram& program);
  size_t segment_index(const std::string& name, const profile::FeatureProgram& program);
  void join_segments(const RuleInputs& inputs, Scratch& scratch) const;
  void fill(const std::vector<Slot>& from, const RuleInputs& inputs, const std::vector<Value>& segments, std::vector<Value>& slots) const;
  bool holds(const Rule& rule, size_t action, std::vector<Value>& slots) const;

  const PlacementDeclaration& placement_;
  std::vector<Rule> rules_;
  std::vector<Segment> segments_;
  std::vector<size_t> feature_indices_;
  std::vector<std::string> trait_names_;
  std::vector<std::vector<Value>> action_values_;  // an attribute asked for, then the action
  bool reads_texts_ = false;
};

}  // namespace furrow::decide
