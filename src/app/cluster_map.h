// The people of a workspace in groups found from what they do: which kinds of customers are there?
//
// A row a person, a column a declared feature as of now (of the newest event where none has come for a week, as in
// feature_survey.h); predict/segmentation.h finds the groups, names them, measures their stability and draws the map.
// Which features: those asked for, else the numbers over at least kClusterWindow or for ever; shorter ones say what a person
// does now, not who they are. People with an event only; above kClusterPeople a sample by the hash of the id.
//
// Each run is a version, kept as clusters/vNNNN.json (what is shown) and vNNNN.csv (profile_id, cluster) of the data
// directory; numbers of groups go on from the version before as far as they are the same groups. At most kClusterVersions are
// kept, the newest. The files can be deleted: nothing follows from them.
// Cost: a visit of every profile, and about 5 s for 50,000 people. Threads: one run at a time; reading from any.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/workspace.h"
#include "predict/segmentation.h"
#include "profile/profile_view.h"

namespace furrow::app {

inline constexpr size_t kClusterPeople = 50'000;
inline constexpr size_t kLeastClusterPeople = 20;
inline constexpr Duration kClusterWindow = days(14);
inline constexpr size_t kClusterVersions = 50;
inline constexpr size_t kMostClusters = 20;

struct ClusterRequest {
  std::optional<size_t> k;            // found from the data when absent
  std::vector<std::string> features;  // empty: as above
};

// What a high and a low value of a feature is called, from its description: "many orders", "订单数多".
predict::ColumnWords cluster_words(const profile::FeatureDefinition& feature);

class ClusterMap {
 public:
  explicit ClusterMap(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // Groups people, keeps the version and gives its JSON (ClusterReport of openapi.json). kInvalidArgument for an unknown or
  // unfit feature, kConflict with fewer than kLeastClusterPeople people.
  Result<std::string> make(const profile::ProfileView& profiles, const ClusterRequest& request, Time now) const;
  std::vector<std::string> versions() const;  // oldest first
  // The JSON of a kept version; kNotFound.
  Result<std::string> report(const std::string& version) const;
  // The people of a group of it, by id. kNotFound for a version that is not kept.
  Result<std::vector<ProfileId>> people(const std::string& version, uint32_t cluster) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace furrow::app
