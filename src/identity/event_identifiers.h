// The identifiers that an event carries under declared rules, highest rank first.
// Values are trimmed; e-mail addresses are compared in lower case (ASCII). What identifies nobody is left out: empty
// values, "null", "undefined", "none", "0" and the rule's `never` list.
// Threads: one thread each. Cost: parses the traits of identify events only.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "identity/identity_view.h"

namespace furrow::identity {

class EventIdentifiers {
 public:
  explicit EventIdentifiers(const IdentityRules& rules) : rules_(rules) {}
  // Valid until the next call.
  const std::vector<Identifier>& read(const Event& event);
  static std::string normalized(std::string_view kind, std::string_view value);

 private:
  void add(const IdentifierRule& rule, std::string_view value);
  const IdentityRules& rules_;
  std::vector<Identifier> found_;
  Fields traits_;
};

}  // namespace furrow::identity
