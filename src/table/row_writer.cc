#include "table/row_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/json.h"
#include "table/database.h"
#include "table/text_file.h"

namespace furrow::table {
namespace {

class DelimitedWriter : public RowWriter {
 public:
  DelimitedWriter(const std::filesystem::path& path, const std::vector<WrittenColumn>& columns, char delimiter) : file_(path), delimiter_(delimiter) {
    for (size_t c = 0; c < columns.size(); ++c) {
      if (c > 0) file_.buffer() += delimiter_;
      append_csv_text(file_.buffer(), columns[c].name, delimiter_);
    }
    file_.buffer() += '\n';
  }
  void row(std::span<const Cell> cells) override {
    std::string& out = file_.buffer();
    for (size_t c = 0; c < cells.size(); ++c) {
      if (c > 0) out += delimiter_;
      if (!cells[c].missing()) append_csv_text(out, cells[c].text, delimiter_);
      else if (cells.size() == 1) out += "\"\"";  // a line of nothing would be skipped as blank
    }
    out += '\n';
    file_.flush_when_full();
  }
  Status finish() override { return file_.finish(); }

 private:
  TextFile file_;
  char delimiter_;
};

// Where each column stands in the nested object.
struct JsonNode {
  std::map<std::string, size_t> at;  // member → index in `members`
  std::vector<std::pair<std::string, std::unique_ptr<JsonNode>>> members;  // by key, written with its colon
  long column = -1;

  JsonNode& member(const std::string& name) {
    auto [found, fresh] = at.try_emplace(name, members.size());
    if (fresh) {
      std::string key;
      append_json_text(key, name);
      members.emplace_back(key + ':', std::make_unique<JsonNode>());
    }
    return *members[found->second].second;
  }
};

class JsonLinesWriter : public RowWriter {
 public:
  JsonLinesWriter(const std::filesystem::path& path, const std::vector<WrittenColumn>& columns) : file_(path) {
    for (size_t c = 0; c < columns.size(); ++c) place(columns[c].name, c);
  }
  void row(std::span<const Cell> cells) override {
    write(root_, cells);
    file_.buffer() += '\n';
    file_.flush_when_full();
  }
  Status finish() override { return file_.finish(); }

 private:
  void place(const std::string& name, size_t column) {
    std::vector<std::string> parts;
    for (size_t from = 0; from <= name.size();) {
      size_t dot = std::min(name.find('.', from), name.size());
      parts.push_back(name.substr(from, dot - from));
      from = dot + 1;
    }
    bool whole = std::any_of(parts.begin(), parts.end(), [](const std::string& part) { return part.empty(); });
    if (whole) parts = {name};
    JsonNode* node = &root_;
    for (size_t i = 0; i < parts.size(); ++i) {
      JsonNode& next = node->member(parts[i]);
      bool last = i + 1 == parts.size();
      // A value where an object would have to be (or the other way round): the whole name is the key.
      if ((!last && next.column >= 0) || (last && !next.members.empty())) {
        root_.member(name).column = static_cast<long>(column);
        return;
      }
      node = &next;
    }
    node->column = static_cast<long>(column);
  }
  static bool any(const JsonNode& node, std::span<const Cell> cells) {
    if (node.column >= 0) return !cells[static_cast<size_t>(node.column)].missing();
    for (const auto& [name, member] : node.members) {
      if (any(*member, cells)) return true;
    }
    return false;
  }
  void write(const JsonNode& node, std::span<const Cell> cells) {
    std::string& out = file_.buffer();
    out += '{';
    bool first = true;
    for (const auto& [key, member] : node.members) {
      if (!any(*member, cells)) continue;
      if (!first) out += ',';
      first = false;
      out += key;
      if (member->column < 0) {
        write(*member, cells);
        continue;
      }
      const Cell& cell = cells[static_cast<size_t>(member->column)];
      if (cell.kind == Cell::Kind::kText) append_json_text(out, cell.text);
      else out += cell.text;
    }
    out += '}';
  }

  TextFile file_;
  JsonNode root_;
};

class ParquetWriter : public RowWriter {
 public:
  ParquetWriter(std::filesystem::path path, std::vector<WrittenColumn> columns)
      : path_(std::move(path)), gathered_(path_.string() + ".gathered.csv"), columns_(std::move(columns)),
        text_(std::make_unique<DelimitedWriter>(gathered_.path(), columns_, ',')) {}
  void row(std::span<const Cell> cells) override { text_->row(cells); }
  Status finish() override {
    FURROW_TRY(text_->finish());
    FURROW_ASSIGN(auto database, Database::open({.threads = 2, .memory_limit_bytes = size_t{1} << 30, .spill_folder = path_.parent_path().string()}));
    std::string select;
    for (const WrittenColumn& column : columns_) {
      if (!select.empty()) select += ", ";
      std::string name = sql_name(column.name);
      select += column.numeric ? fmt::format("TRY_CAST({0} AS DOUBLE) AS {0}", name) : name;
    }
    UnfinishedFile temporary(path_.string() + ".part");
    Status written = database->execute(
        fmt::format("COPY (SELECT {} FROM read_csv({}, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
                    "max_line_size = {}, allow_quoted_nulls = false)) TO {} (FORMAT parquet, COMPRESSION zstd)",
                    select, sql_text(gathered_.path()), 4 * kMaxRowBytes, sql_text(temporary.path())));
    if (!written.ok() || std::rename(temporary.path().c_str(), path_.c_str()) != 0) {
      std::string cause = written.ok() ? std::strerror(errno) : written.error().message();
      return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path_.string(), cause)).at(path_.string());
    }
    temporary.finished();
    return {};
  }

 private:
  std::filesystem::path path_;
  UnfinishedFile gathered_;  // never finished: it goes with the writer
  std::vector<WrittenColumn> columns_;
  std::unique_ptr<DelimitedWriter> text_;
};

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::open(const std::filesystem::path& path, std::vector<WrittenColumn> columns) {
  FURROW_ASSIGN(Format format, format_of(path));
  switch (format) {
    case Format::kCsv: return std::unique_ptr<RowWriter>(std::make_unique<DelimitedWriter>(path, columns, ','));
    case Format::kTsv: return std::unique_ptr<RowWriter>(std::make_unique<DelimitedWriter>(path, columns, '\t'));
    case Format::kJsonLines: return std::unique_ptr<RowWriter>(std::make_unique<JsonLinesWriter>(path, columns));
    case Format::kParquet: break;
  }
  if (path.extension() == ".gz") {
    return Error(ErrorCode::kInvalidArgument, "Parquet compresses itself: write .parquet without .gz").at(path.string());
  }
  return std::unique_ptr<RowWriter>(std::make_unique<ParquetWriter>(path, std::move(columns)));
}

}  // namespace furrow::table
