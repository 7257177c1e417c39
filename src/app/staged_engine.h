// The engine of a workspace whose models have a shadow or a canary: an Engine made of others.
//
// A canary decides for a share of the people, always the same ones: those whose profile id, hashed with the model's and the
// version's name, falls below the share; people who are not known yet are drawn by each request. The record says which version chose.
// A shadow is asked the same question at the same instant, and what it would have scored the chosen action is kept in the
// ShadowLog; it changes nothing. Held-out people have no canary and no shadow: the baseline is the same for all.
// A placement without either costs one look-up. Threads: as Engine; the ShadowLog has its own lock.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "decide/engine.h"

namespace furrow::app {

struct ShadowScore {
  DecisionId decision;
  Time time;
  std::string model, version, serving;   // the shadow's version, and the one that decided
  std::string action, shadow_action;     // chosen, and what the shadow would have put first
  double score = 0, shadow_score = 0;    // of the chosen action
};

// Shadow scores on their way to models/NAME/shadow.jsonl, a line each. Scores beyond kMost between two writes are counted and dropped.
class ShadowLog {
 public:
  static constexpr size_t kMost = 100'000;
  static constexpr size_t kFileBytes = 64 << 20;   // then the file becomes shadow.1.jsonl, and the one before goes

  explicit ShadowLog(std::filesystem::path models) : models_(std::move(models)) {}
  void add(ShadowScore score);
  // What was added since, also written to the files.
  Result<std::vector<ShadowScore>> write();
  uint64_t dropped() const;
  const std::filesystem::path& models() const { return models_; }

 private:
  std::filesystem::path models_;
  mutable std::mutex mutex_;
  std::vector<ShadowScore> waiting_;
  uint64_t dropped_ = 0;
};
// The lines kept of a model, oldest first; broken ones are left out.
Result<std::vector<ShadowScore>> read_shadow_scores(const std::filesystem::path& models, const std::string& model);

// An engine that takes part for one model only.
struct StagedVersion {
  std::string model, version;
  double share = 0;                      // of a canary; 0: a shadow
  std::shared_ptr<const decide::Engine> engine;
};
std::shared_ptr<const decide::Engine> make_staged_engine(std::shared_ptr<const decide::Engine> main, std::vector<StagedVersion> staged, ShadowLog& log);

}  // namespace furrow::app
