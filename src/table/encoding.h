// Which encoding the rows of a file are in, and each row as UTF-8.
//
// ASCII rows say nothing; at the first row that is not ASCII the complete lines of the window are looked at: the file is
// UTF-8 unless more of them are invalid as UTF-8 but valid as GB18030. (Few GB18030 lines are valid UTF-8 by accident and
// nearly every UTF-8 line is valid GB18030, so UTF-8 is asked first.) Strict: nothing is replaced, a bad row is told.
// Threads: one. Cost: UTF-8 is validated at several GB/s (simdjson); GB18030 goes through ICU.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "table/row_reader.h"

struct UConverter;

namespace furrow::table {

class RowDecoder {
 public:
  explicit RowDecoder(Encoding wanted) : encoding_(wanted) {}
  ~RowDecoder();
  RowDecoder(const RowDecoder&) = delete;
  RowDecoder& operator=(const RowDecoder&) = delete;

  // `row` itself when it is valid as it is, or its conversion (valid until the next call), or nothing when it is in no
  // encoding that the file has. `window`: the bytes from this row on, for the first look.
  std::optional<std::string_view> decode(std::string_view row, std::string_view window);
  std::string_view name() const;   // "utf-8", "gb18030", "mixed"
  std::string_view fault() const;  // the sentence for a row that could not be decoded

 private:
  void look_at(std::string_view window);
  std::optional<std::string_view> from_gb18030(std::string_view row);

  Encoding encoding_;
  UConverter* converter_ = nullptr;
  std::string converted_;
};

bool is_ascii(std::string_view bytes);

// Valid UTF-8 without NUL: what a column of DuckDB can hold.
bool is_clean_utf8(std::string_view bytes);
// With U+FFFD for each byte that is not.
std::string clean_utf8(std::string_view bytes);

}  // namespace furrow::table
