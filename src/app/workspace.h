// The workspace: a folder of YAML that declares one company's loop, loaded and checked as a whole.
//
//   workspace.yaml  identity.yaml  sources/*.yaml  features/*.yaml  segments/*.yaml  webhooks/*.yaml  models/*.yaml  placements/*.yaml  experiments/*.yaml
//   .furrow/keys (write_key=…, api_key=…, mode 600)  .furrow/data (the data directory, unless --data says otherwise)
//
// Each room parses its own part from a YamlNode; this file walks the folder, keeps file names relative to the root in
// every message, and checks what no room can see alone: names used twice, models naming features that are not declared,
// placements naming models that are not declared, experiments naming placements that are not declared.
// Promises: `load` gives a workspace that serves, or kInvalidWorkspace with every fault as "file:line: message" on its
// own line; it never stops at the first. Nothing is written, nothing outside the folder is read.
// Limits: 1,000 files a folder, 1 MiB a file (yaml.h). Threads: a value; read-only after loading, from any thread.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/keys.h"
#include "base/yaml.h"
#include "collect/source.h"
#include "govern/event_rules.h"
#include "pipeline/declarations.h"
#include "predict/model_declaration.h"
#include "reach/webhook.h"

namespace furrow::app {

// A comparison that the dashboard follows: the policy of a placement against its hold-out.
struct ExperimentDeclaration {
  std::string name;
  std::string placement;
  std::string description, description_zh;
  std::string control = "holdout";  // who gets the baseline: the placement's hold-out people
  double alpha = 0.05;              // two-sided error rate of the interval, in (0, 0.5]
  size_t enough_outcomes = 100;     // outcomes in each arm before the result is called readable
  std::string file;
  long line = 0;
};

struct Workspace : pipeline::Declarations {
  std::filesystem::path root;
  std::string name;
  std::string language = "en";  // of the dashboard: en, zh
  std::string currency = "USD";  // ISO 4217
  double exploration = 0.1;      // default of placements: the share of decisions made at random among the eligible
  double holdout = 0.1;          // default of placements: the share of people who get the baseline
  std::vector<collect::SourceDeclaration> sources;
  std::map<std::string, govern::EventRules, std::less<>> governance;  // by source; kLiveSource for the tracking API
  std::vector<reach::WebhookDeclaration> webhooks;
  std::vector<reach::SegmentReaction> reactions;  // of segments, to webhooks
  std::vector<predict::ModelDeclaration> models;
  std::vector<ExperimentDeclaration> experiments;
  Keys keys;  // empty when the folder has none yet; `ensure_keys` (keys.h) makes them

  // kInvalidWorkspace with every fault; kNotFound when `root` is no folder with a workspace.yaml.
  static Result<Workspace> load(const std::filesystem::path& root);

  const govern::EventRules* governance_of(std::string_view source) const;
  const collect::SourceDeclaration* find_source(std::string_view name) const;
  const predict::ModelDeclaration* find_model(std::string_view name) const;
  const decide::PlacementDeclaration* find_placement(std::string_view name) const;
  std::filesystem::path default_data_dir() const { return root / ".furrow" / "data"; }
};

}  // namespace furrow::app
