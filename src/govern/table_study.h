// The first reading of a file: what each column means, what whole columns tell, and what the history of its events shows.
// Threads: one. Memory: the sample and what behaviour.h and near_duplicates.h state.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "govern/behaviour.h"
#include "govern/column_plan.h"
#include "govern/near_duplicates.h"
#include "govern/sample_statistics.h"
#include "table/row_reader.h"

namespace furrow::govern {

struct TableStudy {
  std::vector<ColumnPlan> plans;
  std::vector<uint64_t> missing;     // by column, of the sample
  bool has_key = false;              // some identifier is different in nearly every row
  std::vector<SampleFinding> findings;  // by column: missingness, outliers

  // Places of the columns of an event; npos for none.
  static constexpr size_t npos = SIZE_MAX;
  size_t time = npos, device = npos, person = npos, agent = npos, page = npos, review = npos, country = npos, city = npos;
  DateForm time_form;
  TimeZone time_zone = TimeZone::utc();
  std::optional<Behaviour> behaviour;
  std::optional<NearDuplicates> reviews;
  uint64_t rows = 0;
};

Result<TableStudy> study_table(table::RowReader& reader, const CleanRules& rules, Time now, size_t sample_rows,
                               const std::function<void(double, uint64_t)>& progress);

}  // namespace furrow::govern
