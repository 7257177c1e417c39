// The YAML of a workspace, read as each of its parts: faults are reported with a line inside the file, nothing crashes,
// and what loads without a fault compiles.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/yaml.h"
#include "collect/source.h"
#include "decide/placement.h"
#include "identity/identity_view.h"
#include "predict/model_declaration.h"
#include "profile/program.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow;
  std::string text(reinterpret_cast<const char*>(data), size);
  long lines = 1 + std::count(text.begin(), text.end(), '\n');
  Diagnostics faults;
  auto root = YamlNode::parse(text, "f.yaml", faults);
  if (root) {
    std::vector<profile::FeatureDefinition> features;
    Diagnostics own;
    auto again = YamlNode::parse(text, "f.yaml", own);
    profile::load_features(*again, features);
    if (own.empty() && !profile::FeatureProgram::compile(features).ok()) std::abort();
    collect::SourceDeclaration::load(*root);
    identity::IdentityRules::load(*root);
    predict::ModelDeclaration::load(*root, {"a", "b"});
    decide::PlacementDeclaration::load(*root, {{"a", "b"}, {"m"}});
  }
  for (const auto& fault : faults.list()) {
    if (fault.line < 0 || fault.line > lines + 1 || fault.message.empty()) std::abort();
  }
  return 0;
}
