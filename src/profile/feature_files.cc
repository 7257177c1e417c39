#include "profile/feature_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "profile/history.h"
#include "table/row_reader.h"

namespace furrow::profile {
namespace {

// "12", "-0.5", "1e3"; not "007", "inf" or "1,000".
std::optional<double> plain_number(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return {};
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return {};
  double value = Value(text).as_number();
  if (value != value) return {};
  return value;
}

Value cell_value(const table::Cell& cell) {
  using Kind = table::Cell::Kind;
  std::string_view text = cell.text;
  switch (cell.kind) {
    case Kind::kMissing: return {};
    case Kind::kBoolean: return Value(text == "true");
    case Kind::kNumber: return Value(Value(text).as_number());
    default: break;
  }
  for (std::string_view nothing : {"", "NULL", "null", "NaN", "nan", "N/A"}) {
    if (text == nothing) return {};
  }
  if (text == "true" || text == "True" || text == "TRUE") return Value(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value(false);
  if (auto number = plain_number(text)) return Value(*number);
  return Value(text);
}

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return hash64(text); }
};
// A number for each person's text id, exact: no two people share one.
class People {
 public:
  ProfileId id(std::string_view text) {
    auto at = ids_.find(text);
    if (at == ids_.end()) at = ids_.emplace(std::string(text), ids_.size() + 1).first;
    return {at->second};
  }
  size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>> ids_;
};

class Build {
 public:
  explicit Build(const FeatureFilesRequest& request) : request_(request) {}

  Result<FeatureFilesReport> run() {
    FURROW_TRY(load_program());
    FURROW_ASSIGN(History history, History::create(program_));
    FURROW_ASSIGN(table::Table rows, read_observations());
    FURROW_TRY(read_events(history));
    FURROW_TRY(add_features(history, rows));
    FURROW_TRY(table::write_table(rows, request_.out));
    return std::move(report_);
  }

 private:
  void reject(std::string_view what, uint64_t line, std::string_view reason, std::string raw) {
    if (report_.rejects.size() < kMaxKeptRejects) report_.rejects.push_back({line, fmt::format("{}: {}", what, reason), std::move(raw)});
  }

  Status load_program() {
    Diagnostics diagnostics;
    std::vector<FeatureDefinition> definitions;
    auto root = YamlNode::load(request_.definitions.string(), diagnostics);
    if (root) load_features(*root, definitions);
    FURROW_TRY(diagnostics.status());
    FURROW_ASSIGN(program_, FeatureProgram::compile(std::move(definitions)));
    report_.features = program_->size();
    return {};
  }

  Result<table::Table> read_observations() {
    table::ReadOptions options;
    options.text_columns = {"profile_id", "time"};
    table::ReadReport read;
    FURROW_ASSIGN(table::Table rows, table::read_table(request_.observations, options, &read));
    const std::string file = request_.observations.string();
    FURROW_ASSIGN(const table::Column* who, rows.require("profile_id", file));
    FURROW_ASSIGN(const table::Column* when, rows.require("time", file));
    for (const auto& definition : program_->definitions()) {
      if (rows.find(definition.name)) {
        return Error(ErrorCode::kInvalidFile, fmt::format("the observations already have a column \"{}\": rename the feature or the column", definition.name)).at(file);
      }
    }
    for (auto& bad : read.rejects) reject("observations", bad.line, bad.reason, std::move(bad.raw));
    report_.observations_rejected = read.rejected;
    std::vector<size_t> good;
    for (size_t row = 0; row < rows.rows(); ++row) {
      auto time = when->type() == table::ColumnType::kTimestamp && !when->is_null(row) ? Result<Time>(when->time(row)) : parse_time(when->to_text(row));
      const std::string id = who->to_text(row);
      if (time && !id.empty()) {
        good.push_back(row);
        observations_.push_back({people_.id(id), *time});
        continue;
      }
      ++report_.observations_rejected;
      reject("observations", row + 1, id.empty() ? "profile_id is empty (row counted without the header)" : time.error().message(),
             fmt::format("{},{}", id, when->to_text(row)));
    }
    report_.observations = good.size();
    if (good.size() == rows.rows()) return rows;
    return rows.take(good);
  }

  // Where each needed column stands; files of JSON Lines may show a column late.
  void find_columns(const std::vector<std::string>& names) {
    auto index = [&](std::string_view name) { return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin()); };
    who_ = index("profile_id");
    what_ = index("event");
    when_ = index("time");
    property_columns_.clear();
    for (const std::string& name : program_->property_names()) property_columns_.push_back(index(name));
    known_columns_ = names.size();
  }

  // Why the row is no event; "" when it is and was taken.
  std::string take_event(const table::Row& row, uint64_t position, History& history) {
    auto cell = [&](size_t column) { return column < row.cells.size() ? row.cells[column] : table::Cell{}; };
    if (cell(who_).text.empty()) return "profile_id is empty";
    if (cell(what_).text.empty()) return "event is empty";
    auto time = parse_time(cell(when_).text);
    if (!time) return time.error().message();
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = cell_value(cell(property_columns_[i]));
    history.add(people_.id(cell(who_).text), cell(what_).text, values_, *time, {position});
    return {};
  }

  Status read_events(History& history) {
    FURROW_ASSIGN(auto reader, table::RowReader::open(request_.events));
    find_columns(reader->columns());
    if (known_columns_ > 0) FURROW_TRY(require_event_columns(reader->columns()));
    values_.resize(program_->property_names().size());
    table::Row row;
    for (uint64_t n = 1;; ++n) {
      FURROW_ASSIGN(bool more, reader->next(row));
      if (!more) break;
      if (reader->columns().size() != known_columns_) find_columns(reader->columns());
      std::string fault = row.good() ? take_event(row, n, history) : std::string(row.fault);
      if (fault.empty()) {
        ++report_.events;
      } else {
        ++report_.events_rejected;
        reject("events", row.line, fault, report_.rejects.size() < kMaxKeptRejects ? reader->standalone() : std::string());
      }
      if (request_.progress && n % 65536 == 0) request_.progress(reader->bytes_read(), reader->bytes_total());
    }
    report_.people = history.people();
    return require_event_columns(reader->columns());
  }

  Status require_event_columns(const std::vector<std::string>& names) const {
    for (const char* needed : {"profile_id", "event", "time"}) {
      if (std::find(names.begin(), names.end(), needed) != names.end()) continue;
      return Error(ErrorCode::kInvalidFile, fmt::format("the column \"{}\" is missing; the file has: {}", needed, fmt::join(names, ", "))).at(request_.events.string());
    }
    return {};
  }

  Status add_features(History& history, table::Table& rows) {
    const size_t width = program_->size();
    std::vector<double> numbers(observations_.size() * width);
    std::vector<std::unordered_map<size_t, std::string>> texts(width);  // few features hold texts
    history.evaluate(observations_, [&](const History::Row& row) {
      std::copy(row.features.begin(), row.features.end(), numbers.begin() + static_cast<ptrdiff_t>(row.index * width));
      for (size_t f = 0; f < width; ++f) {
        if (!row.texts[f].empty()) texts[f].emplace(row.index, row.texts[f]);
      }
    });
    for (size_t f = 0; f < width; ++f) {
      const bool is_text = !texts[f].empty();
      table::Column column(program_->definitions()[f].name, is_text ? table::ColumnType::kText : table::ColumnType::kNumber);
      column.reserve(observations_.size());
      for (size_t row = 0; row < observations_.size(); ++row) {
        const double number = numbers[row * width + f];
        auto text = texts[f].find(row);
        if (text != texts[f].end()) column.append_text(text->second);
        else if (number != number) column.append_null();
        else if (is_text) column.append_text(fmt::format("{}", number));
        else column.append_number(number);
      }
      rows.add(std::move(column));
    }
    return {};
  }

  const FeatureFilesRequest& request_;
  FeatureFilesReport report_;
  std::shared_ptr<const FeatureProgram> program_;
  People people_;
  std::vector<Observation> observations_;
  std::vector<size_t> property_columns_;
  std::vector<Value> values_;
  size_t who_ = 0, what_ = 0, when_ = 0, known_columns_ = 0;
};

}  // namespace

Result<FeatureFilesReport> build_feature_file(const FeatureFilesRequest& request) { return Build(request).run(); }

}  // namespace furrow::profile
