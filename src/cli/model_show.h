// One model version in words and tables, for `furrow model show`: what it learns, from what, how good it is beside its
// baseline on rows it had not seen, how well calibrated, and what moves it. Reads what learn/model.h's files carry; what a
// file lacks is left out. Threads: pure.
#pragma once
#include <string>

#include "learn/registry.h"

namespace furrow::cli {

std::string describe_model(const learn::ModelVersion& version, const learn::Model& model);
// Of a version that tells how far visitors are; by the text of its metrics.json and lineage.json. kStorageCorrupt when they are torn.
Result<std::string> describe_stages(const learn::ModelVersion& version, const std::string& metrics, const std::string& lineage);

}  // namespace furrow::cli
