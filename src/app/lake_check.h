// Whether the lake's files are there and whole, as far as their two ends tell: Parquet has its mark at both.
//
// Cost: two reads of four bytes a file. What is damaged between them is found by who reads it.
// Threads: any, beside a server too: files that a compaction has taken away since the manifest was read are looked for in the new one.
#pragma once
#include <filesystem>

#include "base/result.h"

namespace furrow::app {

// kStorageCorrupt naming the first file that is missing or torn, and what to do; the errors of read_manifest.
Status check_lake(const std::filesystem::path& lake);

}  // namespace furrow::app
