// How far each source's word on a person counts, for traits that several sources tell.
//
//   trust:                 # workspace.yaml; a source that is not named is `own`
//     crm: verified        # checked by somebody: wins over everything else
//     live: own            # the company's own: of several the freshest wins
//     bureau: third_party  # bought or matched (a DMP): fills what nobody else tells, and never overrules
// A source whose name has the word dmp, or the words third party, is third_party when it is not named.
// Threads: a value; read from any.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/yaml.h"

namespace furrow::profile {

enum class Trust : uint8_t { kThirdParty = 1, kOwn = 2, kVerified = 3 };
std::string_view to_string(Trust trust);  // "third_party", "own", "verified"

class SourceTrust {
 public:
  // Faults go to the node's diagnostics.
  static SourceTrust load(const YamlNode& node);
  void declare(std::string source, Trust trust) { declared_.insert_or_assign(std::move(source), trust); }
  Trust of(std::string_view source) const;
  uint64_t hash() const;  // of what is declared; 0 for nothing

 private:
  std::map<std::string, Trust, std::less<>> declared_;
};

}  // namespace furrow::profile
