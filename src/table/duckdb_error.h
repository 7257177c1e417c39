// What DuckDB says went wrong as an Error: kStorageFull, kIo, kTooLarge, kInterrupted, kForbidden, kInvalidFile, or kInvalidArgument
// for SQL that is wrong. Inside the room only.
#pragma once
#include "base/result.h"

namespace furrow::table {

Error duckdb_error(const char* message);

}  // namespace furrow::table
