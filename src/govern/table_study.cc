#include "govern/table_study.h"

#include <algorithm>
#include <unordered_set>

#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kSampleBytes = size_t{32} << 20;
constexpr double kLeastTrusted = 0.5;

struct Sample {
  std::vector<SampleColumn> columns;
  std::vector<ColumnSampler> samplers;
  size_t rows = 0, bytes = 0;

  void grow(const std::vector<std::string>& names) {
    for (size_t c = columns.size(); c < names.size(); ++c) {
      columns.push_back({names[c], Meaning::kFreeText, std::vector<std::string>(rows)});
      samplers.emplace_back(names[c]);
      for (size_t r = 0; r < rows; ++r) samplers.back().observe("");
    }
  }
  void add(const table::Row& row) {
    for (size_t c = 0; c < columns.size(); ++c) {
      std::string_view text = c < row.cells.size() ? row.cells[c].text : std::string_view();
      columns[c].cells.emplace_back(text);
      samplers[c].observe(text);
      bytes += text.size();
    }
    ++rows;
  }
};

// The first column of a meaning, the most certain one first.
size_t place_of(const std::vector<MeaningGuess>& guesses, std::initializer_list<Meaning> meanings) {
  size_t best = TableStudy::npos;
  for (Meaning meaning : meanings) {
    double confidence = kLeastTrusted;
    for (size_t c = 0; c < guesses.size(); ++c) {
      if (guesses[c].meaning != meaning || guesses[c].confidence <= confidence) continue;
      best = c;
      confidence = guesses[c].confidence;
    }
    if (best != TableStudy::npos) return best;
  }
  return best;
}

// Texts that people wrote, not a list of a few that a form offers.
bool holds_reviews(const SampleColumn& column) {
  constexpr size_t kMostOffered = 200;
  auto hints = name_hints(column.name);
  bool named = std::any_of(hints.begin(), hints.end(), [](const auto& hint) { return hint.first == Meaning::kFreeText && hint.second > 0.6; });
  size_t filled = 0, characters = 0;
  std::unordered_set<std::string_view> distinct;
  for (size_t r = 0; r < column.cells.size(); r += 1 + column.cells.size() / 2000) {
    if (column.cells[r].empty()) continue;
    ++filled;
    distinct.insert(column.cells[r]);
    characters += count_characters(column.cells[r]);
  }
  if (distinct.size() <= kMostOffered && distinct.size() * 20 < filled) return false;
  return filled > 0 && (named ? characters >= 10 * filled : characters >= 40 * filled);
}

class Study {
 public:
  Study(table::RowReader& reader, const CleanRules& rules, Time now) : reader_(reader), rules_(rules), now_(now) {}

  Result<TableStudy> run(size_t sample_rows, const std::function<void(double, uint64_t)>& progress) {
    table::Row row;
    bool more = true;
    while (more && sample_.rows < sample_rows && sample_.bytes < kSampleBytes) {
      FURROW_ASSIGN(more, reader_.next(row));
      if (!more || !row.good()) continue;
      sample_.grow(reader_.columns());
      sample_.add(row);
    }
    sample_.grow(reader_.columns());
    guess();
    replay();
    uint64_t seen = sample_.rows;
    while (more) {
      FURROW_ASSIGN(more, reader_.next(row));
      if (!more || !row.good()) continue;
      late_columns();
      observe(row.cells);
      if (++seen % 16384 == 0 && progress) progress(share(), seen);
    }
    late_columns();
    finish(seen);
    return std::move(study_);
  }

 private:
  double share() const { return reader_.bytes_total() == 0 ? -1 : static_cast<double>(reader_.bytes_read()) / static_cast<double>(reader_.bytes_total()); }

  void guess() {
    uint64_t distinct_keys = 0;
    for (size_t c = 0; c < sample_.columns.size(); ++c) {
      ColumnSample taken = sample_.samplers[c].take();
      study_.missing.push_back(taken.missing);
      guesses_.push_back(guess_meaning(taken));
      if (const ColumnRule* rule = rules_.find(taken.name); rule && rule->meaning) {
        guesses_.back().meaning = *rule->meaning;
        guesses_.back().confidence = 1;
      }
      Meaning meaning = guesses_.back().meaning;
      bool keyed = is_identifier(meaning) || meaning == Meaning::kEmail || meaning == Meaning::kPhone || meaning == Meaning::kIdCard;
      uint64_t filled = taken.cells - taken.missing;
      // Past the kept values nothing is known to repeat: they count as different.
      if (keyed && filled >= 5 && filled * 10 >= 9 * taken.cells && (taken.values.size() + taken.more_distinct) * 20 >= filled * 17) ++distinct_keys;
      profilers_.emplace_back(taken.name, guesses_.back(), rules_, now_);
      sample_.columns[c].meaning = meaning;
    }
    study_.has_key = distinct_keys > 0;
    study_.findings = judge_sample(sample_.columns);
    find_events();
  }

  void find_events() {
    study_.time = place_of(guesses_, {Meaning::kTimestamp});
    study_.device = place_of(guesses_, {Meaning::kDeviceId, Meaning::kIp});
    study_.person = place_of(guesses_, {Meaning::kPersonId, Meaning::kEmail});
    study_.agent = place_of(guesses_, {Meaning::kUserAgent});
    study_.page = place_of(guesses_, {Meaning::kProductId, Meaning::kUrl});
    study_.country = place_of(guesses_, {Meaning::kCountry});
    study_.city = place_of(guesses_, {Meaning::kCity});
    for (size_t c = 0; c < guesses_.size() && study_.review == TableStudy::npos; ++c) {
      if (guesses_[c].meaning == Meaning::kFreeText && holds_reviews(sample_.columns[c])) study_.review = c;
    }
    if (study_.review != TableStudy::npos && rules_.flags) study_.reviews.emplace();
    if (study_.device == TableStudy::npos || study_.time == TableStudy::npos || !rules_.flags) return;
    study_.behaviour.emplace();
    DateProfile dates;
    const SampleColumn& times = sample_.columns[study_.time];
    for (const std::string& text : times.cells) dates.observe(text);
    const ColumnRule* rule = rules_.find(times.name);
    study_.time_form = dates.form(rule ? rule->order : DateOrder::kUnknown, civil_from_days(now_.micros / days(1).micros).year);
    study_.time_zone = rule && rule->zone ? *rule->zone : rules_.zone;
  }

  void replay() {
    std::vector<table::Cell> cells(sample_.columns.size());
    for (size_t r = 0; r < sample_.rows; ++r) {
      for (size_t c = 0; c < cells.size(); ++c) {
        const std::string& text = sample_.columns[c].cells[r];
        cells[c] = {text.empty() ? table::Cell::Kind::kMissing : table::Cell::Kind::kText, text};
      }
      observe(cells);
    }
    for (SampleColumn& column : sample_.columns) {
      column.cells.clear();
      column.cells.shrink_to_fit();
    }
  }

  // JSON Lines may show a column only after the sample: its name has to do.
  void late_columns() {
    const auto& names = reader_.columns();
    for (size_t c = profilers_.size(); c < names.size(); ++c) {
      MeaningGuess late;
      auto hints = name_hints(names[c]);
      if (!hints.empty() && hints.front().second > 0.9) late.meaning = hints.front().first;
      late.confidence = 0.5;
      late.why = "the name says so; the column came after the sample";
      guesses_.push_back(late);
      profilers_.emplace_back(names[c], late, rules_, now_);
      study_.missing.push_back(0);
      study_.findings.emplace_back();
    }
  }

  void observe(std::span<const table::Cell> cells) {
    for (size_t c = 0; c < cells.size(); ++c) {
      if (!cells[c].missing() && !is_missing_marker(cells[c].text)) profilers_[c].observe(cells[c].text);
    }
    auto text = [&](size_t c) { return c < cells.size() ? cells[c].text : std::string_view(); };
    if (study_.behaviour) {
      EventRow event{{}, text(study_.device), text(study_.person), text(study_.agent), text(study_.page)};
      if (auto reading = read_date(text(study_.time), study_.time_form, study_.time_zone)) event.time = reading->time;
      study_.behaviour->observe(event);
    }
    if (study_.reviews) study_.reviews->observe(text(study_.review));
  }

  void finish(uint64_t rows) {
    study_.rows = rows;
    for (ColumnProfiler& profiler : profilers_) study_.plans.push_back(profiler.settle());
    if (study_.behaviour) study_.behaviour->settle();
    if (study_.reviews) study_.reviews->settle();
  }

  table::RowReader& reader_;
  const CleanRules& rules_;
  Time now_;
  Sample sample_;
  std::vector<MeaningGuess> guesses_;
  std::vector<ColumnProfiler> profilers_;
  TableStudy study_;
};

}  // namespace

Result<TableStudy> study_table(table::RowReader& reader, const CleanRules& rules, Time now, size_t sample_rows, const std::function<void(double, uint64_t)>& progress) {
  return Study(reader, rules, now).run(sample_rows, progress);
}

}  // namespace furrow::govern
