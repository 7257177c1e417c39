#include "pipeline/stored_views.h"

#include <fmt/format.h>

#include "pipeline/declarations.h"
#include "store/rocks_kv.h"
#include "store/rocks_log.h"

namespace furrow::pipeline {
namespace {

constexpr size_t kCacheBytes = size_t{128} << 20;

}  // namespace

Result<StoredViews> StoredViews::open(const Declarations& declared, const std::filesystem::path& data_dir, std::stop_token stop) {
  StoredViews stored;
  // The views first: the log that is opened after them reaches at least as far.
  auto kv = store::open_kv_read_only(data_dir / "views", "Nothing is lost: remove the views folder and start the server; it is rebuilt from the log");
  if (!kv.ok() && kv.error().code() != ErrorCode::kNotFound) return std::move(kv).error();
  auto log = store::open_log_read_only(data_dir / "log");
  if (!log.ok() && log.error().code() == ErrorCode::kNotFound) {
    return Error(ErrorCode::kNotFound, fmt::format("there is no data in {} yet: import a source or serve the workspace first", data_dir.string()));
  }
  FURROW_ASSIGN(stored.log, std::move(log));
  if (!kv.ok()) {
    const std::string views = (data_dir / "views").string();
    return Error(ErrorCode::kStorageCorrupt, fmt::format("{} holds no views, and the log has {} records. Nothing is lost: remove what is left of that folder and start the "
                                                         "server; it is rebuilt from the log", views, stored.log->last().value)).at(views);
  }
  stored.kv = std::move(kv).value();
  auto views = ViewSet::open(declared, *stored.kv, *stored.log, kCacheBytes);
  if (!views.ok()) {
    if (views.error().code() != ErrorCode::kForbidden) return std::move(views).error();
    return Error(ErrorCode::kConflict,
                 "the views were not written by these features, identity rules and this version: start the server once, which rebuilds them, and ask again");
  }
  stored.views = std::move(views).value();
  FURROW_TRY(stored.views->replay(*stored.log, [&](uint64_t) {
    return stop.stop_requested() ? Status(Error(ErrorCode::kInterrupted, "the reading of the log was stopped; nothing was changed")) : Status();
  }));
  return stored;
}

}  // namespace furrow::pipeline
