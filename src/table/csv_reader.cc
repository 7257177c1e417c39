#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "table/csv.h"
#include "table/encoding.h"
#include "table/row_readers.h"

namespace furrow::table {
namespace {

class CsvReader : public RowReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, std::string name, const RowReaderOptions& options)
      : source_(std::move(source)), name_(std::move(name)), decoder_(options.encoding), delimiter_(options.delimiter) {}

  Status read_header();

  const std::vector<std::string>& columns() const override { return columns_; }
  std::vector<std::pair<size_t, size_t>> repeated() const override { return repeated_; }
  Result<bool> next(Row& row) override;
  std::string standalone() const override { return header_ + "\n" + std::string(raw_) + "\n"; }
  uint64_t bytes_read() const override { return source_->bytes_read(); }
  uint64_t bytes_total() const override { return source_->bytes_total(); }
  std::string_view encoding() const override { return source_->was_utf16() ? "utf-16" : decoder_.name(); }
  char delimiter() const override { return delimiter_; }

 private:
  Result<bool> next_record(Row& row);
  void check(Row& row);
  void name_columns();

  std::unique_ptr<ByteSource> source_;
  std::string name_, header_;
  RowDecoder decoder_;
  char delimiter_;
  std::vector<std::string> columns_;
  std::vector<std::pair<size_t, size_t>> repeated_;
  std::vector<Cell> cells_;
  std::string scratch_, fault_;
  std::string_view raw_;
  uint64_t line_ = 1;
  size_t pending_ = 0;  // bytes of the row before, still in the window because its cells view them
};

Status CsvReader::read_header() {
  auto invalid = [&](std::string message, long line) {
    return Error(ErrorCode::kInvalidFile, std::move(message)).at(name_, line);
  };
  if (source_->window().starts_with("PK\x03\x04")) return invalid("it is a ZIP archive, as Excel's .xlsx files are: save the sheet as CSV", 0);
  if (delimiter_ == 0) delimiter_ = sniff_delimiter(source_->window());
  std::string_view window = source_->window();
  if (window.substr(0, 4) == "sep=" && window.size() > 5 && (window[5] == '\n' || window[5] == '\r')) {
    source_->consume(window.find('\n', 4) + 1);
    ++line_;
  }
  Row row;
  FURROW_ASSIGN(bool found, next_record(row));
  if (!found) return invalid("the file is empty: its first line must name the columns", 0);
  if (!row.fault.empty()) return invalid(fmt::format("the header is {}", row.fault), static_cast<long>(row.line));
  size_t bare = raw_.find('\r');
  if (bare != std::string_view::npos && bare + 1 < raw_.size() && source_->window().find('\n') == std::string_view::npos) {
    return invalid("its lines end in CR alone, as on Macs of old; save it with line ends of LF or CRLF", 1);
  }
  header_ = raw_;
  name_columns();
  if (columns_.size() > kMaxColumns) {
    return invalid(fmt::format("the header names {} columns; the limit is {}", columns_.size(), kMaxColumns),
                   static_cast<long>(row.line));
  }
  return {};
}

void CsvReader::name_columns() {
  std::unordered_set<std::string> seen;
  for (const Cell& cell : cells_) {
    std::string_view text = cell.text;
    size_t first = text.find_first_not_of(" \t");
    text = first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
    std::string name = text.empty() ? fmt::format("column_{}", columns_.size() + 1) : std::string(text);
    std::string unique = name;
    if (auto earlier = std::find(columns_.begin(), columns_.end(), name); earlier != columns_.end()) {
      repeated_.emplace_back(columns_.size(), static_cast<size_t>(earlier - columns_.begin()));
    }
    for (int n = 2; !seen.insert(unique).second; ++n) unique = fmt::format("{}_{}", name, n);
    columns_.push_back(std::move(unique));
  }
}

// The next record that is not blank, decoded and split; the checks that need no header.
Result<bool> CsvReader::next_record(Row& row) {
  source_->consume(pending_);
  pending_ = 0;
  bool ended = false;
  while (true) {
    std::string_view window = source_->window();
    if (window.empty()) {
      FURROW_ASSIGN(bool more, source_->more());
      if (!more) return false;
      continue;
    }
    CsvRecord record = split_csv(window, ended, delimiter_, cells_, scratch_);
    if (record.state == CsvRecord::State::kNeedMore) {
      if (window.size() > kMaxRowBytes) {
        ended = true;  // too long to be a row: judged as if the file ended here
        continue;
      }
      FURROW_ASSIGN(bool more, source_->more());
      ended = !more;
      continue;
    }
    raw_ = window.substr(0, record.length);
    row.line = line_;
    row.fault = {};
    line_ += record.lines;
    if (is_blank(raw_) && (cells_.size() == 1 || raw_.empty()) && record.state == CsvRecord::State::kComplete) {
      source_->consume(record.consumed);
      continue;
    }
    pending_ = record.consumed;
    if (record.state == CsvRecord::State::kBadQuotes) {
      row.fault = "badly quoted: a quote does not close, or text follows a closing quote";
    } else if (record.length > kMaxRowBytes) {
      row.fault = "longer than 1 MiB";
    } else if (std::memchr(raw_.data(), 0, raw_.size())) {
      row.fault = "holding NUL bytes";
    } else if (auto decoded = decoder_.decode(raw_, window); !decoded) {
      row.fault = decoder_.fault();
    } else if (decoded->data() != raw_.data()) {
      split_csv(*decoded, true, delimiter_, cells_, scratch_);
    }
    return true;
  }
}

void CsvReader::check(Row& row) {
  row.cells = {};
  if (row.fault.empty() && cells_.size() != columns_.size()) {
    fault_ = fmt::format("{} cells where the header names {} columns", cells_.size(), columns_.size());
    row.fault = fault_;
  }
  if (row.good()) row.cells = cells_;
}

Result<bool> CsvReader::next(Row& row) {
  FURROW_ASSIGN(bool found, next_record(row));
  if (found) check(row);
  return found;
}

}  // namespace

Result<std::unique_ptr<RowReader>> make_csv_reader(std::unique_ptr<ByteSource> source, std::string name,
                                                   const RowReaderOptions& options) {
  auto reader = std::make_unique<CsvReader>(std::move(source), std::move(name), options);
  FURROW_TRY(reader->read_header());
  return std::unique_ptr<RowReader>(std::move(reader));
}

}  // namespace furrow::table
