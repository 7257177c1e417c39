// What the models of intent_stage.h see of a visit, and what they are to say: part of its contract.
#pragma once
#include <string>
#include <vector>

#include "learn/dataset.h"
#include "learn/gru.h"
#include "predict/event_sequences.h"

namespace furrow::predict {

inline constexpr size_t kStepNumbers = 8;
inline constexpr int kUnknownStage = -1;

// Each visit as tokens (places in `vocabulary`, its size for any other event) and numbers; labels are left unknown.
std::vector<learn::TokenSequence> read_steps(const VisitTable& visits, const std::vector<std::string>& vocabulary, const std::string& goal);
// The stage after each step, as far as the table tells: visits that start within `within` of its last event are unknown.
void label_steps(const VisitTable& visits, const std::string& goal, Duration within, std::vector<learn::TokenSequence>& sequences);

struct StepPlace {
  uint32_t visit, step;
};
// A row for each place: n-grams, counts and numbers, a column "stage" (missing where unknown) and one "visit".
learn::Dataset ngram_rows(const std::vector<learn::TokenSequence>& sequences, const std::vector<std::string>& vocabulary, const std::vector<StepPlace>& places);

}  // namespace furrow::predict
