#include "profile/source_trust.h"

#include <fmt/format.h>

#include "base/cut_text.h"
#include "base/ids.h"

namespace furrow::profile {
namespace {

constexpr std::string_view kTrustNames[] = {"third_party", "own", "verified"};

// Whether the words of a name ("audience-DMP", "thirdPartyData") say that it is not the company's own.
bool sounds_third_party(std::string_view source) {
  std::string words = " ";
  char before = ' ';
  for (char c : source) {
    bool upper = c >= 'A' && c <= 'Z', letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!letter || (upper && before >= 'a' && before <= 'z')) words += ' ';
    if (letter) words += upper ? static_cast<char>(c + 32) : c;
    before = c;
  }
  words += ' ';
  for (std::string_view sign : {" dmp ", " third party ", " thirdparty ", " 3rd party "}) {
    if (words.find(sign) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string_view to_string(Trust trust) { return kTrustNames[static_cast<size_t>(trust) - 1]; }

SourceTrust SourceTrust::load(const YamlNode& node) {
  SourceTrust out;
  if (!node.is_map()) {
    node.fault("\"trust\" names sources and how far each is trusted, such as crm: verified");
    return out;
  }
  for (const auto& [source, value] : node.entries()) {
    std::string said = value.scalar();
    bool known = false;
    for (size_t i = 0; i < std::size(kTrustNames); ++i) {
      if (kTrustNames[i] != said) continue;
      out.declare(source, static_cast<Trust>(i + 1));
      known = true;
    }
    if (!known) value.fault(fmt::format("the trust in \"{}\" must be verified, own or third_party, not \"{}\"", source, cut_text(said, 64)));
  }
  return out;
}

Trust SourceTrust::of(std::string_view source) const {
  auto at = declared_.find(source);
  if (at != declared_.end()) return at->second;
  return sounds_third_party(source) ? Trust::kThirdParty : Trust::kOwn;
}

uint64_t SourceTrust::hash() const {
  uint64_t sum = 0;
  for (const auto& [source, trust] : declared_) sum = hash64(source, sum + static_cast<uint64_t>(trust));
  return sum;
}

}  // namespace furrow::profile
