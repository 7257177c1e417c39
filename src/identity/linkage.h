// Probabilistic record linkage of files: who is the same person, product or paper, without labels.
//
// link() finds what columns mean (linkage_columns.h), folds values (linkage_records.h), gathers candidate pairs
// (linkage_neighbours.h, linkage_blocking.h), learns a Fellegi-Sunter model (linkage_model.h), and joins records into clusters that refuse
// chains (linkage_cluster.h). Where many people have more than two records the clusters teach the model, and all are joined anew: the best
// pairs of a record that has ten are more alike than most of them. One file is de-duplicated; several are linked across, and within where the data shows duplicates: a
// source that shows none is clean, and gives at most one record to a person.
// Not for the live stream: LinkIndex (linkage_index.h) links one record against what was learned here, and linkage_saved.h keeps it.
// Deterministic for a seed, whatever the number of threads. Memory: see linkage_records.h; besides 8 bytes a candidate pair (at most
// kMostPairsEach a record) and 12 bytes a pair that is kept.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "identity/linkage_blocking.h"
#include "identity/linkage_cluster.h"
#include "identity/linkage_model.h"

namespace furrow::identity {

enum class Duplicates : uint8_t { kAuto, kNever, kAllowed };

// What a person said of a pair; decides it for good, and teaches the weights.
struct NamedLabel {
  std::string left_source, left_id, right_source, right_id;
  bool match = true;
};

struct LinkOptions {
  double threshold = 0.5;  // the least probability of a link
  uint64_t seed = 1;
  ColumnChoice columns;
  Duplicates duplicates = Duplicates::kAuto;               // within one source, when several are linked
  std::vector<std::pair<std::string, Duplicates>> by_source;
  std::vector<NamedLabel> labels;
  std::function<void(double share, uint64_t records)> progress;  // may be empty
};

struct LinkStage {
  std::string name;
  double seconds = 0;
  uint64_t count = 0;
};

struct LinkResult {
  LinkRecords records;
  std::unique_ptr<LevelSet> levels;
  std::unique_ptr<LinkModel> model;
  std::vector<uint32_t> person;      // by record: the lowest record of the cluster
  std::vector<ScoredPair> links;     // accepted, and within one cluster
  std::vector<bool> clean;           // by source
  std::vector<double> duplicate_share;  // by source: expected duplicates a record
  std::vector<LinkStage> stages;
  std::vector<BlockingRule> rules;   // that were chosen
  uint64_t candidates = 0;
  size_t people = 0, learned_from_labels = 0;
  double threshold_bits = 0;         // of a link
  std::unordered_map<PairKey, bool> answers;  // by labels: always or never one person

  LinkResult(LinkRecords given) : records(std::move(given)) {}
  // Of any two records; answers decide. The caller's comparer is used, one a thread.
  double bits(uint32_t a, uint32_t b, Comparer& comparer) const;
  double bits(uint32_t a, uint32_t b, const Levels& levels) const;  // a < b, and how they compare
  std::optional<double> answered(uint32_t a, uint32_t b) const;     // what a person's answer counts; nothing without one
};

Result<std::unique_ptr<LinkResult>> link(const std::vector<LinkSourceInput>& inputs, const LinkOptions& options);

double probability(double bits);  // of the log2 odds

// What a pair that is in one cluster counts, from its bits and levels. Two records of which one tells no name: that they tell little together
// says nothing against them, only what surely differs does. Two orders of one person need not share a device.
double bits_in_cluster(const LinkResult& linked, double bits, const Levels& levels, bool within);

}  // namespace furrow::identity
