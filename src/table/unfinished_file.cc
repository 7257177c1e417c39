#include "table/unfinished_file.h"

#include <unistd.h>

#include <array>
#include <atomic>

namespace furrow::table {
namespace {

// A signal handler reaches only what is not in any object.
std::array<std::atomic<const char*>, kMostUnfinished> unfinished_paths;

}  // namespace

UnfinishedFile::UnfinishedFile(std::string path) : path_(std::move(path)) {
  for (slot_ = 0; slot_ < kMostUnfinished; ++slot_) {
    const char* free = nullptr;
    if (unfinished_paths[slot_].compare_exchange_strong(free, path_.c_str())) break;
  }
}

UnfinishedFile::~UnfinishedFile() {
  const bool remove = !finished_;
  finished();
  if (remove) unlink(path_.c_str());
}

void UnfinishedFile::finished() {
  if (slot_ < kMostUnfinished) unfinished_paths[slot_] = nullptr;
  slot_ = kMostUnfinished;
  finished_ = true;
}

void remove_unfinished_files() noexcept {
  for (const auto& path : unfinished_paths) {
    if (const char* name = path.load()) unlink(name);
  }
}

}  // namespace furrow::table
