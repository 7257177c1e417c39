#include "app/query_views.h"

#include <fmt/format.h>

#include <unordered_map>

namespace furrow::app {
namespace {

constexpr size_t kTailRecords = 50'000;

std::string_view name_of(RecordKind kind) { return kRecordKinds[static_cast<size_t>(kind)]; }

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
  if (kind == RecordKind::kMerges || says("query")) return true;
  if (kind == RecordKind::kEvents) return says("events") || says("profiles");
  if (kind == RecordKind::kReleases) return says("quarantine");
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
      source = fmt::format("SELECT * FROM read_parquet([{}], hive_partitioning = false) UNION ALL {}", list, source);
    }
    FURROW_TRY(database_.execute(fmt::format("CREATE VIEW {} AS {}", base_name(kind), source)));
  }
  return {};
}

// Who each merged profile is in the end.
Status QueryViews::load_canonical() {
  FURROW_ASSIGN(table::Table merges, database_.query("SELECT from_id, into_id FROM raw_merges ORDER BY position"));
  std::unordered_map<std::string, std::string> into;
  for (size_t row = 0; row < merges.rows(); ++row) into[merges.column(0).to_text(row)] = merges.column(1).to_text(row);
  table::Column from("profile_id", table::ColumnType::kText), root("canonical_id", table::ColumnType::kText);
  for (const auto& [profile, next] : into) {
    std::string last = next;
    for (size_t steps = 0; steps <= into.size(); ++steps) {
      auto at = into.find(last);
      if (at == into.end()) break;
      last = at->second;
    }
    from.append_text(profile);
    root.append_text(last);
  }
  table::Table canonical;
  canonical.add(std::move(from));
  canonical.add(std::move(root));
  merged_ = canonical.rows() > 0;
  return database_.load("canonical", canonical);
}

Status QueryViews::make(const LakeManifest& manifest, const RecordScan& scan) {
  FURROW_TRY(load_tail(manifest.position, scan));
  FURROW_TRY(make_base_views(manifest));
  FURROW_TRY(load_canonical());
  std::string profile = merged_ ? "coalesce(c.canonical_id, r.profile_id) AS profile_id" : "r.profile_id";
  std::string join = merged_ ? "LEFT JOIN canonical c ON c.profile_id = r.profile_id" : "";
  auto view = [&](std::string_view name, std::string_view columns, std::string_view table) {
    return database_.execute(fmt::format("CREATE VIEW {} AS SELECT {} FROM {} r {}", name,
                                         fmt::format(fmt::runtime(columns), fmt::arg("profile_id", profile)), table, join));
  };
  FURROW_TRY(view("events",
                  "r.message_id, r.type, r.event, {profile_id}, r.user_id, r.anonymous_id, r.time, r.received_at, r.source, "
                  "r.properties, r.context, r.position", "raw_events"));
  FURROW_TRY(view("decisions",
                  "r.decision_id, {profile_id}, r.time, r.placement, r.policy, r.model, r.model_version, r.holdout, r.exploration, "
                  "r.action, r.score, r.propensity, r.context, r.actions, r.candidates, r.rules, r.position", "raw_decisions"));
  FURROW_TRY(view("outcomes", "r.decision_id, {profile_id}, r.time, r.event, r.event_position, r.reward, r.position", "raw_outcomes"));
  return database_.execute(R"sql(
    CREATE VIEW quarantine AS
      SELECT q.position, q.time, q.source, q.code, q.message, q.field, q.file, q.line, q.raw, coalesce(r.result, 'open') AS state
      FROM raw_quarantine q LEFT JOIN (SELECT quarantined, arg_max(result, position) AS result FROM raw_releases GROUP BY 1) r
      ON r.quarantined = q.position;
    CREATE VIEW merges AS SELECT from_id, into_id, time, rule, position FROM raw_merges;
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
