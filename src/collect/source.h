// A source as declared in a workspace: which files, and how a row becomes an event.
//
//   name: crm
//   description: Customers from the shop's CRM
//   format: csv                    # csv, tsv, jsonl, parquet; each also .gz
//   files: [data/crm.csv]          # relative to the workspace; files on the command line come instead
//   delimiter: ";"                 # found from the content when absent
//   encoding: auto                 # auto, utf-8, gb18030, mixed (row by row)
//   timezone: Asia/Shanghai        # of times without a zone; UTC when absent
//   identical_rows: each           # each: rows that are equal are several events; once: they are one
//   govern: true                   # worn cells read, values in standard form, faults set aside: govern/event_rules.h
//   map: tracking                  # the rows are Segment messages already, or:
//   map:
//     type: identify               # track, identify, page, screen, group, alias
//     user_id: customer_no         # a column …
//     anonymous_id: {column: device, trim: true}
//     time: {column: created, format: "%d/%m/%Y %H:%M", timezone: Asia/Shanghai, default: received}
//     message_id: [order_no, sku]  # columns that name the event; derived from the row when absent
//     event: {const: Order Completed}              # or {column: status, values: {paid: Order Completed}}
//     where: quantity > 0          # other rows are skipped
//     traits:                      # of identify and group; `properties` of the others
//       email: {column: mail, type: email}
//       phone: {column: mobile, type: phone, country: 86}
//       price: {column: amount, type: number, decimal: ","}
//       total: {expression: quantity * unit_price}
//     context: {campaign.name: {const: spring}}
// Names of columns in expressions are the header's; the values of cells that are wholly numbers are numbers there.
// Limits: 256 traits or properties. Threads: values, read-only after loading.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/expression.h"
#include "base/time.h"
#include "base/yaml.h"
#include "collect/time_format.h"
#include "event/event.h"
#include "table/row_reader.h"

namespace furrow::collect {

enum class ValueType : uint8_t { kAsIs, kText, kNumber, kInteger, kBoolean, kTime, kJson, kPhone, kEmail };
enum class OnInvalid : uint8_t { kReject, kEmpty, kKeep };

// Where one field of the event comes from.
struct FieldRule {
  enum class From : uint8_t { kColumn, kConstant, kExpression } from = From::kColumn;
  std::string column;
  std::string constant;
  std::optional<Expression> expression;
  ValueType type = ValueType::kAsIs;      // as is: text from CSV, what the file says from JSON and Parquet
  OnInvalid invalid = OnInvalid::kReject; // what becomes of a value that is not of the type
  std::vector<std::pair<std::string, std::string>> values;  // cell → value; cells not listed are empty
  std::vector<TimeFormat> formats;        // of a time; tried in order
  TimeZone zone = TimeZone::utc();
  std::optional<std::string> fallback;    // for an empty cell; "received" for a time means when it was imported
  bool trim = true, lower = false, upper = false;
  char decimal = '.';
  std::string country;                    // calling code of national phone numbers
  long line = 0;
};

struct MapDeclaration {
  bool tracking = false;  // rows are Segment messages
  EventType type = EventType::kTrack;
  std::optional<FieldRule> user_id, anonymous_id, event, time;
  std::vector<std::string> message_id;  // columns
  std::optional<Expression> where;
  long where_line = 0;
  std::vector<std::pair<std::string, FieldRule>> properties;  // or traits
  std::vector<std::pair<std::string, FieldRule>> context;
};

struct SourceDeclaration {
  std::string name;
  std::string description, description_zh;
  table::Format format = table::Format::kCsv;
  std::vector<std::string> files;
  char delimiter = 0;
  table::Encoding encoding = table::Encoding::kAuto;
  bool identical_once = false;
  MapDeclaration map;
  std::string file;
  long line = 0;

  // Reads one source; faults go to the node's Diagnostics.
  static SourceDeclaration load(const YamlNode& node);
};

}  // namespace furrow::collect
