#include "identity/linkage.h"

#include <chrono>
#include <cmath>

#include "identity/linkage_copies.h"
#include "identity/linkage_halves.h"

namespace furrow::identity {
namespace {

constexpr size_t kLearningPairs = 400'000;
constexpr double kKeptBits = -12;    // pairs below say nothing
constexpr double kDifferentBits = 5;  // against two records without names, before it counts
constexpr double kLikelyBits = 3;
constexpr size_t kBlockedPairsEach = 4;
constexpr int kClusterRounds = 4;     // at most: what was joined wrongly teaches too
constexpr double kLeastTaught = 0.1;  // share of the pairs in clusters that are in clusters of more than two, for those to teach
constexpr double kLeastRepeated = 0.05;  // share of the records that are in such clusters, for the same
constexpr double kMostGrowth = 2;     // of the pairs in clusters by a round: past it the round learned that anything goes
constexpr double kLeastGrowth = 1.02; // a round that wins less is the last: further ones lose what the first win
constexpr double kMostApart = 0.05;  // share of joined pairs that differ in a name or a birthday; where a round makes more of more, it drifts:
constexpr double kMostApartGrowth = 1.1;  // relatives and namesakes were joined and taught it that birthdays do not matter
constexpr size_t kTaughtEach = 40;    // pairs of a record that teach
constexpr double kAnsweredBits = 60;  // a person's answer outweighs any evidence

class Clock {
 public:
  Clock(std::vector<LinkStage>& stages, const LinkOptions& options) : stages_(stages), options_(options) {}
  void stage(std::string name, uint64_t count) {
    auto now = std::chrono::steady_clock::now();
    stages_.push_back({std::move(name), std::chrono::duration<double>(now - last_).count(), count});
    last_ = now;
    constexpr double kStages = 8;
    if (options_.progress) options_.progress(std::min(1.0, static_cast<double>(stages_.size()) / kStages), count);
  }

 private:
  std::vector<LinkStage>& stages_;
  const LinkOptions& options_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What compared pairs weigh now; those that say nothing are left out.
std::vector<ScoredPair> score_pairs(const LinkResult& result, const LearningPairs& compared) {
  std::vector<LinkModel::PatternBits> worth[2];
  for (bool within : {false, true}) {
    for (const LinkPattern& pattern : compared.patterns) worth[within].push_back(result.model->bits_of(pattern.levels, within));
  }
  auto work = [&](size_t first, size_t last) {
    std::vector<ScoredPair> out;
    for (size_t i = first; i < last; ++i) {
      const LearningPairs::Pair& pair = compared.pairs[i];
      const Levels& levels = compared.patterns[pair.pattern].levels;
      const uint32_t *codes_a = result.records.codes(pair.a), *codes_b = result.records.codes(pair.b);
      double bits = result.answered(pair.a, pair.b).value_or(result.model->bits(worth[pair.within][pair.pattern], levels, codes_a, codes_b, pair.within));
      if (bits > kKeptBits) out.push_back({pair.a, pair.b, static_cast<float>(bits)});
    }
    return out;
  };
  std::vector<ScoredPair> halves[2];
  in_halves(compared.pairs.size(), [&](size_t half, size_t first, size_t last) { halves[half] = work(first, last); });
  halves[0].insert(halves[0].end(), halves[1].begin(), halves[1].end());
  return std::move(halves[0]);
}

// Candidates: near records, those of them that teach when not all do, and what blocking added. Each is compared once.
struct Candidates {
  LearningPairs near, share, blocked;
  const LearningPairs& learning() const { return share.pairs.empty() ? near : share; }
  std::vector<ScoredPair> score(const LinkResult& result) const {
    std::vector<ScoredPair> scored = score_pairs(result, near), more = score_pairs(result, blocked);
    scored.insert(scored.end(), more.begin(), more.end());
    return scored;
  }
};

LearningPairs compare_all(const LinkResult& result, const std::vector<PairKey>& pairs) {
  return compare_for_learning(result.records, *result.levels, pairs, std::max<size_t>(1, pairs.size()));
}

// Whether a source repeats people. Two alike records of one source are one person when other sources know them as one, and two when
// each has its own, better partner there.
void find_clean_sources(LinkResult& result, const std::vector<ScoredPair>& scored, const LinkOptions& options) {
  const LinkRecords& records = result.records;
  size_t n = records.sources().size();
  struct Partner { float bits = 0; uint32_t record = ~0u; };
  std::vector<Partner> best(records.size());
  for (const ScoredPair& pair : scored) {
    if (pair.bits <= 0 || records.source_of(pair.a) == records.source_of(pair.b)) continue;
    if (pair.bits > best[pair.a].bits) best[pair.a] = {pair.bits, pair.b};
    if (pair.bits > best[pair.b].bits) best[pair.b] = {pair.bits, pair.a};
  }
  std::vector<double> expected(n, 0), together(n, 0), apart(n, 0);
  for (const ScoredPair& pair : scored) {
    size_t s = records.source_of(pair.a);
    if (s != records.source_of(pair.b)) continue;
    expected[s] += probability(pair.bits);
    uint32_t x = best[pair.a].record, y = best[pair.b].record;
    if (pair.bits <= 0 || x == ~0u || y == ~0u || records.source_of(x) != records.source_of(y)) continue;
    (x == y ? together : apart)[s] += 1;
  }
  result.clean.assign(n, false);
  result.duplicate_share.assign(n, 0);
  for (size_t s = 0; s < n; ++s) {
    result.duplicate_share[s] = expected[s] / std::max<double>(1, records.sources()[s].count);
    Duplicates choice = options.duplicates;
    for (const auto& [name, told] : options.by_source) {
      if (name == records.sources()[s].name) choice = told;
    }
    bool found = result.duplicate_share[s] < 0.01 || together[s] < apart[s];
    result.clean[s] = n > 1 && (choice == Duplicates::kNever || (choice == Duplicates::kAuto && found));
  }
}

// Finds the labelled records, and makes their pairs candidates.
void take_answers(LinkResult& result, const std::vector<NamedLabel>& labels, std::vector<PairKey>& pairs) {
  if (labels.empty()) return;
  const LinkRecords& records = result.records;
  std::unordered_map<std::string, uint32_t> places;
  for (uint32_t record = 0; record < records.size(); ++record) {
    places.emplace(records.sources()[records.source_of(record)].name + '\n' + records.id(record), record);
  }
  for (const NamedLabel& label : labels) {
    auto left = places.find(label.left_source + '\n' + label.left_id), right = places.find(label.right_source + '\n' + label.right_id);
    if (left == places.end() || right == places.end() || left->second == right->second) continue;
    PairKey key = pair_key(left->second, right->second);
    result.answers[key] = label.match;
    pairs.push_back(key);
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
}

void learn_from_answers(LinkResult& result) {
  if (result.answers.empty()) return;
  const LinkRecords& records = result.records;
  std::vector<PairKey> pairs;
  for (const auto& [pair, match] : result.answers) pairs.push_back(pair);
  std::sort(pairs.begin(), pairs.end());
  Comparer comparer(records, *result.levels);
  std::vector<LabelledPair> labelled;
  for (PairKey pair : pairs) {
    LabelledPair one{.match = result.answers[pair]};
    uint32_t a = first_of(pair), b = second_of(pair);
    comparer.compare(a, b, one.levels);
    one.codes_a = records.codes(a);
    one.codes_b = records.codes(b);
    one.within = records.source_of(a) == records.source_of(b);
    labelled.push_back(one);
  }
  result.learned_from_labels = result.model->learn_scales(labelled) ? labelled.size() : 0;
}

// Pairs that share a key of a chosen rule and were no neighbours.
void add_blocked_pairs(LinkResult& result, Candidates& candidates, std::vector<ScoredPair>& scored) {
  std::vector<ScoredPair> likely;
  for (const ScoredPair& pair : scored) {
    if (pair.bits > kLikelyBits) likely.push_back(pair);
  }
  Blocks blocks = block(result.records, likely, kBlockedPairsEach * result.records.size());
  std::vector<PairKey> fresh;
  auto near = candidates.near.pairs.begin(), end = candidates.near.pairs.end();  // both ascend
  for (PairKey pair : blocks.pairs) {
    while (near != end && pair_key(near->a, near->b) < pair) ++near;
    if (near == end || pair_key(near->a, near->b) != pair) fresh.push_back(pair);
  }
  candidates.blocked = compare_all(result, fresh);
  std::vector<ScoredPair> more = score_pairs(result, candidates.blocked);
  scored.insert(scored.end(), more.begin(), more.end());
  result.candidates = candidates.near.pairs.size() + candidates.blocked.pairs.size();
  result.rules = std::move(blocks.rules);
}

// Joins records into people; what was accepted.
std::vector<ScoredPair> cluster_records(LinkResult& result, const std::vector<ScoredPair>& scored) {
  const LinkRecords& records = result.records;
  std::vector<ScoredPair> accepted;
  for (const ScoredPair& pair : scored) {
    if (pair.bits > result.threshold_bits) accepted.push_back(pair);
  }
  ClusterOptions clustering;
  clustering.threshold_bits = result.threshold_bits;
  clustering.clean = result.clean;
  clustering.source_of = [&](uint32_t record) { return records.source_of(record); };
  Comparer comparer(records, *result.levels);
  Levels told{};
  clustering.score = [&](uint32_t a, uint32_t b) {
    if (a > b) std::swap(a, b);
    comparer.compare(a, b, told);
    double bits = result.bits(a, b, told);
    return bits_in_cluster(result, bits, told, records.source_of(a) == records.source_of(b));
  };
  clustering.answer = [&](uint32_t a, uint32_t b) {
    auto at = result.answers.find(pair_key(a, b));
    return at == result.answers.end() ? 0 : at->second ? 1 : -1;
  };
  result.person = cluster_pairs(records.size(), accepted, clustering);
  return accepted;
}

// All pairs of two records of one person, of large ones a share; none where few people have more than two records: then the best pairs
// have taught all that there is, and a few false triples would teach the rest.
std::vector<PairKey> pairs_to_teach(const std::vector<uint32_t>& person) {
  std::vector<std::pair<uint32_t, uint32_t>> members;
  for (uint32_t record = 0; record < person.size(); ++record) members.emplace_back(person[record], record);
  std::sort(members.begin(), members.end());
  std::vector<PairKey> pairs;
  size_t of_larger = 0, repeated = 0;
  for (size_t i = 0; i < members.size();) {
    size_t end = i;
    while (end < members.size() && members[end].first == members[i].first) ++end;
    size_t before = pairs.size(), step = std::max<size_t>(1, (end - i) / kTaughtEach);
    for (size_t x = i; x < end; ++x) {
      for (size_t y = x + 1; y < end; y += step) pairs.push_back(pair_key(members[x].second, members[y].second));
    }
    if (end - i > 2) of_larger += pairs.size() - before, repeated += end - i;
    i = end;
  }
  bool many = static_cast<double>(of_larger) >= kLeastTaught * static_cast<double>(pairs.size()) &&
              static_cast<double>(repeated) >= kLeastRepeated * static_cast<double>(person.size());
  if (!many) pairs.clear();
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// Rows that a source has many times over are one person, unless it gives one record to a person or somebody told two of them apart.
void join_copies(LinkResult& result) {
  std::vector<std::vector<uint32_t>> groups = copies_of_rows(result.records, kComparedCopies);
  if (groups.empty()) return;
  std::vector<bool> told_apart(result.records.size(), false);
  for (const auto& [pair, one] : result.answers) {
    if (!one) told_apart[first_of(pair)] = told_apart[second_of(pair)] = true;
  }
  std::vector<uint32_t> into(result.records.size());
  for (uint32_t record = 0; record < into.size(); ++record) into[record] = record;
  auto root = [&](uint32_t person) {
    while (into[person] != person) person = into[person] = into[into[person]];
    return person;
  };
  for (const auto& group : groups) {
    if (result.clean[result.records.source_of(group[0])]) continue;
    if (std::any_of(group.begin(), group.end(), [&](uint32_t record) { return told_apart[record]; })) continue;
    for (uint32_t record : group) {
      uint32_t a = root(result.person[group[0]]), b = root(result.person[record]);
      into[std::max(a, b)] = std::min(a, b);
    }
  }
  for (uint32_t& person : result.person) person = root(person);
}

// Of the joined pairs, the share that differ in a name, a birthday or a title.
double share_apart(const LinkResult& result, const std::vector<ScoredPair>& accepted) {
  Comparer comparer(result.records, *result.levels);
  Levels levels{};
  double joined = 0, apart = 0;
  for (const ScoredPair& pair : accepted) {
    if (result.person[pair.a] != result.person[pair.b]) continue;
    comparer.compare(pair.a, pair.b, levels);
    joined += result.model->names_told(levels);
    apart += result.model->names_apart(levels);
  }
  return apart / std::max(1.0, joined);
}

// Where people have many records, what they were joined into teaches the weights, and all is joined anew.
void learn_from_clusters(LinkResult& result, const Candidates& candidates, const LinkOptions& options,
                         std::vector<ScoredPair>& accepted) {
  double apart = -1;
  for (int round = 0; round < kClusterRounds; ++round) {
    std::vector<PairKey> taught = pairs_to_teach(result.person);
    if (taught.empty()) return;
    if (round == 0) apart = share_apart(result, accepted);
    LinkModel before = *result.model;
    std::vector<uint32_t> person = result.person;
    std::vector<bool> clean = result.clean;
    result.model->learn_from_clusters(candidates.learning(), compare_for_learning(result.records, *result.levels, taught, kLearningPairs), person);
    learn_from_answers(result);
    std::vector<ScoredPair> scored = candidates.score(result);
    find_clean_sources(result, scored, options);
    std::vector<ScoredPair> joined = cluster_records(result, scored);
    double growth = static_cast<double>(pairs_to_teach(result.person).size()) / static_cast<double>(taught.size());
    double apart_now = share_apart(result, joined);
    if (growth > kMostGrowth || (apart_now > kMostApart && apart_now > apart * kMostApartGrowth)) {
      result.model = std::make_unique<LinkModel>(std::move(before));
      result.person = std::move(person);
      result.clean = std::move(clean);
      return;
    }
    accepted = std::move(joined);
    apart = apart_now;
    if (growth < kLeastGrowth) return;
  }
}

}  // namespace

double probability(double bits) { return 1 / (1 + std::exp2(-bits)); }

double bits_in_cluster(const LinkResult& linked, double bits, const Levels& levels, bool within) {
  const auto& fields = linked.records.fields();
  bool any_named = std::any_of(fields.begin(), fields.end(), [](const LinkField& field) { return field.identifying; });
  if (bits > linked.threshold_bits || !any_named || linked.model->names_told(levels)) return bits;
  double evidence = bits - linked.model->prior_bits(within);
  return evidence < -kDifferentBits ? linked.threshold_bits + evidence : linked.threshold_bits;
}

double LinkResult::bits(uint32_t a, uint32_t b, Comparer& comparer) const {
  if (a > b) std::swap(a, b);
  Levels found{};
  comparer.compare(a, b, found);
  return bits(a, b, found);
}

double LinkResult::bits(uint32_t a, uint32_t b, const Levels& found) const {
  if (auto told = answered(a, b)) return *told;
  return model->bits(found, records.codes(a), records.codes(b), records.source_of(a) == records.source_of(b));
}

std::optional<double> LinkResult::answered(uint32_t a, uint32_t b) const {
  if (answers.empty()) return {};
  auto at = answers.find(pair_key(a, b));
  if (at == answers.end()) return {};
  return at->second ? kAnsweredBits : -kAnsweredBits;
}

Result<std::unique_ptr<LinkResult>> link(const std::vector<LinkSourceInput>& inputs, const LinkOptions& options) {
  std::vector<LinkStage> stages;
  Clock clock(stages, options);
  FURROW_ASSIGN(LinkRecords built, LinkRecords::build(inputs, options.columns));
  auto result = std::make_unique<LinkResult>(std::move(built));
  LinkRecords& records = result->records;
  clock.stage("records", records.size());
  result->levels = std::make_unique<LevelSet>(records);
  NeighbourIndex index(records);
  clock.stage("index", index.cap());
  size_t each = records.size() > 300'000 ? 6 : records.size() > 50'000 ? 10 : 16;
  std::vector<PairKey> near = index.pairs(each, records.sources().size() > 1 ? each / 2 : each);  // ascending, with the answers too
  take_answers(*result, options.labels, near);
  clock.stage("neighbours", near.size());
  result->model = std::make_unique<LinkModel>(records, *result->levels);
  result->model->sample_u(options.seed, near);
  clock.stage("random pairs", 0);
  Candidates candidates;
  candidates.near = compare_all(*result, near);
  std::vector<PairKey>().swap(near);
  if (candidates.near.pairs.size() > kLearningPairs) candidates.share = share_of(candidates.near, kLearningPairs);
  clock.stage("patterns", candidates.near.patterns.size());
  result->model->fit(candidates.learning());
  learn_from_answers(*result);
  clock.stage("learning", 0);
  std::vector<ScoredPair> scored = candidates.score(*result);
  clock.stage("scores", scored.size());
  add_blocked_pairs(*result, candidates, scored);
  clock.stage("blocking", result->candidates);
  find_clean_sources(*result, scored, options);

  double threshold_bits = std::log2(options.threshold / (1 - options.threshold));
  result->threshold_bits = threshold_bits;
  std::vector<ScoredPair> accepted = cluster_records(*result, scored);
  learn_from_clusters(*result, candidates, options, accepted);
  join_copies(*result);
  for (const ScoredPair& pair : accepted) {
    if (result->person[pair.a] == result->person[pair.b]) result->links.push_back(pair);
  }
  for (uint32_t r = 0; r < records.size(); ++r) result->people += result->person[r] == r;
  clock.stage("clusters", result->people);
  result->stages = std::move(stages);
  return result;
}

}  // namespace furrow::identity
