// What a note in a model's history (learn/registry.h) says that no person wrote, as data: put into words when somebody reads it,
// so that everybody reads it in their language however old it is.
//
// As JSON, of which numbers that are 0 may be left out:
//   {"kind":"outcomes","known":600,"observed":0.01,"predicted":0.3}      an alarm, by the window's decisions; "day_outcomes": the last day's
//   {"kind":"drift","input":"orders_7d","shown_as":"number","psi":0.4,"mean_before":2.1,"mean_now":0.3,"missing_now":0.2}
//   {"kind":"drift","input":"city","shown_as":"levels","psi":0.4,"levels":[{"level":"Wuhan","before":0.1,"now":0.6}]}
//   {"kind":"aged",…}     like drift, but come step by step: no alarm
//   {"kind":"share","share":0.1}     for how many people a canary decides
// Threads: values.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "learn/drift.h"

namespace furrow::predict {

struct NoteData {
  enum class Kind { kOutcomes, kDayOutcomes, kDrift, kAged, kShare };
  Kind kind = Kind::kOutcomes;
  size_t known = 0;                    // kOutcomes, kDayOutcomes: decisions whose outcome is known
  double observed = 0, predicted = 0;  // of them: share with an outcome, and the mean score
  learn::InputDrift drift;             // kDrift, kAged
  double share = 0;                    // kShare, of the people
};

// One sentence.
struct NoteWords {
  std::string english, chinese;
};
NoteWords words_of(const NoteData& data);

std::string to_json(const NoteData& data);
// Nothing of what is no such object: "", or one that a newer program wrote.
std::optional<NoteData> parse_note_data(std::string_view json);

}  // namespace furrow::predict
