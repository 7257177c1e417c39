#include "store/memory_kv.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

namespace furrow::store {
namespace {

using Entries = std::map<std::string, std::string, std::less<>>;

class MemoryCursor : public Cursor {
 public:
  MemoryCursor(std::shared_ptr<const Entries> entries, std::string_view from, std::string_view to)
      : entries_(std::move(entries)), it_(entries_->lower_bound(from)), end_(to.empty() ? entries_->end() : entries_->lower_bound(to)) {
    if (!to.empty() && to <= from) it_ = end_;
  }
  bool valid() const override { return it_ != end_; }
  void next() override { ++it_; }
  std::string_view key() const override { return it_->first; }
  std::string_view value() const override { return it_->second; }
  Status status() const override { return {}; }

 private:
  std::shared_ptr<const Entries> entries_;
  Entries::const_iterator it_, end_;
};

class MemoryKv : public KvStore {
 public:
  Result<Space> space(std::string_view name) override {
    std::lock_guard lock(mutex_);
    if (auto found = names_.find(name); found != names_.end()) return Space{found->second};
    if (names_.size() >= kMaxSpaces) return Error(ErrorCode::kTooLarge, fmt::format("more than {} spaces", kMaxSpaces));
    auto index = static_cast<uint8_t>(names_.size());
    names_.emplace(name, index);
    spaces_.push_back(std::make_shared<Entries>());
    return Space{index};
  }

  Status write(const Batch& batch, const Rest&) override {
    std::lock_guard lock(mutex_);
    for (const auto& op : batch.operations()) {
      Entries& entries = writable(op.space);
      if (op.erase) {
        entries.erase(op.key);
      } else {
        entries.insert_or_assign(op.key, op.value);
      }
    }
    return {};
  }

  Result<std::optional<std::string>> get(Space space, std::string_view key) const override {
    std::lock_guard lock(mutex_);
    const Entries& entries = *spaces_.at(space.index);
    auto found = entries.find(key);
    return found == entries.end() ? std::optional<std::string>() : std::optional<std::string>(found->second);
  }

  std::unique_ptr<Cursor> scan(Space space, std::string_view from, std::string_view to) const override {
    std::lock_guard lock(mutex_);
    return std::make_unique<MemoryCursor>(spaces_.at(space.index), from, to);
  }

  Status clear(Space space) override {
    std::lock_guard lock(mutex_);
    spaces_.at(space.index) = std::make_shared<Entries>();
    return {};
  }

  uint64_t approximate_bytes() const override {
    std::lock_guard lock(mutex_);
    uint64_t bytes = 0;
    for (const auto& entries : spaces_) {
      for (const auto& [key, value] : *entries) bytes += key.size() + value.size();
    }
    return bytes;
  }

 private:
  Entries& writable(Space space) {
    auto& entries = spaces_.at(space.index);
    if (entries.use_count() > 1) entries = std::make_shared<Entries>(*entries);
    return *entries;
  }

  mutable std::mutex mutex_;
  std::map<std::string, uint8_t, std::less<>> names_;
  std::vector<std::shared_ptr<Entries>> spaces_;
};

}  // namespace

std::unique_ptr<KvStore> make_memory_kv() { return std::make_unique<MemoryKv>(); }

}  // namespace furrow::store
