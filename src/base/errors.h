// The one table of error codes that leave the program: stable text, HTTP status, exit status, whose fault.
// Tests assert codes, never wording. Add a row here and in docs/errors.md (checked by errors_test).
#pragma once
#include <span>
#include <string_view>

namespace furrow {

enum class Fault { kCaller, kData, kEnvironment, kBug };

enum class ErrorCode {
  kInvalidArgument,    // an option or parameter is wrong
  kInvalidJson,        // the body is not JSON
  kInvalidEvent,       // an event breaks the tracking specification
  kInvalidRow,         // a row of a file cannot be read or mapped
  kInvalidFile,        // a whole file cannot be read (format, encoding, header)
  kInvalidWorkspace,   // the declared workspace has faults
  kUnauthorized,       // no or wrong credentials
  kForbidden,          // known, but not allowed
  kNotFound,           // no such thing
  kUnknownPlacement,   // a decision was asked for a placement that is not declared
  kMethodNotAllowed,
  kConflict,           // already exists, or changed meanwhile
  kTooLarge,           // an event, batch or body over its limit
  kUnsupportedMedia,   // content type or encoding not understood
  kTooManyRequests,    // over the rate; see Retry-After
  kUnavailable,        // not ready, draining, or overloaded; try again
  kStorageFull,        // the disk is full; writes are refused until there is room
  kStorageCorrupt,     // a file is torn or damaged; says which and what to do
  kIo,                 // the operating system refused (permission, missing file, port in use)
  kModelMismatch,      // a model does not fit its data or fails its parity check
  kInterrupted,        // stopped by the user; safe to run again
  kInternal,           // a bug
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  // the stable text, snake_case
  int http_status;
  int exit_status;  // 1 failed, 2 usage
  Fault fault;
  std::string_view meaning;
};

const ErrorInfo& error_info(ErrorCode code);
std::span<const ErrorInfo> all_errors();

}  // namespace furrow
