// Features that a promoted model was trained with, and that are declared otherwise now without a new version: such a change
// would quietly give the model other numbers than it learnt from. A raised `version` says it is meant; the model must then
// be trained again (scorer.h refuses it until it is).
// Reads the registry of the data directory; a workspace that never trained has none. Threads: any.
#pragma once
#include <string>
#include <vector>

#include "app/workspace.h"

namespace furrow::app {

// A sentence each, as "file:line: message".
std::vector<std::string> features_changed_in_use(const Workspace& workspace, const std::filesystem::path& data_dir);

}  // namespace furrow::app
