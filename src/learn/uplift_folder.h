// The folder of an uplift model: what uplift.cc writes and UpliftModel::load reads. Part of uplift.h's contract.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "learn/uplift.h"

namespace furrow::learn {

// The action with the most value x effect - cost, counted from 1; 0 when none is above 0.
int recommend_arm(const UpliftSummary& summary, const std::vector<double>& effects);
// Everything but model and parity of one action's model folder.
void write_arm_files(const UpliftSummary& summary, size_t arm, const Encoder& encoder, const std::vector<std::pair<std::string, double>>& importance,
                     const UpliftOptions& options, ModelFiles& out);
// Whole or not there; what stood at `folder` is replaced.
Status write_uplift_folder(const UpliftSummary& summary, const std::vector<ModelFiles>& arms, const UpliftOptions& options,
                           const std::filesystem::path& folder);

}  // namespace furrow::learn
