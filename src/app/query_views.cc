#include "app/query_views.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <unordered_map>

namespace furrow::app {
namespace {

constexpr size_t kTailRecords = 50'000;

std::string_view name_of(RecordKind kind) { return kRecordKinds[static_cast<size_t>(kind)]; }

// Of a JSON array of texts without escapes, as record_tables writes profile ids.
Result<std::vector<std::string>> text_list(const std::string& json) {
  std::vector<std::string> list;
  simdjson::dom::parser parser;
  simdjson::dom::array items;
  if (parser.parse(json).get(items)) return Error(ErrorCode::kStorageCorrupt, "a split in the lake does not say which profiles leave; remove the lake folder");
  for (auto item : items) {
    std::string_view text;
    if (!item.get(text)) list.emplace_back(text);
  }
  return list;
}

std::string base_name(RecordKind kind) { return fmt::format("raw_{}", name_of(kind)); }
std::string tail_name(RecordKind kind) { return fmt::format("tail_{}", name_of(kind)); }

}  // namespace

QueryViews::QueryViews(table::Database& database, std::filesystem::path lake, std::string_view sql)
    : database_(database), lake_(std::move(lake)), sql_(sql) {
  for (char& c : sql_) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
}

bool QueryViews::needs(RecordKind kind) const {
  auto says = [&](std::string_view word) { return sql_.find(word) != std::string::npos; };
  // query('…') and query_table('…') can build a name that cannot be seen here.
  if (kind == RecordKind::kMerges || kind == RecordKind::kSplits || says("query")) return true;
  if (kind == RecordKind::kEvents) return says("events") || says("profiles");
  if (kind == RecordKind::kDecisions && says("outcomes")) return true;  // an outcome counts by whose decision it rewards
  if (kind == RecordKind::kReleases) return says("quarantine");
  if (kind == RecordKind::kSegments) return says("segment_changes");
  return says(name_of(kind));
}

Status QueryViews::append(const RecordTables& tables) {
  for (size_t i = 0; i < kRecordKinds.size(); ++i) {
    auto kind = static_cast<RecordKind>(i);
    if (needs(kind) && tables.of(kind).rows() > 0) FURROW_TRY(database_.append(tail_name(kind), tables.of(kind)));
  }
  return {};
}

Status QueryViews::load_tail(LogPosition after, const RecordScan& scan) {
  RecordTables tables;
  for (size_t i = 0; i < kRecordKinds.size(); ++i) {
    auto kind = static_cast<RecordKind>(i);
    FURROW_TRY(database_.create(tail_name(kind), tables.of(kind)));
  }
  Status status;
  FURROW_TRY(scan(LogPosition{after.value + 1}, [&](const Record& record) {
    if (!needs(RecordTables::kind_of(record))) return true;
    tables.add(record);
    if (tables.records() < kTailRecords) return true;
    status = append(tables);
    tables.clear();
    return status.ok();
  }));
  FURROW_TRY(std::move(status));
  return append(tables);
}

Status QueryViews::make_base_views(const LakeManifest& manifest) {
  for (size_t i = 0; i < kRecordKinds.size(); ++i) {
    auto kind = static_cast<RecordKind>(i);
    std::string source = fmt::format("SELECT * FROM {}", tail_name(kind));
    if (auto at = manifest.files.find(name_of(kind)); at != manifest.files.end() && !at->second.empty()) {
      std::string list;
      for (const std::string& file : at->second) list += (list.empty() ? "" : ", ") + table::sql_text((lake_ / file).string());
      source = fmt::format("SELECT * FROM read_parquet([{}], hive_partitioning = false, union_by_name = true) UNION ALL BY NAME {}", list, source);
    }
    FURROW_TRY(database_.execute(fmt::format("CREATE VIEW {} AS {}", base_name(kind), source)));
  }
  return {};
}

// Who each merged profile is in the end, splits taken into account.
Status QueryViews::load_canonical() {
  FURROW_ASSIGN(table::Table changes, database_.query(
      "SELECT from_id, into_id, leaving FROM (SELECT position, from_id, into_id, NULL::VARCHAR AS leaving FROM raw_merges UNION ALL "
      "SELECT position, leaves_id, stays_id, leaving FROM raw_splits WHERE merge_position > 0) ORDER BY position"));
  std::unordered_map<std::string, std::string> person;                // of a merged profile
  std::unordered_map<std::string, std::vector<std::string>> profiles;  // merged into a person
  for (size_t row = 0; row < changes.rows(); ++row) {
    std::string first = changes.column(0).to_text(row), second = changes.column(1).to_text(row);
    if (changes.column(2).is_null(row)) {
      if (first == second || person.contains(first) || person.contains(second)) continue;  // as the views do
      auto& moved = profiles[first];
      auto& into = profiles[second];
      into.push_back(first);
      into.insert(into.end(), moved.begin(), moved.end());
      profiles.erase(first);
      for (const std::string& one : profiles[second]) person[one] = second;
      continue;
    }
    // `first` leaves `second` with all that the list names.
    split_ = true;
    FURROW_ASSIGN(auto leaving, text_list(changes.column(2).to_text(row)));
    auto& stay = profiles[second];
    for (const std::string& one : leaving) {
      std::erase(stay, one);
      person.erase(one);
      if (one != first) {
        person[one] = first;
        profiles[first].push_back(one);
      }
    }
  }
  table::Column from("profile_id", table::ColumnType::kText), root("canonical_id", table::ColumnType::kText);
  for (const auto& [profile, who] : person) {
    from.append_text(profile);
    root.append_text(who);
  }
  table::Table canonical;
  canonical.add(std::move(from));
  canonical.add(std::move(root));
  merged_ = canonical.rows() > 0 || changes.rows() > 0;
  return database_.load("canonical", canonical);
}

Status QueryViews::make(const LakeManifest& manifest, const RecordScan& scan) {
  FURROW_TRY(load_tail(manifest.position, scan));
  FURROW_TRY(make_base_views(manifest));
  FURROW_TRY(load_canonical());
  std::string profile = merged_ ? "coalesce(c.canonical_id, r.origin_id, r.profile_id) AS profile_id" : "r.profile_id";
  std::string join = merged_ ? "LEFT JOIN canonical c ON c.profile_id = coalesce(r.origin_id, r.profile_id)" : "";
  auto view = [&](std::string_view name, std::string_view columns, std::string_view table) {
    return database_.execute(fmt::format("CREATE VIEW {} AS SELECT {} FROM {} r {}", name,
                                         fmt::format(fmt::runtime(columns), fmt::arg("profile_id", profile)), table, join));
  };
  FURROW_TRY(view("events",
                  "r.message_id, r.type, r.event, {profile_id}, r.user_id, r.anonymous_id, r.time, r.received_at, r.source, "
                  "r.properties, r.context, r.position", "raw_events"));
  FURROW_TRY(view("segment_changes", "{profile_id}, r.segment, r.entered, r.time, r.cause, nullif(r.event_position, 0) AS event_position, r.position",
                  "(SELECT *, NULL::VARCHAR AS origin_id FROM raw_segments)"));
  FURROW_TRY(view("decisions",
                  "r.decision_id, {profile_id}, r.time, r.placement, r.policy, r.model, r.model_version, r.holdout, r.exploration, "
                  "r.action, r.score, r.propensity, r.context, r.actions, r.candidates, r.rules, r.position", "raw_decisions"));
  // An outcome by window counts while its event and its decision are one person's; matched anew by a split, it counts from there.
  std::string outcomes = split_ ? "(SELECT o.* FROM raw_outcomes o LEFT JOIN raw_decisions d ON d.decision_id = o.decision_id "
                                   "LEFT JOIN canonical a ON a.profile_id = coalesce(o.origin_id, o.profile_id) "
                                   "LEFT JOIN canonical b ON b.profile_id = coalesce(d.origin_id, d.profile_id) WHERE o.named OR d.decision_id IS NULL OR "
                                   "coalesce(a.canonical_id, o.origin_id, o.profile_id) = coalesce(b.canonical_id, d.origin_id, d.profile_id))"
                                 : "raw_outcomes";
  FURROW_TRY(view("outcomes", "r.decision_id, {profile_id}, r.time, r.event, r.event_position, r.reward, r.position", outcomes));
  return database_.execute(R"sql(
    CREATE VIEW quarantine AS
      SELECT q.position, q.time, q.source, q.code, q.message, q.field, q.file, q.line, q.raw, coalesce(r.result, 'open') AS state
      FROM raw_quarantine q LEFT JOIN (SELECT quarantined, arg_max(result, position) AS result FROM raw_releases GROUP BY 1) r
      ON r.quarantined = q.position;
    CREATE VIEW merges AS SELECT m.from_id, m.into_id, m.time, m.rule, m.actor, m.position, s.position AS undone_at
      FROM raw_merges m LEFT JOIN raw_splits s ON s.merge_position = m.position;
    CREATE VIEW splits AS SELECT merge_position, stays_id, leaves_id, time, rule, actor, position FROM raw_splits;
    CREATE VIEW models AS SELECT time, model, version, action, actor, position FROM raw_models;
    CREATE VIEW profiles AS
      WITH people AS (
        SELECT profile_id, arg_max(user_id, position) AS user_id, arg_max(anonymous_id, position) AS anonymous_id,
               min(time) FILTER (WHERE time BETWEEN TIMESTAMP '1990-01-01' AND received_at + INTERVAL 1 DAY) AS first_seen,
               max(time) FILTER (WHERE time BETWEEN TIMESTAMP '1990-01-01' AND received_at + INTERVAL 1 DAY) AS last_seen, count(*) AS events
        FROM events GROUP BY profile_id),
      latest AS (
        SELECT e.profile_id, t.key, arg_max(t.value, (e.time, e.position)) AS value
        FROM (SELECT * FROM events WHERE type = 'identify') e, json_each(e.properties) t GROUP BY 1, 2),
      traits AS (SELECT profile_id, json_group_object(key, value)::VARCHAR AS traits FROM latest GROUP BY 1)
      SELECT p.profile_id, p.user_id, p.anonymous_id, coalesce(t.traits, '{}') AS traits, p.first_seen, p.last_seen, p.events
      FROM people p LEFT JOIN traits t ON t.profile_id = p.profile_id;
  )sql");
}

}  // namespace furrow::app
