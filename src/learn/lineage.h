// What a model's lineage.json says, for those who score with it. kModelMismatch when it cannot be read.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace furrow::learn {

struct Lineage {
  std::string created, furrow, data_file, data_hash, target, positive, task, id, time, group, split;
  int64_t rows = 0, rows_cross_validated = 0, inputs = 0, rounds = 0, depth = 0, seed = 0;
};
Result<Lineage> parse_lineage(std::string_view json);

}  // namespace furrow::learn
