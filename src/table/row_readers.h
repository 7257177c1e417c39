// The makers behind RowReader::open, one a format. Inside the room only.
#pragma once
#include <memory>

#include "table/byte_source.h"
#include "table/row_reader.h"

namespace furrow::table {

Result<std::unique_ptr<RowReader>> make_csv_reader(std::unique_ptr<ByteSource> source, std::string name,
                                                   const RowReaderOptions& options);
Result<std::unique_ptr<RowReader>> make_jsonl_reader(std::unique_ptr<ByteSource> source, std::string name,
                                                     const RowReaderOptions& options);
Result<std::unique_ptr<RowReader>> make_parquet_reader(const std::filesystem::path& path);

// A line that is only blanks.
inline bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace furrow::table
