// `furrow model train|list|show|promote|rollback DIR` on a workspace's own log and registry.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "app/workspace.h"
#include "cli/command.h"
#include "predict/intent_stage.h"

namespace furrow::cli {

inline constexpr std::string_view kNoModels = "the workspace declares no model: a file under models/ declares one (furrow init --template shop has three)";

struct WorkspaceModelOptions {
  std::string workspace, data, name, version;
  uint64_t seed = 1;
  int threads = 2;
  bool json = false;
};

// The model asked for; the only one when none is. `option`: how a command asks for one, when not by its place.
Result<std::string> model_of(const app::Workspace& workspace, const WorkspaceModelOptions& options, std::string_view option = {});
// Whether DATA of `model train` is a workspace and not a file.
bool is_workspace(const std::string& path);
Status train_workspace_model(const WorkspaceModelOptions& options);
// What `model train` and `intent train` say of one that tells stages.
void print_intent(const predict::IntentTrained& trained);
// list, show, promote and rollback, under the `model` verb.
void add_workspace_model_commands(Command model, Jobs& jobs);
void add_model_life_commands(Command model, Jobs& jobs);  // shadow, canary, approve and watch

}  // namespace furrow::cli
