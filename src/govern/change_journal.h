// Every change that cleaning made, with the original and the rule, so that each can be looked at and taken back.
//
// A journal is a table (any of the row formats): row, line, column, rule, original, kind, value, version.
//   row     of the cleaned file, from 1; for a row that was set aside, the one before which it stood
//   line    in the file that was cleaned
//   column  "" for a whole row set aside (original: its cells as a JSON array) and for the first entry, which names the columns
//           that cleaning added (rule "columns.added", value: a JSON array)
//   kind    of the original: text, number, boolean, json, or missing
// Entries are in the order of the rows. Threads: one. Memory: 1 MiB.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "table/row_reader.h"
#include "table/row_writer.h"

namespace furrow::govern {

class ChangeJournal {
 public:
  static Result<ChangeJournal> open(const std::filesystem::path& path, std::string rules_version);
  void added_columns(const std::vector<std::string>& columns);
  void changed(uint64_t row, uint64_t line, std::string_view column, std::string_view rule, const table::Cell& original, std::string_view value);
  void set_aside(uint64_t row, uint64_t line, std::string_view rule, std::span<const table::Cell> cells);
  uint64_t entries() const { return entries_; }
  Status finish() { return writer_->finish(); }

 private:
  explicit ChangeJournal(std::unique_ptr<table::RowWriter> writer, std::string version) : writer_(std::move(writer)), version_(std::move(version)) {}
  void write(uint64_t row, uint64_t line, std::string_view column, std::string_view rule, const table::Cell& original, std::string_view value);
  std::unique_ptr<table::RowWriter> writer_;
  std::string version_;
  uint64_t entries_ = 0;
};

struct UndoReport {
  uint64_t rows = 0, cells = 0, rows_returned = 0;
};
// The file before it was cleaned, out of the cleaned one and its journal. `rule`: only changes of rules that begin so
// ("standardize.phone", "fault"); "" for all. Columns that were added go when everything is undone.
// kConflict when a cell is no longer what the journal says it became: the file has been changed since.
Result<UndoReport> undo_changes(const std::filesystem::path& cleaned, const std::filesystem::path& journal, const std::filesystem::path& out, std::string_view rule = {});

}  // namespace furrow::govern
