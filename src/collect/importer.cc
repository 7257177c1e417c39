#include "collect/importer.h"

#include <fmt/format.h>

#include <algorithm>

#include "collect/row_mapper.h"
#include "collect/tracking.h"
#include "table/encoding.h"

namespace furrow::collect {
namespace {

constexpr size_t kTrackingRows = 500;

// What becomes of good rows: a batch fills up.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual Status bind(const table::RowReader& reader) = 0;
  virtual void take(const table::RowReader& reader, const table::Row& row, ImportBatch& batch) = 0;
  virtual void finish(ImportBatch&) {}
};

struct Place {
  const SourceDeclaration& source;
  const std::string& file;
  const Clock& clock;
  ImportCounts& counts;
  const EventGate& gate;
  CellGate* cells;

  // Takes the event into the batch, or sets it aside.
  void accept(Event&& event, uint64_t line, const std::function<std::string()>& raw, ImportBatch& batch) const {
    if (gate) {
      if (auto why = gate(event)) {
        ++counts.refused;
        batch.refused.push_back({clock.now(), source.name, std::move(why->code), std::move(why->message), std::move(why->field), file, line, raw()});
        return;
      }
    }
    ++counts.events;
    batch.events.push_back(std::move(event));
  }
  void refuse(const Error& error, uint64_t line, std::string raw, ImportBatch& batch) const {
    ++counts.refused;
    batch.refused.push_back({clock.now(), source.name, std::string(error_info(error.code()).name), error.message(), error.field(),
                             file, line, std::move(raw)});
  }
};

class MappedRows : public RowSink {
 public:
  explicit MappedRows(const Place& place) : place_(place), mapper_(place.source, place.cells) {}
  Status bind(const table::RowReader& reader) override { return mapper_.bind(reader.columns(), place_.file); }
  void take(const table::RowReader& reader, const table::Row& row, ImportBatch& batch) override {
    Event event;
    switch (mapper_.map(row, place_.clock.now(), event, fault_)) {
      case RowMapper::Outcome::kEvent:
        place_.accept(std::move(event), row.line, [&] { return reader.standalone(); }, batch);
        break;
      case RowMapper::Outcome::kSkipped: ++place_.counts.skipped; break;
      case RowMapper::Outcome::kRefused: place_.refuse(*fault_, row.line, reader.standalone(), batch); break;
    }
  }

 private:
  Place place_;
  RowMapper mapper_;
  std::optional<Error> fault_;
};

// Rows that are Segment messages: read by the tracking API's own reader, a batch at a time.
class TrackingRows : public RowSink {
 public:
  explicit TrackingRows(const Place& place) : place_(place), identity_(place.source.name, place.source.identical_once) {}
  Status bind(const table::RowReader& reader) override {
    identity_.bind(reader.columns());
    auto at = std::find(reader.columns().begin(), reader.columns().end(), "messageId");
    message_id_ = static_cast<size_t>(at - reader.columns().begin());
    return {};
  }
  void take(const table::RowReader& reader, const table::Row& row, ImportBatch& batch) override {
    bool named = message_id_ < row.cells.size() && !row.cells[message_id_].text.empty();
    std::string raw = reader.standalone();
    body_ += body_.empty() ? "{\"batch\":[" : ",";
    body_ += as_utf8(raw, reader);
    pending_.push_back({row.line, std::move(raw), named ? std::string() : identity_.name(row)});
    if (pending_.size() >= kTrackingRows) finish(batch);
  }
  void finish(ImportBatch& batch) override {
    if (pending_.empty()) return;
    body_ += "]}";
    TrackingReading reading;
    Status status = reader_.read(TrackingCall::kBatch, body_, place_.clock.now(), place_.source.name, reading);
    if (!status.ok()) {
      for (Pending& row : pending_) place_.refuse(status.error(), row.line, std::move(row.raw), batch);
    } else {
      settle(reading, batch);
    }
    pending_.clear();
    body_.clear();
  }

 private:
  struct Pending { uint64_t line; std::string raw, derived_id; };

  // The row's own bytes may be GB18030; one such row must not spoil the body it stands in.
  std::string_view as_utf8(std::string_view raw, const table::RowReader& reader) {
    if (table::is_clean_utf8(raw)) return raw;
    if (!decoder_) decoder_.emplace(table::parse_encoding(reader.encoding()).value_or(table::Encoding::kMixed));
    return decoder_->decode(raw, raw).value_or(raw);
  }

  void settle(TrackingReading& reading, ImportBatch& batch) {
    std::sort(reading.refused.begin(), reading.refused.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    size_t refused = 0, taken = 0;
    for (size_t i = 0; i < pending_.size(); ++i) {
      if (refused < reading.refused.size() && reading.refused[refused].index == i) {
        place_.refuse(reading.refused[refused++].error, pending_[i].line, std::move(pending_[i].raw), batch);
        continue;
      }
      Event& event = reading.events[taken++];
      if (!pending_[i].derived_id.empty()) event.message_id = pending_[i].derived_id;
      place_.accept(std::move(event), pending_[i].line, [&] { return std::move(pending_[i].raw); }, batch);
    }
  }

  Place place_;
  RowIdentity identity_;
  TrackingReader reader_;
  size_t message_id_ = 0;
  std::string body_;
  std::optional<table::RowDecoder> decoder_;
  std::vector<Pending> pending_;
};

std::unique_ptr<RowSink> make_sink(const Place& place) {
  if (place.source.map.tracking) return std::make_unique<TrackingRows>(place);
  return std::make_unique<MappedRows>(place);
}

// As declared, unless the file's name says that it cannot be of that format: a CSV given to a source declared as Parquet.
table::RowReaderOptions reader_options(const SourceDeclaration& source, const std::filesystem::path& name) {
  table::RowReaderOptions options{.format = source.format, .format_by_name = false, .delimiter = source.delimiter, .encoding = source.encoding};
  auto named = table::format_of(name);
  auto delimited = [](table::Format format) { return format == table::Format::kCsv || format == table::Format::kTsv; };
  if (!named.ok() || source.map.tracking || *named == source.format || (delimited(*named) && delimited(source.format))) return options;
  options.format = *named;
  options.delimiter = 0;
  return options;
}

Status deliver(RowSink& rows, ImportBatch& batch, const ImportSink& sink) {
  rows.finish(batch);
  if (batch.events.empty() && batch.refused.empty()) return {};
  ImportBatch full;
  std::swap(full, batch);
  return sink(std::move(full));
}

}  // namespace

Status import_file(const SourceDeclaration& source, const std::filesystem::path& path, const std::string& label, const Clock& clock,
                   const ImportOptions& options, const ImportSink& sink, ImportCounts& counts) {
  FURROW_ASSIGN(auto reader, table::RowReader::open(path, reader_options(source, path)));
  auto rows = make_sink(Place{source, label, clock, counts, options.gate, options.cells});
  ImportBatch batch;
  table::Row row;
  size_t bound = static_cast<size_t>(-1), in_batch = 0;
  while (true) {
    auto found = reader->next(row);
    if (!found.ok()) {  // what came before the damage is kept
      FURROW_TRY(deliver(*rows, batch, sink));
      return std::move(found).error();
    }
    if (*found && bound != reader->columns().size()) {
      bound = reader->columns().size();
      FURROW_TRY(rows->bind(*reader));
    }
    if (*found) {
      ++counts.rows;
      ++in_batch;
      if (row.good()) {
        rows->take(*reader, row, batch);
      } else {
        Place place{source, label, clock, counts, options.gate, options.cells};
        place.refuse(Error(ErrorCode::kInvalidRow, fmt::format("the row is {}", row.fault)), row.line, reader->standalone(), batch);
      }
    }
    bool stopped = options.stop && options.stop->load(std::memory_order_relaxed);
    if (*found && in_batch < options.batch_rows && !stopped) continue;
    in_batch = 0;
    FURROW_TRY(deliver(*rows, batch, sink));
    if (*found) counts.last_line = row.line;
    if (options.progress && reader->bytes_total() > 0) {
      options.progress(static_cast<double>(reader->bytes_read()) / static_cast<double>(reader->bytes_total()), counts);
    }
    if (!*found) break;
    if (stopped) {
      return Error(ErrorCode::kInterrupted,
                   fmt::format("stopped at line {} of {}; run it again to go on: nothing is imported twice", row.line, label));
    }
  }
  if (bound == static_cast<size_t>(-1) && reader->delimiter() != 0) FURROW_TRY(rows->bind(*reader));  // a header, no rows
  return {};
}

namespace {

// A record of the tracking API holds one event's own JSON, on as many lines as its sender liked.
Result<std::optional<Event>> replay_tracking(const QuarantineRecord& record) {
  TrackingReader reader;
  TrackingReading reading;
  std::string body = "{\"batch\":[" + record.raw + "]}";
  FURROW_TRY(reader.read(TrackingCall::kBatch, body, record.time, record.source, reading));
  if (!reading.refused.empty()) return std::move(reading.refused.front().error);
  if (reading.events.size() != 1) return Error(ErrorCode::kInvalidEvent, "the raw bytes are not one event");
  return std::optional<Event>(std::move(reading.events.front()));
}

}  // namespace

Result<std::optional<Event>> replay_row(const SourceDeclaration* source, const QuarantineRecord& record, Time received_at, CellGate* cells) {
  if (!source) return replay_tracking(record);
  ManualClock clock(received_at);
  ImportCounts counts;
  ImportBatch batch;
  FURROW_ASSIGN(auto reader, table::RowReader::over(record.raw, record.file, reader_options(*source, record.file)));
  const EventGate open;
  auto rows = make_sink(Place{*source, record.file, clock, counts, open, cells});
  table::Row row;
  FURROW_ASSIGN(bool found, reader->next(row));
  if (!found) return Error(ErrorCode::kInvalidRow, "the record holds no row");
  if (!row.good()) return Error(ErrorCode::kInvalidRow, fmt::format("the row is {}", row.fault));
  FURROW_TRY(rows->bind(*reader));
  rows->take(*reader, row, batch);
  rows->finish(batch);
  if (!batch.refused.empty()) {
    const QuarantineRecord& why = batch.refused.front();
    return Error(why.code == "too_large" ? ErrorCode::kTooLarge : ErrorCode::kInvalidRow, why.message).in_field(why.field);
  }
  if (batch.events.empty()) return std::optional<Event>();
  return std::optional<Event>(std::move(batch.events.front()));
}

}  // namespace furrow::collect
