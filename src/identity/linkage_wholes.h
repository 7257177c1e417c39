// Columns that tell one thing over: a whole name beside its given name and surname.
//
// Agreement of the whole follows from agreement of the parts, for strangers as for matches, so that each of the two is told by itself what
// both together tell. No pair shows it: two strangers of one name look like one person to all of them. It is read from single records.
// Cost: a sample of records, each pair of name and text fields once.
#pragma once
#include <vector>

#include "identity/linkage_records.h"

namespace furrow::identity {

struct FieldShare {
  double share = 1;  // of its evidence that counts: one by how many ways the same is told
  int group = -1;    // of fields that tell the same; -1 for none
};
// By field.
std::vector<FieldShare> evidence_shares(const LinkRecords& records);

}  // namespace furrow::identity
