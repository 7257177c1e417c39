#include "profile/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace furrow::profile {

FeatureDefinition happens_within(std::string name, std::vector<std::string> events, std::string where, Duration within) {
  FeatureDefinition definition;
  definition.name = std::move(name);
  definition.events = std::move(events);
  definition.where = std::move(where);
  definition.aggregate = Aggregate::kCount;
  definition.window = within;
  definition.default_value = 0;
  return definition;
}

Result<History> History::create(std::shared_ptr<const FeatureProgram> features, std::shared_ptr<const FeatureProgram> outcomes) {
  History history;
  history.features_ = std::move(features);
  if (!outcomes) return history;
  std::set<Duration> windows;
  for (const auto& outcome : outcomes->definitions()) {
    if (!outcome.window) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("outcome \"{}\" needs a window: how long after the observation it counts", outcome.name));
    }
    windows.insert(*outcome.window);
  }
  history.outcome_windows_.assign(windows.begin(), windows.end());
  history.outcomes_ = std::move(outcomes);
  return history;
}

bool History::wants(std::string_view label) const { return features_->wants(label) || (outcomes_ && outcomes_->wants(label)); }

ProfileId History::canonical(ProfileId profile) const {
  for (auto at = merged_.find(profile); at != merged_.end(); at = merged_.find(profile)) profile = at->second;
  return profile;
}

void History::add(ProfileId profile, std::string_view label, const Fields& properties, Time time, LogPosition position) {
  add(canonical(profile), profile, label, properties, time, position);
}

void History::add(ProfileId person, ProfileId origin, std::string_view label, const Fields& properties, Time time, LogPosition position) {
  saw(time);
  if (features_->extract(label, properties, time, position, entry_)) subjects_[person].features.append(*features_, entry_, origin);
  if (outcomes_ && outcomes_->extract(label, properties, time, position, entry_)) {
    subjects_[person].outcomes.append(*outcomes_, entry_, origin);
  }
}

void History::add(ProfileId profile, std::string_view label, std::span<const Value> properties, Time time, LogPosition position) {
  FURROW_ASSERT(!outcomes_ && properties.size() == features_->property_names().size());
  saw(time);
  if (!features_->wants(label) || !features_->extract(label, properties, time, position, entry_)) return;
  subjects_[canonical(profile)].features.append(*features_, entry_, profile);
}

void History::merge(ProfileId from, ProfileId into) {
  from = canonical(from);
  into = canonical(into);
  if (from == into) return;
  merged_[from] = into;
  auto at = subjects_.find(from);
  if (at == subjects_.end()) return;
  Subject moved = std::move(at->second);
  subjects_.erase(at);
  Subject& target = subjects_[into];
  for (Journal* journal : {&moved.features, &moved.outcomes, &target.features, &target.outcomes}) journal->sort();
  target.features.merge(std::move(moved.features));
  target.outcomes.merge(std::move(moved.outcomes));
}

void History::split(const SplitRecord& split) {
  if (split.merge.value == 0) return;  // they were two before
  for (ProfileId profile : split.staying) merged_.erase(profile);
  for (ProfileId profile : split.leaving) merged_.erase(profile);
  for (ProfileId profile : split.staying) if (profile != split.stays) merged_[profile] = split.stays;
  for (ProfileId profile : split.leaving) if (profile != split.leaves) merged_[profile] = split.leaves;
  auto at = subjects_.find(split.stays);
  if (at == subjects_.end()) return;
  auto goes = [&](ProfileId origin) { return std::find(split.leaving.begin(), split.leaving.end(), origin) != split.leaving.end(); };
  Subject gone{at->second.features.take_out(goes), at->second.outcomes.take_out(goes)};
  subjects_[split.leaves] = std::move(gone);
}

void History::add(const Record& record) {
  if (const auto* parted = std::get_if<SplitRecord>(&record.body)) split(*parted);
  if (const auto* merged = std::get_if<MergeRecord>(&record.body)) merge(merged->from, merged->into);
  const auto* event = std::get_if<EventRecord>(&record.body);
  if (!event) return;
  saw(std::min(event->event.time, event->event.received_at));
  if (!wants(event->event.label())) return;
  if (!fields_.parse(event->event.properties)) return;  // as the live profile does
  const Time reached = latest_;
  add(canonical(event->brought_by()), event->brought_by(), event->event.label(), fields_, event->event.time, record.position);
  latest_ = reached;  // an event of a faulty clock in the future does not make windows complete
}

size_t History::bytes() const {
  size_t total = subjects_.size() * (sizeof(Subject) + sizeof(ProfileId) + 2 * sizeof(void*));
  for (const auto& [id, subject] : subjects_) total += subject.features.bytes() + subject.outcomes.bytes();
  return total;
}

// An outcome within W is its feature as of just after time + W: a window of W that ends there is (time, time + W].
void History::evaluate_outcomes(std::vector<AsOfReader>& readers, Time time, std::span<double> scratch, std::span<double> out) const {
  for (size_t w = 0; w < outcome_windows_.size(); ++w) {
    readers[w].evaluate(time + outcome_windows_[w] + microseconds(1), scratch);
    for (size_t i = 0; i < out.size(); ++i) {
      if (outcomes_->definitions()[i].window == outcome_windows_[w]) out[i] = scratch[i];
    }
  }
}

void History::evaluate(std::span<const Observation> observations, const std::function<void(const Row&)>& visit) {
  std::vector<ProfileId> person;
  person.reserve(observations.size());
  for (const Observation& o : observations) person.push_back(canonical(o.profile));
  std::vector<size_t> order(observations.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(person[a], observations[a].time) < std::pair(person[b], observations[b].time);
  });

  const Subject nobody;
  std::vector<double> features(features_->size()), outcomes(outcomes_ ? outcomes_->size() : 0), scratch(outcomes.size());
  std::vector<std::string> texts(features_->size());
  const Duration reach = outcome_windows_.empty() ? Duration{} : outcome_windows_.back();
  for (size_t first = 0; first < order.size();) {
    const ProfileId who = person[order[first]];
    auto known = subjects_.find(who);
    if (known != subjects_.end()) {
      known->second.features.sort();
      known->second.outcomes.sort();
    }
    const Subject& subject = known == subjects_.end() ? nobody : known->second;
    AsOfReader reader(*features_, subject.features);
    std::vector<AsOfReader> outcome_readers;
    for (size_t w = 0; w < outcome_windows_.size(); ++w) outcome_readers.emplace_back(*outcomes_, subject.outcomes);
    for (; first < order.size() && person[order[first]] == who; ++first) {
      const Time time = observations[order[first]].time;
      reader.evaluate(time, features, texts);
      evaluate_outcomes(outcome_readers, time, scratch, outcomes);
      visit({order[first], features, texts, outcomes, latest_.micros != INT64_MIN && time + reach <= latest_});
    }
  }
}

}  // namespace furrow::profile
