// A file's table as a dataset to learn from: integers, numbers and booleans to numbers, timestamps to times, text,
// without blanks around it, to levels (settled as dataset.h says). Cost: one pass.
#pragma once
#include "learn/dataset.h"
#include "table/table.h"

namespace furrow::learn {

Dataset dataset_from_table(const table::Table& table);
// The same, letting go of each column once it is read: a large table is never there twice.
Dataset dataset_from_table(table::Table&& table);

}  // namespace furrow::learn
