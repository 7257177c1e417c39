// The views and the log of a data directory, opened for reading only, the views brought up to the log's end: what commands look at
// beside a running server or without one.
// Errors: kInterrupted when it is stopped; kNotFound without data; kStorageCorrupt when the views are damaged or gone, and the log is there;
// kConflict when other features or identity rules wrote the views: then the next start of the server rebuilds them. Threads: the caller's.
#pragma once
#include <filesystem>
#include <memory>
#include <stop_token>

#include "pipeline/view_set.h"
#include "store/kv.h"
#include "store/log.h"

namespace furrow::pipeline {

struct Declarations;

struct StoredViews {
  std::unique_ptr<store::KvStore> kv;
  std::unique_ptr<store::LogStore> log;
  std::unique_ptr<ViewSet> views;  // of kv

  static Result<StoredViews> open(const Declarations& declared, const std::filesystem::path& data_dir, std::stop_token stop = {});
};

}  // namespace furrow::pipeline
