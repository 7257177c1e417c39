#include "pipeline/feature_parity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "pipeline/stored_views.h"
#include "profile/history.h"

namespace furrow::pipeline {
namespace {

Error stopped() { return Error(ErrorCode::kInterrupted, "the measurement was stopped; nothing was changed"); }

struct Live {
  ProfileId id;
  Time first_seen;
  std::vector<profile::FeatureValue> values;
};

// All events and merges of the log, as a training set sees them.
Status feed(const store::LogStore& log, LogPosition last, const std::stop_token& stop, profile::History& history) {
  Status failed;
  FURROW_TRY(log.scan({1}, [&](LogPosition position, std::string_view bytes) {
    if (position.value > last.value) return false;
    if (stop.stop_requested()) {
      failed = stopped();
      return false;
    }
    auto body = decode_record(bytes);
    if (!body.ok()) {
      failed = Error(ErrorCode::kStorageCorrupt, fmt::format("log position {}: {}", position.value, body.error().message()));
      return false;
    }
    history.add({position, std::move(body).value()});
    return true;
  }));
  return failed;
}

// The sample: those with the least hash of their id, so that it is the same from call to call.
Result<std::vector<ProfileId>> sample_of(const profile::ProfileView& view, size_t sample) {
  std::vector<ProfileId> people;
  FURROW_TRY(view.for_each([&](const profile::Profile& person) {
    people.push_back(person.id);
    return true;
  }));
  auto earlier = [](ProfileId a, ProfileId b) { return mix64(a.value) < mix64(b.value); };
  std::sort(people.begin(), people.end(), earlier);
  if (sample > 0 && people.size() > sample) people.resize(sample);
  return people;
}

void compare(const profile::FeatureDefinition& definition, const profile::FeatureValue& live, double batch, const std::string& batch_text,
             ProfileId who, ParityReport::Feature& out) {
  ++out.values;
  const std::string_view promise = definition.derived() ? "" : profile::row_of(definition.aggregate).exactness;
  const double allowed = promise.starts_with("exact") && !promise.starts_with("exact for") ? 0 : 1e-6 * std::max(1.0, std::fabs(batch));
  const bool both_missing = std::isnan(live.number) && std::isnan(batch);
  const double difference = both_missing ? 0 : std::fabs(live.number - batch);
  if (live.text == batch_text && (both_missing || difference <= allowed)) return;
  ++out.different;
  if (std::isfinite(difference)) out.largest_difference = std::max(out.largest_difference, difference);
  if (out.example.empty()) out.example = who.to_string();
}

// How the batch values were spread among those who had been seen by each instant.
void spread_over_weeks(profile::History& history, const std::vector<Live>& people, ParityReport& report) {
  const size_t features = report.features.size();
  std::vector<profile::Observation> observations;
  std::vector<size_t> week_of;
  for (const Live& person : people) {
    for (size_t w = 0; w < report.instants.size(); ++w) {
      if (person.first_seen.micros == 0 || person.first_seen >= report.instants[w]) continue;
      observations.push_back({person.id, report.instants[w]});
      week_of.push_back(w);
    }
  }
  std::vector<std::vector<double>> numbers(features * report.instants.size());
  std::vector<uint64_t> missing(numbers.size());
  history.evaluate(observations, [&](const profile::History::Row& row) {
    for (size_t f = 0; f < features; ++f) {
      const size_t at = f * report.instants.size() + week_of[row.index];
      if (!std::isnan(row.features[f])) numbers[at].push_back(row.features[f]);
      else if (row.texts[f].empty()) ++missing[at];
    }
  });
  for (size_t f = 0; f < features; ++f) {
    for (size_t w = 0; w < report.instants.size(); ++w) {
      const size_t at = f * report.instants.size() + w;
      report.features[f].weeks.push_back(spread_of(std::move(numbers[at]), missing[at]));
    }
  }
}

}  // namespace

Result<ParityReport> measure_parity(const Declarations& declared, const std::string& data_dir, size_t sample, std::stop_token stop) {
  FURROW_ASSIGN(auto stored, StoredViews::open(declared, data_dir, stop));
  const ViewSet& views = *stored.views;
  FURROW_ASSIGN(auto history, profile::History::create(declared.program));
  FURROW_TRY(feed(*stored.log, views.applied(), stop, history));

  ParityReport report;
  report.records = views.applied().value;
  report.as_of = history.latest().micros == INT64_MIN ? Time{} : history.latest() + microseconds(1);
  FURROW_ASSIGN(auto people, sample_of(*views.profiles, sample));
  std::vector<Live> live;
  std::vector<profile::Observation> observations;
  for (ProfileId id : people) {
    views.profiles->read(id, [&](const profile::Profile& person) {
      const Time as_of = std::max(report.as_of, person.journal.exact_from(*declared.program));
      live.push_back({id, person.first_seen, declared.program->read(person.journal, as_of)});
      observations.push_back({id, as_of});
    });
  }
  report.people = live.size();
  report.features.resize(declared.program->size());
  for (size_t f = 0; f < report.features.size(); ++f) report.features[f].name = declared.program->definitions()[f].name;
  history.evaluate(observations, [&](const profile::History::Row& row) {
    for (size_t f = 0; f < report.features.size(); ++f) {
      compare(declared.program->definitions()[f], live[row.index].values[f], row.features[f], row.texts[f], live[row.index].id, report.features[f]);
    }
  });
  report.instants = survey_instants(report.as_of);
  spread_over_weeks(history, live, report);
  for (const auto& feature : report.features) {
    report.values += feature.values;
    report.different += feature.different;
  }
  return report;
}

}  // namespace furrow::pipeline
