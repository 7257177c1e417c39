#include "table/row_reader.h"

#include <fmt/format.h>

#include "table/row_readers.h"

namespace furrow::table {

Result<Format> parse_format(std::string_view name) {
  if (name == "csv") return Format::kCsv;
  if (name == "tsv") return Format::kTsv;
  if (name == "jsonl" || name == "ndjson") return Format::kJsonLines;
  if (name == "parquet") return Format::kParquet;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("\"{}\" is not a format: use csv, tsv, jsonl or parquet", name.substr(0, 32)));
}

Result<Format> format_of(const std::filesystem::path& path) {
  std::filesystem::path name = path.filename();
  if (name.extension() == ".gz") name = name.stem();
  std::string extension = name.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (extension == ".txt") return Format::kCsv;
  if (auto format = parse_format(extension.empty() ? "" : std::string_view(extension).substr(1)); format.ok()) return format;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{}: the extension must be .csv, .tsv, .jsonl or .parquet, each also with .gz", path.string()))
      .at(path.string());
}

namespace {

Result<std::unique_ptr<RowReader>> over_source(std::unique_ptr<ByteSource> source, std::string name,
                                               RowReaderOptions options) {
  if (options.format == Format::kJsonLines) return make_jsonl_reader(std::move(source), std::move(name), options);
  if (options.format == Format::kTsv && options.delimiter == 0) options.delimiter = '\t';
  return make_csv_reader(std::move(source), std::move(name), options);
}

}  // namespace

Result<std::unique_ptr<RowReader>> RowReader::open(const std::filesystem::path& path, const RowReaderOptions& wanted) {
  RowReaderOptions options = wanted;
  if (options.format_by_name) {
    FURROW_ASSIGN(options.format, format_of(path));
  }
  if (options.format == Format::kParquet) return make_parquet_reader(path);
  FURROW_ASSIGN(auto source, ByteSource::open(path));
  return over_source(std::move(source), path.string(), options);
}

Result<std::unique_ptr<RowReader>> RowReader::over(std::string bytes, std::string name, const RowReaderOptions& wanted) {
  RowReaderOptions options = wanted;
  if (options.format == Format::kParquet) options.format = Format::kJsonLines;
  FURROW_ASSIGN(auto source, ByteSource::over(std::move(bytes), name));
  return over_source(std::move(source), std::move(name), options);
}

}  // namespace furrow::table
