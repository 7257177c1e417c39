// Who comes next: the order of visitors and the state of their intent, for live traffic. Deterministic by the seeds.
// Beside each person's intent it keeps what it would be had they always been shown the baseline, by the same luck: whoever orders now is
// less likely to order at the next visit, so what a policy gains is less than the sum of what each of its offers gains.
// Threads: any; one lock, held for a few microseconds a visit.
#pragma once
#include <mutex>
#include <unordered_map>
#include <vector>

#include "market/history.h"
#include "market/live.h"

namespace furrow::market {

class LiveCrowd {
 public:
  // Lives the market's whole past once, so that every person's intent stands where the history left it.
  explicit LiveCrowd(const LiveOptions& options);

  struct Visitor {
    const Customer* customer;
    Visit visit;  // its offer was shown at `shown`; times are set back so that browsing came before
    Random random;         // of what they do
    Random luck;           // of what comes of it: the same in both worlds
    Stage baseline_stage;  // where their intent would be under the baseline
  };
  Visitor next(Time shown);
  // What became of it, and what would have under the baseline: the person's next stages.
  void left(Visitor& visitor, bool ordered, bool baseline_ordered);
  const Catalogue& catalogue() const { return history_.catalogue(); }

 private:
  History history_;
  VisitPlanner planner_;
  double strangers_;
  uint64_t seed_;
  std::mutex mutex_;
  std::vector<Stage> stages_, baseline_stages_;
  std::vector<uint32_t> order_;
  size_t turn_ = 0, visits_ = 0;
  std::unordered_map<size_t, Customer> new_people_;  // strangers inside the shop now
};

}  // namespace furrow::market
