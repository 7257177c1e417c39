// Who is in each declared segment at an instant: sizes, overlaps, members; also of a rule that is only being tried.
//
// Reads the stored views and the log's tail without writing: works beside a running server, and sees everything that it has
// acknowledged. People get dense numbers as they are met, and a segment is a roaring bitmap of them, so that an overlap is one
// intersection. Not live: each call goes over every profile once (about 2 µs each with 25 features).
// Errors: kInvalidWorkspace for faults in segments/, kNotFound for a segment that is not declared, and the store's.
// Threads: one call at a time each. Memory: a bit to two bytes a member of each segment, 8 bytes a person.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "profile/segment_rules.h"
#include "reach/webhook.h"

namespace furrow::app {

// Parses segments/*.yaml; every fault goes to `diagnostics`. No folder: no segments.
std::vector<profile::SegmentDefinition> load_segment_folder(const std::filesystem::path& root, const std::vector<std::string>& features,
                                                            Diagnostics& diagnostics);
// What the segments' entries and exits are told to (webhook.h), every fault with its place.
void load_segment_reaction_folder(const std::filesystem::path& root, const std::vector<std::string>& webhooks, Diagnostics& diagnostics,
                                  std::vector<reach::SegmentReaction>& into);

// The features that segments bring along (profile/segment_features.h), to be known before the rules are read. Files that cannot
// be read or parsed are left to load_segment_folder to complain of.
void load_segment_feature_folder(const std::filesystem::path& root, Diagnostics& diagnostics, std::vector<profile::FeatureDefinition>& into);

struct SegmentReportRequest {
  std::optional<Time> as_of;    // the clock's now when absent
  std::string tried_rule;       // measured beside the declared ones, under the name "(tried)"
  std::string members_of;       // whose members to list
};
struct SegmentReport {
  Time as_of;
  uint64_t people = 0;
  std::vector<profile::SegmentDefinition> segments;
  std::vector<uint64_t> sizes;
  std::vector<std::vector<uint64_t>> overlap;  // people in both
  std::vector<ProfileId> members;              // of members_of, ascending
};
Result<SegmentReport> measure_segments(const Workspace& workspace, const std::filesystem::path& data_dir, const SegmentReportRequest& request,
                                       const Clock& clock);

}  // namespace furrow::app
