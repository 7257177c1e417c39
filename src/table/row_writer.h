// Rows to a file one after another in bounded memory: the counterpart of RowReader, by the same extensions.
//
// Text formats are UTF-8 without BOM; missing cells are empty in CSV and left out in JSON Lines, where dotted column names
// become nested objects again ("context.locale" → {"context":{"locale":…}}). Parquet is gathered as text and converted at the
// end: columns that the caller calls numeric become DOUBLE, the others VARCHAR. The file appears under its name only when
// `finish` succeeds. Threads: one. Memory: 1 MiB. Errors: kInvalidArgument for the extension, kIo, kStorageFull.
#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "table/row_reader.h"

namespace furrow::table {

struct WrittenColumn {
  std::string name;
  bool numeric = false;  // for Parquet
};

class RowWriter {
 public:
  static Result<std::unique_ptr<RowWriter>> open(const std::filesystem::path& path, std::vector<WrittenColumn> columns);
  virtual ~RowWriter() = default;
  // As many cells as columns.
  virtual void row(std::span<const Cell> cells) = 0;
  virtual Status finish() = 0;
};

}  // namespace furrow::table
