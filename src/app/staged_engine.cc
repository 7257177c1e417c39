#include "app/staged_engine.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <sodium.h>

#include <cstdio>
#include <map>

#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"

namespace furrow::app {
namespace {

std::filesystem::path shadow_file(const std::filesystem::path& models, const std::string& model, bool earlier) {
  return models / model / (earlier ? "shadow.1.jsonl" : "shadow.jsonl");
}

struct ScratchThread {
  decide::DecideScratch scratch{[] {
    uint64_t seed;
    randombytes_buf(&seed, sizeof seed);
    return seed;
  }()};
};
decide::DecideScratch& shadow_scratch() {
  thread_local ScratchThread thread;
  return thread.scratch;
}

class StagedEngine final : public decide::Engine {
 public:
  StagedEngine(std::shared_ptr<const decide::Engine> main, std::vector<StagedVersion> staged, ShadowLog& log)
      : main_(std::move(main)), staged_(std::move(staged)), log_(log) {}

  Result<DecisionRecord> decide(const decide::DecideRequest& request, const profile::ProfileView& profiles, decide::DecideScratch& scratch) const override {
    const auto* placement = main_->find(request.placement);
    if (!placement || placement->model.empty()) return main_->decide(request, profiles, scratch);
    const decide::Engine* chosen = main_.get();
    const StagedVersion* shadow = nullptr;
    for (const StagedVersion& staged : staged_) {
      if (staged.model != placement->model) continue;
      if (staged.share == 0) shadow = &staged;
      else if (in_canary(staged, request.profile)) chosen = staged.engine.get();
    }
    auto record = chosen->decide(request, profiles, scratch);
    if (record.ok() && shadow && !record->holdout && !record->actions.empty()) look(*shadow, request, profiles, *record);
    return record;
  }
  const std::vector<decide::PlacementDeclaration>& placements() const override { return main_->placements(); }
  const decide::PlacementDeclaration* find(std::string_view placement) const override { return main_->find(placement); }
  std::string_view model_version(std::string_view placement) const override { return main_->model_version(placement); }
  bool held_out(ProfileId profile, const decide::PlacementDeclaration& placement) const override { return main_->held_out(profile, placement); }
  const std::vector<std::shared_ptr<const predict::Scorer>>& scorers() const override { return main_->scorers(); }

 private:
  static bool in_canary(const StagedVersion& canary, ProfileId profile) {
    uint64_t draw = 0;
    if (profile) draw = mix64(profile.value ^ hash64(canary.version, hash64(canary.model)));
    else randombytes_buf(&draw, sizeof draw);
    return static_cast<double>(draw >> 11) * 0x1.0p-53 < canary.share;
  }

  void look(const StagedVersion& shadow, const decide::DecideRequest& request, const profile::ProfileView& profiles, const DecisionRecord& record) const {
    auto other = shadow.engine->decide(request, profiles, shadow_scratch());
    if (!other.ok()) return;
    const DecidedAction& chosen = record.actions[0];
    const std::pair<std::string, double>* best = nullptr;
    for (const auto& candidate : other->candidates) {
      if (!best || candidate.second > best->second) best = &candidate;
    }
    for (const auto& [action, score] : other->candidates) {
      if (action != chosen.id) continue;
      log_.add({record.id, record.time, shadow.model, shadow.version, record.model_version, action, best->first, chosen.score, score});
      return;
    }
  }

  std::shared_ptr<const decide::Engine> main_;
  std::vector<StagedVersion> staged_;
  ShadowLog& log_;
};

void write_line(const ShadowScore& s, std::string& out) {
  JsonWriter json(out);
  json.begin_object().field("decision", s.decision.to_string()).field("time", format_time(s.time)).field("version", s.version).field("serving", s.serving);
  json.field("action", s.action).field("score", s.score).field("shadowScore", s.shadow_score).field("shadowAction", s.shadow_action).end_object();
  out += '\n';
}

Status append(const std::filesystem::path& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "ab");
  bool whole = file && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file && std::fclose(file) != 0) whole = false;
  return whole ? Status() : Status(Error(ErrorCode::kIo, fmt::format("cannot write to {}", path.string())).at(path.string()));
}

}  // namespace

void ShadowLog::add(ShadowScore score) {
  std::lock_guard lock(mutex_);
  if (waiting_.size() < kMost) waiting_.push_back(std::move(score));
  else ++dropped_;
}

uint64_t ShadowLog::dropped() const {
  std::lock_guard lock(mutex_);
  return dropped_;
}

Result<std::vector<ShadowScore>> ShadowLog::write() {
  std::vector<ShadowScore> taken;
  {
    std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  std::map<std::string, std::string> texts;
  for (const ShadowScore& score : taken) write_line(score, texts[score.model]);
  for (const auto& [model, text] : texts) {
    std::filesystem::path path = shadow_file(models_, model, false);
    std::error_code error;
    if (std::filesystem::file_size(path, error) > kFileBytes && !error) std::filesystem::rename(path, shadow_file(models_, model, true), error);
    FURROW_TRY(append(path, text));
  }
  return taken;
}

Result<std::vector<ShadowScore>> read_shadow_scores(const std::filesystem::path& models, const std::string& model) {
  std::vector<ShadowScore> out;
  simdjson::dom::parser parser;
  for (bool earlier : {true, false}) {
    auto text = read_file(shadow_file(models, model, earlier), 4 * ShadowLog::kFileBytes);
    if (!text.ok()) {
      if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
      continue;
    }
    std::string_view rest = *text;
    while (!rest.empty()) {
      size_t end = std::min(rest.find('\n'), rest.size());
      std::string line(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      simdjson::dom::element entry;
      std::string_view id, version, serving;
      ShadowScore score;
      score.model = model;
      if (parser.parse(line).get(entry) || entry["decision"].get(id) || entry["version"].get(version) || entry["serving"].get(serving) ||
          entry["score"].get(score.score) || entry["shadowScore"].get(score.shadow_score)) {
        continue;
      }
      auto decision = DecisionId::parse(id);
      if (!decision.ok()) continue;
      score.decision = *decision;
      score.version = version;
      score.serving = serving;
      out.push_back(std::move(score));
    }
  }
  return out;
}

std::shared_ptr<const decide::Engine> make_staged_engine(std::shared_ptr<const decide::Engine> main, std::vector<StagedVersion> staged, ShadowLog& log) {
  if (staged.empty()) return main;
  return std::make_shared<StagedEngine>(std::move(main), std::move(staged), log);
}

}  // namespace furrow::app
