#include "app/linkage_state.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/files.h"
#include "base/json.h"
#include "identity/linkage_saved.h"

namespace furrow::app {

namespace {

constexpr size_t kMaxStateBytes = 1 << 16;
const char* const kStateFile = "state.json";

}  // namespace

std::filesystem::path linkage_file(const std::filesystem::path& folder, uint64_t version) { return folder / fmt::format("v{:04}.linkage", version); }

Result<std::optional<LiveState>> read_live_state(const std::filesystem::path& folder) {
  auto text = read_file(folder / kStateFile, kMaxStateBytes);
  if (!text.ok()) {
    if (text.error().code() == ErrorCode::kNotFound) return std::optional<LiveState>();
    return std::move(text).error();
  }
  LiveState state;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  bool whole = !parser.parse(*text).get(object);
  auto number = [&](const char* name, auto& into) {
    int64_t value = 0;
    whole = whole && !object[name].get(value);
    into = static_cast<std::decay_t<decltype(into)>>(value);
  };
  number("version", state.version);
  number("learned_at", state.learned_at.micros);
  number("learned_to", state.learned_to.value);
  number("records", state.records);
  number("cursor", state.cursor.value);
  number("last_at", state.last_at.micros);
  number("looked_at", state.looked_at);
  number("linked", state.linked);
  number("kept_apart", state.kept_apart);
  number("asked", state.asked);
  if (!whole) return Error(ErrorCode::kStorageCorrupt, "what the linkage learned cannot be read; remove the folder `linkage` of the data directory and link again");
  return std::optional(state);
}

Status write_live_state(const std::filesystem::path& folder, const LiveState& state) {
  std::string text;
  JsonWriter(text).begin_object().field("version", state.version).field("learned_at", state.learned_at.micros).field("learned_to", state.learned_to.value)
      .field("records", state.records).field("cursor", state.cursor.value).field("last_at", state.last_at.micros).field("looked_at", state.looked_at)
      .field("linked", state.linked).field("kept_apart", state.kept_apart).field("asked", state.asked).end_object();
  return write_file_atomically(folder / kStateFile, text + "\n", 0600);
}

Status keep_linkage(const identity::LinkResult& linked, const std::vector<identity::LinkSourceInput>& inputs, const std::filesystem::path& folder,
                    LiveState state) {
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  if (fault) return Error(ErrorCode::kIo, fmt::format("{} cannot be made: {}", folder.string(), fault.message()));
  FURROW_ASSIGN(auto before, read_live_state(folder));
  state.version = before ? before->version + 1 : 1;
  state.cursor = state.learned_to;
  FURROW_TRY(identity::save_linkage(linked, inputs, linkage_file(folder, state.version)));
  FURROW_TRY(write_live_state(folder, state));
  for (const auto& entry : std::filesystem::directory_iterator(folder, fault)) {
    bool kept = entry.path() == linkage_file(folder, state.version) || entry.path() == linkage_file(folder, state.version - 1) || entry.path().extension() != ".linkage";
    if (!kept) std::filesystem::remove(entry.path(), fault);
  }
  return {};
}

}  // namespace furrow::app
