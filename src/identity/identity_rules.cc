#include <fmt/format.h>

#include <algorithm>

#include "identity/identity_view.h"

namespace furrow::identity {

IdentityRules IdentityRules::defaults() {
  IdentityRules rules;
  rules.identifiers = {{"user_id", "", true, {}, false, 0}, {"email", "email", false, {}, false, 0}, {"phone", "phone", false, {}, false, 0}, {"anonymous_id", "", false, {}, false, 0}};
  return rules;
}

IdentityRules IdentityRules::load(const YamlNode& node) {
  if (!node.is_map()) {
    node.fault("must be a map with `identifiers`");
    return defaults();
  }
  node.only({"identifiers"});
  auto list = node.find("identifiers");
  if (!list) return defaults();
  constexpr size_t kMaxListed = 1000;
  IdentityRules rules;
  for (const YamlNode& item : list->items()) {
    if (!item.is_map()) {
      item.fault("must be a map with `kind`");
      continue;
    }
    item.only({"kind", "trait", "unique", "never", "shared", "limit"});
    auto kind = item.required_text("kind");
    if (!kind) continue;
    IdentifierRule rule{*kind, item.text("trait"), item.boolean("unique", *kind == "user_id"), item.texts("never"), item.boolean("shared", false), 0};
    rule.limit = static_cast<size_t>(item.integer("limit", 0, 0, kMaxListed));
    if (rule.unique && rule.limit > 0) item.fault(fmt::format("`{}` is unique: a person has at most one, so remove `limit`", rule.kind));
    if (rule.unique && rule.shared) item.fault(fmt::format("`{}` cannot be both unique and shared", rule.kind));
    for (const auto& never : rule.never) {
      if (never.empty() || never.find_first_not_of('*') == std::string::npos) item.fault("a value of `never` must name more than `*`");
      if (std::count(never.begin(), never.end(), '*') > 4) item.fault("a value of `never` has at most four `*`");
    }
    bool built_in = rule.kind == "user_id" || rule.kind == "anonymous_id";
    if (rule.kind.empty() || rule.kind.size() > 64 || rule.kind.find(':') != std::string::npos) item.fault("`kind` must have 1 to 64 characters and no colon");
    if (built_in && !rule.trait.empty()) item.fault(fmt::format("{} is read from the event itself: remove `trait`", rule.kind));
    if (!built_in && rule.trait.empty()) rule.trait = rule.kind;
    if (rule.kind == "user_id" && !rule.unique) item.fault("user_id is always unique: remove `unique: false`");
    if (std::any_of(rules.identifiers.begin(), rules.identifiers.end(), [&](const auto& other) { return other.kind == rule.kind; })) {
      item.fault(fmt::format("`{}` is declared twice", rule.kind));
      continue;
    }
    rules.identifiers.push_back(std::move(rule));
  }
  // Every event carries one of these two: without a rule they rank last.
  for (std::string_view always : {"user_id", "anonymous_id"}) {
    if (rules.rank(always) == rules.identifiers.size()) rules.identifiers.push_back({std::string(always), "", always == "user_id", {}, false, 0});
  }
  return rules;
}

size_t IdentityRules::rank(std::string_view kind) const {
  auto it = std::find_if(identifiers.begin(), identifiers.end(), [&](const auto& rule) { return rule.kind == kind; });
  return static_cast<size_t>(it - identifiers.begin());
}

}  // namespace furrow::identity
