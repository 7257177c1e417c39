// Declared segments: who belongs to a group now, by a rule over traits and features.
//
//   segments:
//     - name: recent_regulars
//       where: orders_90d >= 3 and traits.country == "CN"    # features by name, traits as traits.PATH (base/expression.h)
//       description, description_zh, owner: texts for people
//
// A rule over features with windows changes its answer as time passes, without any event: `next_change` says when to look
// again. Between `as_of` and then the answer stays as it is: in a window [t - w, t) only an entry that leaves (or one dated at
// t or later that comes in) changes a value. Ages (recency_days, tenure_days) and decaying totals change by themselves: a rule
// that names one is looked at again kGrowthStep later at the latest, so a person may leave or enter that much late.
// Threads: immutable after compile. Cost: a read of the features that the rules name (program.h) and 5 ns a node of each rule;
// next_change a search a window. Limits: kMaxSegments, names of 128 bytes.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/expression.h"
#include "base/yaml.h"
#include "profile/profile.h"

namespace furrow::profile {

inline constexpr size_t kMaxSegments = 1000;
inline constexpr Duration kGrowthStep = hours(1);

struct SegmentDefinition {
  std::string name;
  std::string where;
  std::string description, description_zh, owner;
  std::string file;  // where it was declared
  long line = 0;
};

// Appends the definitions under `segments:` of a parsed file. Every fault (no name, a bad rule, a name that is no feature, a
// segment's name used before in `into`) is reported with its file and line; a faulty definition is left out.
void load_segments(const YamlNode& root, const std::vector<std::string>& features, std::vector<SegmentDefinition>& into);

// What a rule's names stand for.
struct RuleOperand {
  std::string trait;   // "" for a feature
  size_t feature = 0;  // of the program
  bool text = false;   // the feature may be a text
};
// One operand a name of the rule. kInvalidArgument names what is neither a feature nor a trait, and the nearest that is.
Result<std::vector<RuleOperand>> bind_rule(const Expression& rule, const FeatureProgram& program);

class SegmentRules {
 public:
  // kInvalidArgument names the segment at fault; load_segments has found what it can before. Borrows `program`.
  static Result<SegmentRules> compile(const std::vector<SegmentDefinition>& definitions, const FeatureProgram& program);
  size_t size() const { return rules_.size(); }
  const std::string& name(size_t segment) const { return rules_[segment].name; }
  // Whether the person belongs to each segment, in the order of the definitions.
  std::vector<bool> evaluate(const Profile& profile, Time as_of) const;
  // The same for some segments, in their order.
  std::vector<bool> evaluate(const Profile& profile, Time as_of, std::span<const size_t> segments) const;
  // The segments whose answer an event of this label can change. $identify and $group can change all that name a trait.
  const std::vector<size_t>& touched(std::string_view label) const;
  // The first instant after `as_of` at which an answer could differ without a new event; nothing when time alone changes
  // none.
  std::optional<Time> next_change(const Profile& profile, Time as_of) const;

 private:
  struct Rule {
    std::string name;
    Expression expression;
    std::vector<RuleOperand> operands;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return hash64(text); }
  };
  void listen(const FeatureProgram& program);

  std::shared_ptr<const FeatureProgram> program_;  // what the rules need of it
  std::vector<Rule> rules_;
  std::vector<size_t> all_, any_;  // every segment; those that any event can change
  std::unordered_map<std::string, std::vector<size_t>, TextHash, std::equal_to<>> by_label_;
  bool features_ = false, texts_ = false, grows_ = false;
};

}  // namespace furrow::profile
