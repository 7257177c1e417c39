// Features that are tried before they are declared: "added to the cart three times in a week, above 50", for everybody.
//
// What no declared feature selects is not in the profiles: it is counted over the log (History: the values that the feature
// would have), once for each set of definitions, in a thread of its own; then any rule over them is previewed like one over
// declared features. Values are as of when they were counted; older than kTriedFor they are counted again while the old ones
// serve. Cost: a reading of the whole log and a look at everybody (docs/segments.md). Memory: SegmentIndex, and while counting the
// journals of History. Limits: kMaxTried definitions a rule, kTriedKept sets kept. Threads: any.
#pragma once
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "pipeline/pipeline.h"
#include "profile/segment_index.h"

namespace furrow::app {

inline constexpr size_t kMaxTried = 8, kTriedKept = 4;
inline constexpr Duration kTriedFor = minutes(5);

class TriedFeatures {
 public:
  TriedFeatures(pipeline::Pipeline& pipeline, std::shared_ptr<const profile::FeatureProgram> declared, const Clock& clock)
      : pipeline_(pipeline), declared_(std::move(declared)), clock_(clock) {}
  ~TriedFeatures();

  struct Counted {
    std::shared_ptr<const profile::FeatureProgram> program;
    std::unique_ptr<const profile::SegmentIndex> index;
    Time as_of;
  };
  // `declaration`: what a file of features/ holds, as JSON or YAML. kInvalidArgument (field "declare") names what is wrong with
  // it; kUnavailable while it is being counted, unless that is done within `patience`.
  Result<std::shared_ptr<const Counted>> get(const std::string& declaration, std::chrono::milliseconds patience);
  // bind_rule, where a name may also be one of these; such operands are numbered from the declared program's size on.
  static Result<std::vector<profile::RuleOperand>> bind(const Expression& rule, const profile::FeatureProgram& declared, const Counted* tried);

 private:
  struct Set {
    std::string key;
    std::shared_ptr<const profile::FeatureProgram> program;
    std::shared_ptr<const Counted> counted;
    std::optional<Error> failed;
  };
  Result<std::shared_ptr<const profile::FeatureProgram>> compile(const std::string& declaration) const;
  void run();
  Result<std::shared_ptr<const Counted>> count(std::shared_ptr<const profile::FeatureProgram> program) const;

  pipeline::Pipeline& pipeline_;
  const std::shared_ptr<const profile::FeatureProgram> declared_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::list<Set> sets_;       // the latest asked for first
  std::vector<std::string> wanted_;  // keys to be counted, in order
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::app
