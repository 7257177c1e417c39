// `furrow clean`: one file in, the same rows out in standard form, and a report that adds up.
//
// The file is read twice: once to learn what its columns mean and what only whole columns and whole histories tell (orders
// of dates, clocks, shared devices, bots, copied texts), once to write. Rows keep their order. Nothing is guessed: a cell
// that cannot be read stays as it is and is counted, but impossible, future and pre-company times are taken out. Rows are rejected
// when they cannot be read, when a column's rule says so, and when they equal an earlier row in every cell of a table that has a
// key (rules: `duplicates`). Suspicious rows stay and are named in the column `_faults`.
// Cleaning the result again changes nothing.
// Memory: the sample (kSampleRows), 24 bytes a row for duplicates where there is a key, what behaviour.h and near_duplicates.h
// state for event tables and reviews. Threads: one, and the reader's for a packed file. Errors: of files and rules; bad rows never stop it.
#pragma once
#include <filesystem>
#include <functional>

#include "govern/clean_report.h"
#include "govern/rules.h"

namespace furrow::govern {

inline constexpr size_t kSampleRows = 20'000;
inline constexpr std::string_view kFaultsColumn = "_faults";

struct CleanOptions {
  CleanRules rules;
  std::filesystem::path out;
  std::filesystem::path rejects;  // "" for none
  std::filesystem::path changes;  // "" for none
  std::function<void(double share, uint64_t rows)> progress;
};

Result<CleanReport> clean_file(const std::filesystem::path& file, const CleanOptions& options, const Clock& clock);

}  // namespace furrow::govern
