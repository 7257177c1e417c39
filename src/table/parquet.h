// A Parquet file that DuckDB can open by name: the file itself, or its decompressed copy when it is gzip. Inside the room only.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

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

// Of what DuckDB says: the rest shows a statement that nobody wrote.
inline std::string_view first_line(std::string_view message) { return message.substr(0, message.find('\n')); }

}  // namespace furrow::table
