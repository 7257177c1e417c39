#include <fmt/format.h>

#include <iostream>

#include "app/workspace.h"
#include "base/json.h"
#include "cli/commands.h"
#include "pipeline/pipeline.h"

namespace furrow::cli {
namespace {

struct VerifyOptions {
  std::string workspace, data;
  bool json = false;
};

Status run(const VerifyOptions& options) {
  FURROW_ASSIGN(auto workspace, app::Workspace::load(options.workspace));
  std::string data = options.data.empty() ? workspace.default_data_dir().string() : options.data;
  Logger logger(LogLevel::kError);
  FURROW_ASSIGN(auto report, pipeline::verify(workspace, data, logger));
  if (options.json) {
    std::string text;
    JsonWriter json(text);
    json.begin_object().field("ok", report.ok).field("records", report.records).key("views").begin_array();
    for (const auto& row : report.views) {
      json.begin_object().field("view", row.view).field("stored", row.stored).field("rebuilt", row.rebuilt).field("equal", row.equal).end_object();
    }
    json.end_array().end_object();
    std::cout << text << '\n';
  } else {
    std::cout << fmt::format("{:<16} {:<44} {}\n", "view", "digest of the stored view", "rebuilt from the log");
    for (const auto& row : report.views) {
      std::cout << fmt::format("{:<16} {:<44} {}\n", row.view, row.stored, row.equal ? "identical" : "DIFFERENT: " + row.rebuilt);
    }
    std::cout << fmt::format("{} records replayed: {}\n", report.records, report.ok ? "every view is what the log says" : "views differ");
  }
  if (report.ok) return {};
  return Error(ErrorCode::kStorageCorrupt, "stored views differ from the log; stop the server, remove the views folder of the data directory "
                                           "and start again: it is rebuilt, and nothing is lost")
      .at(data);
}

}  // namespace

void add_verify_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<VerifyOptions>();
  Command leaf = app.add_subcommand("verify", "Rebuild every view from the log and compare with the stored ones");
  leaf.add_option("DIR", options->workspace, "The workspace").required();
  leaf.add_option("--data", options->data, "Data directory (DIR/.furrow/data when absent)");
  leaf.add_flag("--json", options->json, "Print one JSON object");
  leaf.footer("Example: furrow verify shop");
  jobs.add(leaf, [options] { return run(*options); }, &options->json);
}

}  // namespace furrow::cli
