// A Parquet file that DuckDB can open by name: the file itself, or its decompressed copy when it is gzip. Inside the room only.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "table/table.h"

namespace furrow::table {

class ParquetFile {
 public:
  static Result<ParquetFile> open(const std::filesystem::path& path);
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::unique_ptr<TemporaryFolder> folder_;
};

// As write_table of files.h, to `path` itself; the rows are read where they lie.
Status write_parquet(const Table& table, const std::string& path);
// As write_parts of files.h, to `path` itself.
Status write_parquet_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::string& path);

}  // namespace furrow::table
