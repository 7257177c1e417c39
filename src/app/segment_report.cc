#include "app/segment_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <roaring/roaring.hh>

#include "base/files.h"
#include "pipeline/stored_views.h"
#include "profile/segment_features.h"

namespace furrow::app {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr std::string_view kTried = "(tried)";

struct Members {
  std::vector<ProfileId> people;          // by dense number
  std::vector<Roaring> segments;
};

Result<Members> gather(const profile::ProfileView& profiles, const profile::SegmentRules& rules, Time as_of) {
  Members out;
  out.segments.resize(rules.size());
  FURROW_TRY(profiles.for_each([&](const profile::Profile& person) {
    const auto number = static_cast<uint32_t>(out.people.size());
    out.people.push_back(person.id);
    const std::vector<bool> in = rules.evaluate(person, as_of);
    for (size_t s = 0; s < in.size(); ++s) {
      if (in[s]) out.segments[s].add(number);
    }
    return true;
  }));
  for (Roaring& segment : out.segments) segment.runOptimize();
  return out;
}

template <class Read>
void read_segment_files(const fs::path& root, Diagnostics& diagnostics, Read&& read) {
  std::vector<std::string> files;
  std::error_code fault;
  for (fs::directory_iterator it(root / "segments", fault), end; !fault && it != end; it.increment(fault)) {
    const auto extension = it->path().extension();
    if (extension == ".yaml" || extension == ".yml") files.push_back("segments/" + it->path().filename().string());
  }
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    auto text = read_file(root / file, kMaxFileBytes);
    if (text) read(file, *text);
    else diagnostics.add(file, 0, text.error().message());
  }
}

}  // namespace

std::vector<profile::SegmentDefinition> load_segment_folder(const fs::path& root, const std::vector<std::string>& features, Diagnostics& diagnostics) {
  std::vector<profile::SegmentDefinition> out;
  read_segment_files(root, diagnostics, [&](const std::string& file, const std::string& text) {
    if (auto node = YamlNode::parse(text, file, diagnostics)) profile::load_segments(*node, features, out);
  });
  return out;
}

void load_segment_feature_folder(const fs::path& root, Diagnostics& diagnostics, std::vector<profile::FeatureDefinition>& into) {
  Diagnostics unheard;
  read_segment_files(root, unheard, [&](const std::string& file, const std::string& text) {
    if (!YamlNode::parse(text, file, unheard)) return;
    if (auto node = YamlNode::parse(text, file, diagnostics)) profile::load_segment_features(*node, into);
  });
}

void load_segment_reaction_folder(const fs::path& root, const std::vector<std::string>& webhooks, Diagnostics& diagnostics,
                                  std::vector<reach::SegmentReaction>& into) {
  Diagnostics unheard;
  read_segment_files(root, unheard, [&](const std::string& file, const std::string& text) {
    if (!YamlNode::parse(text, file, unheard)) return;
    if (auto node = YamlNode::parse(text, file, diagnostics)) reach::load_segment_reactions(*node, webhooks, into);
  });
}

Result<SegmentReport> measure_segments(const Workspace& workspace, const fs::path& data_dir, const SegmentReportRequest& request, const Clock& clock) {
  SegmentReport out;
  out.segments = workspace.segments;
  if (!request.tried_rule.empty()) {
    profile::SegmentDefinition tried;
    tried.name = kTried;
    tried.where = request.tried_rule;
    out.segments.push_back(std::move(tried));
  }
  std::optional<size_t> wanted;
  for (size_t s = 0; s < out.segments.size(); ++s) {
    if (out.segments[s].name == request.members_of) wanted = s;
  }
  if (!request.members_of.empty() && !wanted) {
    std::vector<std::string> names;
    for (const auto& segment : out.segments) names.push_back(segment.name);
    const std::string near = nearest(request.members_of, names);
    return Error(ErrorCode::kNotFound, fmt::format("there is no segment \"{}\"{}", request.members_of, near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  }
  FURROW_ASSIGN(const auto rules, profile::SegmentRules::compile(out.segments, *workspace.program));

  FURROW_ASSIGN(auto stored, pipeline::StoredViews::open(workspace, data_dir));
  out.as_of = request.as_of.value_or(clock.now());
  FURROW_ASSIGN(const Members members, gather(*stored.views->profiles, rules, out.as_of));
  out.people = members.people.size();
  for (const Roaring& a : members.segments) {
    out.sizes.push_back(a.cardinality());
    out.overlap.emplace_back();
    for (const Roaring& b : members.segments) out.overlap.back().push_back(a.and_cardinality(b));
  }
  if (wanted) {
    for (uint32_t number : members.segments[*wanted]) out.members.push_back(members.people[number]);
    std::sort(out.members.begin(), out.members.end());
  }
  return out;
}

}  // namespace furrow::app
