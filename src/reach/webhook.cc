#include "reach/webhook.h"

#include <fmt/format.h>

#include <algorithm>

namespace furrow::reach {
namespace {

const std::vector<std::string> kCauses{"event", "time", "merge", "split", "start"};

std::string or_meant(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near);
}

// The texts of a list (or the one text), each of which must be known.
std::vector<std::string> known_texts(const YamlNode& node, std::string_view key, const std::vector<std::string>& known, std::string_view what) {
  std::vector<std::string> out;
  const auto list = node.find(key);
  if (!list) return out;
  if (!list->is_list() && !list->is_scalar()) {
    list->fault(fmt::format("\"{}\" is a name or a list of names", key));
    return out;
  }
  for (const YamlNode& item : list->items()) {
    const std::string text = item.scalar();
    if (std::find(known.begin(), known.end(), text) == known.end()) {
      item.fault(fmt::format("there is no {} \"{}\"{}", what, text, or_meant(text, known)));
    } else if (std::find(out.begin(), out.end(), text) == out.end()) {
      out.push_back(text);
    }
  }
  return out;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Duration bounded(const YamlNode& node, std::string_view key, Duration fallback, Duration low, Duration high) {
  const auto given = node.duration(key);
  if (!given) return fallback;
  if (*given >= low && *given <= high) return *given;
  node.find(key)->fault(fmt::format("\"{}\" must be from {}s to {}s", key, low.micros / 1'000'000, high.micros / 1'000'000));
  return fallback;
}

}  // namespace

WebhookDeclaration WebhookDeclaration::load(const YamlNode& node, const std::vector<std::string>& kinds) {
  WebhookDeclaration made;
  made.file = node.file();
  made.line = node.line();
  if (!node.is_map()) {
    node.fault("a webhook is a map with name and url");
    return made;
  }
  node.only({"name", "url", "description", "description_zh", "identifiers", "causes", "batch", "timeout", "give_up_after", "allow_private"});
  if (const auto name = node.required_text("name")) {
    if (is_name(*name)) made.name = *name;
    else node.find("name")->fault("a webhook's name has 1 to 64 letters, digits, _ and -");
  }
  made.description = node.text("description");
  made.description_zh = node.text("description_zh");
  made.allow_private = node.boolean("allow_private", false);
  if (const auto text = node.required_text("url")) {
    auto url = OutboundUrl::parse(*text);
    if (!url) {
      node.find("url")->fault(url.error().message());
    } else if (!url->tls && !made.allow_private) {
      node.find("url")->fault("messages tell of people: use https://, or declare allow_private: true for a place inside your own network");
    } else if (!made.allow_private && (url->host == "localhost" || (url->host.find_first_not_of("0123456789.:abcdefABCDEF") == std::string::npos &&
                                                                   url->host.find_first_of(":.") != std::string::npos && !is_public_address(url->host)))) {
      node.find("url")->fault(fmt::format("\"{}\" is inside a private network; declare allow_private: true if that is meant", url->host));
    } else {
      made.url = *std::move(url);
    }
  }
  made.identifiers = node.has("identifiers") ? known_texts(node, "identifiers", kinds, "identifier") : std::vector<std::string>{"user_id"};
  made.causes = known_texts(node, "causes", kCauses, "cause");
  made.batch = static_cast<size_t>(node.integer("batch", 1, 1, static_cast<int64_t>(kMaxWebhookBatch)));
  made.timeout = bounded(node, "timeout", made.timeout, seconds(1), minutes(1));
  made.give_up_after = bounded(node, "give_up_after", made.give_up_after, minutes(1), days(7));
  return made;
}

void load_segment_reactions(const YamlNode& root, const std::vector<std::string>& webhooks, std::vector<SegmentReaction>& into) {
  const auto list = root.is_map() ? root.find("segments") : std::nullopt;
  if (!list || !list->is_list()) return;  // said where segments are loaded
  for (const YamlNode& node : list->items()) {
    if (!node.is_map() || (!node.has("on_enter") && !node.has("on_exit"))) continue;
    SegmentReaction made{node.text("name"), known_texts(node, "on_enter", webhooks, "webhook"), known_texts(node, "on_exit", webhooks, "webhook")};
    if (!made.on_enter.empty() || !made.on_exit.empty()) into.push_back(std::move(made));
  }
}

}  // namespace furrow::reach
