#include "govern/clean.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "base/cut_text.h"
#include "base/ids.h"
#include "govern/address.h"
#include "govern/change_journal.h"
#include "govern/seen_rows.h"
#include "govern/table_study.h"
#include "govern/text_form.h"
#include "table/files.h"
#include "table/row_writer.h"

namespace furrow::govern {
namespace {

using table::Cell;
constexpr size_t kExamples = 5;
constexpr size_t kRowsThatTellTheEncoding = 1'000;
constexpr size_t kMostRawBytes = 4096;

bool is_numeric(Meaning meaning) { return meaning == Meaning::kMoney || meaning == Meaning::kPercent || meaning == Meaning::kNumber; }

Cell::Kind kind_of(const Cell& original, const CellOutcome& outcome, Meaning meaning) {
  if (outcome.value.empty()) return Cell::Kind::kMissing;
  if (outcome.value == original.text && !original.missing()) return original.kind;
  if (original.kind == Cell::Kind::kText || original.kind == Cell::Kind::kMissing) {
    if (meaning == Meaning::kBoolean) return Cell::Kind::kText;
    return Cell::Kind::kText;
  }
  return is_numeric(meaning) && is_plain_number(outcome.value) ? Cell::Kind::kNumber : Cell::Kind::kText;
}

class RejectFile {
 public:
  static Result<std::unique_ptr<RejectFile>> open(const std::filesystem::path& path) {
    FURROW_ASSIGN(auto writer, table::RowWriter::open(path, {{"line", true}, {"reason"}, {"raw"}}));
    return std::make_unique<RejectFile>(std::move(writer));
  }
  explicit RejectFile(std::unique_ptr<table::RowWriter> writer) : writer_(std::move(writer)) {}
  void add(uint64_t line, std::string_view reason, std::string_view raw) {
    std::string number = std::to_string(line);
    Cell cells[] = {{Cell::Kind::kNumber, number}, {Cell::Kind::kText, reason}, {Cell::Kind::kText, raw.substr(0, kMostRawBytes)}};
    writer_->row(cells);
  }
  Status finish() { return writer_->finish(); }

 private:
  std::unique_ptr<table::RowWriter> writer_;
};

class Cleaner {
 public:
  Cleaner(const CleanOptions& options, Time now, TableStudy study, CleanReport& report) : options_(options), now_(now), study_(std::move(study)), report_(report) {
    for (const ColumnPlan& plan : study_.plans) standardizers_.emplace_back(plan);
    outcomes_.resize(study_.plans.size());
    prepare_report();
    find_time_limits();
  }

  Status run(table::RowReader& reader) {
    FURROW_TRY(open_files());
    table::Row row;
    while (true) {
      FURROW_ASSIGN(bool more, reader.next(row));
      if (!more) break;
      if (++report_.rows_in % 16384 == 0 && options_.progress) options_.progress(share(reader), report_.rows_in);
      if (!row.good()) {
        ++report_.rejected_unreadable;
        if (rejects_) rejects_->add(row.line, row.fault, clean_raw(reader));
        continue;
      }
      take(row, reader);
      ++place_;
    }
    FURROW_TRY(writer_->finish());
    if (rejects_) FURROW_TRY(rejects_->finish());
    if (journal_) FURROW_TRY(journal_->finish());
    finish_report(reader);
    return {};
  }

 private:
  static double share(const table::RowReader& reader) {
    return reader.bytes_total() == 0 ? -1 : static_cast<double>(reader.bytes_read()) / static_cast<double>(reader.bytes_total());
  }
  static std::string clean_raw(const table::RowReader& reader) {
    std::string raw = reader.standalone();
    while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) raw.pop_back();
    // A CSV row stands alone with its header, which says nothing here.
    if (reader.delimiter() != 0) {
      if (size_t line = raw.find('\n'); line != std::string::npos) raw.erase(0, line + 1);
    }
    return raw;
  }

  void prepare_report() {
    report_.rules_version = options_.rules.version;
    for (size_t c = 0; c < study_.plans.size(); ++c) {
      const ColumnPlan& plan = study_.plans[c];
      ColumnReport column;
      column.name = plan.name;
      column.meaning = plan.meaning;
      column.confidence = plan.confidence;
      column.why = plan.why;
      column.overridden = plan.overridden;
      column.alternatives = plan.alternatives;
      if (plan.meaning == Meaning::kPhone) column.region = plan.region;
      column.unit = plan.unit;
      if (plan.meaning == Meaning::kPercent) column.unit = plan.percent == PercentForm::kPoints ? "percent" : "ratio";
      if (plan.dates.order != DateOrder::kUnknown) column.order = plan.dates.order == DateOrder::kDayFirst ? "day_first" : "month_first";
      column.missingness = study_.findings[c].missingness;
      column.outliers = study_.findings[c].outliers;
      column.outlier_note = study_.findings[c].outlier_note;
      report_.columns.push_back(std::move(column));
    }
  }

  // A clock is mended into the limits of its column only.
  void find_time_limits() {
    if (study_.time == TableStudy::npos) return;
    latest_ = study_.plans[study_.time].latest;
  }

  Status open_files() {
    std::vector<table::WrittenColumn> columns;
    std::unordered_map<std::string, size_t> at;
    for (const ColumnPlan& plan : study_.plans) {
      at[plan.name] = columns.size();
      columns.push_back({plan.name, is_numeric(plan.meaning) && !plan.keep});
    }
    std::vector<std::string> added;
    derived_.resize(study_.plans.size());
    for (size_t c = 0; c < study_.plans.size(); ++c) {
      auto names = derived_columns(study_.plans[c]);
      for (size_t i = 0; i < names.size() && !names[i].empty(); ++i) {
        if (at.contains(names[i])) continue;  // a file cleaned before has it
        derived_[c].emplace_back(i, columns.size());
        columns.push_back({names[i], false});
        added.push_back(names[i]);
      }
    }
    bool suspects = (study_.behaviour && (study_.behaviour->bots() + study_.behaviour->shared_devices() + study_.behaviour->reset_people() > 0)) ||
                    (study_.reviews && study_.reviews->count() > 0);
    if (auto known = at.find(std::string(kFaultsColumn)); known != at.end()) {
      faults_ = known->second;
    } else if (suspects && options_.rules.flags) {
      faults_ = columns.size();
      columns.push_back({std::string(kFaultsColumn), false});
      added.emplace_back(kFaultsColumn);
    }
    cells_.resize(columns.size());
    FURROW_ASSIGN(writer_, table::RowWriter::open(options_.out, std::move(columns)));
    if (!options_.rejects.empty()) {
      FURROW_ASSIGN(rejects_, RejectFile::open(options_.rejects));
    }
    if (!options_.changes.empty()) {
      FURROW_ASSIGN(auto journal, ChangeJournal::open(options_.changes, options_.rules.version));
      journal_.emplace(std::move(journal));
      if (!added.empty()) journal_->added_columns(added);
    }
    return {};
  }

  std::string hint_region(const table::Row& row) {
    for (size_t c : {study_.country, study_.city}) {
      if (c >= row.cells.size() || row.cells[c].missing()) continue;
      std::string key(row.cells[c].text);
      auto known = regions_.find(key);
      if (known == regions_.end()) {
        std::string region = c == study_.country ? country_code(key) : std::string();
        if (region.empty() && c == study_.city) {
          auto place = read_place(key, PlaceLevel::kCity);
          if (place) region = place->country;
        }
        if (regions_.size() > 20000) regions_.clear();
        known = regions_.emplace(key, region).first;
      }
      if (!known->second.empty()) return known->second;
    }
    return {};
  }

  void take(const table::Row& row, const table::RowReader& reader) {
    std::string region;
    bool asked = false;
    std::fill(cells_.begin(), cells_.end(), Cell{});
    const std::string* reject_reason = nullptr;
    for (size_t c = 0; c < study_.plans.size(); ++c) {
      std::string_view text = c < row.cells.size() && !row.cells[c].missing() ? row.cells[c].text : std::string_view();
      const ColumnPlan& plan = study_.plans[c];
      if (plan.meaning == Meaning::kPhone && !asked && !text.empty()) {
        region = hint_region(row);
        asked = true;
      }
      outcomes_[c] = &standardizers_[c].apply(text, plan.meaning == Meaning::kPhone ? std::string_view(region) : std::string_view());
      if (outcomes_[c]->state == CellState::kInvalid && plan.invalid == OnInvalidCell::kReject && !reject_reason) {
        reason_ = fmt::format("{}: \"{}\" fails {}", plan.name, cut_text(outcomes_[c]->value, 64), outcomes_[c]->rule);
        reject_reason = &reason_;
      }
    }
    mend_time();
    if (reject_reason) {
      set_aside(row, reader, *reject_reason, "validate.rejected", report_.rejected_invalid);
      return;
    }
    if (study_.has_key || options_.rules.duplicates == DuplicateRows::kReject) {
      hashed_.clear();
      for (const CellOutcome* outcome : outcomes_) {
        hashed_ += outcome->value;
        hashed_ += '\x1f';
      }
      if (uint64_t first = seen_.first_line(hash64(hashed_), row.line); first != 0) {
        if (options_.rules.duplicates != DuplicateRows::kKeep) {
          reason_ = fmt::format("duplicate of line {}", first);
          set_aside(row, reader, reason_, "duplicate.row", report_.rejected_duplicates);
          return;
        }
        ++report_.duplicates_kept;
      }
    }
    write(row);
  }

  void set_aside(const table::Row& row, const table::RowReader& reader, const std::string& reason, std::string_view rule, uint64_t& counter) {
    ++counter;
    if (rejects_) rejects_->add(row.line, reason, clean_raw(reader));
    if (journal_) journal_->set_aside(report_.rows_out + 1, row.line, rule, row.cells);
  }

  // A time that a device's history explains better than the cell alone.
  void mend_time() {
    flags_ = 0;
    if (!study_.behaviour) return;
    RowVerdict verdict = study_.behaviour->verdict(place_);
    flags_ = verdict.flags;
    if (!verdict.mended || *verdict.mended > latest_) return;
    const CellOutcome& before = *outcomes_[study_.time];
    if (before.state == CellState::kMissing && before.rule.empty()) return;
    mended_ = before;
    mended_.value = study_.plans[study_.time].with_time ? format_time(*verdict.mended) : format_time(*verdict.mended).substr(0, 10);
    mended_.state = CellState::kChanged;
    mended_.rule = verdict.rule;
    mended_.cleaned_only = false;
    outcomes_[study_.time] = &mended_;
  }

  void write(const table::Row& row) {
    ++report_.rows_out;
    for (size_t c = 0; c < study_.plans.size(); ++c) {
      Cell original = c < row.cells.size() ? row.cells[c] : Cell{};
      const CellOutcome& outcome = *outcomes_[c];
      cells_[c] = {kind_of(original, outcome, study_.plans[c].meaning), outcome.value};
      count(c, row.line, original, outcome);
      for (auto [part, place] : derived_[c]) {
        const std::string& value = outcome.derived[part];
        if (!value.empty()) cells_[place] = {Cell::Kind::kText, value};
      }
    }
    if (faults_ != TableStudy::npos) write_faults(row);
    writer_->row(cells_);
  }

  void write_faults(const table::Row& row) {
    fault_text_.clear();
    auto name = [&](bool yes, std::string_view fault, std::string_view finding) {
      if (!yes) return;
      fault_text_ += (fault_text_.empty() ? "" : ";") + std::string(fault);
      ++report_.findings[std::string(finding)];
    };
    name(flags_ & kBot, "bot", "rows of bots");
    name(flags_ & kSharedDevice, "shared_device", "rows of shared devices");
    name(flags_ & kResetDevice, "reset_device", "rows of people whose device id resets");
    name(study_.reviews && study_.reviews->flagged(place_), "near_duplicate", "near-duplicate texts");
    if (faults_ < row.cells.size() && !row.cells[faults_].missing()) {
      // Flags of an earlier run stay: what they rested on may have been mended since.
      std::string_view earlier = row.cells[faults_].text;
      if (fault_text_.empty() || earlier.find(fault_text_) != std::string_view::npos) fault_text_ = earlier;
    }
    cells_[faults_] = fault_text_.empty() ? Cell{} : Cell{Cell::Kind::kText, fault_text_};
    report_.rows_flagged += !fault_text_.empty();
  }

  void count(size_t c, uint64_t line, const Cell& original, const CellOutcome& outcome) {
    ColumnReport& column = report_.columns[c];
    ++column.cells;
    bool had_text = !original.missing() && !original.text.empty();
    column.missing_after += outcome.value.empty();
    bool changed = had_text && outcome.value != original.text;
    if (outcome.state == CellState::kMissing) {
      ++column.missing_before;
    } else {
      ++column.values;
      column.standard_before += outcome.state == CellState::kStandard;
      column.standard_cleaned += outcome.state == CellState::kStandard || (outcome.state == CellState::kChanged && outcome.cleaned_only);
      column.standard_after += outcome.state == CellState::kStandard || outcome.state == CellState::kChanged;
      column.invalid += outcome.state == CellState::kInvalid;
      column.emptied += outcome.state == CellState::kEmptied;
    }
    if (changed) {
      ++column.changed;
      ++report_.cells_changed;
      if (journal_) journal_->changed(report_.rows_out, line, column.name, outcome.rule, original, outcome.value);
    }
    if (!outcome.rule.empty() && had_text) {
      auto at = column.rules.find(outcome.rule);
      uint64_t& times = at == column.rules.end() ? column.rules[std::string(outcome.rule)] : at->second;
      if (times++ == 0 && column.examples.size() < kExamples) {
        column.examples.push_back({line, std::string(cut_text(original.text, 120)), std::string(cut_text(outcome.value, 120)), std::string(outcome.rule), outcome.note});
      }
    }
  }

  void finish_report(const table::RowReader& reader) {
    report_.encoding = reader.encoding();
    if (study_.behaviour) {
      const Behaviour& found = *study_.behaviour;
      if (found.bots()) report_.findings["bots"] = found.bots();
      if (found.shared_devices()) report_.findings["shared devices"] = found.shared_devices();
      if (found.reset_people()) report_.findings["people whose device id resets"] = found.reset_people();
      if (found.faulty_clocks()) report_.findings["devices with a faulty clock"] = found.faulty_clocks();
      if (found.in_arrival_order()) report_.notes.push_back(fmt::format("the file is in order of arrival, to within {:.1f} minutes: clocks were checked against it", found.arrival_spread_minutes()));
    }
    if (study_.reviews && study_.reviews->count()) report_.findings["groups of near-duplicate texts"] = study_.reviews->groups();
    if (!study_.has_key && options_.rules.duplicates == DuplicateRows::kAuto) report_.notes.emplace_back("no column is a key: equal rows may be meant and were kept");
  }

  const CleanOptions& options_;
  Time now_;
  TableStudy study_;
  CleanReport& report_;
  std::vector<CellStandardizer> standardizers_;
  std::vector<const CellOutcome*> outcomes_;
  std::vector<std::vector<std::pair<size_t, size_t>>> derived_;  // part, place
  std::vector<Cell> cells_;
  std::unique_ptr<table::RowWriter> writer_;
  std::unique_ptr<RejectFile> rejects_;
  std::optional<ChangeJournal> journal_;
  std::unordered_map<std::string, std::string> regions_;
  SeenRows seen_;
  CellOutcome mended_;
  Time latest_{INT64_MAX};
  size_t place_ = 0, faults_ = TableStudy::npos;
  uint8_t flags_ = 0;
  std::string hashed_, reason_, fault_text_;
};

// A file that is not GB18030 on the whole is read row by row: rows that some other system added are in its encoding.
Result<table::RowReaderOptions> reading_of(const std::filesystem::path& file) {
  FURROW_ASSIGN(auto reader, table::RowReader::open(file));
  table::Row row;
  for (size_t rows = 0; rows < kRowsThatTellTheEncoding; ++rows) {
    FURROW_ASSIGN(bool more, reader->next(row));
    if (!more) break;
  }
  return table::RowReaderOptions{.encoding = reader->encoding() == "gb18030" ? table::Encoding::kGb18030 : table::Encoding::kMixed};
}

}  // namespace

Result<CleanReport> clean_file(const std::filesystem::path& file, const CleanOptions& options, const Clock& clock) {
  auto start = std::chrono::steady_clock::now();
  FURROW_TRY(table::format_of(options.out));
  std::error_code fault;
  if (std::filesystem::equivalent(file, options.out, fault)) {
    return Error(ErrorCode::kInvalidArgument, "the result would replace the file that is read; give --out another name").in_field("out");
  }
  Time now = clock.now();
  CleanReport report;
  report.file = file.filename().string();
  auto half = [&](double from) {
    return [&options, from](double share, uint64_t rows) {
      if (options.progress) options.progress(share < 0 ? share : from + share / 2, rows);
    };
  };
  FURROW_ASSIGN(auto reading, reading_of(file));
  FURROW_ASSIGN(auto first, table::RowReader::open(file, reading));
  FURROW_ASSIGN(TableStudy study, study_table(*first, options.rules, now, kSampleRows, half(0)));
  first.reset();
  if (study.plans.empty()) return Error(ErrorCode::kInvalidFile, "the file has no row that can be read").at(file.string());
  for (const ColumnRule& rule : options.rules.columns) {
    bool known = std::any_of(study.plans.begin(), study.plans.end(), [&](const ColumnPlan& plan) { return options.rules.find(plan.name) == &rule; });
    if (!known) report.notes.push_back(fmt::format("the rules name a column \"{}\" that the file does not have", rule.column));
  }
  FURROW_ASSIGN(auto second, table::RowReader::open(file, reading));
  CleanOptions late = options;
  late.progress = half(0.5);
  Cleaner cleaner(late, now, std::move(study), report);
  FURROW_TRY(cleaner.run(*second));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace furrow::govern
