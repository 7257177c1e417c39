#include "pipeline/declarations.h"
#include "pipeline/pipeline.h"
#include "pipeline/stored_views.h"
#include "store/memory_kv.h"

namespace furrow::pipeline {
namespace {

constexpr size_t kRebuiltCacheBytes = size_t{128} << 20;
constexpr uint64_t kCheckpointRecords = 200'000;

}  // namespace

Result<VerifyReport> verify(const Declarations& declared, const std::string& data_dir, const Logger& logger) {
  FURROW_ASSIGN(auto stored, StoredViews::open(declared, data_dir));
  auto memory = store::make_memory_kv();
  FURROW_ASSIGN(auto rebuilt, ViewSet::open(declared, *memory, *stored.log, kRebuiltCacheBytes));
  uint64_t checkpointed = 0;
  FURROW_TRY(rebuilt->replay(*stored.log, [&](uint64_t records) -> Status {
    if (records - checkpointed < kCheckpointRecords) return {};
    checkpointed = records;
    return memory->write(rebuilt->checkpoint());
  }));

  VerifyReport report;
  report.records = stored.log->last().value;
  report.ok = true;
  auto left = stored.views->all(), right = rebuilt->all();
  for (size_t i = 0; i < left.size(); ++i) {
    FURROW_ASSIGN(Digest was, left[i]->digest());
    FURROW_ASSIGN(Digest is, right[i]->digest());
    report.views.push_back({std::string(left[i]->name()), was.to_string(), is.to_string(), was == is});
    report.ok = report.ok && was == is;
    if (was != is) logger.error("a view differs from its rebuild", {{"view", std::string(left[i]->name())}});
  }
  return report;
}

}  // namespace furrow::pipeline
