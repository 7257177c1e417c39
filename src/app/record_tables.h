// Log records as tables, one a kind: what the lake stores and queries see. Texts are made valid UTF-8 without NUL, since
// quarantined bytes are neither; empty texts are missing.
// Threads: a value. Memory: the most records that were given between two `clear`s, until it goes.
#pragma once
#include <array>
#include <string_view>

#include "event/record.h"
#include "table/table.h"

namespace furrow::app {

enum class RecordKind : uint8_t { kEvents, kDecisions, kOutcomes, kQuarantine, kReleases, kMerges, kModels, kSplits, kSegments };
inline constexpr std::array<std::string_view, 9> kRecordKinds{"events",   "decisions", "outcomes", "quarantine",
                                                              "releases", "merges",    "models",   "splits",    "segments"};

class RecordTables {
 public:
  RecordTables();
  void add(const Record& record);
  static RecordKind kind_of(const Record& record);
  const table::Table& of(RecordKind kind) const { return tables_[static_cast<size_t>(kind)]; }
  size_t records() const { return records_; }
  size_t bytes() const { return bytes_; }  // about
  void clear();  // keeps the memory: growing it anew for every chunk costs a page fault for each 4 KB, and as many copies

 private:
  void add_event(LogPosition position, const EventRecord& record);
  void add_decision(LogPosition position, const DecisionRecord& record);

  std::array<table::Table, kRecordKinds.size()> tables_;
  size_t records_ = 0, bytes_ = 0;
};

}  // namespace furrow::app
