// Texts that say the same in nearly the same words: copied and templated reviews.
//
// MinHash over overlapping groups of four characters (width, case and blanks folded), 48 hashes in 16 bands of 3 (Broder 1997;
// Leskovec, Rajaraman, Ullman 2014): two texts with a Jaccard similarity of 0.7 meet with probability 0.998, of 0.4 with 0.65;
// those that meet count when their signatures agree in at least kLeastAlike, and join into groups. A text is flagged when its
// group has at least `group` members. Texts under kLeastCharacters are too short to tell copying from saying the same.
// Threads: one. Memory: 210 bytes a text, at most kMostTexts. Cost: about 5 µs a text of 100 characters.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace furrow::govern {

class NearDuplicates {
 public:
  static constexpr size_t kHashes = 48, kBands = 16, kMostTexts = 1'000'000, kLeastCharacters = 12;
  static constexpr double kLeastAlike = 0.7;
  explicit NearDuplicates(size_t group = 3) : group_(group) {}
  // In the order of the rows; "" for a row without a text.
  void observe(std::string_view text);
  void settle();
  bool flagged(size_t row) const { return row < flagged_.size() && flagged_[row]; }
  // The first row of its group; itself when it is alone.
  size_t first_of(size_t row) const;
  size_t groups() const { return groups_; }
  size_t count() const { return count_; }

 private:
  size_t root(size_t text);
  size_t group_;
  std::vector<uint32_t> signatures_;  // kHashes a text
  std::vector<uint32_t> row_of_;
  std::vector<uint32_t> text_of_;     // by row; UINT32_MAX for none
  std::vector<uint32_t> parent_;
  std::vector<bool> flagged_;
  size_t groups_ = 0, count_ = 0;
};

}  // namespace furrow::govern
