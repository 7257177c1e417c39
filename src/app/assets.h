// The dashboard's files, packed into the program at build time by tools/assets (none when it was built without npm).
// Threads: any; the bytes live as long as the program.
#pragma once
#include <optional>
#include <string_view>

namespace furrow::app {

struct Asset {
  std::string_view content_type;
  std::string_view bytes;
  std::string_view gzip_bytes;  // "" when compressing would not make it smaller
  std::string_view tag;         // of the content, for ETag
};
// By absolute path: "/index.html", "/assets/main-4f1c.js".
std::optional<Asset> find_asset(std::string_view path);

}  // namespace furrow::app
