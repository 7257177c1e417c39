#include "predict/model_declaration.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace furrow::predict {
namespace {

void load_label(const YamlNode& node, ModelDeclaration& out) {
  auto label = node.find("label");
  if (!label) {
    node.fault("\"label\" is missing: the event that the model predicts, and within what time");
    return;
  }
  label->only({"event", "within", "without", "for"});
  if (!label->is_map()) return;
  out.label.absent = label->has("without") || label->has("for");
  if (out.label.absent) {
    for (const char* key : {"event", "within"}) {
      if (label->has(key)) label->find(key)->fault(fmt::format("\"{}\" belongs to an event that is to follow; what does not follow is {{without: EVENT, for: 60d}}", key));
    }
  }
  const char* time = out.label.absent ? "for" : "within";
  out.label.event = label->required_text(out.label.absent ? "without" : "event").value_or("");
  if (!label->has(time)) label->fault(out.label.absent ? "\"for\" is missing: how long after an observation the event has to stay away" : "\"within\" is missing: how long after an observation the event counts");
  out.label.within = label->duration(time).value_or(Duration{});
}

void load_observations(const YamlNode& node, ModelDeclaration& out) {
  auto observations = node.find("observations");
  if (!observations) {
    node.fault("\"observations\" is missing: {event: NAME}, or {every: 7d, active_within: 90d}");
    return;
  }
  observations->only({"event", "every", "active_within"});
  if (!observations->is_map()) return;
  out.observations.event = observations->text("event");
  out.observations.every = observations->duration("every").value_or(Duration{});
  out.observations.active_within = observations->duration("active_within").value_or(Duration{});
  bool by_event = observations->has("event"), by_time = observations->has("every");
  if (by_event == by_time) observations->fault("exactly one of \"event\" and \"every\" is needed here");
  if (by_time && !observations->has("active_within")) {
    observations->fault("\"active_within\" is missing: how recently a person must have been seen to be observed");
  }
  if (by_event && observations->has("active_within")) {
    observations->fault("\"active_within\" belongs to observations by \"every\"");
  }
}

void load_features(const YamlNode& node, const std::vector<std::string>& known, ModelDeclaration& out) {
  auto features = node.find("features");
  if (!features || (features->is_scalar() && features->scalar() == "all")) return;
  out.all_features = false;
  if (features->items().empty()) features->fault("a list of declared features, or all, is needed here");
  for (const YamlNode& item : features->items()) {
    std::string name = item.scalar();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string near = nearest(name, known);
      item.fault(near.empty() ? fmt::format("no feature is named \"{}\"", name)
                              : fmt::format("no feature is named \"{}\"; did you mean \"{}\"?", name, near));
    }
    if (std::find(out.features.begin(), out.features.end(), name) != out.features.end()) {
      item.fault(fmt::format("feature \"{}\" is listed twice", name));
    }
    out.features.push_back(std::move(name));
  }
}

// "20%" or 0.2; nothing when it is neither or out of range.
void load_split(const YamlNode& node, ModelDeclaration& out) {
  auto split = node.find("split");
  if (!split) return;
  split->only({"holdout_last"});
  auto share = split->is_map() ? split->find("holdout_last") : std::nullopt;
  if (!share) return;
  std::string text = share->scalar();
  double scale = 1;
  if (!text.empty() && text.back() == '%') {
    text.pop_back();
    scale = 100;
  }
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = error == std::errc() && !text.empty() && end == text.data() + text.size();
  if (!whole || !(number / scale > 0 && number / scale <= 0.5)) {
    share->fault(fmt::format("\"holdout_last\" must be a share above 0 up to 50%, not \"{}\"", share->scalar()));
    return;
  }
  out.holdout_last = number / scale;
}

void load_life(const YamlNode& node, LifeDeclaration& out) {
  auto life = node.find("life");
  if (!life) return;
  life->only({"owner", "approval", "on_alarm", "window", "retrain"});
  if (!life->is_map()) return;
  out.owner = life->text("owner");
  auto choice = [&](const char* key, const char* yes, const char* no) {
    std::string text = life->text(key, no);
    if (text != yes && text != no) life->find(key)->fault(fmt::format("\"{}\" is {} or {}, not \"{}\"", key, yes, no, text));
    return text == yes;
  };
  out.approval = choice("approval", "required", "optional");
  out.roll_back = choice("on_alarm", "roll_back", "tell");
  if (auto window = life->duration("window")) {
    out.window = *window;
    if (out.window < hours(1)) life->find("window")->fault("\"window\" is at least 1h: less holds too few outcomes to judge by");
  }
  if (auto retrain = life->duration("retrain")) {
    out.retrain = *retrain;
    if (out.retrain < hours(1)) life->find("retrain")->fault("\"retrain\" is at least 1h");
  }
}

// Of a model that tells stages: it learns from visits, so what says what a score learns from has no place.
void load_intent(const YamlNode& node, ModelDeclaration& out) {
  out.all_features = false;
  IntentDeclaration& intent = out.intent.emplace();
  for (const char* key : {"label", "observations", "features", "action_features", "split", "from"}) {
    if (node.has(key)) node.find(key)->fault(fmt::format("\"{}\" belongs to a model that scores; one with \"intent\" learns from visits alone", key));
  }
  if (auto life = node.find("life"); life && life->is_map()) {
    for (const char* key : {"on_alarm", "window"}) {
      if (life->has(key)) life->find(key)->fault(fmt::format("\"{}\" belongs to a model that decides; stages are judged when the model is trained", key));
    }
  }
  if (out.name.find('-') != std::string::npos) node.find("name")->fault("rules read the stage as traits.NAME, so the name is letters, digits and _");
  const auto declared = node.find("intent");
  declared->only({"goal", "gap", "within", "item"});
  if (!declared->is_map()) return;
  intent.goal = declared->required_text("goal").value_or("");
  intent.gap = declared->duration("gap").value_or(intent.gap);
  intent.within = declared->duration("within").value_or(intent.within);
  intent.item = declared->text("item", intent.item);
  if (intent.within < intent.gap) declared->fault(fmt::format("\"within\" ({}) is shorter than \"gap\" ({}): no later visit could begin in it", format_duration(intent.within), format_duration(intent.gap)));
}

}  // namespace

std::string in_words(const LabelDeclaration& label) {
  return label.absent ? fmt::format("without {} for {}", label.event, format_duration(label.within)) : fmt::format("{} within {}", label.event, format_duration(label.within));
}

ModelDeclaration ModelDeclaration::load(const YamlNode& node, const std::vector<std::string>& features) {
  ModelDeclaration out;
  out.file = node.file();
  out.line = node.line();
  node.only({"name", "description", "description_zh", "label", "observations", "features", "action_features", "split", "life", "intent", "from"});
  if (!node.is_map()) return out;
  out.name = node.required_text("name").value_or("");
  bool plain = std::all_of(out.name.begin(), out.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!plain) node.find("name")->fault("a model's name is letters, digits, _ and -: it names a folder");
  out.description = node.text("description");
  out.description_zh = node.text("description_zh");
  load_life(node, out.life);
  if (node.has("intent")) {
    load_intent(node, out);
    return out;
  }
  load_label(node, out);
  load_observations(node, out);
  load_features(node, features, out);
  out.action_features = node.texts("action_features");
  out.from = node.text("from");
  if (!out.action_features.empty() && out.observations.event.empty()) {
    node.find("action_features")->fault("\"action_features\" need observations by \"event\": they are its properties");
  }
  for (const std::string& name : out.action_features) {
    if (std::find(features.begin(), features.end(), name) != features.end()) {
      node.find("action_features")->fault(fmt::format("\"{}\" is also the name of a feature; rename one", name));
    }
  }
  load_split(node, out);
  return out;
}

}  // namespace furrow::predict
