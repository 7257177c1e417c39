// The tables that a query sees, made in a database from the lake's files and the log's tail. Inside of query.cc.
#pragma once
#include <string>
#include <string_view>

#include "app/lake.h"
#include "table/database.h"

namespace furrow::app {

class QueryViews {
 public:
  QueryViews(table::Database& database, std::filesystem::path lake, std::string_view sql);
  // Loads the tail of the kinds that the SQL needs, then makes the views over both.
  Status make(const LakeManifest& manifest, const RecordScan& scan);

 private:
  bool needs(RecordKind kind) const;
  Status load_tail(LogPosition after, const RecordScan& scan);
  Status append(const RecordTables& tables);
  Status make_base_views(const LakeManifest& manifest);
  Status load_canonical();

  table::Database& database_;
  std::filesystem::path lake_;
  std::string sql_;  // in small letters
  bool merged_ = false, split_ = false;
};

}  // namespace furrow::app
