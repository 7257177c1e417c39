#include "base/truth.h"

#include <unordered_map>

namespace furrow {

std::optional<bool> truth_of(std::string_view word) {
  static const std::unordered_map<std::string_view, bool> words{
      {"true", true}, {"yes", true}, {"y", true}, {"t", true}, {"1", true}, {"1.0", true}, {"on", true}, {"是", true}, {"对", true}, {"有", true}, {"真", true}, {"√", true},
      {"✓", true}, {"✔", true}, {"已", true}, {"是的", true}, {"sim", true}, {"si", true}, {"sí", true}, {"ja", true}, {"oui", true},
      // TRUE and FALSE as spreadsheets in other languages write them.
      {"wahr", true}, {"vrai", true}, {"verdadero", true}, {"verdadeiro", true}, {"vero", true}, {"waar", true},
      {"falsch", false}, {"faux", false}, {"falso", false}, {"onwaar", false},
      {"false", false}, {"no", false},
      {"n", false}, {"f", false}, {"0", false}, {"0.0", false}, {"off", false}, {"否", false}, {"错", false}, {"无", false}, {"没有", false}, {"假", false}, {"×", false},
      {"✗", false}, {"不", false}, {"不是", false}, {"未", false}, {"não", false}, {"nein", false}, {"non", false}};
  auto at = words.find(word);
  if (at == words.end()) return {};
  return at->second;
}

}  // namespace furrow
