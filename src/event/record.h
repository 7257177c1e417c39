// What the log holds: one Record a position. Everything durable is one of these.
//
// The binary form opens with a kind and a version byte; a reader refuses kinds and versions it does not know
// (kStorageCorrupt, naming the position), and never half-reads. Threads: values.
#pragma once
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "event/event.h"

namespace furrow {

// An accepted event and the person it was given to at that moment (a later merge or split may move it). `origin` is the
// profile whose identifier brought it, when that had been merged into `profile`; else 0. Whatever follows events keeps
// origins, so that a merge can be undone.
struct EventRecord {
  ProfileId profile;
  Event event;
  ProfileId origin{};
  ProfileId brought_by() const { return origin ? origin : profile; }
  bool operator==(const EventRecord&) const = default;
};

// Two profiles are one person from here on: `from` lives on in `into`. Undo is a later record, never a deletion.
struct MergeRecord {
  ProfileId from, into;
  Time time;
  std::string rule;  // which rule asked: "identify", "alias", …; "person" when somebody did, "linkage", "review"
  ProfileId from_origin{}, into_origin{};  // whose identifiers met: profiles of the one and the other; 0: `from`, `into`
  std::string actor{};                     // the person who asked; "": a rule did
  ProfileId from_link() const { return from_origin ? from_origin : from; }
  ProfileId into_link() const { return into_origin ? into_origin : into; }
  bool operator==(const MergeRecord&) const = default;
};

struct Reason {
  std::string feature;
  double value = 0;         // NaN when the person had none
  double contribution = 0;  // in the model's margin (log-odds for a probability)
  bool operator==(const Reason&) const;
};

struct DecidedAction {
  std::string id;
  double score = 0;
  double propensity = 0;  // probability that the policy chose this action at this rank, given the ones before
  std::vector<Reason> reasons;
  bool operator==(const DecidedAction&) const = default;
};

struct FiredRule {
  std::string rule;
  std::string effect;              // "excluded" or "boosted"
  std::vector<std::string> actions;
  bool operator==(const FiredRule&) const = default;
};

// One decision as it was made: enough to value any other policy on it later.
struct DecisionRecord {
  DecisionId id;
  ProfileId profile;
  Time time;
  std::string placement;
  std::string policy;            // "baseline", "model", "explore": what chose
  std::string model;             // name, "" when none took part
  std::string model_version;
  bool holdout = false;
  double exploration = 0;        // epsilon in force
  std::string context;           // the request's context, a JSON object
  std::vector<DecidedAction> actions;               // chosen, in rank order
  std::vector<std::pair<std::string, double>> candidates;  // every eligible action and its score
  std::vector<FiredRule> rules;
  std::vector<float> features;   // the shared features as the model saw them, in the model's order
  ProfileId origin{};            // as EventRecord's
  ProfileId brought_by() const { return origin ? origin : profile; }
  bool operator==(const DecisionRecord&) const;
};

// An event that rewards a decision.
struct OutcomeRecord {
  DecisionId decision;
  ProfileId profile;
  Time time;
  std::string event;         // the label of the event
  LogPosition event_position;
  double reward = 0;         // 1 for a conversion, or the declared value (money in the workspace's currency)
  bool named = false;        // the event named the decision; else the placement's window matched
  ProfileId origin{};        // of the event, as EventRecord's
  ProfileId brought_by() const { return origin ? origin : profile; }
  bool operator==(const OutcomeRecord&) const = default;
};

// What could not be accepted, kept with its raw bytes.
struct QuarantineRecord {
  Time time;
  std::string source;
  std::string code;      // stable reason
  std::string message;   // the sentence that was given to the caller
  std::string field;
  std::string file;      // for imports
  uint64_t line = 0;
  std::string raw;
  bool operator==(const QuarantineRecord&) const = default;
};

// A quarantined record was accepted after the mapping was mended, or set aside for good.
struct ReleaseRecord {
  LogPosition quarantined;
  Time time;
  std::string result;  // "replayed" or "dismissed"
  bool operator==(const ReleaseRecord&) const = default;
};

// A model version became the one that decides.
struct ModelRecord {
  Time time;
  std::string model, version;
  std::string action;  // "promoted", "rolled_back"
  std::string actor;
  bool operator==(const ModelRecord&) const = default;
};

// A merge is annulled: what it joined is two people again, as if it had never been, and stays so until a person merges
// them. Says all that views need, so that one record is the whole of it.
struct SplitRecord {
  LogPosition merge;  // of the MergeRecord
  Time time;
  std::string rule;   // "person", "review"
  std::string actor;
  ProfileId stays, leaves;                   // the two people from here on; `stays` was both
  std::vector<ProfileId> staying, leaving;   // every profile of each, `stays` and `leaves` among them
  std::vector<OutcomeRecord> outcomes;       // events that rewarded the other's decision, matched anew to their own
  bool operator==(const SplitRecord&) const = default;
};

// Somebody came to belong to a declared segment, or no longer does. Not an act of the person: it counts for no feature.
struct SegmentRecord {
  ProfileId profile;
  Time time;                   // by the server's clock, when it was noticed
  std::string segment;
  bool entered = false;
  std::string cause;           // "event", "merge", "split", "time" (nothing happened for long enough), "start" (found when the server started)
  LogPosition event_position;  // of the event or merge; 0 when there was none
  bool operator==(const SegmentRecord&) const = default;
};

using RecordBody = std::variant<EventRecord, MergeRecord, DecisionRecord, OutcomeRecord, QuarantineRecord, ReleaseRecord, ModelRecord,
                                SplitRecord, SegmentRecord>;

struct Record {
  LogPosition position;
  RecordBody body;
};

std::string encode_record(const RecordBody& body);
Result<RecordBody> decode_record(std::string_view bytes);

}  // namespace furrow
