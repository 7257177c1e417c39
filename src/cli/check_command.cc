// furrow check DIR
#include <fmt/format.h>

#include <iostream>

#include "app/features_in_use.h"
#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"

namespace furrow::cli {
namespace {

struct CheckOptions {
  std::string folder;
  bool json = false;
};

void print_summary(const app::Workspace& workspace, bool as_json) {
  struct Part { const char* name; size_t count; } parts[] = {
      {"sources", workspace.sources.size()}, {"features", workspace.features.size()}, {"segments", workspace.segments.size()}, {"models", workspace.models.size()},
      {"placements", workspace.placements.size()}, {"experiments", workspace.experiments.size()}};
  if (as_json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("ok", true).field("name", workspace.name);
    for (const auto& part : parts) json.field(part.name, part.count);
    json.end_object();
    std::cout << out << "\n";
    return;
  }
  std::string text;
  for (const auto& part : parts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.count, part.name);
  std::cout << fmt::format("{}: ok ({})\n", workspace.name, text);
}

Status check(const CheckOptions& options) {
  auto workspace = app::Workspace::load(options.folder);
  if (workspace) {
    const auto changed = app::features_changed_in_use(*workspace, workspace->default_data_dir());
    if (!changed.empty()) workspace = Error(ErrorCode::kInvalidWorkspace, fmt::format("{}", fmt::join(changed, "\n")));
  }
  if (workspace) {
    print_summary(*workspace, options.json);
    return {};
  }
  if (options.json || workspace.error().code() != ErrorCode::kInvalidWorkspace) return workspace.error();
  // The faults are the result of this command: file:line: message, as editors understand it.
  const std::string& faults = workspace.error().message();
  std::cout << faults << std::endl;
  auto count = 1 + std::count(faults.begin(), faults.end(), '\n');
  return Error(ErrorCode::kInvalidWorkspace, fmt::format("{} {} in {}", count, count == 1 ? "fault" : "faults", options.folder));
}

}  // namespace

void add_check_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<CheckOptions>();
  Command command = app.add_subcommand("check", "Find every fault of a workspace, as file:line: message.");
  command.add_option("DIR", options->folder, "The workspace").required();
  command.add_flag("--json", options->json, "Print one JSON object");
  command.footer("Example: furrow check shop");
  jobs.add(command, [options] { return check(*options); }, &options->json);
}

}  // namespace furrow::cli
