// How a model's report begins, for readers who know no measure: what the model does, what going by it reaches, whether its scores can be
// taken at their word, and whether it beats a straight line. Plain sentences in both languages, from cross-validated figures.
// Threads: pure.
#pragma once
#include <string>

#include "learn/lineage.h"
#include "learn/report_tables.h"

namespace furrow::learn {

// `ours`, `theirs`: the measures of the model and of the linear one on the same rows.
void binary_or_number_words(std::string& out, const Element& metrics, const Element& ours, const Element& theirs, const Lineage& lineage);
void class_words(std::string& out, const Element& ours, const Element& theirs, const Lineage& lineage);
// That not all rows were cross-validated, where it is so.
void draw_words(std::string& out, const Lineage& lineage);
std::string rows_text(const Lineage& lineage);

}  // namespace furrow::learn
