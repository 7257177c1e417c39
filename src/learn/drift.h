// How far rows are from what a model was trained on, and how that is said to people. Reference (reference.h) measures it.
//
// Said in the terms of the column: of numbers the means; of times the average dates; of texts which levels became more and less frequent,
// and how many values training did not have; of sentences how long they are and what their words say of the target. Levels that cannot be told apart in
// encoded rows (of one rate and as many rows) are counted together, as the first of them "and N others".
// Threads: values.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "learn/boosting.h"
#include "learn/encoding.h"
#include "learn/guards.h"

namespace furrow::learn {

// Of rows to be scored: the cells that cannot be read as what their column held in training (Encoder::unread), as sentences.
std::vector<Warning> unread_cells(const Encoder& encoder, const Dataset& data);

struct LevelShift {
  std::string level;             // "": values that training did not have
  size_t others = 0;             // levels counted together with it
  double before = 0, now = 0;    // share of the rows
};

struct InputDrift {
  std::string input;
  EncodingMethod method = EncodingMethod::kNumber;
  double psi = 0, ks = 0, ks_p = 1;
  double missing_before = 0, missing_now = 0;
  double mean_before = 0, mean_now = 0;      // of the first encoded column: kNumber and kOrdered the number, kTime days since 1970
  double length_before = 0, length_now = 0;  // kWords: words in a typical text
  std::vector<LevelShift> levels;            // kBinary, kOneHot, kTargetRate, kNamed: those whose shares changed most, kShownShifts at most each way
};

// What became of an input, as a part of a sentence: "mean 34.2 before, 55.1 now; missing 0.0 % before, 2.0 % now".
struct DriftWords {
  std::string english, chinese;
};
DriftWords drift_words(const InputDrift& drift);

// Fills `out.levels`, `before` being each encoded column's mean among training rows that have the input. `rows`: `count` encoded rows.
void find_level_shifts(const InputEncoding& input, const std::vector<double>& before, const Samples& rows, size_t count, InputDrift& out);

struct Drift {
  std::vector<InputDrift> inputs;  // largest psi first
  double adversarial_auc = 0.5;
  double seen_in_training = 0;
  size_t rows = 0;
  // Inputs with psi >= 0.25, an adversarial AUC >= 0.75, and rows seen in training, as sentences.
  std::vector<Warning> warnings(bool evaluating) const;
};
void write_json(JsonWriter& json, const Drift& drift);

inline constexpr size_t kShownShifts = 3;
inline constexpr size_t kLeastReferenceRows = 50;  // fewer rows tell nothing about a distribution

}  // namespace furrow::learn
