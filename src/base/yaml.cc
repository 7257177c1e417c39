#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>

#include "base/files.h"

namespace furrow {
namespace {
constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxYamlDepth = 32;

bool too_deep(const YAML::Node& node, int depth) {
  if (depth > kMaxYamlDepth) return true;
  if (node.IsSequence()) {
    return std::any_of(node.begin(), node.end(), [&](const auto& item) { return too_deep(item, depth + 1); });
  }
  if (node.IsMap()) {
    return std::any_of(node.begin(), node.end(), [&](const auto& entry) { return too_deep(entry.second, depth + 1); });
  }
  return false;
}
// A key that a map has twice: YAML forbids it, its parser takes the first in silence, and whoever appended a line believes the last.
void find_repeats(const YAML::Node& node, const std::string& file, Diagnostics& diagnostics) {
  if (node.IsSequence()) {
    for (const auto& item : node) find_repeats(item, file, diagnostics);
  }
  if (!node.IsMap()) return;
  std::map<std::string, int> lines;
  for (const auto& entry : node) {
    find_repeats(entry.second, file, diagnostics);
    if (!entry.first.IsScalar()) continue;
    const int line = entry.first.Mark().line + 1;
    const auto [first, fresh] = lines.try_emplace(entry.first.Scalar(), line);
    if (!fresh) diagnostics.add(file, line, fmt::format("\"{}\" is set twice; first in line {}", first->first, first->second));
  }
}
}  // namespace

std::string Diagnostic::to_string() const {
  return line > 0 ? fmt::format("{}:{}: {}", file, line, message) : fmt::format("{}: {}", file, message);
}

void Diagnostics::add(std::string file, long line, std::string message) {
  list_.push_back({std::move(file), line, std::move(message)});
}

Status Diagnostics::status() const {
  if (list_.empty()) return {};
  std::string all;
  for (const auto& fault : list_) all += (all.empty() ? "" : "\n") + fault.to_string();
  return Error(ErrorCode::kInvalidWorkspace, all);
}

YamlNode::YamlNode(YAML::Node node, std::string file, Diagnostics* diagnostics)
    : node_(std::make_shared<YAML::Node>(std::move(node))), file_(std::move(file)), diagnostics_(diagnostics) {}

std::optional<YamlNode> YamlNode::parse(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  if (text.size() > kMaxFileBytes) {
    diagnostics.add(file, 0, fmt::format("the file is {} bytes; the limit is {}", text.size(), kMaxFileBytes));
    return {};
  }
  try {
    YAML::Node root = YAML::Load(std::string(text));
    if (too_deep(root, 1)) {
      diagnostics.add(file, 0, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
      return {};
    }
    find_repeats(root, file, diagnostics);
    return YamlNode(root, file, &diagnostics);
  } catch (const YAML::Exception& fault) {
    diagnostics.add(file, fault.mark.line + 1, fmt::format("not YAML: {}", fault.msg));
    return {};
  }
}

std::optional<YamlNode> YamlNode::load(const std::string& path, Diagnostics& diagnostics) {
  auto text = read_file(path);
  if (!text) {
    diagnostics.add(path, 0, text.error().message());
    return {};
  }
  return parse(*text, path, diagnostics);
}

bool YamlNode::is_map() const { return node_->IsMap(); }
bool YamlNode::is_list() const { return node_->IsSequence(); }
bool YamlNode::is_scalar() const { return node_->IsScalar(); }
long YamlNode::line() const { return std::max(1L, node_->Mark().line + 1L); }  // of an empty file the first
void YamlNode::fault(std::string message) const { diagnostics_->add(file_, line(), std::move(message)); }
bool YamlNode::has(std::string_view key) const { return find(key).has_value(); }

std::optional<YamlNode> YamlNode::find(std::string_view key) const {
  if (!node_->IsMap()) return {};
  const YAML::Node& map = *node_;
  YAML::Node child = map[std::string(key)];
  if (!child.IsDefined() || child.IsNull()) return {};
  return YamlNode(child, file_, diagnostics_);
}

std::vector<YamlNode> YamlNode::items() const {
  std::vector<YamlNode> list;
  if (node_->IsScalar()) list.push_back(*this);
  if (node_->IsSequence()) {
    for (const auto& item : *node_) list.push_back(YamlNode(item, file_, diagnostics_));
  }
  return list;
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::entries() const {
  std::vector<std::pair<std::string, YamlNode>> list;
  if (!node_->IsMap()) return list;
  for (const auto& entry : *node_) {
    if (entry.first.IsScalar()) list.emplace_back(entry.first.Scalar(), YamlNode(entry.second, file_, diagnostics_));
  }
  return list;
}

std::string YamlNode::scalar() const { return node_->IsScalar() ? node_->Scalar() : std::string(); }

void YamlNode::only(std::initializer_list<std::string_view> known) const {
  if (!is_map()) {
    fault("a map of settings is needed here");
    return;
  }
  std::vector<std::string> names(known.begin(), known.end());
  for (const auto& entry : *node_) {
    std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string("?");
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string near = nearest(key, names);
    std::string hint = near.empty() ? fmt::format("known here: {}", fmt::join(names, ", ")) : fmt::format("did you mean \"{}\"?", near);
    diagnostics_->add(file_, entry.first.Mark().line + 1, fmt::format("unknown setting \"{}\"; {}", key, hint));
  }
}

std::optional<std::string> YamlNode::required_text(std::string_view key) const {
  auto child = find(key);
  if (!child) {
    fault(fmt::format("\"{}\" is missing", key));
    return {};
  }
  if (!child->is_scalar() || child->scalar().empty()) {
    child->fault(fmt::format("\"{}\" must be a text", key));
    return {};
  }
  return child->scalar();
}

std::string YamlNode::text(std::string_view key, std::string_view fallback) const {
  auto child = find(key);
  if (!child) return std::string(fallback);
  if (!child->is_scalar()) child->fault(fmt::format("\"{}\" must be a text", key));
  return child->scalar();
}

double YamlNode::number(std::string_view key, double fallback, double low, double high) const {
  auto child = find(key);
  if (!child) return fallback;
  std::string text = child->scalar();
  double parsed = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !(parsed >= low && parsed <= high)) {
    child->fault(fmt::format("\"{}\" must be a number from {} to {}, not \"{}\"", key, low, high, text));
    return fallback;
  }
  return parsed;
}

int64_t YamlNode::integer(std::string_view key, int64_t fallback, int64_t low, int64_t high) const {
  auto child = find(key);
  if (!child) return fallback;
  std::string text = child->scalar();
  int64_t parsed = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || parsed < low || parsed > high) {
    child->fault(fmt::format("\"{}\" must be a whole number from {} to {}, not \"{}\"", key, low, high, text));
    return fallback;
  }
  return parsed;
}

bool YamlNode::boolean(std::string_view key, bool fallback) const {
  auto child = find(key);
  if (!child) return fallback;
  if (child->scalar() == "true") return true;
  if (child->scalar() == "false") return false;
  child->fault(fmt::format("\"{}\" must be true or false, not \"{}\"", key, child->scalar()));
  return fallback;
}

std::optional<Duration> YamlNode::duration(std::string_view key) const {
  auto child = find(key);
  if (!child) return {};
  auto parsed = parse_duration(child->scalar());
  if (!parsed) {
    child->fault(fmt::format("\"{}\": {}", key, parsed.error().message()));
    return {};
  }
  return *parsed;
}

std::vector<std::string> YamlNode::texts(std::string_view key) const {
  std::vector<std::string> list;
  auto child = find(key);
  if (!child) return list;
  if (child->is_map()) child->fault(fmt::format("\"{}\" must be a list of texts", key));
  for (const auto& item : child->items()) {
    if (!item.is_scalar()) item.fault(fmt::format("\"{}\" must hold texts only", key));
    list.push_back(item.scalar());
  }
  return list;
}

// UTF-8 cut into characters: by bytes, any two Chinese words of two characters would be near.
static std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    do ++end; while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  const auto wanted = characters(word);
  size_t best_distance = wanted.size() / 3 + 1;
  for (const auto& candidate : candidates) {
    const auto here = characters(candidate);
    std::vector<size_t> row(here.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= wanted.size(); ++i) {
      size_t diagonal = row[0]++;
      for (size_t j = 1; j <= here.size(); ++j) {
        size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (wanted[i - 1] != here[j - 1])});
        diagonal = above;
      }
    }
    if (row.back() <= best_distance) {
      if (row.back() < best_distance || best.empty()) best = candidate;
      best_distance = row.back();
    }
  }
  return best;
}

}  // namespace furrow
