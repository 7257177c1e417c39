#include "identity/event_identifiers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace furrow::identity {
namespace {

constexpr std::array<std::string_view, 5> kNobody{"", "null", "undefined", "none", "0"};

bool matches(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (text.size() < star || pattern.substr(0, star) != text.substr(0, star)) return false;
  pattern.remove_prefix(star + 1);
  for (size_t from = star; from <= text.size(); ++from) {
    if (matches(pattern, text.substr(from))) return true;
  }
  return false;
}

// A number that is whole reads as people write it (a telephone number), not as 8.6e10.
std::string as_text(const Value& value) {
  if (value.is_text()) return std::string(value.text());
  if (!value.is_number() || !std::isfinite(value.number())) return {};
  char text[400];
  auto end = std::to_chars(text, text + sizeof text, value.number(), std::chars_format::fixed).ptr;
  return {text, end};
}

}  // namespace

std::string EventIdentifiers::normalized(std::string_view kind, std::string_view value) {
  auto space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!value.empty() && space(value.front())) value.remove_prefix(1);
  while (!value.empty() && space(value.back())) value.remove_suffix(1);
  std::string text(value.substr(0, kMaxIdBytes));
  if (kind == "email") {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

void EventIdentifiers::add(const IdentifierRule& rule, std::string_view value) {
  if (value.empty()) return;
  std::string text = normalized(rule.kind, value);
  if (std::find(kNobody.begin(), kNobody.end(), text) != kNobody.end()) return;
  if (std::any_of(rule.never.begin(), rule.never.end(), [&](const auto& never) { return matches(never, text); })) return;
  found_.push_back({rule.kind, std::move(text)});
}

const std::vector<Identifier>& EventIdentifiers::read(const Event& event) {
  found_.clear();
  bool has_traits = event.type == EventType::kIdentify && traits_.parse(event.properties).ok();
  for (const IdentifierRule& rule : rules_.identifiers) {
    if (rule.kind == "user_id") {
      add(rule, event.user_id);
    } else if (rule.kind == "anonymous_id") {
      add(rule, event.anonymous_id);
      // An alias names the id that the person had before.
      if (event.type == EventType::kAlias && event.name != event.anonymous_id && event.name != event.user_id) add(rule, event.name);
    } else if (has_traits) {
      add(rule, as_text(traits_.get(rule.trait)));
    }
  }
  return found_;
}

}  // namespace furrow::identity
