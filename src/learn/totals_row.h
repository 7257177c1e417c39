// Rows at the end of a file that add up the others, as spreadsheets have them: "Total, 1,204, 138", "合计,,138". As a row to learn from such a row makes a label of
// 0 and 1 an amount, and a column of numbers text.
//
// The last row is one when a cell says so in a word (kTotalWords) that no earlier row has in that column, and it adds up or averages a column, or is
// otherwise mostly empty. Threads: pure. Cost: a look at the last row; a pass over the table where a cell has such a word.
#pragma once
#include <optional>
#include <string>

#include "table/table.h"

namespace furrow::learn {

// The word of the last row, letter by letter, when it is a totals row.
std::optional<std::string> totals_row(const table::Table& table);

}  // namespace furrow::learn
