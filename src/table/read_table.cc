#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "table/database.h"
#include "base/ascii.h"
#include "base/number_text.h"
#include "table/files.h"
#include "table/parquet.h"

namespace furrow::table {
namespace {

// One column as it is in the file, before its type is known.
struct RawColumn {
  std::string name;
  std::string text;
  std::vector<uint64_t> ends;
  std::vector<Cell::Kind> kinds;

  void append(const Cell& cell) {
    text += cell.text;
    ends.push_back(text.size());
    kinds.push_back(cell.kind);
  }
  std::string_view at(size_t row) const {
    uint64_t start = row == 0 ? 0 : ends[row - 1];
    return std::string_view(text).substr(start, ends[row] - start);
  }
};

bool stands_for_missing(std::string_view text) {
  for (std::string_view word : {"", "NA", "N/A", "NULL", "null", "NaN", "nan"}) {
    if (text == word) return true;
  }
  return false;
}

bool read_integer(std::string_view text, int64_t& out) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_number(std::string_view text, double& out) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return false;  // inf, nan
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !loses_digits(text, out);
}

bool read_boolean(std::string_view text, bool& out) {
  auto is = [&](std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) { return (a | 0x20) == b; });
  };
  out = is("true");
  return out || is("false");
}

bool read_timestamp(std::string_view text, Time& out) {
  if (text.size() < 10 || text[4] != '-') return false;
  auto time = parse_time(text);
  if (time.ok()) out = *time;
  return time.ok();
}

// The narrowest type that takes every cell. JSON told its types: there a text is a text, if not a timestamp.
ColumnType infer(const RawColumn& raw, bool json) {
  bool integer = true, number = true, boolean = true, timestamp = true, any = false;
  for (size_t row = 0; row < raw.kinds.size(); ++row) {
    Cell::Kind kind = raw.kinds[row];
    if (kind == Cell::Kind::kMissing) continue;
    std::string_view text = trimmed(raw.at(row));
    if (!json && stands_for_missing(text)) continue;
    any = true;
    int64_t i;
    double d;
    bool b;
    Time t;
    bool may_be_number = !json || kind == Cell::Kind::kNumber;
    if (integer) integer = may_be_number && read_integer(text, i);
    if (number && !(integer && text.size() <= kExactDigits)) number = may_be_number && read_number(text, d);
    if (boolean) boolean = (!json || kind == Cell::Kind::kBoolean) && read_boolean(text, b);
    if (timestamp) timestamp = (!json || kind == Cell::Kind::kText) && read_timestamp(text, t);
    if (!integer && !number && !boolean && !timestamp) return ColumnType::kText;
  }
  if (!any) return ColumnType::kText;
  return integer ? ColumnType::kInteger : number ? ColumnType::kNumber : boolean ? ColumnType::kBoolean : ColumnType::kTimestamp;
}

Column convert(const RawColumn& raw, ColumnType type) {
  Column out(raw.name, type);
  out.reserve(raw.kinds.size());
  for (size_t row = 0; row < raw.kinds.size(); ++row) {
    std::string_view text = raw.at(row);
    if (raw.kinds[row] == Cell::Kind::kMissing) {
      out.append_null();
    } else if (type == ColumnType::kText) {
      out.append_text(text);
    } else if (text = trimmed(text); stands_for_missing(text)) {
      out.append_null();
    } else if (int64_t i = 0; type == ColumnType::kInteger && read_integer(text, i)) {
      out.append_integer(i);
    } else if (double d = 0; type == ColumnType::kNumber && read_number(text, d)) {
      out.append_number(d);
    } else if (bool b = false; type == ColumnType::kBoolean && read_boolean(text, b)) {
      out.append_boolean(b);
    } else {
      Time t;
      FURROW_ASSERT(read_timestamp(text, t));  // infer() has seen every cell
      out.append_time(t);
    }
  }
  return out;
}

Result<Table> read_parquet(const std::filesystem::path& path, ReadReport& report) {
  FURROW_ASSIGN(ParquetFile file, ParquetFile::open(path));
  FURROW_ASSIGN(auto database, Database::open({.threads = 2, .memory_limit_bytes = size_t{2} << 30, .spill_folder = {}}));
  auto table = database->query("SELECT * FROM read_parquet(" + sql_text(file.path()) + ")");
  if (!table.ok()) {
    return Error(ErrorCode::kInvalidFile, fmt::format("not a readable Parquet file: {}", first_line(table.error().message()))).at(path.string());
  }
  report.rows = table->rows();
  return table;
}

void keep_reject(const Row& row, const RowReader& reader, size_t kept, ReadReport& report) {
  ++report.rejected;
  report.good_before.push_back(report.rows);
  if (report.rejects.size() >= kept) return;
  std::string raw = reader.standalone();
  if (!raw.empty() && raw.back() == '\n') raw.pop_back();
  if (reader.delimiter() != 0) raw.erase(0, raw.find('\n') + 1);  // the header line
  report.rejects.push_back({row.line, std::string(row.fault), std::move(raw)});
}

}  // namespace

uint64_t ReadReport::number_in_file(size_t row) const {
  const auto before = std::upper_bound(good_before.begin(), good_before.end(), row) - good_before.begin();
  return row + 1 + static_cast<uint64_t>(before);
}

Result<Table> read_table(const std::filesystem::path& path, const ReadOptions& options, ReadReport* report) {
  ReadReport ignored;
  ReadReport& told = report ? *report : ignored;
  told = {};
  FURROW_ASSIGN(Format format, format_of(path));
  if (format == Format::kParquet) return read_parquet(path, told);
  FURROW_ASSIGN(auto reader, RowReader::open(path, {.delimiter = options.delimiter}));
  std::vector<RawColumn> raw;
  Row row;
  while (true) {
    FURROW_ASSIGN(bool found, reader->next(row));
    if (!found) break;
    if (!row.good()) {
      keep_reject(row, *reader, options.kept_rejects, told);
      continue;
    }
    for (size_t c = 0; c < row.cells.size(); ++c) {
      if (c == raw.size()) {
        raw.push_back({reader->columns()[c], {}, {}, {}});
        raw.back().ends.assign(told.rows, 0);
        raw.back().kinds.assign(told.rows, Cell::Kind::kMissing);
      }
      raw[c].append(row.cells[c]);
    }
    ++told.rows;
    told.last_line = row.line;
  }
  while (raw.size() < reader->columns().size()) raw.push_back({reader->columns()[raw.size()], {}, {}, {}});
  told.repeated = reader->repeated();
  told.encoding = reader->encoding();
  told.delimiter = reader->delimiter();
  if (raw.empty()) {
    return Error(ErrorCode::kInvalidFile, "the file has no row that can be read").at(path.string());
  }
  std::unordered_set<std::string> text_columns(options.text_columns.begin(), options.text_columns.end());
  Table table;
  for (RawColumn& column : raw) {
    bool as_text = !options.infer_types || text_columns.contains(column.name);
    ColumnType type = as_text ? ColumnType::kText : infer(column, format == Format::kJsonLines);
    table.add(convert(column, type));
    column = {};
  }
  return table;
}

}  // namespace furrow::table
