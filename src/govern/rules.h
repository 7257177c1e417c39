// The rules file of governance: declared, versioned, explained. Everything in it is optional; without a file the defaults hold.
//
//   version: 3                      # yours; the report and every change name it
//   timezone: Asia/Shanghai         # of times that carry none; UTC when absent
//   country: CN                     # of telephone numbers without a country code; told by the column when absent
//   since: 2015-01-01               # earlier times are faults (pre-company)
//   until: 2026-03-01T00:00:00Z     # later ones too (future); the moment of the run when absent
//   duplicates: auto                # rows equal in every cell: reject, keep, or auto (reject where the table has a key)
//   flags: true                     # add the column _faults where rows are suspicious
//   derive: true                    # add province, city, district and code columns of addresses, currencies
//   columns:
//     手机: {meaning: phone, country: CN, invalid: empty}    # invalid: keep (default), empty, reject
//     placed: {meaning: timestamp, timezone: Asia/Shanghai, order: day_first}
//     status: {values: {已付款: paid}}                       # own spellings
//     note: {keep: true}                                    # never touched
// Threads: values. Limits: those of YAML files (base/yaml.h).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/yaml.h"
#include "govern/dates.h"
#include "govern/meaning.h"

namespace furrow::govern {

enum class OnInvalidCell : uint8_t { kKeep, kEmpty, kReject };
enum class DuplicateRows : uint8_t { kAuto, kReject, kKeep };

struct ColumnRule {
  std::string column;
  bool keep = false;
  std::optional<Meaning> meaning;
  std::string country;
  std::optional<TimeZone> zone;
  DateOrder order = DateOrder::kUnknown;
  std::optional<OnInvalidCell> invalid;
  std::map<std::string, std::string> values;
};

struct CleanRules {
  std::string version = "default";
  TimeZone zone = TimeZone::utc();
  std::string country;
  std::optional<Time> since, until;
  DuplicateRows duplicates = DuplicateRows::kAuto;
  bool flags = true;
  bool derive = true;
  std::vector<ColumnRule> columns;

  const ColumnRule* find(std::string_view column) const;
};

Result<CleanRules> load_clean_rules(const std::string& path);
CleanRules read_clean_rules(const YamlNode& node);
// Its parts, for a larger declaration (event_rules.h): version, timezone, country, since, until; one column's rules.
CleanRules read_shared_rules(const YamlNode& node);
ColumnRule read_column_rule(const std::string& name, const YamlNode& node);

}  // namespace furrow::govern
