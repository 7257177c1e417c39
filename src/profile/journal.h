// Journal: the compact record of one person's events that the declared features need, sorted by event time.
//
// One entry an event that at least one feature selects: when, where in the log, which selectors matched (a bit each) and
// the values the features aggregate. Windowed features are computed from it when read (program.h), which makes live,
// batch and as-of values the same code and the same number; a late event goes to its place in time.
//
// Folding bounds a live profile's bytes: entries older than the longest finite window and kLateness, counted from the
// newest event (`advance`), become lifetime states, one set for each origin. After folding, reads are exact as of
// `exact_from` or later, and lifetime features count late events however late. More than kMaxEntries entries are folded early:
// `exact_from` says so. Folding depends on nothing but the sequence of calls, so a rebuild from the log folds alike.
// Journals for training are not folded and are exact as of any instant.
//
// Merging two journals is exact. Each entry and each folded state keeps its origin, the profile it came in under, so a
// merge can be undone. Cost: add O(1) at the end, O(size) for a late event. Bytes: about 36 + 8 a value for each entry.
// Threads: a value; no sharing.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "profile/aggregate_states.h"

namespace furrow::profile {

class FeatureProgram;

inline constexpr size_t kMaxEntries = 20'000;        // of a live profile; then the oldest quarter is folded
inline constexpr size_t kFirstFold = 64;             // entries before the first fold is tried
inline constexpr Duration kLateness = days(7);       // as-of reads this far back stay exact
inline constexpr size_t kMaxJournalTextBytes = 256;  // of a first or last text; longer ones are cut
inline constexpr size_t kMaxOrigins = 65'535;

// What FeatureProgram::extract makes of an event. Reused from call to call; `texts` views the event's own memory.
struct JournalEntry {
  Time time;
  LogPosition position;
  std::vector<uint64_t> selectors;      // a bit each
  std::vector<uint64_t> columns;        // a bit for each column that has a value
  std::vector<Cell> cells;              // those values, in column order; text cells number `texts`
  std::vector<std::string_view> texts;
};

class Journal {
 public:
  // An entry in place; borrowed, until the journal changes.
  class Entry {
   public:
    Time time() const { return {static_cast<int64_t>(words_[0])}; }
    uint64_t position() const { return words_[1] & kPositionMask; }
    size_t origin() const { return words_[1] >> kPositionBits; }  // index into origins()
    std::span<const uint64_t> selectors() const { return {words_ + 2, selector_words_}; }
    bool selected(size_t selector) const { return words_[2 + selector / 64] >> (selector % 64) & 1; }
    // The value of a column, or nullptr.
    const Cell* cell(size_t column) const;

   private:
    friend class Journal;
    Entry(const uint64_t* words, uint16_t selector_words, uint16_t column_words)
        : words_(words), selector_words_(selector_words), column_words_(column_words) {}
    const uint64_t* words_;
    uint16_t selector_words_, column_words_;
  };

  size_t size() const { return offsets_.size(); }
  Entry entry(size_t index) const { return {words_.data() + offsets_[index], selector_words_, column_words_}; }
  // The number of entries strictly before `time`: entries [0, n).
  size_t count_before(Time time) const;
  const std::string& text(Cell cell) const { return texts_[text_index(cell)]; }
  const std::vector<ProfileId>& origins() const { return origins_; }

  void add(const FeatureProgram& program, const JournalEntry& entry, ProfileId origin);
  // For feeding many entries of any order: appends; sort() before anything is read, merged or folded.
  void append(const FeatureProgram& program, const JournalEntry& entry, ProfileId origin);
  void sort();  // O(n) when it is sorted already
  void merge(Journal&& other);
  // The undoing: moves the entries and folded states of the origins that `leaves` holds for into another journal.
  Journal take_out(const std::function<bool(ProfileId)>& leaves);
  // Moves the watermark (event time, never later than the time of receipt) and folds when it pays.
  void advance(const FeatureProgram& program, Time watermark);
  // Folds every entry before `border`, unconditionally.
  void fold(const FeatureProgram& program, Time border);
  // Lifetime states of folded entries, an element for each origin that has some.
  struct Folded {
    uint16_t origin = 0;
    uint64_t entries = 0;
    AggregateStates states;
  };
  const std::vector<Folded>& folded() const { return folded_; }
  uint64_t folded_entries() const;
  // Values are exact as of this time or later; the least time when nothing was folded.
  Time exact_from(const FeatureProgram& program) const;

  size_t bytes() const;  // of memory, without sizeof(Journal)
  void encode(ByteWriter& out) const;
  static Result<Journal> decode(ByteReader& in);

 private:
  static constexpr int kPositionBits = 48;
  static constexpr uint64_t kPositionMask = (uint64_t{1} << kPositionBits) - 1;
  size_t entry_end(size_t index) const { return index + 1 < offsets_.size() ? offsets_[index + 1] : words_.size(); }
  std::span<Cell> cells(size_t index);
  uint16_t origin_index(ProfileId origin);
  Cell intern(std::string_view text);
  size_t text_slot(std::string_view text) const;
  void index_texts();
  void build_words(const JournalEntry& entry, ProfileId origin, std::vector<uint64_t>& words);
  void insert_words(std::span<const uint64_t> words);
  void interleave(const Journal& other);
  void fold_first(const FeatureProgram& program, size_t count);
  Folded& folded_of(const FeatureProgram& program, uint16_t origin);
  template <class Visit>
  void for_each_text_cell(Visit&& visit);
  void drop_unused_texts();
  void drop_unused_origins();
  bool decode_entries(ByteReader& in, size_t count);

  // An entry's words: time; position and origin; selector bits; column bits; a cell for each column bit.
  std::vector<uint64_t> words_;
  std::vector<uint32_t> offsets_;
  std::vector<std::string> texts_;
  std::vector<uint32_t> text_slots_;  // open addressing over texts_ when there are many: index plus 1, 0 is free
  std::vector<ProfileId> origins_;
  std::vector<Folded> folded_;
  Time watermark_{INT64_MIN}, folded_before_{INT64_MIN};
  uint32_t fold_at_ = kFirstFold;
  uint16_t selector_words_ = 0, column_words_ = 0;
};

}  // namespace furrow::profile
