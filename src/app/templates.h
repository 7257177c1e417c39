// The workspaces that `furrow init` knows: the files under src/app/templates, packed into the program at build time.
// A template is written whole or not at all: the folder must be new or empty, and faults remove nothing that was there.
// Threads: any.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::app {

struct TemplateFile {
  std::string_view name;  // of the template: "shop"
  std::string_view path;  // in the workspace: "features/orders.yaml"
  std::string_view content;
};
std::span<const TemplateFile> template_files();
std::vector<std::string> template_names();

// Writes the template and fresh keys into `folder`; gives the files that were written.
// kInvalidArgument for an unknown template, kConflict when the folder is not empty (or is a file), kIo.
Result<std::vector<std::string>> create_workspace(const std::filesystem::path& folder, std::string_view name);

}  // namespace furrow::app
