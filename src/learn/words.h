// Free text as one number: what its words say about the target.
//
// Words: runs of Latin letters or digits in lower case; of Chinese, Japanese and Korean each character and each pair of
// neighbours (no dictionary is needed to tell words apart well enough for this). A text is its set of words weighed by
// inverse document frequency, of length 1; a ridge-penalised logistic (or linear) regression on them gives the number.
// In training a row's number comes from a model of the other rows (kFolds parts), so that it never sees its own label.
// Limits: words in at least kLeastTexts texts, the kMostWords most frequent; the first 2,000 bytes of a text.
// Threads: pure. Cost: kEpochs passes over the words of the rows, kFolds + 1 times.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace furrow::learn {

inline constexpr size_t kMostWords = 20000;
inline constexpr size_t kLeastTexts = 3;

// Calls `visit` for each word of a text, in order; a word may come again.
void for_each_word(std::string_view text, const std::function<void(std::string_view)>& visit);

struct WordModel {
  std::vector<std::string> words;
  std::vector<float> rarity, weights;  // of each word
  float intercept = 0;
};
// What a text's words say. `place` finds a word in the model, -1 when it is not there.
double word_margin(std::string_view text, const std::function<int32_t(std::string_view)>& place, const std::vector<float>& rarity,
                   const std::vector<float>& weights, float intercept);

// `texts`: different texts; `text_of`: the text of each row, -1 missing. `held_out` receives each row's number from a
// model without it (the intercept where missing).
WordModel fit_words(const std::vector<std::string_view>& texts, const std::vector<int32_t>& text_of, const std::vector<float>& labels,
                    uint64_t seed, std::vector<float>& held_out);

// Do these look like sentences rather than names or numbers: three or more words of letters on average?
bool looks_like_text(const std::vector<std::string_view>& texts);

}  // namespace furrow::learn
