#include "base/errors.h"

#include <array>

#include "base/result.h"

namespace furrow {
namespace {
constexpr std::array kErrors{
    ErrorInfo{ErrorCode::kInvalidArgument, "invalid_argument", 400, 2, Fault::kCaller, "an option or parameter is wrong"},
    ErrorInfo{ErrorCode::kInvalidJson, "invalid_json", 400, 1, Fault::kCaller, "the body is not JSON"},
    ErrorInfo{ErrorCode::kInvalidEvent, "invalid_event", 400, 1, Fault::kCaller, "an event breaks the tracking specification"},
    ErrorInfo{ErrorCode::kInvalidRow, "invalid_row", 400, 1, Fault::kData, "a row of a file cannot be read or mapped"},
    ErrorInfo{ErrorCode::kInvalidFile, "invalid_file", 400, 1, Fault::kData, "a file cannot be read: its format, encoding or header"},
    ErrorInfo{ErrorCode::kInvalidWorkspace, "invalid_workspace", 400, 1, Fault::kCaller, "the declared workspace has faults"},
    ErrorInfo{ErrorCode::kUnauthorized, "unauthorized", 401, 1, Fault::kCaller, "no or wrong credentials"},
    ErrorInfo{ErrorCode::kForbidden, "forbidden", 403, 1, Fault::kCaller, "known, but not allowed to do this"},
    ErrorInfo{ErrorCode::kNotFound, "not_found", 404, 1, Fault::kCaller, "there is no such thing"},
    ErrorInfo{ErrorCode::kUnknownPlacement, "unknown_placement", 404, 1, Fault::kCaller, "the placement is not declared in the workspace"},
    ErrorInfo{ErrorCode::kMethodNotAllowed, "method_not_allowed", 405, 1, Fault::kCaller, "the address does not take this method"},
    ErrorInfo{ErrorCode::kConflict, "conflict", 409, 1, Fault::kCaller, "it already exists, or changed meanwhile"},
    ErrorInfo{ErrorCode::kTooLarge, "too_large", 413, 1, Fault::kCaller, "an event, batch or body is over its limit"},
    ErrorInfo{ErrorCode::kUnsupportedMedia, "unsupported_media", 415, 1, Fault::kCaller, "the content type or encoding is not understood"},
    ErrorInfo{ErrorCode::kTooManyRequests, "too_many_requests", 429, 1, Fault::kCaller, "over the rate; wait as Retry-After says"},
    ErrorInfo{ErrorCode::kUnavailable, "unavailable", 503, 1, Fault::kEnvironment, "not ready, draining or overloaded; try again"},
    ErrorInfo{ErrorCode::kStorageFull, "storage_full", 503, 1, Fault::kEnvironment, "the disk is full; writes resume when there is room"},
    ErrorInfo{ErrorCode::kStorageCorrupt, "storage_corrupt", 500, 1, Fault::kEnvironment, "a stored file is torn or damaged"},
    ErrorInfo{ErrorCode::kIo, "io", 500, 1, Fault::kEnvironment, "the operating system refused"},
    ErrorInfo{ErrorCode::kModelMismatch, "model_mismatch", 409, 1, Fault::kData, "a model does not fit its data or fails its parity check"},
    ErrorInfo{ErrorCode::kInterrupted, "interrupted", 503, 1, Fault::kCaller, "stopped; safe to run again"},
    ErrorInfo{ErrorCode::kInternal, "internal", 500, 1, Fault::kBug, "a bug in Furrow"},
};
static_assert(kErrors.size() == static_cast<size_t>(ErrorCode::kInternal) + 1);
}  // namespace

const ErrorInfo& error_info(ErrorCode code) { return kErrors[static_cast<size_t>(code)]; }
std::span<const ErrorInfo> all_errors() { return kErrors; }

void throw_bug(const char* file, int line, const char* expression) {
  throw BugError(std::string("broken invariant at ") + file + ':' + std::to_string(line) + ": " + expression);
}

}  // namespace furrow
