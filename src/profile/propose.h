// Features from a schema: reads a sample of an events file, learns which events and properties there are, and proposes a
// few hundred definitions with names and descriptions in English and Chinese, ready for `furrow features build`.
//
// For each of the most frequent events: how often, on how many days, how lately and how regularly, over several windows;
// sessions and clock habits. For each property that is a number: totals, means, extremes, spread, trend and fading totals;
// for each that is a text with repeated values: how many different, the most frequent, the last; counts for its most
// frequent values. Then ratios of a window to a longer one, which tell growth from habit. Ids (a value of its own in
// nearly every row) are only counted as different values. Proposals are ordered by how much they usually tell, so that
// `most` cuts the least useful.
// Cost: one pass over the first `sample_rows` rows. Threads: any. Errors: those of reading; kInvalidFile without the columns.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "profile/feature.h"

namespace furrow::profile {

struct ProposalOptions {
  size_t most = 250;
  size_t sample_rows = 200'000;
  std::string timezone = "UTC";
};

Result<std::vector<FeatureDefinition>> propose_features(const std::filesystem::path& events, const ProposalOptions& options);

// As a definitions file that load_features reads back to the same definitions.
std::string definitions_as_yaml(const std::vector<FeatureDefinition>& features, const std::string& timezone);

}  // namespace furrow::profile
