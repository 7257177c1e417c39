#include "store/rocks_ingest.h"

#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <queue>
#include <tuple>
#include <vector>

namespace furrow::store {
namespace {

using Operation = Batch::Operation;

constexpr size_t kRun = 2048;              // operations that are sorted at once
constexpr size_t kPieceBytes = 128 << 10;  // written between two rests

auto place(const Operation& operation) { return std::tie(operation.space.index, operation.key); }

// The last operation of each key, in the order of the keys: runs are sorted on their own and merged while they are read.
class LastOfEachKey {
 public:
  LastOfEachKey(const Batch& batch, const Rest& rest) {
    order_.reserve(batch.operations().size());
    for (const Operation& operation : batch.operations()) order_.push_back(&operation);
    for (size_t begin = 0; begin < order_.size(); begin += kRun) {
      size_t end = std::min(begin + kRun, order_.size());
      std::stable_sort(order_.begin() + static_cast<ptrdiff_t>(begin), order_.begin() + static_cast<ptrdiff_t>(end),
                       [](const Operation* a, const Operation* b) { return place(*a) < place(*b); });
      heads_.push({begin, end, order_[begin]});
      if (rest) rest();
    }
  }
  // Nothing at the end.
  const Operation* next() {
    if (heads_.empty()) return nullptr;
    const Operation* last = step();
    while (!heads_.empty() && place(*heads_.top().operation) == place(*last)) last = step();
    return last;
  }

 private:
  struct Head {
    size_t at, end;
    const Operation* operation;
    // For the queue: the least key first, of equal keys the earlier run.
    bool operator<(const Head& other) const {
      auto mine = place(*operation), theirs = place(*other.operation);
      return mine != theirs ? mine > theirs : at > other.at;
    }
  };
  const Operation* step() {
    Head head = heads_.top();
    heads_.pop();
    const Operation* taken = head.operation;
    if (++head.at < head.end) {
      head.operation = order_[head.at];
      heads_.push(head);
    }
    return taken;
  }
  std::vector<const Operation*> order_;
  std::priority_queue<Head> heads_;
};

rocksdb::Status write_file(rocksdb::SstFileWriter& writer, const std::string& file, const Batch& batch, const Rest& rest) {
  auto status = writer.Open(file);
  std::string key;
  size_t written = 0;
  LastOfEachKey operations(batch, rest);
  for (const Operation* one = operations.next(); one && status.ok(); one = operations.next()) {
    key.assign(1, static_cast<char>(one->space.index)).append(one->key);
    status = one->erase ? writer.Delete(key) : writer.Put(key, one->value);
    written += key.size() + one->value.size();
    if (written >= kPieceBytes && rest) {
      rest();
      written = 0;
    }
  }
  return status.ok() ? writer.Finish() : status;
}

}  // namespace

rocksdb::Status ingest(rocksdb::DB& db, const rocksdb::Options& options, const std::filesystem::path& folder, const Batch& batch, const Rest& rest) {
  const std::string file = (folder / kBatchFile).string();
  // What a kill left behind may be a second name of a table that was handed over: never written into.
  std::error_code gone_already;
  std::filesystem::remove(file, gone_already);
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(options), options);
  auto status = write_file(writer, file, batch, rest);
  // What is only in the write-ahead file must not be lost where this is kept.
  if (status.ok()) status = db.SyncWAL();
  if (status.ok()) {
    rocksdb::IngestExternalFileOptions how;
    how.move_files = true;
    how.failed_move_fall_back_to_copy = true;
    how.write_global_seqno = false;
    status = db.IngestExternalFile({file}, how);
  }
  std::filesystem::remove(file, gone_already);
  return status;
}

}  // namespace furrow::store
