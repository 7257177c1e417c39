// Numbers that name something instead of measuring it: a store's, a campaign's, an advertisement's id.
//
// A tree that splits such a column by size finds what one id says only by cutting it out on both sides, and a line finds nothing;
// as a level (encoding.h) it is found at once. But a number that names can rarely be told from one that counts by its name alone, so it
// takes both:
//   is_called_an_id   the column's name says so: "id", "store_id", "customerId", "postal code", "门店编号"
//   values_name       rows of the very same value agree in their labels more than rows of neighbouring values do, by kLeastEvidence
//                     standard errors. Of an amount, neighbours agree nearly as much as equals.
// Threads: pure. Cost: a sort of the column.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "learn/dataset.h"

namespace furrow::learn {

inline constexpr double kLeastEvidence = 3;

bool is_called_an_id(std::string_view name);

// By how many standard errors equal values agree more than neighbouring ones: over pairs of rows, the product of what the labels are
// above their mean, within a value less between it and the next smaller and larger one. `labels`: one a row of `rows`. 0 where no value
// comes again.
double values_name(const Column& numbers, const std::vector<uint32_t>& rows, const std::vector<float>& labels);

// Do whole numbers, all different, only name or count the rows? By the column's name, or as one more in each row of the file.
bool names_rows(const Column& column, const std::vector<uint32_t>& rows);

// The same cells as text, each number a level; what is missing stays so.
Column as_names(const Column& numbers);

}  // namespace furrow::learn
