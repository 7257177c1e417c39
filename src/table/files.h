// Whole files to tables and back: .csv, .tsv, .jsonl and .parquet, the first three also as .gz (Parquet compresses itself,
// but .parquet.gz is read too).
//
// Reading: encoding, delimiter and types are found from the content (row_reader.h says how). A row that cannot be read is
// rejected, kept in the report with its line and reason, and never stops the file. Types of CSV and JSON Lines are the
// narrowest that fits every row: integer, number, boolean (true/false), timestamp (ISO 8601), else text. Texts with
// leading zeros ("007"), and whole numbers of more digits than a double keeps, are ids and stay texts. In numeric columns blank, NA, N/A, NULL, NaN, nan and null are missing.
// Errors: kNotFound and kIo for the file, kInvalidFile for what makes the whole file unreadable (empty, no header,
// truncated gzip, not Parquet), kInvalidArgument for an extension that is none of these.
// Not for files larger than memory: RowReader streams. Memory: about three times the file while reading.
// Threads: any. Speed: see docs/benchmarks.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "table/row_reader.h"
#include "table/table.h"

namespace furrow::table {

struct Reject {
  uint64_t line = 0;
  std::string reason;
  std::string raw;
};

struct ReadReport {
  uint64_t rows = 0;      // good ones
  uint64_t rejected = 0;  // all of them, also those beyond the kept ones
  std::vector<Reject> rejects;
  std::vector<uint64_t> good_before;  // for each rejected row, the good ones before it
  // What a person counts who looks into the file: its rows from 1, those that cannot be read among them. `row` is the table's, from 0.
  uint64_t number_in_file(size_t row) const;
  uint64_t last_line = 0; // where the last good row starts, from 1; 0 for Parquet
  std::vector<std::pair<size_t, size_t>> repeated;  // columns whose name an earlier one has, which row_reader.h therefore names otherwise: their place and that one's, from 0
  std::string encoding;   // "utf-8", "gb18030", "utf-16"; "" for Parquet
  char delimiter = 0;     // 0 for JSON Lines and Parquet
};

struct ReadOptions {
  char delimiter = 0;               // 0: found from the content
  std::vector<std::string> text_columns;  // never typed: ids
  bool infer_types = true;          // false: every CSV and JSON Lines column is text
  size_t kept_rejects = 100'000;
};

Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options = {}, ReadReport* report = nullptr);

// By extension. Written beside the target and renamed over it: never a part. Text is UTF-8 without BOM, missing cells
// are empty in CSV and null in JSON Lines; a CSV text that is empty is written as "" so that it reads back as a text.
Status write_table(const Table& table, const std::filesystem::path& path);

// The same, a part at a time in bounded memory: `next` gives tables of the shape's columns, and one without rows at the end.
// An error of `next` is passed on and leaves no file.
Status write_parts(const Table& shape, const std::function<Result<Table>()>& next, const std::filesystem::path& path);

// `line,reason,raw` as CSV: what --rejects FILE holds.
Status write_rejects(const std::vector<Reject>& rejects, const std::filesystem::path& path);

}  // namespace furrow::table
