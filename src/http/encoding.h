// The encodings that HTTP puts around data: gzip bodies, percent escapes, queries, base64, cookies.
// Pure functions; every one has its bound. Threads: any (gunzip keeps a decompressor a thread).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace furrow::http {

// One gzip member or several, into at most `limit_bytes`: kTooLarge beyond (a bomb costs no more than that), or
// kInvalidArgument when the bytes are damaged or cut short.
Result<std::string> gunzip(std::string_view bytes, size_t limit_bytes);

// "%41" → "A"; nothing for a broken escape or a NUL. `plus` as a blank, as forms and queries write it.
std::optional<std::string> percent_decode(std::string_view text, bool plus = false);
// At most 256 pairs; broken escapes are kept as they came.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
std::optional<std::string> query_value(std::string_view query, std::string_view name);

// Standard or URL-safe alphabet, with or without padding; nothing for other characters.
std::optional<std::string> base64_decode(std::string_view text);
// "name=value; …": the value, "" when absent.
std::string_view cookie_value(std::string_view cookies, std::string_view name);

}  // namespace furrow::http
