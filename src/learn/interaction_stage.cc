#include "learn/interaction_stage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>

#include "learn/cross_validation.h"
#include "learn/margin_loss.h"

namespace furrow::learn {
namespace {

constexpr double kStageRate = 0.1;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Rows in which an encoded column lies in [low, high).
struct Group {
  uint32_t column = 0;
  float low = -kInfinity, high = kInfinity;
  std::vector<uint32_t> rows;
  size_t below = 0, beyond = 0;  // other rows; one without a value goes where the group is not
  std::vector<std::optional<Forest>> forests;  // one a fold, learnt without it; then that of all rows
};

// The edges between groups of a column of numbers: each value its own group, or as many groups of about equal size as are allowed.
std::vector<float> edges_of(const Samples& samples, size_t column) {
  std::vector<float> values;
  for (size_t i = 0; i < samples.rows(); ++i) {
    const float v = samples.row(i)[column];
    if (v == v) values.push_back(v);
  }
  std::sort(values.begin(), values.end());
  std::vector<float> different = values, edges;
  different.erase(std::unique(different.begin(), different.end()), different.end());
  if (different.size() <= kGroupsOfValues) {
    for (size_t k = 1; k < different.size(); ++k) {
      const float middle = different[k - 1] + (different[k] - different[k - 1]) / 2;
      edges.push_back(middle > different[k - 1] ? middle : different[k]);
    }
    return edges;
  }
  for (size_t k = 1; k < kGroupsOfValues; ++k) {
    const float edge = values[k * values.size() / kGroupsOfValues];
    if (edge > values.front() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::vector<Group> groups_of(const InputEncoding& input, const Samples& samples) {
  std::vector<Group> groups;
  auto first = static_cast<uint32_t>(input.first_output);
  if (input.method == EncodingMethod::kOneHot) {
    for (uint32_t k = 0; k < input.outputs; ++k) groups.push_back({first + k, 0.5f, kInfinity, {}, 0, 0, {}});
  } else if (input.method != EncodingMethod::kWords && input.method != EncodingMethod::kTime) {
    std::vector<float> edges = edges_of(samples, first);
    float low = -kInfinity;
    edges.push_back(kInfinity);
    for (size_t e = 0; e < edges.size() && edges.size() > 1; low = edges[e++]) groups.push_back({first, low, edges[e], {}, 0, 0, {}});
  }
  for (Group& group : groups) {
    for (uint32_t i = 0; i < samples.rows(); ++i) {
      const float v = samples.row(i)[group.column];
      if (v >= group.low && v < group.high) group.rows.push_back(i);
      else if (v >= group.high || (v != v && group.low == -kInfinity)) ++group.beyond;
      else ++group.below;
    }
  }
  return groups;
}

// The tree where the group's condition holds, and nothing elsewhere. A right child stands just after its left one, as XGBoost lays them out.
Tree within(const Group& group, const Tree& tree) {
  Tree out;
  const float cover = tree.cover[0], share = cover / static_cast<float>(group.rows.size());
  const float below = share * static_cast<float>(group.below), beyond = share * static_cast<float>(group.beyond);
  auto node = [&](float threshold, float rows, int32_t left, bool missing_left) {
    out.left.push_back(left);
    out.right.push_back(left < 0 ? -1 : left + 1);
    out.feature.push_back(left < 0 ? 0 : static_cast<int32_t>(group.column));
    out.threshold.push_back(threshold);
    out.cover.push_back(rows);
    out.default_left.push_back(missing_left);
  };
  const bool low = group.low > -kInfinity, high = group.high < kInfinity;
  // Before the tree's own nodes come the conditions and the leaves beside it; its root takes the place left for it.
  if (low) {
    node(group.low, cover + below + beyond, 1, true);
    node(0, below, -1, false);
  }
  if (high) {
    node(group.high, cover + beyond, static_cast<int32_t>(out.nodes()) + 1, low);
  }
  const size_t root = out.nodes();
  const int32_t moved = static_cast<int32_t>(root) + (high ? 1 : 0);  // of a node of the tree that is not its root
  for (size_t n = 0; n < tree.nodes(); ++n) {
    const bool leaf = tree.is_leaf(n);
    out.left.push_back(leaf ? -1 : tree.left[n] + moved);
    out.right.push_back(leaf ? -1 : tree.right[n] + moved);
    out.feature.push_back(tree.feature[n]);
    out.threshold.push_back(tree.threshold[n]);
    out.cover.push_back(tree.cover[n]);
    out.default_left.push_back(tree.default_left[n]);
    if (n == 0 && high) node(0, beyond, -1, false);
  }
  out.depth = tree.depth + low + high;
  return out;
}

class Stage {
 public:
  Stage(Task task, const Encoder& encoder, const Samples& samples, const std::vector<int>& fold, const StageOptions& options, StageMargins& margins)
      : task_(task), encoder_(encoder), samples_(samples), fold_(fold), options_(options), margins_(margins), folds_(margins.without.size()), blind_(samples) {}

  Result<InteractionStage> run() {
    struct Chosen {
      const InputEncoding* input;
      std::vector<Group> groups;
    };
    std::vector<Chosen> chosen;
    for (const std::string& name : options_.compared) {
      for (const InputEncoding& input : encoder_.inputs()) {
        if (input.name != name) continue;
        for (size_t c = input.first_output; c < input.first_output + input.outputs; ++c) {
          for (size_t i = 0; i < samples_.rows(); ++i) blind_.values[i * samples_.columns + c] = 0;
        }
        if (options_.monotone.empty() || options_.monotone[input.first_output] == 0) chosen.push_back({&input, groups_of(input, samples_)});
      }
    }
    std::stable_sort(chosen.begin(), chosen.end(), [](const Chosen& a, const Chosen& b) { return a.groups.size() < b.groups.size(); });
    for (Chosen& c : chosen) {
      std::erase_if(c.groups, [&](const Group& group) { return !enough(group.rows); });
      if (!c.groups.empty() && folds_ >= 2) FURROW_TRY(take(c.input->name, c.groups));
    }
    return std::move(out_);
  }

 private:
  // Rows without a weight are none.
  bool enough(const std::vector<uint32_t>& rows) const {
    size_t counted = 0, positives = 0;
    for (uint32_t i : rows) {
      if (!samples_.weights.empty() && !(samples_.weights[i] > 0)) continue;
      ++counted;
      positives += samples_.labels[i] > 0;
    }
    return (task_ == Task::kRegression ? counted : std::min(positives, counted - positives)) >= kLeastOfGroup;
  }

  // Learns from the group's rows outside the fold (all, for the last).
  Status fit(Group& group, size_t f) const {
    std::vector<uint32_t> rows;
    for (uint32_t i : group.rows) {
      if (f == folds_ || fold_[i] != static_cast<int>(f)) rows.push_back(i);
    }
    if (!enough(rows)) return {};
    Samples train = blind_.subset(rows);
    BoostingOptions boosting;
    boosting.rounds = kStageRounds;
    boosting.depth = 1;
    boosting.learning_rate = kStageRate;
    boosting.row_share = boosting.column_share = 1;
    boosting.l2 = 5;
    boosting.min_child_weight = options_.min_child_weight;
    boosting.monotone = options_.monotone;
    boosting.threads = 1;
    boosting.seed = options_.seed;
    const std::vector<double>& start = f == folds_ ? margins_.whole : margins_.without[f];
    for (uint32_t i : rows) boosting.start.push_back(static_cast<float>(start[i]));
    FURROW_ASSIGN(Boosted boosted, boost(task_, train, nullptr, boosting, options_.stop));
    FURROW_ASSIGN(Forest forest, Forest::parse(boosted.json));
    group.forests[f] = std::move(forest);
    return {};
  }

  // Losses of the fold's rows after each number of rounds; what no stage speaks of keeps its loss.
  std::vector<double> losses(const std::vector<Group>& groups, size_t f) const {
    std::vector<double> sums(kStageRounds + 1, 0);
    std::vector<float> leaves(kStageRounds);
    std::vector<uint8_t> met(samples_.rows(), 0);
    auto everywhere = [&](double loss) { for (double& sum : sums) sum += loss; };
    for (const Group& group : groups) {
      if (!group.forests[f]) continue;
      for (uint32_t i : group.rows) {
        if (fold_[i] != static_cast<int>(f)) continue;
        met[i] = 1;
        group.forests[f]->leaves(blind_.row(i), leaves.data());
        double margin = margins_.without[f][i];
        sums[0] += margin_loss(task_, margin, samples_.labels[i]);
        for (size_t r = 0; r < leaves.size(); ++r) {
          margin += static_cast<double>(leaves[r]);
          sums[r + 1] += margin_loss(task_, margin, samples_.labels[i]);
        }
      }
    }
    for (size_t i = 0; i < samples_.rows(); ++i) {
      if (fold_[i] == static_cast<int>(f) && !met[i]) everywhere(margin_loss(task_, margins_.without[f][i], samples_.labels[i]));
    }
    return sums;
  }

  void add(const std::vector<Group>& groups, size_t f, int rounds) {
    std::vector<float> leaves(kStageRounds);
    for (const Group& group : groups) {
      if (!group.forests[f]) continue;
      for (uint32_t i : group.rows) {
        group.forests[f]->leaves(blind_.row(i), leaves.data());
        double sum = 0;
        for (int r = 0; r < rounds; ++r) sum += static_cast<double>(leaves[static_cast<size_t>(r)]);
        margins_.without[f][i] += sum;
        if (fold_[i] == static_cast<int>(f)) margins_.whole[i] += sum;
      }
    }
  }

  Status take(const std::string& name, std::vector<Group>& groups) {
    for (Group& group : groups) group.forests.resize(folds_ + 1);
    std::mutex one;
    std::optional<Error> fault;
    run_jobs(groups.size() * (folds_ + 1), options_.threads, [&](size_t job) {
      Status status = fit(groups[job / (folds_ + 1)], job % (folds_ + 1));
      std::lock_guard lock(one);
      if (!status.ok() && !fault) fault = std::move(status).error();
    });
    if (fault) return *fault;
    std::vector<std::vector<double>> loss(folds_);
    run_jobs(folds_, options_.threads, [&](size_t f) { loss[f] = losses(groups, f); });
    // The rounds with the least loss in all folds but one; in all of them for `except` == folds.
    auto best = [&](size_t except) {
      std::vector<double> sums(kStageRounds + 1, 0);
      for (size_t f = 0; f < folds_; ++f) {
        for (size_t r = 0; r < sums.size() && f != except; ++r) sums[r] += loss[f][r];
      }
      return static_cast<int>(std::min_element(sums.begin(), sums.end()) - sums.begin());
    };
    InteractionStage::Part part{name, groups.size(), best(folds_), 0, 0};
    for (size_t f = 0; f < folds_; ++f) {
      part.loss_before += loss[f][0] / static_cast<double>(samples_.rows());
      part.loss_after += loss[f][static_cast<size_t>(best(f))] / static_cast<double>(samples_.rows());
    }
    if (part.loss_after >= part.loss_before) part.rounds = 0, part.loss_after = part.loss_before;
    for (size_t f = 0; f < folds_ && part.rounds > 0; ++f) add(groups, f, best(f));
    for (const Group& group : groups) {
      for (int r = 0; r < part.rounds && group.forests[folds_]; ++r) out_.trees.push_back(within(group, group.forests[folds_]->trees()[static_cast<size_t>(r)]));
    }
    out_.parts.push_back(std::move(part));
    return {};
  }

  Task task_;
  const Encoder& encoder_;
  const Samples& samples_;
  const std::vector<int>& fold_;
  const StageOptions& options_;
  StageMargins& margins_;
  size_t folds_;
  Samples blind_;  // the samples, compared inputs the same in all rows
  InteractionStage out_;
};

}  // namespace

Result<InteractionStage> fit_interactions(Task task, const Encoder& encoder, const Samples& samples, const std::vector<int>& fold,
                                          const StageOptions& options, StageMargins& margins) {
  return Stage(task, encoder, samples, fold, options, margins).run();
}

}  // namespace furrow::learn
