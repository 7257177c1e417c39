#include "app/dedupe_view.h"

namespace furrow::app {
namespace {

std::string key_of(const Hash128& hash) {
  std::string key;
  ByteWriter out(key);
  out.u64(hash.high);
  out.u64(hash.low);
  return key;
}

}  // namespace

Result<std::unique_ptr<DedupeView>> DedupeView::open(store::KvStore& kv) {
  FURROW_ASSIGN(store::Space ids, kv.space("message_ids"));
  FURROW_ASSIGN(store::Space state, kv.space("message_ids_state"));
  FURROW_ASSIGN(auto stored, kv.get(state, "size"));
  return std::unique_ptr<DedupeView>(new DedupeView(kv, ids, state, stored ? ByteReader(*stored).u64() : 0));
}

Result<bool> DedupeView::seen(std::string_view message_id) const {
  Hash128 hash = hash128(message_id);
  if (changed_.contains(hash) || committing_.contains(hash)) return true;
  if (size_ == changed_.size() + committing_.size()) return false;
  FURROW_ASSIGN(auto stored, kv_.get(ids_, key_of(hash)));
  return stored.has_value();
}

Status DedupeView::apply(const Record& record) {
  if (const auto* event = std::get_if<EventRecord>(&record.body)) {
    if (changed_.insert(hash128(event->event.message_id)).second) ++size_;
  }
  return {};
}

void DedupeView::checkpoint(store::Batch& batch) {
  committing_ = std::move(changed_);
  changed_ = {};
  for (const auto& hash : committing_) batch.put(ids_, key_of(hash), "");
  std::string size;
  ByteWriter(size).u64(size_);
  batch.put(state_, "size", std::move(size));
}

Result<Digest> DedupeView::digest() {
  Digest digest;
  auto cursor = kv_.scan(ids_, "", "");
  for (; cursor->valid(); cursor->next()) {
    ByteReader key(cursor->key());
    Hash128 hash{key.u64(), key.u64()};
    if (!changed_.contains(hash) && !committing_.contains(hash)) digest.add(cursor->key());
  }
  FURROW_TRY(cursor->status());
  for (const auto& hash : changed_) digest.add(key_of(hash));
  for (const auto& hash : committing_) {
    if (!changed_.contains(hash)) digest.add(key_of(hash));
  }
  return digest;
}

}  // namespace furrow::app
