// Rows of a file one after another in bounded memory, with line numbers, the raw bytes, and bad rows told apart.
//
// Formats by extension: .csv .tsv .jsonl (.ndjson) .parquet, each also .gz. CSV is RFC 4180: quoted fields may hold
// delimiters, quotes ("" for one) and line breaks; lines end in LF, CRLF or CR LF mixed. The delimiter is the one of
// , ; tab | that splits the first rows most evenly. JSON Lines: objects, flattened to dotted names; arrays stay JSON text.
// Encodings: UTF-8 with or without BOM, UTF-16 with BOM, and GB18030 (with GBK and GB2312 inside it), recognised from the
// rows that are not ASCII. A row in another encoding than the file's is bad, as are rows with NUL bytes, with more or
// fewer cells than the header, with a quote that never closes, longer than kMaxRowBytes, or (JSON Lines) not an object.
//
// Memory: the buffer of 4 MiB and one row, for any file; as much again for a packed file of 1 MiB or more, which a thread of the reader's own
// unpacks ahead; Parquet also DuckDB's row group.
// Cells are views that live until the next call. Threads: one. Errors of `next` end the file: kInvalidFile (truncated
// gzip, damaged Parquet), kIo.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace furrow::table {

inline constexpr size_t kMaxRowBytes = size_t{1} << 20;
inline constexpr size_t kMaxColumns = 4096;

enum class Format : uint8_t { kCsv, kTsv, kJsonLines, kParquet };
// From "csv", "tsv", "jsonl", "parquet"; kInvalidArgument names them.
Result<Format> parse_format(std::string_view name);
// From the extension, with or without .gz.
Result<Format> format_of(const std::filesystem::path& path);

struct Cell {
  // CSV has only missing (empty without quotes) and text. JSON Lines and Parquet tell more; the text is then the value as
  // written: the digits of a number, "true" or "false", the JSON of an array.
  enum class Kind : uint8_t { kMissing, kText, kNumber, kBoolean, kJson };
  Kind kind = Kind::kMissing;
  std::string_view text;
  bool missing() const { return kind == Kind::kMissing; }
};

struct Row {
  uint64_t line = 0;              // where it starts, from 1; for Parquet the row number from 1
  std::span<const Cell> cells;    // as many as columns() at this moment; empty for a bad row
  std::string_view fault;         // why it is bad; "" for a good one
  bool good() const { return fault.empty(); }
};

enum class Encoding : uint8_t {
  kAuto,
  kUtf8,
  kGb18030,
  kMixed,  // each row by itself: UTF-8 where it is valid, else GB18030
};
Result<Encoding> parse_encoding(std::string_view name);  // "auto", "utf-8", "gb18030", "mixed"

struct RowReaderOptions {
  Format format = Format::kCsv;   // used when `format_by_name` is false
  bool format_by_name = true;
  char delimiter = 0;             // 0: found from the content
  Encoding encoding = Encoding::kAuto;
};

class RowReader {
 public:
  static Result<std::unique_ptr<RowReader>> open(const std::filesystem::path& path, const RowReaderOptions& options = {});
  // Over bytes in memory, as a file of `options.format`; `name` stands in errors. Not for Parquet.
  static Result<std::unique_ptr<RowReader>> over(std::string bytes, std::string name, const RowReaderOptions& options);
  virtual ~RowReader() = default;

  // Of the header; for JSON Lines those seen so far, so it may grow at the end. Repeated names get _2, _3 …, empty ones
  // column_N.
  virtual const std::vector<std::string>& columns() const = 0;
  // The places, from 0, of columns whose name an earlier one has, each with that one's.
  virtual std::vector<std::pair<size_t, size_t>> repeated() const { return {}; }
  // Fills `row` and gives true; false at the end.
  virtual Result<bool> next(Row& row) = 0;
  // The row that `next` gave last as a small file of its own, in the file's own bytes: for CSV the header line and the
  // row, else the JSON of the row. `over` reads it back (Parquet rows as JSON Lines): how a quarantined row is replayed.
  virtual std::string standalone() const = 0;
  // For progress: bytes taken from the file, of all its bytes.
  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;
  virtual std::string_view encoding() const = 0;
  virtual char delimiter() const = 0;  // 0 when there is none
};

}  // namespace furrow::table
