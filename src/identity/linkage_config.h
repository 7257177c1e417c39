// What may be told to a linkage in YAML; everything has a default, and one default configuration serves all data.
//
//   id: rec_id                     # or several: the first that a file has
//   threshold: 0.5                 # the least probability of a link
//   duplicates: auto               # auto, never, allowed: within one file, when several are linked
//   seed: 1
//   sources:
//     crm: {id: 客户编号, duplicates: allowed}
//   columns:
//     ignore: [note, crm.updated]  # never evidence
//     kinds: {code: identifier}    # name, text, identifier, phone, email, date, number
//     same: [[crm.手机, cards.Mobile]]
//   labels: labels.csv             # left_source,left_id,right_source,right_id,match (1 or 0; 1 when there is no such column)
//
// Paths are relative to the file. Every fault is told with its line.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "identity/linkage.h"

namespace furrow::identity {

struct LinkConfig {
  LinkOptions options;
  std::vector<std::string> ids;
  std::vector<std::pair<std::string, std::string>> id_by_source;
  std::filesystem::path labels;  // empty: none
};

Result<LinkConfig> load_link_config(const std::filesystem::path& path);

// A file of labelled pairs. kInvalidFile when a column is missing.
Result<std::vector<NamedLabel>> read_labels(const std::filesystem::path& path);

}  // namespace furrow::identity
