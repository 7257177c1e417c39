#include "pipeline/dedupe_view.h"

#include <utility>

namespace furrow::pipeline {
namespace {

std::string key_of(const Hash128& hash) {
  std::string key;
  ByteWriter out(key);
  out.u64(hash.high);
  out.u64(hash.low);
  return key;
}

}  // namespace

class DedupeView::Frozen final : public Gathering {
 public:
  Frozen(const DedupeView& view, HashSet dropped) : view_(view), size_(view.size_), dropped_(std::move(dropped)) {}
  bool gather(store::Batch& batch, size_t entries) override {
    if (view_.committing_.walk(place_, entries, [&](const Hash128& hash) { batch.put(view_.ids_, key_of(hash), ""); })) return true;
    std::string size;
    ByteWriter(size).u64(size_);
    batch.put(view_.state_, "size", std::move(size));
    return false;
  }

 private:
  const DedupeView& view_;
  const uint64_t size_;
  HashSet::Place place_;
  HashSet dropped_;
};

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
    if (changed_.insert(hash128(event->event.message_id))) ++size_;
  }
  return {};
}

std::unique_ptr<Gathering> DedupeView::freeze() {
  HashSet dropped = std::exchange(committing_, std::exchange(changed_, {}));
  return std::make_unique<Frozen>(*this, std::move(dropped));
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
  changed_.each([&](const Hash128& hash) { digest.add(key_of(hash)); });
  committing_.each([&](const Hash128& hash) {
    if (!changed_.contains(hash)) digest.add(key_of(hash));
  });
  return digest;
}

}  // namespace furrow::pipeline
