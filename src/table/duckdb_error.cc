#include "table/duckdb_error.h"

#include <string>
#include <string_view>

namespace furrow::table {

Error duckdb_error(const char* message) {
  std::string text = message ? message : "unknown error";
  auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  ErrorCode code = ErrorCode::kInvalidArgument;
  if (has("INTERRUPT")) code = ErrorCode::kInterrupted;
  else if (has("Out of Memory Error")) code = ErrorCode::kTooLarge;
  else if (has("Permission Error")) code = ErrorCode::kForbidden;
  else if (has("No space left")) code = ErrorCode::kStorageFull;
  else if (has("IO Error")) code = ErrorCode::kIo;
  else if (has("Invalid Input Error") && has("arquet")) code = ErrorCode::kInvalidFile;
  return Error(code, std::move(text));
}

}  // namespace furrow::table
