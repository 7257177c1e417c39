#include "learn/registry.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/files.h"

namespace furrow::learn {
namespace {

constexpr size_t kLongestName = 64;

Status check_name(std::string_view name) {
  bool fits = !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (fits) return {};
  return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is no model name: lower-case letters, digits, _ and -, at most {}", name, kLongestName));
}

int version_number(std::string_view version) {
  int number = 0;
  if (version.size() < 5 || version[0] != 'v') return 0;
  auto [end, error] = std::from_chars(version.data() + 1, version.data() + version.size(), number);
  return error == std::errc() && end == version.data() + version.size() ? number : 0;
}

std::string without_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// A shadow decides for nobody and a canary does: of one version, what its figures are of could not be told.
Error already_canary(std::string_view name, std::string_view version) {
  return Error(ErrorCode::kConflict, fmt::format("{} {} is the canary and cannot be the shadow as well: end the canary first (furrow model canary DIR {} --stop)", name, version, name)).in_field("version");
}
Error already_shadow(std::string_view name, std::string_view version) {
  return Error(ErrorCode::kConflict, fmt::format("{} {} is the shadow and cannot be the canary as well: end the shadow first (furrow model shadow DIR {} --stop)", name, version, name)).in_field("version");
}

}  // namespace

std::string_view to_string(VersionState state) {
  return state == VersionState::kTrained ? "trained" : state == VersionState::kPromoted ? "promoted" : "archived";
}

Result<std::vector<ModelVersion>> Registry::list(std::string_view name) const {
  std::vector<ModelVersion> out;
  std::error_code error;
  if (name.empty()) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_, error)) {
      std::string found = entry.path().filename().string();
      if (entry.is_directory() && check_name(found).ok()) names.push_back(found);
    }
    std::sort(names.begin(), names.end());
    for (const auto& each : names) {
      FURROW_ASSIGN(auto versions, list(each));
      out.insert(out.end(), versions.begin(), versions.end());
    }
    return out;
  }
  FURROW_TRY(check_name(name));
  std::filesystem::path folder = root_ / name;
  std::string current;
  if (auto text = read_file(folder / "CURRENT"); text.ok()) current = without_newline(std::move(text).value());
  else if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
  FURROW_ASSIGN(std::vector<std::string> promoted, promotions(name));
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    std::string version = entry.path().filename().string();
    if (!entry.is_directory() || version_number(version) == 0) continue;
    bool before = std::find(promoted.begin(), promoted.end(), version) != promoted.end();
    VersionState state = version == current ? VersionState::kPromoted : before ? VersionState::kArchived : VersionState::kTrained;
    out.push_back({std::string(name), version, state, entry.path()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return version_number(a.version) < version_number(b.version); });
  return out;
}

Result<ModelVersion> Registry::find(std::string_view name, std::string_view version) const {
  FURROW_ASSIGN(std::vector<ModelVersion> versions, list(name));
  for (const ModelVersion& each : versions) {
    if (version.empty() ? each.state == VersionState::kPromoted : each.version == version) return each;
  }
  if (version.empty()) return Error(ErrorCode::kNotFound, fmt::format("model '{}' has no promoted version", name));
  return Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", name, version));
}

Status Registry::check(const std::filesystem::path& folder) const {
  if (check_) return check_(folder);
  FURROW_TRY(Model::load(folder));
  return {};
}

Result<ModelVersion> Registry::add(std::string_view name, const ModelFiles& files) {
  return add(name, [&](const std::filesystem::path& folder) { return write_model(files, folder); });
}

Result<ModelVersion> Registry::add(std::string_view name, const std::function<Status(const std::filesystem::path& folder)>& write) {
  FURROW_ASSIGN(std::vector<ModelVersion> versions, list(name));
  int next = versions.empty() ? 1 : version_number(versions.back().version) + 1;
  ModelVersion added{std::string(name), fmt::format("v{:04}", next), VersionState::kTrained, {}};
  added.folder = root_ / name / added.version;
  FURROW_TRY(write(added.folder));
  FURROW_TRY(note(name, "trained", added.version));
  return added;
}

Result<ModelVersion> Registry::promote(std::string_view name, std::string_view version, std::string_view actor) {
  FURROW_ASSIGN(ModelVersion found, find(name, version.empty() ? "?" : version));
  if (found.state == VersionState::kPromoted) return found;
  FURROW_TRY(check(found.folder));
  FURROW_ASSIGN(ModelStages now, stages(name));
  if (now.shadow == found.version) now.shadow.clear();
  if (now.canary == found.version) now.canary.clear();
  FURROW_TRY(note(name, "promoted", found.version, actor));
  FURROW_TRY(set_current(name, found.version));
  FURROW_TRY(set_stages(name, now));
  found.state = VersionState::kPromoted;
  return found;
}

Result<ModelVersion> Registry::rollback(std::string_view name, std::string_view actor, const ModelNote& why) {
  FURROW_ASSIGN(std::vector<std::string> promoted, promotions(name));
  if (promoted.size() < 2) return Error(ErrorCode::kConflict, fmt::format("model '{}' has no earlier promotion to go back to", name));
  FURROW_ASSIGN(ModelVersion back, find(name, promoted[promoted.size() - 2]));
  FURROW_TRY(check(back.folder));
  FURROW_ASSIGN(ModelStages now, stages(name));
  now.canary.clear();
  if (now.shadow == back.version) now.shadow.clear();
  FURROW_TRY(note(name, "rolled_back", back.version, actor, why));
  FURROW_TRY(set_current(name, back.version));
  FURROW_TRY(set_stages(name, now));
  back.state = VersionState::kPromoted;
  return back;
}

Result<std::vector<std::string>> Registry::promotions(std::string_view name) const {
  FURROW_ASSIGN(std::vector<ModelEvent> events, history(name));
  std::vector<std::string> out;
  for (const ModelEvent& event : events) {
    if (event.action == "promoted") out.push_back(event.version);
    if (event.action == "rolled_back" && !out.empty()) out.pop_back();
  }
  return out;
}

Result<std::vector<ModelEvent>> Registry::history(std::string_view name) const {
  FURROW_TRY(check_name(name));
  std::vector<ModelEvent> out;
  auto history = read_file(root_ / name / "history");
  if (!history.ok()) {
    if (history.error().code() == ErrorCode::kNotFound) return out;
    return std::move(history).error();
  }
  simdjson::dom::parser parser;
  std::string_view rest = *history;
  for (long line = 1; !rest.empty(); ++line) {
    size_t end = std::min(rest.find('\n'), rest.size());
    std::string text(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    simdjson::dom::element entry;
    std::string_view action, version;
    if (parser.parse(text).get(entry) != simdjson::SUCCESS || entry["action"].get(action) != simdjson::SUCCESS ||
        entry["version"].get(version) != simdjson::SUCCESS) {
      return Error(ErrorCode::kStorageCorrupt, "a line of the model's history cannot be read: mend or remove that line").at((root_ / name / "history").string(), line);
    }
    ModelEvent event{"", std::string(action), std::string(version), "", "", ""};
    for (auto [key, field] : {std::pair("time", &event.time), {"actor", &event.actor}, {"note", &event.note}}) {
      std::string_view value;
      if (entry[key].get(value) == simdjson::SUCCESS) *field = value;
    }
    if (simdjson::dom::element data; entry["data"].get(data) == simdjson::SUCCESS) event.data = simdjson::minify(data);
    out.push_back(std::move(event));
  }
  return out;
}

Status Registry::note(std::string_view name, std::string_view action, std::string_view version, std::string_view actor, const ModelNote& why) const {
  std::filesystem::path path = root_ / name / "history";
  std::string text;
  if (auto before = read_file(path); before.ok()) text = std::move(before).value();
  else if (before.error().code() != ErrorCode::kNotFound) return std::move(before).error();
  JsonWriter json(text);
  json.begin_object().field("time", format_time(clock_->now())).field("action", action).field("version", version);
  if (!actor.empty()) json.field("actor", actor);
  if (!why.text.empty()) json.field("note", why.text);
  if (!why.data.empty()) json.key("data").raw(why.data);
  json.end_object();
  text += '\n';
  return write_file_atomically(path, text);
}

Result<ModelStages> Registry::stages(std::string_view name) const {
  FURROW_TRY(check_name(name));
  ModelStages out;
  for (const char* file : {"SHADOW", "CANARY"}) {
    auto text = read_file(root_ / name / file);
    if (!text.ok()) {
      if (text.error().code() != ErrorCode::kNotFound) return std::move(text).error();
      continue;
    }
    std::string line = without_newline(std::move(text).value());
    size_t space = line.find(' ');
    bool canary = file[0] == 'C';
    if (canary && space != line.npos) {
      auto [end, error] = std::from_chars(line.data() + space + 1, line.data() + line.size(), out.canary_share);
      if (error != std::errc()) out.canary_share = 0;
    }
    (canary ? out.canary : out.shadow) = line.substr(0, space);
  }
  if (!(out.canary_share > 0 && out.canary_share < 1)) out.canary.clear();
  if (out.canary.empty()) out.canary_share = 0;
  return out;
}

Status Registry::set_stages(std::string_view name, const ModelStages& stages) const {
  std::pair<const char*, std::string> files[] = {{"SHADOW", stages.shadow}, {"CANARY", stages.canary.empty() ? "" : fmt::format("{} {}", stages.canary, stages.canary_share)}};
  for (const auto& [file, text] : files) {
    std::filesystem::path path = root_ / name / file;
    std::error_code error;
    if (!text.empty()) FURROW_TRY(write_file_atomically(path, text + "\n"));
    else std::filesystem::remove(path, error);
  }
  return {};
}

Status Registry::set_shadow(std::string_view name, std::string_view version, std::string_view actor) {
  FURROW_ASSIGN(ModelStages now, stages(name));
  if (version.empty()) {
    if (now.shadow.empty()) return Error(ErrorCode::kConflict, fmt::format("model '{}' has no shadow to end", name));
    FURROW_TRY(note(name, "shadow_ended", now.shadow, actor));
  } else {
    FURROW_ASSIGN(ModelVersion found, find(name, version));
    if (found.state == VersionState::kPromoted) return Error(ErrorCode::kConflict, fmt::format("{} {} decides already: a shadow is another version", name, version)).in_field("version");
    if (now.canary == version) return already_canary(name, version);
    FURROW_TRY(check(found.folder));
    FURROW_TRY(note(name, "shadow", version, actor));
  }
  now.shadow = version;
  return set_stages(name, now);
}

Status Registry::set_canary(std::string_view name, std::string_view version, double share, std::string_view actor) {
  FURROW_ASSIGN(ModelStages now, stages(name));
  if (version.empty()) {
    if (now.canary.empty()) return Error(ErrorCode::kConflict, fmt::format("model '{}' has no canary to end", name));
    FURROW_TRY(note(name, "canary_ended", now.canary, actor));
  } else {
    if (!(share > 0 && share < 1)) return Error(ErrorCode::kInvalidArgument, fmt::format("a canary's share is above 0 and below 1, not {:g}", share)).in_field("share");
    FURROW_ASSIGN(ModelVersion found, find(name, version));
    if (found.state == VersionState::kPromoted) return Error(ErrorCode::kConflict, fmt::format("{} {} decides already: a canary is another version", name, version)).in_field("version");
    if (now.shadow == version) return already_shadow(name, version);
    FURROW_TRY(find(name));  // beside whom
    FURROW_TRY(check(found.folder));
    FURROW_TRY(note(name, "canary", version, actor, {fmt::format("{:g} of the people", share), fmt::format(R"({{"kind":"share","share":{}}})", share)}));
  }
  now.canary = version;
  now.canary_share = share;
  return set_stages(name, now);
}

Status Registry::approve(std::string_view name, std::string_view version, std::string_view actor, std::string_view text) {
  FURROW_TRY(find(name, version.empty() ? "?" : version));
  return note(name, "approved", version, actor, {std::string(text), {}});
}

Status Registry::alarm(std::string_view name, std::string_view version, const ModelNote& why) { return note(name, "alarm", version, "watch", why); }

Status Registry::set_current(std::string_view name, std::string_view version) const {
  return write_file_atomically(root_ / name / "CURRENT", std::string(version) + "\n");
}

}  // namespace furrow::learn
