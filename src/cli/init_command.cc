// furrow init DIR --template shop|empty
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "app/keys.h"
#include "app/templates.h"
#include "base/json.h"
#include "cli/commands.h"

namespace furrow::cli {
namespace {

struct InitOptions {
  std::string folder, name = "empty";
  bool json = false;
};

Status init(const InitOptions& options) {
  FURROW_ASSIGN(auto files, app::create_workspace(options.folder, options.name));
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("workspace", options.folder).field("template", options.name).key("files").begin_array();
    for (const auto& file : files) json.text(file);
    json.end_array().end_object();
    std::cout << out << "\n";
    return {};
  }
  std::cout << fmt::format("made the workspace {} from the template \"{}\": {} files\n", options.folder, options.name, files.size());
  std::cout << fmt::format("its keys are in {}/{} (only you can read them)\n", options.folder, app::kKeysPath);
  std::cout << fmt::format("next: furrow check {0} && furrow serve {0}\n", options.folder);
  return {};
}

}  // namespace

void add_init_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<InitOptions>();
  Command command = app.add_subcommand("init", "Make a workspace in a new folder.");
  command.add_option("DIR", options->folder, "The folder; new or empty").required();
  command.add_option("--template", options->name, fmt::format("What to start from: {}", fmt::join(app::template_names(), ", "))).show_default();
  command.add_flag("--json", options->json, "Print one JSON object");
  command.footer("Example: furrow init shop --template shop");
  jobs.add(command, [options] { return init(*options); }, &options->json);
}

}  // namespace furrow::cli
