// One CSV record out of bytes: RFC 4180 with any delimiter, and the faults that real files have.
//
// Total on arbitrary bytes: never fails, never reads outside `data` (fuzzed). Threads: any; pure but for the reused vectors.
// Cost: one pass over the record; only fields with doubled quotes are copied.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "table/row_reader.h"

namespace furrow::table {

struct CsvRecord {
  enum class State {
    kComplete,   // cells are filled
    kNeedMore,   // the record may go on beyond `data`: give more, or say that this is the end
    kBadQuotes,  // a quote that never closes, or text after a closing quote: only the first line is taken
  };
  State state = State::kComplete;
  size_t length = 0;    // of the record, without its line end
  size_t consumed = 0;  // with its line end
  size_t lines = 1;     // line ends passed
};

// Splits the record at the start of `data`. `at_end`: nothing follows `data`.
CsvRecord split_csv(std::string_view data, bool at_end, char delimiter, std::vector<Cell>& cells, std::string& scratch);

// The delimiter of , ; tab | that splits the first records of `sample` most evenly; a first line `sep=X` names it.
char sniff_delimiter(std::string_view sample);

}  // namespace furrow::table
