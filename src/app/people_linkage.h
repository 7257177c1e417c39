// Linkage inside the workspace: what the sources say of people is compared, sure pairs are merged, and what is unsure asks a person.
//
// One record for each profile and source that gave it traits; who is one person already, or was said not to be, teaches the weights
// (labels) and is never asked again. Pairs of at least `sure` become MergeRecords with the rule "linkage", unless a unique identifier, a limit or
// a person's answer keeps them apart; pairs of at least `unsure` go to the review queue, DATA/reviews.json, which each run makes anew.
// An answer is a record of its own in the log: a merge with the rule "review", or a SplitRecord with the rule "apart"; so it is kept for ever,
// and no later run overrides it.
// A run keeps what it learned (linkage_state.h), for those who come later (live_linkage.h).
// Threads: any; one run at a time (kConflict), answers beside it. Memory: linkage.h's, and the traits once as text.
#pragma once
#include <atomic>
#include <filesystem>
#include <mutex>

#include "pipeline/pipeline.h"

namespace furrow::app {

struct LinkageOptions {
  double sure = 0.99, unsure = 0.5;
  uint64_t seed = 1;
};
struct LinkageReport {
  uint64_t records = 0, people = 0, candidates = 0, links = 0;
  uint64_t merged = 0, kept_apart = 0, reviews = 0;
  double seconds = 0;
};

struct ReviewSide {
  ProfileId profile;
  std::string source;
  std::vector<std::pair<std::string, std::string>> values;
};
struct ReviewEvidence {
  std::string comparison, level;
  double bits = 0;
};
struct Review {
  std::string id;
  ReviewSide left, right;
  double probability = 0;
  std::vector<ReviewEvidence> evidence;  // adds up to the log2 of the odds
};

class PeopleLinkage {
 public:
  PeopleLinkage(pipeline::Pipeline& pipeline, const std::filesystem::path& data, const Clock& clock)
      : pipeline_(pipeline), queue_(data / "reviews.json"), folder_(data / "linkage"), clock_(clock) {}
  Result<LinkageReport> run(const LinkageOptions& options);
  // Those that still ask: neither side was answered or merged meanwhile. The surest first.
  Result<std::vector<Review>> reviews() const;
  // kNotFound when the queue has no such review.
  Result<pipeline::PeopleChanged> answer(const std::string& id, bool same, const std::string& actor);

  // Adds to the queue what it does not ask yet; how many those are.
  Result<size_t> ask(std::vector<Review> more);

  // For live_linkage.h: whoever holds it keeps a run waiting; how many runs have kept what they learned.
  std::mutex& work() { return work_; }
  uint64_t learned() const { return learned_; }

 private:
  Status save(const std::vector<Review>& reviews) const;
  pipeline::Pipeline& pipeline_;
  const std::filesystem::path queue_, folder_;
  const Clock& clock_;
  mutable std::mutex queue_mutex_;
  std::mutex running_, work_;
  std::atomic<uint64_t> learned_{0};
};

void write_review(const Review& review, JsonWriter& json);
std::string review_id(ProfileId a, ProfileId b);  // in either order

}  // namespace furrow::app
