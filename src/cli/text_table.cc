#include "cli/text_table.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/json.h"

namespace furrow::cli {
namespace {

int width_of(UChar32 c) {
  if (c < 0x20 || u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK) return 0;
  auto wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
}

// One line, at most `limit` wide.
std::string fitted(std::string_view text, size_t limit) {
  std::string out;
  size_t width = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    int32_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (c < 0) c = 0xFFFD;
    auto w = static_cast<size_t>(width_of(c));
    if (width + w + (i < size ? 1 : 0) > limit) return out + "…";
    width += w;
    if (c < 0x20) {
      out += ' ';
      ++width;
    } else if (c == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(text.data() + start, static_cast<size_t>(i - start));
    }
  }
  return out;
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    width += static_cast<size_t>(width_of(c < 0 ? 0xFFFD : c));
  }
  return width;
}

std::string text_table(const table::Table& rows, const TextTableOptions& options) {
  std::vector<std::vector<std::string>> cells(rows.column_count());
  std::vector<size_t> widths;
  for (size_t c = 0; c < rows.column_count(); ++c) {
    cells[c].push_back(fitted(rows.column(c).name(), options.cell_width));
    for (size_t r = 0; r < rows.rows(); ++r) cells[c].push_back(fitted(rows.column(c).to_text(r), options.cell_width));
    size_t widest = 0;
    for (const std::string& cell : cells[c]) widest = std::max(widest, display_width(cell));
    widths.push_back(widest);
  }
  std::string out;
  for (size_t line = 0; line <= rows.rows(); ++line) {
    std::string text;
    for (size_t c = 0; c < cells.size(); ++c) {
      const std::string& cell = cells[c][line];
      std::string pad(widths[c] - display_width(cell), ' ');
      if (c > 0) text += "  ";
      text += rows.column(c).is_numeric() ? pad + cell : cell + pad;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
    if (line > 0) continue;
    for (size_t c = 0; c < widths.size(); ++c) out += (c ? "  " : "") + std::string(widths[c], '-');
    out += "\n";
  }
  return out;
}

void append_json_row(std::string& out, const table::Table& rows, size_t row, const std::vector<std::string>& names) {
  JsonWriter json(out);
  json.begin_object();
  for (size_t c = 0; c < rows.column_count(); ++c) {
    const table::Column& column = rows.column(c);
    json.key(names[c]);
    if (column.is_null(row)) {
      json.null();
    } else if (column.type() == table::ColumnType::kInteger) {
      json.integer(column.integer(row));
    } else if (column.type() == table::ColumnType::kTimestamp) {
      json.text(format_time(column.time(row)));
    } else {
      json.value(column.value(row));
    }
  }
  json.end_object();
}

}  // namespace furrow::cli
