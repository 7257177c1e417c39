// Every view of the log, driven together: live, in recovery and in `furrow verify`.
//
// One batch checkpoints all of them with the position that they reach, so a restart replays the log from there and
// counts no record twice.
// Threads: as View says; the views' own reads from any.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "collect/quarantine_view.h"
#include "decide/ledger_view.h"
#include "identity/identity_view.h"
#include "pipeline/dedupe_view.h"
#include "pipeline/model_view.h"
#include "profile/profile_view.h"
#include "profile/segment_view.h"
#include "store/log.h"

namespace furrow::pipeline {

struct Declarations;

class ViewSet {
 public:
  static Result<std::unique_ptr<ViewSet>> open(const Declarations& declared, store::KvStore& kv, const store::LogStore& log, size_t profile_cache_bytes);

  Status apply(const Record& record);
  // Everything that changed, and `applied`, at once.
  store::Batch checkpoint();
  // The same in slices (checkpointing.h): a gathering of each view, and the position that ends the batch.
  std::vector<std::unique_ptr<Gathering>> freeze();
  void mark(store::Batch& batch, LogPosition position) const;
  LogPosition applied() const { return applied_; }
  bool needs_rebuild() const { return identity->needs_rebuild() || profiles->needs_rebuild() || ledger->needs_rebuild() || segments->needs_rebuild(); }
  // Bytes that the next checkpoint frees; checkpoint early when they grow.
  size_t pending_bytes() const { return profiles->uncommitted_bytes() + ledger->pending_bytes(); }
  // Applies the log's records after `applied`. `after` is called now and then, and may checkpoint.
  Status replay(const store::LogStore& log, const std::function<Status(uint64_t records)>& after);
  std::array<View*, 7> all() const;

  std::unique_ptr<DedupeView> dedupe;
  std::unique_ptr<identity::IdentityView> identity;
  std::unique_ptr<profile::ProfileView> profiles;
  std::unique_ptr<decide::LedgerView> ledger;
  std::unique_ptr<collect::QuarantineView> quarantine;
  std::unique_ptr<ModelView> models;
  std::unique_ptr<profile::SegmentView> segments;

 private:
  store::Space meta_;
  LogPosition applied_;
};

}  // namespace furrow::pipeline
