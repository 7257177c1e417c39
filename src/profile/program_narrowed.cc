// A part of a program, and when time alone changes its values.
#include <algorithm>

#include "profile/program.h"

namespace furrow::profile {
namespace {

bool aged(Aggregate aggregate) {
  return aggregate == Aggregate::kRecencyDays || aggregate == Aggregate::kTenureDays || aggregate == Aggregate::kDecayedSum ||
         aggregate == Aggregate::kDecayedCount;
}

}  // namespace

std::vector<size_t> FeatureProgram::sources_of(std::span<const size_t> features) const {
  std::vector<size_t> sources(features.begin(), features.end());
  for (size_t i = 0; i < sources.size(); ++i) {
    for (const Derived& derived : derived_) {
      if (derived.feature != sources[i]) continue;
      for (const Input& input : derived.inputs) {
        if (std::find(sources.begin(), sources.end(), input.feature) == sources.end()) sources.push_back(input.feature);
      }
    }
  }
  return sources;
}

std::shared_ptr<const FeatureProgram> FeatureProgram::narrowed(std::span<const size_t> features) const {
  std::vector<uint8_t> needed(size()), needed_tracks(tracks_.size());
  for (size_t feature : sources_of(features)) {
    needed[feature] = 1;
    for (uint16_t track : {feature_track_[feature], second_track_[feature]}) {
      if (track != kNoTrack) needed_tracks[track] = 1;
    }
  }
  std::shared_ptr<FeatureProgram> part(new FeatureProgram(*this));
  for (Selector& selector : part->selectors_) {
    for (auto& tracks : selector.tracks) std::erase_if(tracks, [&](uint16_t track) { return !needed_tracks[track]; });
  }
  for (Frame& frame : part->frames_) {
    for (auto& readers : frame.window_features) std::erase_if(readers, [&](uint16_t feature) { return !needed[feature]; });
    // The longest windows that nobody reads any more; a calendar frame has one, which is its only meaning.
    while (frame.period == Period::kNone && !frame.windows.empty() && frame.window_features[frame.windows.size() - 1].empty()) {
      frame.window_features.erase(frame.window_features.end() - 2);
      frame.windows.pop_back();
    }
  }
  std::erase_if(part->derived_, [&](const Derived& derived) { return !needed[derived.feature]; });
  part->any_text_needed_ = std::any_of(part->derived_.begin(), part->derived_.end(), [&](const Derived& derived) {
    return std::any_of(derived.inputs.begin(), derived.inputs.end(), [&](const Input& input) { return text_needed_[input.feature] != 0; });
  });
  return part;
}

std::optional<Time> FeatureProgram::next_change(const Journal& journal, Time as_of) const {
  std::optional<Time> next;
  auto offer = [&](Time at) {
    if (at > as_of && (!next || at < *next)) next = at;
  };
  for (size_t f = 0; f < frames_.size(); ++f) {
    const Frame& frame = frames_[f];
    if (std::all_of(frame.window_features.begin(), frame.window_features.end(), [](const auto& readers) { return readers.empty(); })) continue;
    std::vector<uint64_t> read(selector_words());
    for (size_t s = 0; s < selectors_.size(); ++s) read[s / 64] |= uint64_t{!selectors_[s].tracks[f].empty()} << (s % 64);
    // The first entry from `from` on, in time, that this frame reads.
    auto first_read = [&](Time from) -> std::optional<Time> {
      for (size_t i = journal.count_before(from); i < journal.size(); ++i) {
        const Journal::Entry entry = journal.entry(i);
        for (size_t word = 0; word < read.size(); ++word) {
          if (entry.selectors()[word] & read[word]) return entry.time();
        }
      }
      return {};
    };
    if (frame.period != Period::kNone) {
      Frame following = frame;
      following.back = -1;
      if (journal.size() > 0) offer(period_bounds(following, as_of).begin);
      if (frame.back == 0) {
        if (const auto coming = first_read(as_of)) offer(*coming + microseconds(1));
      }
      continue;
    }
    const Time end = as_of - frame.ago;
    if (const auto coming = first_read(end)) offer(*coming + frame.ago + microseconds(1));
    for (size_t w = 0; w < frame.windows.size(); ++w) {
      if (frame.window_features[w].empty()) continue;
      const Duration window = frame.windows[w];
      // The oldest entry inside leaves one microsecond after it is as old as the window reaches.
      if (const auto leaving = first_read(end - window)) offer(*leaving + frame.ago + window + microseconds(1));
    }
  }
  return next;
}

bool FeatureProgram::grows(size_t feature) const {
  const auto sources = sources_of({&feature, 1});
  return std::any_of(sources.begin(), sources.end(), [&](size_t source) { return aged(definitions_[source].aggregate); });
}

bool FeatureProgram::listens(size_t feature, std::string_view label) const {
  const auto sources = sources_of({&feature, 1});
  return std::any_of(sources.begin(), sources.end(), [&](size_t source) {
    const FeatureDefinition& definition = definitions_[source];
    return !definition.derived() && (definition.events.empty() || std::find(definition.events.begin(), definition.events.end(), label) != definition.events.end());
  });
}

}  // namespace furrow::profile
