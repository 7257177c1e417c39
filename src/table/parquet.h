// A Parquet file that DuckDB can open by name: the file itself, or its decompressed copy when it is gzip. Inside the room only.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace furrow::table {

class ParquetFile {
 public:
  static Result<ParquetFile> open(const std::filesystem::path& path);
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::unique_ptr<TemporaryFolder> folder_;
};

}  // namespace furrow::table
