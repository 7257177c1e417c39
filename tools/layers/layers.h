// The rule of the house: a room includes only rooms that layers.toml lists for it, and those lists have no cycle.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace layers {

struct Rules {
  std::map<std::string, std::vector<std::string>> may_include;  // room -> rooms
  std::vector<std::string> faults;                              // of the rules themselves, with the line
};

// Reads `room = ["a", "b"]` lines under [rooms]; reports what it cannot read, unknown rooms and rooms used before they
// are listed (which is what makes a cycle impossible).
Rules parse_rules(std::string_view toml);

// Faults ("path:line: …") of one source file that stands in `room`; `rooms` are the folders that exist under src/.
std::vector<std::string> check_file(const Rules& rules, std::string_view room, std::string_view path, std::string_view text);

// Checks a whole checkout: every .h and .cc under src/. Gives all faults; empty when the house is in order.
std::vector<std::string> check_tree(const std::string& root);

}  // namespace layers
