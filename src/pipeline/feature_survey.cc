#include "pipeline/feature_survey.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace furrow::pipeline {
namespace {

using profile::FeatureDefinition;
using profile::FeatureProgram;
using profile::Profile;

constexpr double kHeavyTail = 8;  // the 99 % quantile beyond so many medians: bins grow geometrically

struct Everybody {
  std::vector<ProfileId> ids;
  Time newest;
};

Result<Everybody> everybody(const profile::ProfileView& profiles) {
  Everybody out;
  FURROW_TRY(profiles.for_each([&](const Profile& person) {
    out.ids.push_back(person.id);
    out.newest = std::max(out.newest, person.last_seen);
    return true;
  }));
  return out;
}

void keep_sample(std::vector<ProfileId>& ids, size_t most) {
  auto earlier = [](ProfileId a, ProfileId b) { return mix64(a.value) < mix64(b.value); };
  if (ids.size() > most) {
    std::nth_element(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(most), ids.end(), earlier);
    ids.resize(most);
  }
}

// How far before an instant a value looks for single events; lifetime states are kept whatever was folded.
Duration reach_of(const FeatureDefinition& feature, Duration longest) {
  if (feature.derived() || feature.tumbling != profile::Period::kNone) return longest;
  return {(feature.window ? feature.window->micros : 0) + feature.ago.micros};
}

double quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::nan("");
  const double rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(std::clamp(rank, 1.0, static_cast<double>(sorted.size()))) - 1];
}

void fill(ValueSpread& spread, std::vector<double>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  const bool none = numbers.empty();
  spread.mean = none ? std::nan("") : std::accumulate(numbers.begin(), numbers.end(), 0.0) / static_cast<double>(numbers.size());
  spread.least = none ? std::nan("") : numbers.front();
  spread.most = none ? std::nan("") : numbers.back();
  spread.p10 = quantile(numbers, 0.1);
  spread.p25 = quantile(numbers, 0.25);
  spread.p50 = quantile(numbers, 0.5);
  spread.p75 = quantile(numbers, 0.75);
  spread.p90 = quantile(numbers, 0.9);
}

// What is gathered of one feature at one instant.
struct Gathered {
  ValueSpread spread;
  std::vector<double> numbers;
};

struct SurveyPass {
  const FeatureProgram& program;
  std::vector<Time> instants;
  std::vector<Duration> reach;                            // a feature
  std::vector<Gathered> cells;                            // instant × feature
  std::vector<std::map<std::string, uint64_t>> texts;     // a feature, at the last instant

  void add(const Profile& person, std::vector<double>& values) {
    const Time exact = person.journal.exact_from(program);
    const bool whole = exact.micros == INT64_MIN;
    for (size_t i = 0; i < instants.size(); ++i) {
      const bool last = i + 1 == instants.size();
      // Nobody's first event is unknown now; one of an unlikely time may have none.
      if (!last && (person.first_seen.micros == 0 || person.first_seen >= instants[i])) continue;
      std::vector<profile::FeatureValue> read;
      if (last) read = program.read(person.journal, instants[i]);
      else program.evaluate(person.journal, instants[i], values);
      for (size_t f = 0; f < program.size(); ++f) {
        Gathered& cell = cells[i * program.size() + f];
        if (!whole && instants[i] < exact - program.longest_window() + reach[f]) {
          ++cell.spread.out_of_reach;
          continue;
        }
        ++cell.spread.people;
        const double number = last ? read[f].number : values[f];
        if (last && !read[f].text.empty()) ++texts[f][read[f].text];
        else if (std::isnan(number)) ++cell.spread.missing;
        else cell.numbers.push_back(number);
      }
    }
  }
};

void keep_levels(const std::map<std::string, uint64_t>& counts, FeatureSpread& out) {
  for (const auto& [text, people] : counts) out.levels.push_back({text, people});
  std::stable_sort(out.levels.begin(), out.levels.end(), [](const ValueLevel& a, const ValueLevel& b) { return a.people > b.people; });
  while (out.levels.size() > kSurveyLevels) {
    out.other_levels += out.levels.back().people;
    out.levels.pop_back();
  }
}

}  // namespace

std::vector<Time> survey_instants(Time as_of) {
  std::vector<Time> out;
  for (size_t week = kSurveyWeeks; week > 0; --week) out.push_back(as_of - days(7 * static_cast<int64_t>(week)));
  out.push_back(as_of);
  return out;
}

ValueSpread spread_of(std::vector<double> numbers, uint64_t missing) {
  ValueSpread out;
  out.people = numbers.size() + missing;
  out.missing = missing;
  fill(out, numbers);
  return out;
}

std::vector<ValueBin> bins_of(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::sort(values.begin(), values.end());
  std::vector<ValueBin> single;
  for (double value : values) {
    if (single.empty() || single.back().from != value) single.push_back({value, value, 0});
    ++single.back().people;
    if (single.size() > kSurveyBins) break;
  }
  if (single.size() <= kSurveyBins) return single;

  // The outermost hundredths share the outermost bins, or one odd value would leave all others in one.
  const double low = quantile(values, 0.01), high = quantile(values, 0.99), middle = quantile(values, 0.5);
  const bool geometric = values.front() >= 0 && low > 0 && high > kHeavyTail * middle;
  const double first = geometric ? std::log(low) : low, last = geometric ? std::log(high) : high;
  // Bars of whole numbers hold equally many of them: else some stand for two and their neighbours for one, and look like gaps.
  const bool whole = std::all_of(values.begin(), values.end(), [](double value) { return value == std::floor(value); });
  const double width = whole && !geometric ? std::ceil((last - first + 1) / kSurveyBins) : (last - first) / kSurveyBins;
  std::vector<double> edges{values.front()};
  for (size_t b = 1; b < kSurveyBins; ++b) {
    const double place = first + width * static_cast<double>(b), edge = geometric ? std::exp(place) : place;
    const double used = whole ? std::ceil(edge) : edge;
    if (used > edges.back() && used <= high) edges.push_back(used);
  }
  std::vector<ValueBin> out;
  for (size_t b = 0; b < edges.size(); ++b) out.push_back({edges[b], b + 1 < edges.size() ? edges[b + 1] : values.back(), 0});
  for (double value : values) {
    auto after = std::upper_bound(out.begin(), out.end(), value, [](double v, const ValueBin& bin) { return v < bin.from; });
    ++(after == out.begin() ? out.front() : *(after - 1)).people;
  }
  return out;
}

Result<FeatureSurvey> survey_features(const profile::ProfileView& profiles, Time now) {
  const FeatureProgram& program = profiles.program();
  FURROW_ASSIGN(Everybody all, everybody(profiles));
  FeatureSurvey out;
  out.people = all.ids.size();
  out.quiet = all.newest.micros != 0 && all.newest + kQuiet < now;
  out.as_of = out.quiet ? all.newest + microseconds(1) : now;
  out.instants = survey_instants(out.as_of);

  const size_t cells = out.instants.size() * std::max<size_t>(1, program.size());
  keep_sample(all.ids, std::clamp<size_t>(kSurveyValues / cells, 100, kSurveyPeople));
  SurveyPass gathering{program, out.instants, {}, std::vector<Gathered>(cells), std::vector<std::map<std::string, uint64_t>>(program.size())};
  for (const auto& feature : program.definitions()) gathering.reach.push_back(reach_of(feature, program.longest_window()));
  std::vector<double> values(program.size());
  for (ProfileId id : all.ids) {
    out.sampled += profiles.read(id, [&](const Profile& person) { gathering.add(person, values); });
  }
  for (size_t f = 0; f < program.size(); ++f) {
    FeatureSpread spread;
    for (size_t i = 0; i < out.instants.size(); ++i) {
      Gathered& cell = gathering.cells[i * program.size() + f];
      fill(cell.spread, cell.numbers);
      spread.weeks.push_back(cell.spread);
    }
    spread.now = spread.weeks.back();
    spread.bins = bins_of(std::move(gathering.cells[(out.instants.size() - 1) * program.size() + f].numbers));
    keep_levels(gathering.texts[f], spread);
    out.features.push_back(std::move(spread));
  }
  return out;
}

}  // namespace furrow::pipeline
