#include "table/csv.h"

#include <cstring>

namespace furrow::table {
namespace {

constexpr size_t kSniffRecords = 64;

// Only the first line is taken, so that one stray quote does not swallow the file.
CsvRecord bad_quotes(std::string_view data) {
  size_t end = data.find('\n');
  CsvRecord record{CsvRecord::State::kBadQuotes, end, end + 1, 1};
  if (end == std::string_view::npos) record.length = record.consumed = data.size();
  if (record.length > 0 && data[record.length - 1] == '\r') --record.length;
  return record;
}

// The text of a quoted field whose opening quote is at data[pos - 1]; moves `pos` behind the closing quote. False when
// the data ends before.
bool quoted_field(std::string_view data, size_t& pos, size_t& lines, std::string& scratch, std::string_view& text) {
  size_t start = pos, copied_from = scratch.size();
  bool copied = false;
  while (true) {
    size_t run = pos;
    while (pos < data.size() && data[pos] != '"') {
      lines += data[pos] == '\n';
      ++pos;
    }
    if (pos == data.size()) return false;
    bool doubled = pos + 1 < data.size() && data[pos + 1] == '"';
    if (doubled || copied) scratch.append(data.data() + run, pos - run + (doubled ? 1 : 0));
    if (!doubled) break;
    copied = true;
    pos += 2;
  }
  text = copied ? std::string_view(scratch).substr(copied_from) : data.substr(start, pos - start);
  ++pos;
  return true;
}

}  // namespace

CsvRecord split_csv(std::string_view data, bool at_end, char delimiter, std::vector<Cell>& cells, std::string& scratch) {
  cells.clear();
  scratch.clear();
  scratch.reserve(data.size());  // cells view it: it must not move
  CsvRecord need_more{CsvRecord::State::kNeedMore, 0, 0, 1};
  size_t pos = 0, lines = 1;
  while (true) {
    Cell cell;
    if (pos < data.size() && data[pos] == '"') {
      ++pos;
      if (!quoted_field(data, pos, lines, scratch, cell.text)) return at_end ? bad_quotes(data) : need_more;
      cell.kind = Cell::Kind::kText;
      if (pos == data.size() && !at_end) return need_more;  // a doubled quote could be cut in two
      if (pos + 1 == data.size() && data[pos] == '\r' && !at_end) return need_more;
      bool line_end = pos == data.size() || data[pos] == '\n' ||
                      (data[pos] == '\r' && (pos + 1 == data.size() || data[pos + 1] == '\n'));
      if (!line_end && data[pos] != delimiter) return bad_quotes(data);
    } else {
      size_t start = pos;
      while (pos < data.size() && data[pos] != delimiter && data[pos] != '\n') ++pos;
      if (pos == data.size() && !at_end) return need_more;
      size_t end = pos;
      bool line_end = pos == data.size() || data[pos] == '\n';
      if (line_end && end > start && data[end - 1] == '\r') --end;
      cell.text = data.substr(start, end - start);
      cell.kind = end > start ? Cell::Kind::kText : Cell::Kind::kMissing;
    }
    cells.push_back(cell);
    if (pos < data.size() && data[pos] == delimiter) {
      ++pos;
      if (cells.size() > kMaxColumns * 2) {  // ragged beyond doubt: find the end of the line and stop
        size_t end = data.find('\n', pos);
        if (end == std::string_view::npos && !at_end) return need_more;
        end = std::min(end, data.size());
        return {CsvRecord::State::kComplete, end, std::min(end + 1, data.size()), lines};
      }
      continue;
    }
    size_t length = pos;
    if (pos < data.size() && data[pos] == '\r') ++pos;
    if (length > 0 && length == pos && data[length - 1] == '\r') --length;
    size_t consumed = pos < data.size() ? pos + 1 : pos;
    return {CsvRecord::State::kComplete, length, consumed, lines};
  }
}

char sniff_delimiter(std::string_view sample) {
  if (sample.size() > 5 && sample.substr(0, 4) == "sep=" && (sample[5] == '\n' || sample[5] == '\r')) return sample[4];
  char best = ',';
  double best_score = 0;
  std::vector<Cell> cells;
  std::string scratch;
  for (char candidate : {',', ';', '\t', '|'}) {
    std::string_view rest = sample;
    size_t header = 0, records = 0, even = 0;
    while (!rest.empty() && records < kSniffRecords) {
      CsvRecord record = split_csv(rest, false, candidate, cells, scratch);
      if (record.state == CsvRecord::State::kNeedMore) record = split_csv(rest, true, candidate, cells, scratch);
      rest.remove_prefix(record.consumed);
      if (record.length == 0) continue;
      ++records;
      if (record.state == CsvRecord::State::kBadQuotes) continue;
      if (header == 0) header = cells.size();
      even += cells.size() == header;
    }
    if (header < 2) continue;
    // Evenness decides; among the even ones the delimiter that makes more columns.
    double score = static_cast<double>(even) / static_cast<double>(records) + static_cast<double>(header) * 1e-3;
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

}  // namespace furrow::table
