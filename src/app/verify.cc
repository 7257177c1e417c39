#include <fmt/format.h>

#include <filesystem>

#include "app/pipeline.h"
#include "app/view_set.h"
#include "app/workspace.h"
#include "store/memory_kv.h"
#include "store/rocks_kv.h"
#include "store/rocks_log.h"

namespace furrow::app {
namespace {

constexpr size_t kCacheBytes = size_t{128} << 20;
constexpr uint64_t kCheckpointRecords = 200'000;

}  // namespace

Result<VerifyReport> verify(const Workspace& workspace, const std::string& data_dir, const Logger& logger) {
  const std::filesystem::path folder = data_dir;
  // The views first: the log that is opened after them reaches at least as far.
  FURROW_ASSIGN(auto kv, store::open_kv_read_only(folder / "views", "Nothing is lost: remove the views folder and start the server; it is rebuilt from the log"));
  FURROW_ASSIGN(auto log, store::open_log_read_only(folder / "log"));
  auto stored = ViewSet::open(workspace, *kv, kCacheBytes);
  if (!stored.ok()) {
    if (stored.error().code() != ErrorCode::kForbidden) return stored.error();
    return Error(ErrorCode::kConflict, "the views were not written by these features and identity rules: start the server once, which rebuilds them, and verify again");
  }
  FURROW_TRY((*stored)->replay(*log, [](uint64_t) { return Status(); }));

  auto memory = store::make_memory_kv();
  FURROW_ASSIGN(auto rebuilt, ViewSet::open(workspace, *memory, kCacheBytes));
  uint64_t checkpointed = 0;
  FURROW_TRY(rebuilt->replay(*log, [&](uint64_t records) -> Status {
    if (records - checkpointed < kCheckpointRecords) return {};
    checkpointed = records;
    return memory->write(rebuilt->checkpoint());
  }));

  VerifyReport report;
  report.records = log->last().value;
  report.ok = true;
  auto left = (*stored)->all(), right = rebuilt->all();
  for (size_t i = 0; i < left.size(); ++i) {
    FURROW_ASSIGN(Digest was, left[i]->digest());
    FURROW_ASSIGN(Digest is, right[i]->digest());
    report.views.push_back({std::string(left[i]->name()), was.to_string(), is.to_string(), was == is});
    report.ok = report.ok && was == is;
    if (was != is) logger.error("a view differs from its rebuild", {{"view", std::string(left[i]->name())}});
  }
  return report;
}

}  // namespace furrow::app
