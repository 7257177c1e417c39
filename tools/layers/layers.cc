#include "layers/layers.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace layers {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

Rules parse_rules(std::string_view toml) {
  Rules rules;
  static const std::regex kRoom(R"(^([a-z]+)\s*=\s*\[(.*)\]\s*$)");
  static const std::regex kName(R"re("([a-z]+)")re");
  bool in_rooms = false;
  auto lines = lines_of(toml);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    auto fault = [&](const std::string& what) { rules.faults.push_back("layers.toml:" + std::to_string(i + 1) + ": " + what); };
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      in_rooms = line == "[rooms]";
      if (!in_rooms) fault("unknown section " + line);
      continue;
    }
    std::smatch match;
    if (!in_rooms || !std::regex_match(line, match, kRoom)) {
      fault("not a room: " + line);
      continue;
    }
    std::string room = match[1], list = match[2];
    if (rules.may_include.count(room)) fault("room \"" + room + "\" is listed twice");
    std::vector<std::string> allowed;
    for (std::sregex_iterator it(list.begin(), list.end(), kName), end; it != end; ++it) {
      std::string name = (*it)[1];
      if (!rules.may_include.count(name)) {
        fault("\"" + room + "\" may not include \"" + name + "\": it is not listed above (rooms never call forward)");
      }
      allowed.push_back(name);
    }
    rules.may_include[room] = allowed;
  }
  return rules;
}

std::vector<std::string> check_file(const Rules& rules, std::string_view room, std::string_view path, std::string_view text) {
  std::vector<std::string> faults;
  static const std::regex kInclude(R"re(^\s*#\s*include\s*"([^"]+)")re");
  auto allowed = rules.may_include.find(std::string(room));
  auto lines = lines_of(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_search(lines[i], match, kInclude)) continue;
    std::string target = match[1];
    auto at = std::string(path) + ":" + std::to_string(i + 1) + ": ";
    size_t slash = target.find('/');
    if (slash == std::string::npos || target.substr(0, 2) == "..") {
      if (target == "duckdb.h" && room == "table") continue;
      faults.push_back(at + "include \"" + target + "\" by its room: \"room/file.h\"");
      continue;
    }
    std::string other = target.substr(0, slash);
    if (other == room) continue;
    if (!rules.may_include.count(other)) {
      faults.push_back(at + "\"" + other + "\" is not a room of layers.toml");
    } else if (allowed != rules.may_include.end() && !contains(allowed->second, other)) {
      faults.push_back(at + "room \"" + std::string(room) + "\" may not include room \"" + other + "\"");
    }
  }
  return faults;
}

std::vector<std::string> check_tree(const std::string& root) {
  namespace fs = std::filesystem;
  Rules rules = parse_rules(read(fs::path(root) / "layers.toml"));
  std::vector<std::string> faults = rules.faults;
  if (rules.may_include.empty()) faults.push_back("layers.toml: no rooms");
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(root) / "src")) {
    auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    auto relative = fs::relative(entry.path(), root);
    std::string room = std::next(relative.begin())->string();
    if (!rules.may_include.count(room)) {
      faults.push_back(relative.string() + ": \"" + room + "\" is not a room of layers.toml");
      continue;
    }
    auto more = check_file(rules, room, relative.string(), read(entry.path()));
    faults.insert(faults.end(), more.begin(), more.end());
  }
  std::sort(faults.begin(), faults.end());
  return faults;
}

}  // namespace layers
