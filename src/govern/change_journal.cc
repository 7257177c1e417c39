#include "govern/change_journal.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "base/json.h"

namespace furrow::govern {
namespace {

using table::Cell;

std::string_view kind_name(Cell::Kind kind) {
  switch (kind) {
    case Cell::Kind::kMissing: return "missing";
    case Cell::Kind::kText: return "text";
    case Cell::Kind::kNumber: return "number";
    case Cell::Kind::kBoolean: return "boolean";
    case Cell::Kind::kJson: return "json";
  }
  return "text";
}
Cell::Kind parse_kind(std::string_view name) {
  for (Cell::Kind kind : {Cell::Kind::kMissing, Cell::Kind::kNumber, Cell::Kind::kBoolean, Cell::Kind::kJson}) {
    if (kind_name(kind) == name) return kind;
  }
  return Cell::Kind::kText;
}

struct Entry {
  uint64_t row = 0, line = 0;
  std::string column, rule, original, value;
  Cell::Kind kind = Cell::Kind::kText;
};

class JournalReader {
 public:
  static Result<JournalReader> open(const std::filesystem::path& path) {
    FURROW_ASSIGN(auto reader, table::RowReader::open(path));
    return JournalReader(std::move(reader), path);
  }
  // False at the end.
  Result<bool> next(Entry& entry) {
    table::Row row;
    FURROW_ASSIGN(bool more, reader_->next(row));
    if (!more) return false;
    const auto& names = reader_->columns();
    auto cell = [&](std::string_view name) -> std::string_view {
      for (size_t c = 0; c < row.cells.size(); ++c) {
        if (names[c] == name) return row.cells[c].text;
      }
      return {};
    };
    auto number = [&](std::string_view name, uint64_t& out) {
      std::string_view text = cell(name);
      auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
      return error == std::errc();
    };
    if (!row.good() || !number("row", entry.row) || !number("line", entry.line)) {
      return Error(ErrorCode::kInvalidFile, "not a journal of changes; furrow clean --changes writes them").at(path_.string(), static_cast<long>(row.line));
    }
    entry.column = cell("column");
    entry.rule = cell("rule");
    entry.original = cell("original");
    entry.value = cell("value");
    entry.kind = parse_kind(cell("kind"));
    return true;
  }

 private:
  JournalReader(std::unique_ptr<table::RowReader> reader, std::filesystem::path path) : reader_(std::move(reader)), path_(std::move(path)) {}
  std::unique_ptr<table::RowReader> reader_;
  std::filesystem::path path_;
};

// ["text", 3, null] as cells; the texts are kept in `texts`.
std::vector<Cell> read_cells(const std::string& json, std::vector<std::string>& texts) {
  simdjson::dom::parser parser;
  std::vector<Cell> cells;
  texts.clear();
  auto array = parser.parse(json).get_array();
  if (array.error()) return cells;
  texts.reserve(array.value_unsafe().size());
  for (simdjson::dom::element element : array.value_unsafe()) {
    Cell::Kind kind = element.is_null() ? Cell::Kind::kMissing : element.is_string() ? Cell::Kind::kText : element.is_bool() ? Cell::Kind::kBoolean : element.is_number() ? Cell::Kind::kNumber : Cell::Kind::kJson;
    texts.push_back(element.is_string() ? std::string(std::string_view(element)) : element.is_null() ? std::string() : simdjson::minify(element));
    cells.push_back({kind, texts.back()});
  }
  return cells;
}

}  // namespace

Result<ChangeJournal> ChangeJournal::open(const std::filesystem::path& path, std::string rules_version) {
  FURROW_ASSIGN(auto writer, table::RowWriter::open(path, {{"row", true}, {"line", true}, {"column"}, {"rule"}, {"original"}, {"kind"}, {"value"}, {"version"}}));
  return ChangeJournal(std::move(writer), std::move(rules_version));
}

void ChangeJournal::write(uint64_t row, uint64_t line, std::string_view column, std::string_view rule, const Cell& original, std::string_view value) {
  std::string row_text = std::to_string(row), line_text = std::to_string(line);
  auto text = [](std::string_view t) { return Cell{Cell::Kind::kText, t}; };
  Cell cells[] = {{Cell::Kind::kNumber, row_text}, {Cell::Kind::kNumber, line_text}, text(column), text(rule),
                  original.missing() ? Cell{} : text(original.text), text(kind_name(original.kind)), text(value), text(version_)};
  writer_->row(cells);
  ++entries_;
}

void ChangeJournal::added_columns(const std::vector<std::string>& columns) {
  std::string list;
  JsonWriter json(list);
  json.begin_array();
  for (const std::string& column : columns) json.text(column);
  json.end_array();
  write(0, 0, "", "columns.added", {}, list);
}

void ChangeJournal::changed(uint64_t row, uint64_t line, std::string_view column, std::string_view rule, const Cell& original, std::string_view value) {
  write(row, line, column, rule, original, value);
}

void ChangeJournal::set_aside(uint64_t row, uint64_t line, std::string_view rule, std::span<const Cell> cells) {
  std::string list;
  JsonWriter json(list);
  json.begin_array();
  for (const Cell& cell : cells) {
    if (cell.missing()) json.null();
    else if (cell.kind == Cell::Kind::kText) json.text(cell.text);
    else json.raw(cell.text);
  }
  json.end_array();
  write(row, line, "", rule, {Cell::Kind::kText, list}, "");
}

Result<UndoReport> undo_changes(const std::filesystem::path& cleaned, const std::filesystem::path& journal, const std::filesystem::path& out, std::string_view rule) {
  FURROW_ASSIGN(auto changes, JournalReader::open(journal));
  FURROW_ASSIGN(auto reader, table::RowReader::open(cleaned));
  UndoReport report;
  Entry entry;
  FURROW_ASSIGN(bool more, changes.next(entry));
  std::unordered_set<std::string> added;
  if (more && entry.rule == "columns.added") {
    std::vector<std::string> texts;
    read_cells(entry.value, texts);
    if (rule.empty()) added.insert(texts.begin(), texts.end());
    FURROW_ASSIGN(more, changes.next(entry));
  }
  table::Row row;
  // JSON Lines tells its columns while it is read: once through for all of them.
  FURROW_ASSIGN(auto scout, table::RowReader::open(cleaned));
  while (true) {
    FURROW_ASSIGN(bool again, scout->next(row));
    if (!again || (scout->delimiter() != 0)) break;
  }
  std::vector<table::WrittenColumn> columns;
  std::vector<size_t> places;
  std::unordered_map<std::string, size_t> at;
  for (size_t c = 0; c < scout->columns().size(); ++c) {
    if (added.contains(scout->columns()[c])) continue;
    at[scout->columns()[c]] = columns.size();
    places.push_back(c);
    columns.push_back({scout->columns()[c], false});
  }
  FURROW_ASSIGN(auto writer, table::RowWriter::open(out, columns));
  std::vector<Cell> cells(columns.size());
  std::vector<std::string> texts, restored(columns.size());
  auto give_back = [&]() -> Result<bool> {
    std::vector<Cell> back = read_cells(entry.original, texts);
    back.resize(columns.size());
    writer->row(back);
    ++report.rows_returned;
    return changes.next(entry);
  };
  uint64_t number = 0;
  while (true) {
    FURROW_ASSIGN(bool again, reader->next(row));
    if (!again) break;
    if (!row.good()) continue;
    ++number;
    for (size_t c = 0; c < columns.size(); ++c) cells[c] = places[c] < row.cells.size() ? row.cells[places[c]] : Cell{};
    while (more && entry.row <= number) {
      bool wanted = rule.empty() || std::string_view(entry.rule).starts_with(rule);
      if (entry.column.empty()) {
        if (wanted) {
          FURROW_ASSIGN(more, give_back());
        } else {
          FURROW_ASSIGN(more, changes.next(entry));
        }
        continue;
      }
      auto column = at.find(entry.column);
      if (wanted && column != at.end()) {
        if (cells[column->second].text != entry.value) {
          return Error(ErrorCode::kConflict, fmt::format("row {} column {} is \"{}\", the journal made it \"{}\": the file has been changed since", number, entry.column,
                                                         cells[column->second].text, entry.value))
              .at(cleaned.string(), static_cast<long>(row.line));
        }
        restored[column->second] = entry.original;
        cells[column->second] = {entry.kind, restored[column->second]};
        ++report.cells;
      }
      FURROW_ASSIGN(more, changes.next(entry));
    }
    writer->row(cells);
    ++report.rows;
  }
  while (more) {
    if (entry.column.empty() && (rule.empty() || std::string_view(entry.rule).starts_with(rule))) {
      FURROW_ASSIGN(more, give_back());
    } else {
      FURROW_ASSIGN(more, changes.next(entry));
    }
  }
  FURROW_TRY(writer->finish());
  report.rows += report.rows_returned;
  return report;
}

}  // namespace furrow::govern
