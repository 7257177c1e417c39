#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cstring>
#include <deque>
#include <unordered_map>

#include "base/number_text.h"
#include "base/hard_json.h"
#include "table/encoding.h"
#include "table/row_readers.h"

namespace furrow::table {
namespace {

constexpr int kMaxDepth = 16;

class JsonLinesReader : public RowReader {
 public:
  JsonLinesReader(std::unique_ptr<ByteSource> source, std::string name, const RowReaderOptions& options)
      : source_(std::move(source)), name_(std::move(name)), decoder_(options.encoding) {}

  const std::vector<std::string>& columns() const override { return columns_; }
  Result<bool> next(Row& row) override;
  std::string standalone() const override { return std::string(raw_) + "\n"; }
  uint64_t bytes_read() const override { return source_->bytes_read(); }
  uint64_t bytes_total() const override { return source_->bytes_total(); }
  std::string_view encoding() const override { return source_->was_utf16() ? "utf-16" : decoder_.name(); }
  char delimiter() const override { return 0; }

 private:
  Result<bool> next_line(uint64_t& line, bool& too_long);
  void parse(std::string_view json, Row& row);
  bool walk(const simdjson::dom::object& object, int depth);
  Cell cell_of(const simdjson::dom::element& element);
  size_t column_at(std::string_view path);
  std::string_view keep(std::string text) { return owned_.emplace_back(std::move(text)); }

  std::unique_ptr<ByteSource> source_;
  std::string name_;
  RowDecoder decoder_;
  std::vector<std::string> columns_;
  struct PathHash {
    using is_transparent = void;
    size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
  };
  std::unordered_map<std::string, size_t, PathHash, std::equal_to<>> index_;
  size_t last_ = 0;                // 1 + the column of the member before; 0 at the start
  std::vector<size_t> behind_{0};  // by last_: the column that came next when it was there last
  std::vector<Cell> cells_;
  std::deque<std::string> owned_;
  std::string path_, padded_, fault_;
  simdjson::dom::parser parser_;
  std::string_view raw_;
  uint64_t line_ = 1;
  size_t pending_ = 0;
};

Result<bool> JsonLinesReader::next_line(uint64_t& line, bool& too_long) {
  source_->consume(pending_);
  pending_ = 0;
  too_long = false;
  bool ended = false;
  while (true) {
    std::string_view window = source_->window();
    size_t end = window.find('\n');
    if (end == std::string_view::npos && !ended && window.size() <= kMaxRowBytes) {
      FURROW_ASSIGN(bool more, source_->more());
      ended = !more;
      continue;
    }
    if (window.empty()) return false;
    bool has_end = end != std::string_view::npos;
    // A longer piece without a line end is told as a row of its own; the rest of that line follows as others.
    raw_ = window.substr(0, has_end ? end : window.size());
    pending_ = raw_.size() + (has_end ? 1 : 0);
    line = line_;
    line_ += has_end;
    if (!raw_.empty() && raw_.back() == '\r') raw_.remove_suffix(1);
    too_long = raw_.size() > kMaxRowBytes;
    if (!is_blank(raw_)) return true;
    source_->consume(pending_);
    pending_ = 0;
  }
}

// Rows tend to have their members in one of a few orders: what stood behind the member before is looked at first.
size_t JsonLinesReader::column_at(std::string_view path) {
  size_t& next = behind_[last_];
  if (next >= columns_.size() || columns_[next] != path) {
    auto at = index_.find(path);
    if (at == index_.end()) {
      at = index_.emplace(path, columns_.size()).first;
      columns_.emplace_back(path);
      behind_.resize(columns_.size() + 1);
      behind_[last_] = at->second;
      return (last_ = at->second + 1) - 1;
    }
    next = at->second;
  }
  last_ = next + 1;
  return next;
}

Cell JsonLinesReader::cell_of(const simdjson::dom::element& element) {
  using simdjson::dom::element_type;
  char digits[32];
  auto digits_of = [&](auto number) {
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return Cell{Cell::Kind::kNumber, keep(std::string(digits, end))};
  };
  switch (element.type()) {
    case element_type::STRING: return {Cell::Kind::kText, element.get_string().value_unsafe()};
    case element_type::INT64: return digits_of(element.get_int64().value_unsafe());
    case element_type::UINT64: return digits_of(element.get_uint64().value_unsafe());
    case element_type::DOUBLE: return {Cell::Kind::kNumber, keep(number_text(element.get_double().value_unsafe()))};
    case element_type::BOOL: return {Cell::Kind::kBoolean, element.get_bool().value_unsafe() ? "true" : "false"};
    case element_type::ARRAY: return {Cell::Kind::kJson, keep(simdjson::minify(element))};
    default: return {};
  }
}

bool JsonLinesReader::walk(const simdjson::dom::object& object, int depth) {
  if (depth > kMaxDepth) {
    fault_ = fmt::format("nested deeper than {} objects", kMaxDepth);
    return false;
  }
  size_t prefix = path_.size();
  for (auto [key, element] : object) {
    if (prefix > 0) path_ += '.';
    path_ += key;
    if (element.is_object()) {
      if (!walk(element.get_object().value_unsafe(), depth + 1)) return false;
    } else {
      size_t column = column_at(path_);
      if (columns_.size() > kMaxColumns) {
        fault_ = fmt::format("making more than {} columns", kMaxColumns);
        index_.erase(columns_.back());
        columns_.pop_back();
        behind_.pop_back();
        return false;
      }
      cells_.resize(columns_.size());
      cells_[column] = cell_of(element);
    }
    path_.resize(prefix);
  }
  return true;
}

void JsonLinesReader::parse(std::string_view json, Row& row) {
  // The parser reads some bytes past the end: those of the next rows will do.
  const char* behind = source_->window().data() + source_->window().size();
  bool in_window = json.data() == raw_.data() && static_cast<size_t>(behind - json.data()) >= json.size() + simdjson::SIMDJSON_PADDING;
  auto pad = [&] { padded_.reserve(padded_.size() + simdjson::SIMDJSON_PADDING); };
  if (!in_window) {
    padded_.assign(json);
    pad();
  }
  simdjson::dom::element root;
  auto failure = parser_.parse(in_window ? json.data() : padded_.data(), json.size(), false).get(root);
  if (failure == simdjson::NUMBER_ERROR || failure == simdjson::STRING_ERROR) {
    padded_.assign(json);
    if (ease_json(padded_)) {
      pad();
      failure = parser_.parse(padded_.data(), padded_.size(), false).get(root);
    }
  }
  if (failure) {
    fault_ = fmt::format("not JSON: {}", simdjson::error_message(failure));
  } else if (simdjson::dom::object object; root.get(object)) {
    fault_ = "not a JSON object";
  } else {
    path_.clear();
    last_ = 0;
    if (walk(object, 1)) {
      row.cells = cells_;
      return;
    }
  }
  row.fault = fault_;
}

Result<bool> JsonLinesReader::next(Row& row) {
  bool too_long = false;
  FURROW_ASSIGN(bool found, next_line(row.line, too_long));
  if (!found) return false;
  row.cells = {};
  row.fault = {};
  owned_.clear();
  cells_.assign(columns_.size(), Cell{});
  if (too_long) {
    row.fault = "longer than 1 MiB";
  } else if (std::memchr(raw_.data(), 0, raw_.size())) {
    row.fault = "holding NUL bytes";
  } else if (auto decoded = decoder_.decode(raw_, source_->window()); !decoded) {
    row.fault = decoder_.fault();
  } else {
    parse(*decoded, row);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<RowReader>> make_jsonl_reader(std::unique_ptr<ByteSource> source, std::string name,
                                                     const RowReaderOptions& options) {
  return std::unique_ptr<RowReader>(std::make_unique<JsonLinesReader>(std::move(source), std::move(name), options));
}

}  // namespace furrow::table
