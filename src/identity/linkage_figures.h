// The words with digits of a text: model numbers, versions, sizes. They tell apart what other words call alike.
//
// Shops write one number as "KX-TG 6700 B", "KXTG6700B" and "KX-TG6700": a word with digits is also known by what it makes joined with its
// short neighbours, and without the letters that end it. "500 GB" and "500gb" are the same.
// Threads: any. Cost: about 1 µs a figure to find, 10 ns to compare.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace furrow::identity {

// One form of a word with digits.
enum class FigureForm : uint8_t { kWord, kJoined, kCut };  // as it stands, with neighbours, without its last letters
struct Figure {
  static constexpr size_t kMostWords = 32;  // of a text; later ones are passed over
  static constexpr size_t kMost = 200;      // forms of a text
  uint64_t key = 0;
  uint32_t words = 0;  // which of the words it stands for, as bits
  FigureForm form = FigureForm::kWord;
  bool rare = false;   // a code that few records have
};

// Of a folded text (linkage_text.h), by key. `is_rare` is asked of whole words that look like codes.
std::vector<Figure> figures_of(std::string_view folded, const std::function<bool(std::string_view)>& is_rare);

struct Figures {
  const Figure* first = nullptr;
  size_t count = 0;
};
// 0 one of the two has none; 1 none shared; 2 some; 3 all of one side's, or all but for the letters that end them; 4 the same; 5 a rare code.
uint8_t figures_level(Figures a, Figures b);

}  // namespace furrow::identity
