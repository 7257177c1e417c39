// Parquet files, one after another, from rows where they lie or from parts as they are made; zstd.
//
// A file is written beside its target and renamed over it: whole or absent. It is not synced.
// Cost: the first file opens a DuckDB (10 ms), a small one takes about a millisecond after that, so a writer of many keeps one of these.
// Threads: one at a time; parts are made on a thread of their own. Memory: a row group (at most 8 million cells, 122,880 rows).
// Errors: kStorageFull and kIo, with the path; an error of `next` is passed on.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.h"
#include "table/table.h"

namespace furrow::table {

class ParquetFileWriter {
 public:
  ParquetFileWriter();
  ~ParquetFileWriter();
  Status write(const Table& rows, const std::filesystem::path& path);
  // `next` gives tables of the shape's columns, and one without rows at the end.
  Status write_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::filesystem::path& path);

 private:
  class Session;
  struct Parts;
  Status write(Parts& parts, const std::filesystem::path& path);
  std::unique_ptr<Session> session_;  // of the first file on
};

}  // namespace furrow::table
