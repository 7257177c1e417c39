// Conditions on events that a segment brings along: features declared with it, in its own file.
//
//   segments:
//     - name: cart_lovers
//       where: dear_carts_7d >= 3
//       features:
//         - {name: dear_carts_7d, event: Product Added, where: price > 50, aggregate: count, window: 7d, default: 0}
//
// They are features as any other (feature.h): kept live, read as of any instant, named once in the workspace.
#pragma once
#include <vector>

#include "base/yaml.h"
#include "profile/feature.h"

namespace furrow::profile {

// Appends those of every segment of a parsed file; faults are reported with file and line, a faulty definition is left out.
void load_segment_features(const YamlNode& root, std::vector<FeatureDefinition>& into);

}  // namespace furrow::profile
