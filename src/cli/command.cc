#include "cli/command.h"

#include <iostream>

#include "base/json.h"

namespace furrow::cli {

void Jobs::add(CLI::App* leaf, std::function<Status()> job, const bool* json) {
  entries_.push_back({leaf, std::move(job), json});
}

int Jobs::run(const CLI::App& root) const {
  for (const auto& entry : entries_) {
    if (!entry.leaf->parsed() || !entry.leaf->get_subcommands().empty()) continue;
    Status status;
    try {
      status = entry.job();
    } catch (const std::exception& bug) {
      status = Error(ErrorCode::kInternal, bug.what());
    }
    if (status.ok()) return 0;
    const Error& error = status.error();
    if (entry.json && *entry.json) {
      std::string out;
      JsonWriter json(out);
      json.begin_object().key("error").begin_object().field("code", error_info(error.code()).name).field("message", error.message());
      if (!error.field().empty()) json.field("field", error.field());
      if (!error.file().empty()) json.field("file", error.file()).field("line", error.line());
      json.end_object().end_object();
      std::cout << out << std::endl;
    } else {
      std::cerr << "furrow: " << error.to_string() << std::endl;
    }
    return error_info(error.code()).exit_status;
  }
  std::cout << root.help();
  return 2;
}

}  // namespace furrow::cli
