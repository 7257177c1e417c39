// What could not be accepted and has not been released since: where it stands in the log, why, and from which source.
//
// The raw bytes stay in the log: read the record at the position. A replayed or dismissed record leaves the view.
// Threads: apply, checkpoint and digest from the owning thread; the reads from any.
// Cost: a listing reads from the newest on and stops at `limit`; with filters it may look at all that is open.
// Memory: what changed since the last two checkpoints, and the counts.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "event/view.h"

namespace furrow::collect {

struct QuarantineEntry {
  LogPosition position;
  Time time;
  std::string code, source;
};

struct QuarantineFilter {
  std::string code;     // "": any
  std::string source;   // "": any
  LogPosition before;   // 0: from the newest
};

class QuarantineView : public View {
 public:
  static Result<std::unique_ptr<QuarantineView>> open(store::KvStore& kv);
  std::string_view name() const override { return "quarantine"; }
  Status apply(const Record& record) override;
  std::unique_ptr<Gathering> freeze() override;
  Result<Digest> digest() override;

  uint64_t open_count() const;
  std::map<std::string, uint64_t> by_code() const;
  std::map<std::string, uint64_t> by_source() const;
  // Newest first.
  Result<std::vector<QuarantineEntry>> list(const QuarantineFilter& filter, size_t limit) const;
  Result<bool> is_open(LogPosition position) const;

 private:
  // An empty value says that the position is not open any more.
  using Changes = std::map<std::string, std::string, std::less<>>;
  class Frozen;
  QuarantineView(store::KvStore& kv, store::Space entries, store::Space state) : kv_(kv), entries_(entries), state_(state) {}
  const std::string* changed(std::string_view key) const;
  Result<std::string> stored(std::string_view key) const;  // "" when it is not open
  Status visit(std::string_view from, const std::function<bool(std::string_view key, std::string_view value)>& each) const;
  void count(std::string_view value, int64_t by);
  std::string encoded_counts() const;

  store::KvStore& kv_;
  store::Space entries_, state_;
  mutable std::mutex mutex_;
  Changes changed_, committing_;
  std::map<std::string, uint64_t> by_code_, by_source_;
  uint64_t open_ = 0;
};

}  // namespace furrow::collect
