#include "pipeline/view_set.h"

#include <fmt/format.h>

#include "pipeline/declarations.h"

namespace furrow::pipeline {
namespace {

constexpr std::string_view kPositionKey = "position";
constexpr size_t kIdentityCacheEntries = 1'000'000;
constexpr uint64_t kReplayStep = 10'000;

}  // namespace

Result<std::unique_ptr<ViewSet>> ViewSet::open(const Declarations& declared, store::KvStore& kv, const store::LogStore& log, size_t profile_cache_bytes) {
  auto set = std::make_unique<ViewSet>();
  FURROW_ASSIGN(set->meta_, kv.space("pipeline"));
  FURROW_ASSIGN(auto position, kv.get(set->meta_, kPositionKey));
  if (position) set->applied_.value = ByteReader(*position).u64();
  FURROW_ASSIGN(set->dedupe, DedupeView::open(kv));
  FURROW_ASSIGN(set->identity, identity::IdentityView::open(declared.identity, kv, kIdentityCacheEntries));
  FURROW_ASSIGN(set->profiles, profile::ProfileView::open(declared.program, kv, profile_cache_bytes, declared.trust));
  FURROW_ASSIGN(set->ledger, decide::LedgerView::open(declared.placements, kv, log));
  FURROW_ASSIGN(set->quarantine, collect::QuarantineView::open(kv));
  FURROW_ASSIGN(set->models, ModelView::open(kv));
  FURROW_ASSIGN(set->segments, profile::SegmentView::open(declared.timezone, kv));
  return set;
}

std::array<View*, 7> ViewSet::all() const {
  return {dedupe.get(), identity.get(), profiles.get(), ledger.get(), quarantine.get(), models.get(), segments.get()};
}

Status ViewSet::apply(const Record& record) {
  FURROW_ASSERT(record.position.value == applied_.value + 1);
  for (View* view : all()) FURROW_TRY(view->apply(record));
  applied_ = record.position;
  return {};
}

store::Batch ViewSet::checkpoint() {
  store::Batch batch;
  for (View* view : all()) view->checkpoint(batch);
  mark(batch, applied_);
  return batch;
}

std::vector<std::unique_ptr<Gathering>> ViewSet::freeze() {
  std::vector<std::unique_ptr<Gathering>> gatherings;
  for (View* view : all()) gatherings.push_back(view->freeze());
  return gatherings;
}

void ViewSet::mark(store::Batch& batch, LogPosition position) const {
  std::string bytes;
  ByteWriter(bytes).u64(position.value);
  batch.put(meta_, std::string(kPositionKey), std::move(bytes));
}

Status ViewSet::replay(const store::LogStore& log, const std::function<Status(uint64_t)>& after) {
  if (applied_.value > log.last().value) {
    return Error(ErrorCode::kStorageCorrupt,
                 fmt::format("the views reach position {} and the log ends at {}: restore the log from a backup, or remove the views folder to go "
                             "on with what the log holds", applied_.value, log.last().value));
  }
  Status failed;
  uint64_t records = 0;
  FURROW_TRY(log.scan({applied_.value + 1}, [&](LogPosition position, std::string_view bytes) {
    auto body = decode_record(bytes);
    if (!body.ok()) {
      failed = Error(ErrorCode::kStorageCorrupt, fmt::format("log position {}: {}", position.value, body.error().message()));
      return false;
    }
    failed = apply({position, std::move(body).value()});
    if (failed.ok() && ++records % kReplayStep == 0) failed = after(records);
    return failed.ok();
  }));
  FURROW_TRY(std::move(failed));
  return after(records);
}

}  // namespace furrow::pipeline
