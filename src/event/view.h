// A view: state that is a pure function of the log, applied record by record in order.
//
// The pipeline drives every view the same way live, in recovery and in `furrow verify`: `apply` for each record in log
// order from one thread, and now and then a checkpoint, which puts what changed into a batch that is written together
// with the position it reaches. After a restart the view reads its checkpoint lazily and the log's tail is applied again
// from that position, so a record is never counted twice.
// A checkpoint is frozen in an instant and gathered in slices while records go on being applied, so that nobody waits for
// it: what it holds is the state at `freeze`, to the byte. A view keeps what a checkpoint took readable in memory until
// the next freeze, which therefore says that the last batch was written.
// `digest` hashes the whole state in an order that does not depend on history, so that a rebuilt view can be compared.
// Threads: apply, freeze, gather, checkpoint and digest from the one owning thread; each view says which reads are safe beside it.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "event/record.h"
#include "store/kv.h"

namespace furrow {

// Order-independent: the sum of strong hashes of entries, with their count.
class Digest {
 public:
  void add(std::string_view entry) {
    Hash128 h = hash128(entry);
    high_ += h.high;
    low_ += h.low;
    ++count_;
  }
  uint64_t count() const { return count_; }
  std::string to_string() const;  // 32 hex digits and the count
  bool operator==(const Digest&) const = default;

 private:
  uint64_t high_ = 0, low_ = 0, count_ = 0;
};

// A checkpoint under way. It holds, too, what the view let go of when it was frozen: freeing that takes as long as
// gathering, so let it die on a thread that nobody waits for. Must not outlive its view before it has gathered all.
class Gathering {
 public:
  virtual ~Gathering() = default;
  // Adds about `entries` more to the batch. False when that was the last.
  virtual bool gather(store::Batch& batch, size_t entries) = 0;
};

class View {
 public:
  virtual ~View() = default;
  virtual std::string_view name() const = 0;
  virtual Status apply(const Record& record) = 0;
  // Begins a checkpoint of the records applied so far. Takes microseconds, however much changed. The one before must be
  // gathered and written.
  virtual std::unique_ptr<Gathering> freeze() = 0;
  // The whole of one at once.
  void checkpoint(store::Batch& batch);
  virtual Result<Digest> digest() = 0;
};

}  // namespace furrow
