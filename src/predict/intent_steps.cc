#include "predict/intent_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "predict/intent_stage.h"

namespace furrow::predict {
namespace {

// A history that grows with the data's age says when a visit was rather than who came: it is told up to here.
constexpr double kMostPast = 5;
constexpr double kScale = 0.25;  // logarithms of seconds and counts to about one
constexpr const char* kNumberNames[kStepNumbers] = {"pause before", "time in visit", "events in visit", "seen before in visit", "different items", "visits before", "time since last visit", "goals before"};

struct Past {
  double visits = 0, goals = 0;
  Time end;
};

double squeezed(double x) { return kScale * std::log1p(std::max(0.0, x)); }

uint32_t number_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

std::vector<learn::TokenSequence> read_steps(const VisitTable& table, const std::vector<std::string>& vocabulary, const std::string& goal) {
  std::vector<uint32_t> token;
  for (const std::string& event : table.events) token.push_back(number_of(vocabulary, event));
  const uint32_t goal_event = number_of(table.events, goal);
  std::vector<Past> past(table.people.size());
  std::vector<learn::TokenSequence> out;
  for (const VisitOfPerson& visit : table.visits) {
    Past& before = past[visit.person];
    learn::TokenSequence sequence;
    std::unordered_set<uint32_t> items;
    const size_t steps = std::min(visit.steps.size(), kMostSteps);
    for (size_t t = 0; t < steps; ++t) {
      const VisitStep& step = visit.steps[t];
      const bool seen = step.item != VisitStep::kNoItem && !items.insert(step.item).second;
      sequence.tokens.push_back(token[step.event]);
      const double pause = t == 0 ? 0 : (step.time - visit.steps[t - 1].time).seconds();
      sequence.numbers.insert(sequence.numbers.end(), {squeezed(pause), squeezed((step.time - visit.start()).seconds()), squeezed(static_cast<double>(t)), seen ? 1.0 : 0.0,
                                                       squeezed(static_cast<double>(items.size())), squeezed(std::min(kMostPast, before.visits)),
                                                       before.visits > 0 ? squeezed((visit.start() - before.end).seconds()) : 0.0, squeezed(std::min(kMostPast, before.goals))});
    }
    sequence.labels.assign(steps, kUnknownStage);
    out.push_back(std::move(sequence));
    before.visits += 1;
    before.end = visit.end();
    before.goals += static_cast<double>(std::count_if(visit.steps.begin(), visit.steps.end(), [&](const VisitStep& s) { return s.event == goal_event; }));
  }
  return out;
}

void label_steps(const VisitTable& table, const std::string& goal, Duration within, std::vector<learn::TokenSequence>& sequences) {
  const uint32_t goal_event = number_of(table.events, goal);
  std::vector<std::vector<Time>> goals(table.people.size());  // in order: visits of a person are
  for (const VisitOfPerson& visit : table.visits) {
    for (const VisitStep& step : visit.steps) {
      if (step.event == goal_event) goals[visit.person].push_back(step.time);
    }
  }
  for (size_t v = 0; v < sequences.size(); ++v) {
    const VisitOfPerson& visit = table.visits[v];
    if (table.last - visit.start() < within) continue;
    size_t reached = visit.steps.size();
    while (reached > 0 && visit.steps[reached - 1].event != goal_event) --reached;  // the last goal of the visit, from 1
    const auto first = std::find_if(visit.steps.begin(), visit.steps.end(), [&](const VisitStep& s) { return s.event == goal_event; });
    const auto first_goal = static_cast<size_t>(first - visit.steps.begin());
    const auto& times = goals[visit.person];
    const auto later = std::upper_bound(times.begin(), times.end(), visit.end());
    for (size_t t = 0; t < sequences[v].steps(); ++t) {
      if (reached > 0 && t >= first_goal) break;  // bought: a fact, nothing to predict
      const bool soon = later != times.end() && *later - visit.steps[t].time <= within;
      sequences[v].labels[t] = reached > 0 ? 2 : soon ? 1 : 0;
    }
  }
}

learn::Dataset ngram_rows(const std::vector<learn::TokenSequence>& sequences, const std::vector<std::string>& vocabulary, const std::vector<StepPlace>& places) {
  learn::TextColumnBuilder one("last event"), two("last two events"), three("last three events"), stage("stage"), person("visit");
  std::vector<std::vector<double>> counts(vocabulary.size(), std::vector<double>(places.size(), 0.0)), numbers(kStepNumbers);
  auto name = [&](uint32_t token) -> std::string { return token < vocabulary.size() ? vocabulary[token] : "other"; };
  for (size_t i = 0; i < places.size(); ++i) {
    const auto& s = sequences[places[i].visit];
    const size_t t = places[i].step;
    const std::string a = name(s.tokens[t]), b = t > 0 ? name(s.tokens[t - 1]) : "start", c = t > 1 ? name(s.tokens[t - 2]) : "start";
    one.add(a);
    two.add(fmt::format("{} > {}", b, a));
    three.add(fmt::format("{} > {} > {}", c, b, a));
    for (size_t k = 0; k <= t; ++k) {
      if (s.tokens[k] < vocabulary.size()) counts[s.tokens[k]][i] += 1;
    }
    for (size_t n = 0; n < kStepNumbers; ++n) numbers[n].push_back(s.numbers[t * kStepNumbers + n]);
    if (s.labels[t] < 0) stage.add_missing();
    else stage.add(kStages[s.labels[t]]);
    person.add(fmt::format("v{}", places[i].visit));
  }
  learn::Dataset data;
  data.rows = places.size();
  for (auto* text : {&one, &two, &three}) data.columns.push_back(std::move(*text).finish());
  for (size_t n = 0; n < kStepNumbers; ++n) data.columns.push_back(learn::number_column(kNumberNames[n], std::move(numbers[n])));
  for (size_t k = 0; k < vocabulary.size(); ++k) data.columns.push_back(learn::number_column("count of " + vocabulary[k], std::move(counts[k])));
  data.columns.push_back(std::move(stage).finish());
  data.columns.push_back(std::move(person).finish());
  return data;
}

}  // namespace furrow::predict
