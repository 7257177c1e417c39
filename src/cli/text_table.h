// A table of text for people: columns aligned by what they hold, wide characters counted as two, long cells cut.
// Threads: none shared.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "table/table.h"

namespace furrow::cli {

struct TextTableOptions {
  size_t cell_width = 48;  // longer cells end in "…"
};

// The columns a text takes on a terminal.
size_t display_width(std::string_view text);
// Header, rule and rows, each ending in a line break. Numbers stand right, the rest left; missing cells are empty.
std::string text_table(const table::Table& rows, const TextTableOptions& options = {});
// A row as one JSON object; `names` are its members', one a column.
void append_json_row(std::string& out, const table::Table& rows, size_t row, const std::vector<std::string>& names);

}  // namespace furrow::cli
