// What the views are made from: the part of a workspace that the pipeline needs to know.
// A value; read-only once a pipeline was opened with it, from any thread.
#pragma once
#include <memory>
#include <vector>

#include "base/time.h"
#include "decide/placement.h"
#include "identity/identity_view.h"
#include "profile/feature.h"
#include "profile/program.h"
#include "profile/segment_rules.h"
#include "profile/source_trust.h"

namespace furrow::pipeline {

struct Declarations {
  TimeZone timezone = TimeZone::utc();
  identity::IdentityRules identity = identity::IdentityRules::defaults();
  profile::SourceTrust trust;    // whose word on a trait counts
  std::vector<profile::FeatureDefinition> features;
  std::shared_ptr<const profile::FeatureProgram> program;  // the features, compiled
  std::vector<profile::SegmentDefinition> segments;
  std::vector<decide::PlacementDeclaration> placements;
};

}  // namespace furrow::pipeline
