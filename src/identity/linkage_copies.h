// Rows that a source has many times over, the same in everything they tell.
//
// A row that stands there ten thousand times is no rare evidence, so no search by rare evidence compares its copies, and its values look
// common. Whether such rows are one person: when so many rows would not be alike by chance, going by how frequent each value is among the
// other, different rows. A name and a town may be shared by hundreds of people; a name, a birthday and a telephone are not.
// Cost: one hash a record. Threads: one.
#pragma once
#include <vector>

#include "identity/linkage_records.h"

namespace furrow::identity {

inline constexpr size_t kComparedCopies = 8;  // groups of no more are left to the comparison of pairs
// Records of one source that are the same and not by chance, for groups of more than `fewest`; by record, the lowest first.
std::vector<std::vector<uint32_t>> copies_of_rows(const LinkRecords& records, size_t fewest);

}  // namespace furrow::identity
