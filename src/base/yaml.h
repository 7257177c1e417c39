// Declared configuration: YAML with every fault listed as file:line, instead of the first one.
//
// A room's loader takes a YamlNode and a Diagnostics, reads what it needs with the typed getters (which report missing,
// mistyped and out-of-range values themselves) and calls `only` to refuse unknown keys with the nearest known one.
// Limits: a file of 1 MiB, depth 32. Threads: one thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace YAML { class Node; }

namespace furrow {

struct Diagnostic {
  std::string file;
  long line = 0;  // from 1; 0 for the whole file
  std::string message;
  std::string to_string() const;  // "file:line: message"
};

class Diagnostics {
 public:
  void add(std::string file, long line, std::string message);
  bool empty() const { return list_.empty(); }
  const std::vector<Diagnostic>& list() const { return list_; }
  // ok, or kInvalidWorkspace with every fault on its own line.
  Status status() const;

 private:
  std::vector<Diagnostic> list_;
};

class YamlNode {
 public:
  // Parses text; a syntax fault goes to `diagnostics` and gives nothing.
  static std::optional<YamlNode> parse(std::string_view text, const std::string& file, Diagnostics& diagnostics);
  // Reads and parses a file.
  static std::optional<YamlNode> load(const std::string& path, Diagnostics& diagnostics);

  bool is_map() const;
  bool is_list() const;
  bool is_scalar() const;
  const std::string& file() const { return file_; }
  long line() const;
  void fault(std::string message) const;  // at this node

  bool has(std::string_view key) const;
  std::optional<YamlNode> find(std::string_view key) const;  // absent or null: nothing
  std::vector<YamlNode> items() const;                       // of a list; of a scalar: itself; else none
  std::vector<std::pair<std::string, YamlNode>> entries() const;  // of a map, in file order
  std::string scalar() const;                                // "" unless a scalar
  // A fault for each key not in `known`, naming the nearest.
  void only(std::initializer_list<std::string_view> known) const;

  // Typed members of a map. The required forms report absence and return nothing; wrong types are always reported.
  std::optional<std::string> required_text(std::string_view key) const;
  std::string text(std::string_view key, std::string_view fallback = {}) const;
  double number(std::string_view key, double fallback, double low, double high) const;
  int64_t integer(std::string_view key, int64_t fallback, int64_t low, int64_t high) const;
  bool boolean(std::string_view key, bool fallback) const;
  std::optional<Duration> duration(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;  // a list of scalars, or one scalar

 private:
  YamlNode(YAML::Node node, std::string file, Diagnostics* diagnostics);
  std::shared_ptr<YAML::Node> node_;
  std::string file_;
  Diagnostics* diagnostics_;
};

// The candidate with the fewest edits from `word`, when at most a third of its letters differ; "" otherwise.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace furrow
