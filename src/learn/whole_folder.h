// A folder that is there whole or not at all: written beside its place under another name, then renamed.
#pragma once
#include <filesystem>
#include <functional>

#include "base/result.h"

namespace furrow::learn {

// `fill` writes into an empty folder that then takes the place of `folder`; what stood there is replaced. The error of `fill`, or
// kIo; then what stood there stays, and nothing is left of the draft. Parents are made. Threads: one a folder.
Status write_whole_folder(const std::filesystem::path& folder, const std::function<Status(const std::filesystem::path& draft)>& fill);

}  // namespace furrow::learn
