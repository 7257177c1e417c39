#include "collect/quarantine_view.h"

#include <utility>

#include "event/frozen_map.h"

namespace furrow::collect {
namespace {

// Counting down, so that keys in order are newest first.
std::string key_of(LogPosition position) {
  uint64_t inverted = __builtin_bswap64(~position.value);
  return {reinterpret_cast<const char*>(&inverted), sizeof inverted};
}
LogPosition position_of(std::string_view key) {
  uint64_t inverted = ByteReader(key).u64();
  return {~__builtin_bswap64(inverted)};
}

std::string encode_entry(const QuarantineRecord& record) {
  std::string value;
  ByteWriter out(value);
  out.i64(record.time.micros);
  out.bytes(record.code);
  out.bytes(record.source);
  return value;
}

QuarantineEntry decode_entry(std::string_view key, std::string_view value) {
  ByteReader in(value);
  QuarantineEntry entry;
  entry.position = position_of(key);
  entry.time.micros = in.i64();
  entry.code = in.bytes();
  entry.source = in.bytes();
  return entry;
}

void write_counts(ByteWriter& out, const std::map<std::string, uint64_t>& counts) {
  out.varint(counts.size());
  for (const auto& [name, n] : counts) {
    out.bytes(name);
    out.varint(n);
  }
}
void read_counts(ByteReader& in, std::map<std::string, uint64_t>& counts) {
  for (uint64_t i = in.varint(); i > 0 && in.ok(); --i) {
    std::string name(in.bytes());
    counts[name] = in.varint();
  }
}

void add(std::map<std::string, uint64_t>& counts, const std::string& name, int64_t by) {
  auto& n = counts[name];
  n += static_cast<uint64_t>(by);
  if (n == 0) counts.erase(name);
}

}  // namespace

Result<std::unique_ptr<QuarantineView>> QuarantineView::open(store::KvStore& kv) {
  FURROW_ASSIGN(store::Space entries, kv.space("quarantine"));
  FURROW_ASSIGN(store::Space state, kv.space("quarantine_state"));
  std::unique_ptr<QuarantineView> view(new QuarantineView(kv, entries, state));
  FURROW_ASSIGN(auto counts, kv.get(state, "counts"));
  if (counts) {
    ByteReader in(*counts);
    view->open_ = in.varint();
    read_counts(in, view->by_code_);
    read_counts(in, view->by_source_);
    if (!in.ok()) return Error(ErrorCode::kStorageCorrupt, "the stored quarantine counts cannot be read; remove the views folder to rebuild it from the log");
  }
  return view;
}

const std::string* QuarantineView::changed(std::string_view key) const {
  if (auto it = changed_.find(key); it != changed_.end()) return &it->second;
  auto it = committing_.find(key);
  return it == committing_.end() ? nullptr : &it->second;
}

Result<std::string> QuarantineView::stored(std::string_view key) const {
  if (const std::string* value = changed(key)) return *value;
  FURROW_ASSIGN(auto value, kv_.get(entries_, key));
  return value ? std::move(*value) : std::string();
}

void QuarantineView::count(std::string_view value, int64_t by) {
  QuarantineEntry entry = decode_entry(key_of({}), value);
  open_ += static_cast<uint64_t>(by);
  add(by_code_, entry.code, by);
  add(by_source_, entry.source, by);
}

Status QuarantineView::apply(const Record& record) {
  if (const auto* kept = std::get_if<QuarantineRecord>(&record.body)) {
    std::lock_guard lock(mutex_);
    std::string value = encode_entry(*kept);
    count(value, 1);
    changed_.insert_or_assign(key_of(record.position), std::move(value));
  } else if (const auto* release = std::get_if<ReleaseRecord>(&record.body)) {
    std::lock_guard lock(mutex_);
    std::string key = key_of(release->quarantined);
    FURROW_ASSIGN(std::string value, stored(key));
    if (value.empty()) return {};
    count(value, -1);
    changed_.insert_or_assign(std::move(key), std::string());
  }
  return {};
}

class QuarantineView::Frozen final : public Gathering {
 public:
  Frozen(const QuarantineView& view, std::string counts, Changes dropped)
      : entries_(view.entries_), state_(view.state_), changes_(view.committing_), counts_(std::move(counts)), dropped_(std::move(dropped)) {}
  bool gather(store::Batch& batch, size_t entries) override {
    bool more = changes_.walk(entries, [&](const std::string& key, const std::string& value) {
      if (value.empty()) {
        batch.erase(entries_, key);
      } else {
        batch.put(entries_, key, value);
      }
    });
    if (!more) batch.put(state_, "counts", std::move(counts_));
    return more;
  }

 private:
  const store::Space entries_, state_;
  FrozenMap<Changes> changes_;
  std::string counts_;
  Changes dropped_;
};

std::unique_ptr<Gathering> QuarantineView::freeze() {
  std::lock_guard lock(mutex_);
  Changes dropped = std::exchange(committing_, std::exchange(changed_, {}));
  return std::make_unique<Frozen>(*this, encoded_counts(), std::move(dropped));
}

std::string QuarantineView::encoded_counts() const {
  std::string counts;
  ByteWriter out(counts);
  out.varint(open_);
  write_counts(out, by_code_);
  write_counts(out, by_source_);
  return counts;
}

Status QuarantineView::visit(std::string_view from, const std::function<bool(std::string_view, std::string_view)>& each) const {
  std::lock_guard lock(mutex_);
  Changes recent = changed_;
  recent.insert(committing_.begin(), committing_.end());
  auto next = recent.lower_bound(from);
  auto cursor = kv_.scan(entries_, from, "");
  while (cursor->valid() || next != recent.end()) {
    bool take_recent = next != recent.end() && (!cursor->valid() || next->first <= cursor->key());
    if (!take_recent) {
      if (!each(cursor->key(), cursor->value())) return {};
      cursor->next();
      continue;
    }
    if (cursor->valid() && cursor->key() == next->first) cursor->next();
    if (!next->second.empty() && !each(next->first, next->second)) return {};
    ++next;
  }
  return cursor->status();
}

Result<Digest> QuarantineView::digest() {
  Digest digest;
  FURROW_TRY(visit("", [&](std::string_view key, std::string_view value) {
    digest.add(std::string(key).append(value));
    return true;
  }));
  digest.add(encoded_counts());
  return digest;
}

uint64_t QuarantineView::open_count() const {
  std::lock_guard lock(mutex_);
  return open_;
}
std::map<std::string, uint64_t> QuarantineView::by_code() const {
  std::lock_guard lock(mutex_);
  return by_code_;
}
std::map<std::string, uint64_t> QuarantineView::by_source() const {
  std::lock_guard lock(mutex_);
  return by_source_;
}

Result<std::vector<QuarantineEntry>> QuarantineView::list(const QuarantineFilter& filter, size_t limit) const {
  std::vector<QuarantineEntry> found;
  if (limit == 0) return found;
  std::string from = filter.before.value > 0 ? key_of({filter.before.value - 1}) : std::string();
  FURROW_TRY(visit(from, [&](std::string_view key, std::string_view value) {
    QuarantineEntry entry = decode_entry(key, value);
    if ((filter.code.empty() || entry.code == filter.code) && (filter.source.empty() || entry.source == filter.source)) found.push_back(std::move(entry));
    return found.size() < limit;
  }));
  return found;
}

Result<bool> QuarantineView::is_open(LogPosition position) const {
  std::lock_guard lock(mutex_);
  FURROW_ASSIGN(std::string value, stored(key_of(position)));
  return !value.empty();
}

}  // namespace furrow::collect
