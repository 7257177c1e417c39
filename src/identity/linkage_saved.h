// A finished linkage as a file: what was learned and from which records, so that later records are linked against it (linkage_index.h).
//
// Holds the cells of the columns that are evidence, the weights, whose record is whose and people's answers; what is derived from them is
// derived again when it is read, with the same results. Form 3; a checksum closes it.
// Errors: those of files; kInvalidFile when it is no such file, a damaged one, or one of another form (link again with --save).
// Cost: writing that of the file; reading that of the batch's first stages (about 10 s a million records of ten columns). Memory: the file once and
// the linkage.
#pragma once
#include <filesystem>

#include "identity/linkage.h"

namespace furrow::identity {

// `inputs` are those that `linked` was made from.
Status save_linkage(const LinkResult& linked, const std::vector<LinkSourceInput>& inputs, const std::filesystem::path& path);
Result<std::unique_ptr<LinkResult>> load_linkage(const std::filesystem::path& path);

}  // namespace furrow::identity
