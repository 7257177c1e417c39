#include "profile/feature_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/number_text.h"
#include "base/random.h"
#include "profile/feature_batch.h"
#include "table/row_reader.h"

namespace furrow::profile {
namespace {

// "12", "-0.5", "1e3"; not "007", "inf" or "1,000".
std::optional<double> plain_number(std::string_view text) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return {};
  if (digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return {};
  double value = Value(text).as_number();
  if (value != value || loses_digits(text, value)) return {};
  return value;
}

Value cell_value(const table::Cell& cell) {
  using Kind = table::Cell::Kind;
  std::string_view text = cell.text;
  switch (cell.kind) {
    case Kind::kMissing: return {};
    case Kind::kBoolean: return Value(text == "true");
    case Kind::kNumber:
      if (auto number = plain_number(text)) return Value(*number);
      return Value(text);
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
  std::optional<ProfileId> find(std::string_view text) const {
    auto at = ids_.find(text);
    if (at == ids_.end()) return {};
    return ProfileId{at->second};
  }

 private:
  std::unordered_map<std::string, uint64_t, TextHash, std::equal_to<>> ids_;
};

class Build {
 public:
  explicit Build(const FeatureFilesRequest& request) : request_(request) {}

  Result<FeatureFilesReport> run() {
    FURROW_TRY(load_programs());
    FURROW_ASSIGN(table::Table rows, read_observations());
    FURROW_TRY(choose_split());
    FeatureBatchOptions options;
    options.spill_folder = request_.out.has_parent_path() ? request_.out.parent_path() : std::filesystem::path(".");
    options.memory_bytes = request_.memory_bytes;
    FURROW_ASSIGN(batch_, FeatureBatch::create(features_, labels_, observations_, options));
    FURROW_TRY(read_events());
    FURROW_TRY(batch_->evaluate());
    report_.people = batch_->people();
    report_.duplicates = batch_->duplicates();
    FURROW_TRY(choose_rows());
    FURROW_TRY(write(rows));
    return std::move(report_);
  }

 private:
  void reject(std::string_view what, uint64_t line, std::string_view reason, std::string raw) {
    if (report_.rejects.size() < kMaxKeptRejects) report_.rejects.push_back({line, fmt::format("{}: {}", what, reason), std::move(raw)});
  }

  Status load_programs() {
    Diagnostics diagnostics;
    std::vector<FeatureDefinition> features, labels;
    auto root = YamlNode::load(request_.definitions.string(), diagnostics);
    if (root) {
      load_features(*root, features);
      load_labels(*root, features, labels);
    }
    FURROW_TRY(diagnostics.status());
    for (const auto& label : labels) reach_ = std::max(reach_, *label.window);
    if (request_.negatives > 0 && labels.empty()) {
      return Error(ErrorCode::kInvalidArgument, "negatives are sampled by a label: declare one under \"labels:\"").at(request_.definitions.string());
    }
    FURROW_ASSIGN(features_, FeatureProgram::compile(std::move(features)));
    report_.features = features_->size();
    report_.labels = labels.size();
    if (labels.empty()) return {};
    FURROW_ASSIGN(labels_, FeatureProgram::compile(std::move(labels)));
    return {};
  }

  std::vector<std::string> added_columns() const {
    std::vector<std::string> names;
    for (const auto& definition : features_->definitions()) names.push_back(definition.name);
    if (labels_) {
      for (const auto& definition : labels_->definitions()) names.push_back(definition.name);
    }
    if (request_.test_share > 0) names.emplace_back("split");
    if (request_.negatives > 0) names.emplace_back("weight");
    return names;
  }

  Result<table::Table> read_observations() {
    table::ReadOptions options;
    options.text_columns = {"profile_id", "time"};
    table::ReadReport read;
    FURROW_ASSIGN(table::Table rows, table::read_table(request_.observations, options, &read));
    const std::string file = request_.observations.string();
    FURROW_ASSIGN(const table::Column* who, rows.require("profile_id", file));
    FURROW_ASSIGN(const table::Column* when, rows.require("time", file));
    const std::vector<std::string> own = rows.names();
    for (const std::string& name : added_columns()) {
      if (std::find(own.begin(), own.end(), name) == own.end()) continue;
      return Error(ErrorCode::kInvalidFile, fmt::format("the observations already have a column \"{}\": rename the feature or the column", name)).at(file);
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
      reject("observations", read.number_in_file(row), id.empty() ? "profile_id is empty (row counted without the header)" : time.error().message(),
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
    message_ = index("message_id");
    feature_columns_.clear();
    label_columns_.clear();
    for (const std::string& name : features_->property_names()) feature_columns_.push_back(index(name));
    if (labels_) {
      for (const std::string& name : labels_->property_names()) label_columns_.push_back(index(name));
    }
    known_columns_ = names.size();
  }

  // Why the row is no event; "" when it is and was taken.
  Result<std::string> take_event(const table::Row& row, uint64_t position) {
    auto cell = [&](size_t column) { return column < row.cells.size() ? row.cells[column] : table::Cell{}; };
    const std::string_view who = cell(who_).text, what = cell(what_).text;
    if (who.empty()) return std::string("profile_id is empty");
    if (what.empty()) return std::string("event is empty");
    auto time = parse_time(cell(when_).text);
    if (!time) return time.error().message();
    batch_->saw(*time);
    const auto person = people_.find(who);
    if (!person || !batch_->wants(what)) return std::string();
    for (size_t i = 0; i < feature_values_.size(); ++i) feature_values_[i] = cell_value(cell(feature_columns_[i]));
    for (size_t i = 0; i < label_values_.size(); ++i) label_values_[i] = cell_value(cell(label_columns_[i]));
    const std::string_view message = cell(message_).text;
    FURROW_TRY(batch_->add(*person, what, feature_values_, label_values_, *time, {position}, message.empty() ? 0 : hash64(message) | 1));
    return std::string();
  }

  Status read_events() {
    FURROW_ASSIGN(auto reader, table::RowReader::open(request_.events));
    find_columns(reader->columns());
    if (known_columns_ > 0) FURROW_TRY(require_event_columns(reader->columns()));
    feature_values_.resize(features_->property_names().size());
    label_values_.resize(labels_ ? labels_->property_names().size() : 0);
    table::Row row;
    for (uint64_t n = 1;; ++n) {
      FURROW_ASSIGN(bool more, reader->next(row));
      if (!more) break;
      if (reader->columns().size() != known_columns_) find_columns(reader->columns());
      std::string fault(row.fault);
      if (row.good()) {
        FURROW_ASSIGN(fault, take_event(row, n));
      }
      if (fault.empty()) {
        ++report_.events;
      } else {
        ++report_.events_rejected;
        reject("events", row.line, fault, report_.rejects.size() < kMaxKeptRejects ? reader->standalone() : std::string());
      }
      if (request_.progress && n % 65536 == 0) request_.progress(reader->bytes_read(), reader->bytes_total());
    }
    note_unknown_columns(reader->columns());
    return require_event_columns(reader->columns());
  }

  void note_unknown_columns(const std::vector<std::string>& columns) {
    std::vector<std::string> read = features_->property_names();
    if (labels_) read.insert(read.end(), labels_->property_names().begin(), labels_->property_names().end());
    for (const std::string& name : read) {
      auto among = [&](const std::vector<std::string>& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
      if (!among(columns) && !among(report_.unknown_columns)) report_.unknown_columns.push_back(name);
    }
  }

  Status require_event_columns(const std::vector<std::string>& names) const {
    for (const char* needed : {"profile_id", "event", "time"}) {
      if (std::find(names.begin(), names.end(), needed) != names.end()) continue;
      return Error(ErrorCode::kInvalidFile, fmt::format("the column \"{}\" is missing; the file has: {}", needed, fmt::join(names, ", "))).at(request_.events.string());
    }
    return {};
  }

  // The time from which on observations are for testing.
  Status choose_split() {
    if (request_.test_share <= 0) return {};
    std::vector<Time> times;
    for (const auto& observation : observations_) times.push_back(observation.time);
    if (times.empty()) return {};
    const size_t cut = std::min(times.size() - 1, static_cast<size_t>(static_cast<double>(times.size()) * (1 - request_.test_share)));
    std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(cut), times.end());
    test_from_ = times[cut];
    return {};
  }
  std::string_view split_of(Time time) const { return time >= test_from_ ? "test" : time + reach_ >= test_from_ ? "gap" : "train"; }

  Status choose_rows() {
    const size_t label = features_->size();
    size_t positives = 0, negatives = 0;
    for (size_t row = 0; row < observations_.size(); ++row) {
      if (request_.negatives <= 0) continue;
      positives += batch_->row(row)[label] == 1;
      negatives += batch_->row(row)[label] == 0;
    }
    const double wanted = request_.negatives * static_cast<double>(positives);
    const double kept = negatives == 0 ? 1 : std::min(1.0, wanted / static_cast<double>(negatives));
    negative_weight_ = kept > 0 ? 1 / kept : 1;
    Random random(request_.seed);
    for (size_t row = 0; row < observations_.size(); ++row) {
      const bool negative = request_.negatives > 0 && batch_->row(row)[label] == 0;
      if (!negative || random.chance(kept)) rows_.push_back(row);
    }
    report_.rows = rows_.size();
    return {};
  }

  // A feature is text when its aggregate gives one, or any of its values is one.
  std::vector<table::ColumnType> column_types() const {
    std::vector<table::ColumnType> types;
    for (const auto& definition : features_->definitions()) {
      types.push_back(definition.result() == ResultKind::kText ? table::ColumnType::kText : table::ColumnType::kNumber);
    }
    for (size_t f = 0; f < features_->size(); ++f) {
      for (size_t i = 0; i < rows_.size() && types[f] == table::ColumnType::kNumber && features_->definitions()[f].result() == ResultKind::kAny; ++i) {
        if (is_text_cell(std::bit_cast<Cell>(batch_->row(rows_[i])[f]))) types[f] = table::ColumnType::kText;
      }
    }
    if (labels_) types.insert(types.end(), labels_->size(), table::ColumnType::kNumber);
    return types;
  }

  void append_value(double value, table::Column& column) const {
    const bool is_text = column.type() == table::ColumnType::kText;
    if (is_text_cell(std::bit_cast<Cell>(value))) column.append_text(batch_->text(value));
    else if (value != value) column.append_null();
    else if (is_text) column.append_text(fmt::format("{}", value));
    else column.append_number(value);
  }

  table::Table part(const table::Table& rows, const std::vector<std::string>& names, const std::vector<table::ColumnType>& types, size_t from, size_t to) const {
    const std::vector<size_t> chosen(rows_.begin() + static_cast<ptrdiff_t>(from), rows_.begin() + static_cast<ptrdiff_t>(to));
    table::Table out = rows.take(chosen);
    for (size_t c = 0; c < types.size(); ++c) {
      table::Column column(names[c], types[c]);
      column.reserve(chosen.size());
      for (size_t row : chosen) append_value(batch_->row(row)[c], column);
      out.add(std::move(column));
    }
    if (request_.test_share > 0) {
      table::Column split("split", table::ColumnType::kText);
      for (size_t row : chosen) split.append_text(split_of(observations_[row].time));
      out.add(std::move(split));
    }
    if (request_.negatives > 0) {
      table::Column weight("weight", table::ColumnType::kNumber);
      for (size_t row : chosen) weight.append_number(batch_->row(row)[features_->size()] == 0 ? negative_weight_ : 1);
      out.add(std::move(weight));
    }
    return out;
  }

  Status write(const table::Table& rows) {
    const std::vector<std::string> names = added_columns();
    const std::vector<table::ColumnType> types = column_types();
    const size_t step = std::clamp<size_t>(size_t{1'000'000} / std::max<size_t>(names.size(), 1), 256, 65'536);
    size_t from = 0;
    return table::write_parts(part(rows, names, types, 0, 0), [&]() -> Result<table::Table> {
      const size_t to = std::min(rows_.size(), from + step);
      table::Table next = part(rows, names, types, from, to);
      from = to;
      return next;
    }, request_.out);
  }

  const FeatureFilesRequest& request_;
  FeatureFilesReport report_;
  std::shared_ptr<const FeatureProgram> features_, labels_;
  std::unique_ptr<FeatureBatch> batch_;
  People people_;
  std::vector<Observation> observations_;
  std::vector<size_t> rows_;  // that are written
  std::vector<size_t> feature_columns_, label_columns_;
  std::vector<Value> feature_values_, label_values_;
  size_t who_ = 0, what_ = 0, when_ = 0, message_ = 0, known_columns_ = 0;
  Duration reach_;
  Time test_from_{INT64_MAX};
  double negative_weight_ = 1;
};

}  // namespace

Result<FeatureFilesReport> build_feature_file(const FeatureFilesRequest& request) { return Build(request).run(); }

}  // namespace furrow::profile
