// FeatureProgram: the declared features compiled once, for live events, as-of reads and training alike.
//
// Compiling removes what is said twice: features that listen to the same events under the same `where` share a selector;
// the same argument is one column; features of one selector and column that differ in window only share a track, whose
// state is grown once, from the newest entry back, and read off as it passes each window's edge. So a read costs one
// pass over the entries, not one a feature.
// Calendar windows and windows that end before `as_of` are frames of their own, each a pass over its own entries. Derived
// features are computed last, in the order of what they read.
// Semantics: feature.h. A value as of `as_of` is over events in [as_of - window, as_of) by event time: an event at
// `as_of` or later never counts, whenever it arrived. No qualifying event: the default, or NaN without one.
// Threads: immutable after compile; every method from any thread.
// Cost: extract about 30 ns a property it needs; evaluate about 5 ns a track and matching entry, no allocation once warm.
// Limits: kMaxFeatures, kMaxSelectors, kMaxColumns.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/expression.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "profile/feature.h"
#include "profile/journal.h"

namespace furrow::profile {

inline constexpr size_t kMaxSelectors = 1000;
inline constexpr size_t kMaxColumns = 1000;

// A feature's value for people: a number, a text (first and last of a text), or missing.
struct FeatureValue {
  double number = 0;  // NaN when missing, and for a text that is no number
  std::string text;   // a text, or a list as JSON; "" otherwise
  bool missing = false;  // an empty text is shown as missing too
};

// The log positions of the events behind a value, newest first.
struct Contribution {
  std::vector<LogPosition> positions;
  uint64_t more = 0;    // qualifying events beyond the limit asked for
  uint64_t folded = 0;  // events older than the journal keeps one by one, of any feature
};

class FeatureProgram {
 public:
  // kInvalidArgument names the definition at fault; load_features has found what it can before.
  static Result<std::shared_ptr<const FeatureProgram>> compile(std::vector<FeatureDefinition> definitions);

  const std::vector<FeatureDefinition>& definitions() const { return definitions_; }
  size_t size() const { return definitions_.size(); }
  std::optional<size_t> index_of(std::string_view name) const;

  // Whether any feature listens to events of this label; without one there is no need to parse its properties.
  bool wants(std::string_view label) const;
  // Makes the journal entry of an event; false when no feature selects it.
  bool extract(std::string_view label, const Fields& properties, Time time, LogPosition position, JournalEntry& entry) const;
  // The same for events that do not come as JSON: a value for each of property_names(), in that order.
  bool extract(std::string_view label, std::span<const Value> properties, Time time, LogPosition position, JournalEntry& entry) const;
  const std::vector<std::string>& property_names() const { return names_; }

  // Every feature as of `as_of`, in the order of definitions(); out.size() == size(). Texts that are no number are NaN.
  void evaluate(const Journal& journal, Time as_of, std::span<double> out) const;
  // The same with texts, for showing.
  std::vector<FeatureValue> read(const Journal& journal, Time as_of) const;
  Contribution contributing(const Journal& journal, size_t feature, Time as_of, size_t limit = 1000) const;

  // The same program reduced to these features and what they are derived from: reads the same journals, and evaluate costs
  // only what they need. The others' values are left as they are in `out`.
  std::shared_ptr<const FeatureProgram> narrowed(std::span<const size_t> features) const;
  // The first instant after `as_of` at which a value could differ without a new event: an entry enters or leaves a window, a
  // calendar period begins. Features that grow by themselves (ages and decays) are not followed: see `grows`.
  std::optional<Time> next_change(const Journal& journal, Time as_of) const;
  // Whether this feature, or one that it is derived from, changes with every instant.
  bool grows(size_t feature) const;
  // Whether an event of this label can change the feature.
  bool listens(size_t feature, std::string_view label) const;

  // Of everything a stored journal depends on: another hash means the journals must be rebuilt from the log. Names,
  // descriptions and defaults do not count, nor does a new feature that needs nothing new kept.
  uint64_t hash() const { return hash_; }
  // How far back finite windows reach; zero when all are lifetime.
  Duration longest_window() const { return longest_window_; }

  // For Journal: the widths of an entry, and folding.
  size_t selector_words() const { return (selectors_.size() + 63) / 64; }
  size_t column_words() const { return (columns_.size() + 63) / 64; }
  bool column_holds_text(size_t column) const { return columns_[column].kind == ColumnKind::kAny; }
  AggregateStates lifetime_states() const;  // empty states of the tracks with a lifetime feature
  void accumulate_lifetime(const Journal::Entry& entry, AggregateStates& states) const;

 private:
  FeatureProgram() = default;
  friend class ProgramCompiler;
  friend class AsOfReader;

  static constexpr uint16_t kNoColumn = UINT16_MAX, kNoTrack = UINT16_MAX;

  // An expression and, for each of its names, its slot among the program's names.
  struct BoundExpression {
    Expression expression;
    std::vector<uint16_t> slots;
    bool is_name;  // nothing but a property: most arguments
  };
  // Windows with a common end. The first ends at `as_of` and holds the lifetime too.
  struct Frame {
    Duration ago;                     // the end, before as_of
    Period period = Period::kNone;    // or a calendar period, `back` periods ago, in zone
    int back = 0;
    uint16_t zone = 0;
    std::vector<Duration> windows;                       // ascending; one of no meaning for a calendar period
    std::vector<std::vector<uint16_t>> window_features;  // of each window; the last is lifetime
  };
  struct Selector {
    std::string key;                  // canonical text of events and where
    std::vector<std::string> events;  // empty: any
    int where = -1;                   // into expressions_
    std::vector<uint16_t> columns;
    std::vector<std::vector<uint16_t>> tracks;  // of each frame
  };
  enum class ColumnKind : uint8_t { kNumber, kHash, kAny, kTruth };
  struct Column {
    std::string key;
    ColumnKind kind;
    int expression;
  };
  // Tracks with a lifetime feature come first in each kind, so that lifetime states are a prefix of all states.
  struct Track {
    StateKind kind;
    uint16_t selector, column = kNoColumn, zone = 0, frame = 0, shape = 0;
    uint16_t state = 0;        // index among the states of its kind
    uint16_t last_window = 0;  // the last window (index in its frame) that needs it
    bool lifetime = false;
  };
  struct Listener {  // what a label concerns
    std::vector<uint16_t> selectors;
    std::vector<uint16_t> names;
  };
  // A name in a derived feature: another feature, or an element of its list.
  struct Input {
    uint16_t feature;
    int element = -1;
  };
  struct Derived {
    uint16_t feature;
    Expression expression;
    std::vector<Input> inputs;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return hash64(text); }
  };
  // What a result is read from and written to.
  struct Reading {
    const Journal& journal;
    Time as_of;
    double number;
    std::string* text;  // null when nobody asks
  };

  const Listener& listener(std::string_view label) const;
  static void append_cell(const Column& column, const Value& value, size_t index, JournalEntry& entry);
  Value evaluate_bound(int expression, std::span<const Value> names) const;
  void accumulate(const Track& track, const Journal::Entry& entry, AggregateStates& states) const;
  // The part of a journal that was accumulated before: entries [0, entries).
  struct Prefix {
    size_t entries = 0;
    AggregateStates lifetime;
  };
  struct Bounds {
    Time begin, end;
  };
  std::vector<size_t> sources_of(std::span<const size_t> features) const;  // with what they are derived from
  Bounds period_bounds(const Frame& frame, Time as_of) const;
  Bounds bounds_of(size_t feature, Time as_of) const;  // begin is the least time for lifetime
  template <class Emit>
  void sweep(const Journal& journal, const Prefix* prefix, Time as_of, AggregateStates& states, Emit&& emit) const;
  template <class Emit>
  void sweep_frame(size_t frame, const Journal& journal, const Prefix* prefix, Time as_of, AggregateStates& states, Emit&& emit) const;
  // `texts`, when not null, has an element for each feature, set to its text, else to "".
  void evaluate(const Journal& journal, const Prefix* prefix, Time as_of, std::span<double> out, std::string* texts) const;
  void derive(std::span<double> out, std::string* texts) const;
  void result(size_t feature, const AggregateStates& states, Reading& reading) const;
  bool pattern_result(size_t feature, const AggregateStates& states, Reading& reading) const;

  std::vector<FeatureDefinition> definitions_;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> by_name_;
  std::vector<std::string> names_;  // every property any expression reads
  std::vector<BoundExpression> expressions_;
  std::vector<Selector> selectors_;
  std::vector<Column> columns_;
  std::vector<Track> tracks_;
  std::vector<std::vector<double>> shapes_;  // parameters that a state needs
  std::vector<uint16_t> feature_track_;      // kNoTrack for a derived one
  std::vector<uint16_t> second_track_;       // of ratio
  std::vector<Derived> derived_;             // what is read comes first
  std::vector<uint8_t> text_needed_;         // by a derived feature
  std::vector<TimeZone> zones_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string, Listener, TextHash, std::equal_to<>> listeners_;
  Listener any_;  // labels that no feature names
  StateCounts all_counts_{}, lifetime_counts_{};
  Duration longest_window_;
  bool any_text_needed_ = false;
  uint16_t label_name_ = UINT16_MAX;  // "event" among names_: not a property but the label
  uint64_t hash_ = 0;
};

// Reads one journal as of many instants, from the earliest to the latest, without going over old entries again: each
// read costs the entries in the longest window and those passed since the read before. Same values as evaluate.
// Borrows both; the journal must not change meanwhile. Threads: one.
class AsOfReader {
 public:
  AsOfReader(const FeatureProgram& program, const Journal& journal)
      : program_(program), journal_(journal), prefix_{0, program.lifetime_states()} {}
  // `as_of` no earlier than in the call before. `texts`: empty, or an element for each feature, set to the text of a first
  // or last that is one.
  void evaluate(Time as_of, std::span<double> out, std::span<std::string> texts = {});

 private:
  const FeatureProgram& program_;
  const Journal& journal_;
  FeatureProgram::Prefix prefix_;
};

}  // namespace furrow::profile
