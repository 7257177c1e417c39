#include "learn/words.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace furrow::learn {
namespace {

constexpr size_t kTextBytes = 2000;
constexpr int kWordFolds = 4, kEpochs = 12;
constexpr double kRate = 0.3, kStrength = 2;  // AdaGrad's step; inverse ridge as in C of a support vector machine
constexpr size_t kLookedAt = 500;
constexpr double kWordsOfText = 3;

// One UTF-8 code point from `at`; broken bytes count as one of their own.
uint32_t code_point(std::string_view text, size_t at, size_t& length) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  unsigned char first = byte(0);
  size_t wanted = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  length = 1;
  if (first < 0x80) return first;
  if (wanted == 1 || first >= 0xf8 || wanted > text.size() - at) return 0xfffd;
  for (size_t i = 1; i < wanted; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0xfffd;
  }
  length = wanted;
  uint32_t point = first & (0xffu >> (wanted + 1));
  for (size_t i = 1; i < length; ++i) point = (point << 6) | (byte(i) & 0x3f);
  return point;
}

bool is_east_asian(uint32_t c) {
  return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0xac00 && c <= 0xd7af) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}
bool is_word(uint32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'';
  return (c >= 0xc0 && c < 0x2000 && c != 0xd7 && c != 0xf7);
}

struct Sparse {
  std::vector<uint32_t> words;
  std::vector<float> values;
};

class WordTrainer {
 public:
  WordTrainer(const std::vector<Sparse>& texts, const std::vector<int32_t>& text_of, const std::vector<float>& labels, size_t words, uint64_t seed)
      : texts_(texts), text_of_(text_of), labels_(labels), words_(words), random_(seed) {
    binary_ = std::all_of(labels.begin(), labels.end(), [](float y) { return y == 0 || y == 1; });
  }

  // Over the rows for which `use` is true.
  std::vector<float> fit(const std::function<bool(size_t)>& use, float& intercept) {
    std::vector<uint32_t> rows;
    double mean = 0, squares = 0;
    for (uint32_t r = 0; r < text_of_.size(); ++r) {
      if (use(r)) rows.push_back(r), mean += labels_[r];
    }
    mean /= std::max<double>(1, static_cast<double>(rows.size()));
    for (uint32_t r : rows) squares += (labels_[r] - mean) * (labels_[r] - mean);
    double spread = binary_ ? 1 : std::sqrt(std::max(squares / std::max<double>(1, static_cast<double>(rows.size())), 1e-12));
    double base = binary_ ? std::log(std::clamp(mean, 1e-4, 1 - 1e-4) / (1 - std::clamp(mean, 1e-4, 1 - 1e-4))) : 0;
    std::vector<double> weight(words_, 0), squared(words_, 1e-6);
    double bias_squared = 1e-6, bias = base, ridge = 1 / (kStrength * std::max<double>(1, static_cast<double>(rows.size())));
    for (int epoch = 0; epoch < kEpochs; ++epoch) {
      for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random_.below(i)]);
      for (uint32_t r : rows) {
        if (text_of_[r] < 0) continue;
        const Sparse& text = texts_[static_cast<size_t>(text_of_[r])];
        double margin = bias;
        for (size_t k = 0; k < text.words.size(); ++k) margin += weight[text.words[k]] * text.values[k];
        double slope = binary_ ? 1 / (1 + std::exp(-margin)) - labels_[r] : margin - (labels_[r] - mean) / spread;
        for (size_t k = 0; k < text.words.size(); ++k) {
          double gradient = slope * text.values[k] + ridge * weight[text.words[k]];
          squared[text.words[k]] += gradient * gradient;
          weight[text.words[k]] -= kRate * gradient / std::sqrt(squared[text.words[k]]);
        }
        bias_squared += slope * slope;
        bias -= 0.1 * kRate * slope / std::sqrt(bias_squared);
      }
    }
    intercept = static_cast<float>(binary_ ? bias : bias * spread + mean);
    std::vector<float> out(words_);
    for (size_t w = 0; w < words_; ++w) out[w] = static_cast<float>(weight[w] * spread);
    return out;
  }

 private:
  const std::vector<Sparse>& texts_;
  const std::vector<int32_t>& text_of_;
  const std::vector<float>& labels_;
  size_t words_;
  Random random_;
  bool binary_ = true;
};

// The distinct known words of a text with their rarity, scaled to length 1.
Sparse weigh(std::string_view text, const std::function<int32_t(std::string_view)>& place, const std::vector<float>& rarity) {
  Sparse out;
  for_each_word(text, [&](std::string_view word) {
    if (int32_t at = place(word); at >= 0) out.words.push_back(static_cast<uint32_t>(at));
  });
  std::sort(out.words.begin(), out.words.end());
  out.words.erase(std::unique(out.words.begin(), out.words.end()), out.words.end());
  double squares = 0;
  for (uint32_t w : out.words) squares += static_cast<double>(rarity[w]) * rarity[w];
  for (uint32_t w : out.words) out.values.push_back(static_cast<float>(rarity[w] / std::sqrt(squares)));
  return out;
}

}  // namespace

void for_each_word(std::string_view text, const std::function<void(std::string_view)>& visit) {
  text = text.substr(0, kTextBytes);
  std::string word;
  size_t before = std::string_view::npos;  // where the last East Asian character begins, when it is the neighbour
  auto flush = [&] {
    if (!word.empty()) visit(word);
    word.clear();
  };
  for (size_t at = 0, length = 0; at < text.size(); at += length) {
    uint32_t c = code_point(text, at, length);
    if (is_east_asian(c)) {
      flush();
      visit(text.substr(at, length));
      if (before != std::string_view::npos) visit(text.substr(before, at + length - before));
      before = at;
      continue;
    }
    before = std::string_view::npos;
    if (!is_word(c)) {
      flush();
      continue;
    }
    for (size_t i = 0; i < length; ++i) {
      char b = text[at + i];
      word += b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b;
    }
  }
  flush();
}

double word_margin(std::string_view text, const std::function<int32_t(std::string_view)>& place, const std::vector<float>& rarity,
                   const std::vector<float>& weights, float intercept) {
  Sparse sparse = weigh(text, place, rarity);
  double sum = intercept;
  for (size_t k = 0; k < sparse.words.size(); ++k) sum += static_cast<double>(weights[sparse.words[k]]) * sparse.values[k];
  return sum;
}

WordModel fit_words(const std::vector<std::string_view>& texts, const std::vector<int32_t>& text_of, const std::vector<float>& labels,
                    uint64_t seed, std::vector<float>& held_out) {
  std::unordered_map<std::string, size_t> count;
  std::vector<std::string> own;
  for (std::string_view text : texts) {
    own.clear();
    for_each_word(text, [&](std::string_view word) { own.emplace_back(word); });
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    for (const auto& word : own) ++count[word];
  }
  std::vector<std::pair<std::string, size_t>> frequent;
  for (const auto& entry : count) {
    if (entry.second >= kLeastTexts) frequent.push_back(entry);
  }
  std::sort(frequent.begin(), frequent.end(), [](const auto& a, const auto& b) { return a.second > b.second || (a.second == b.second && a.first < b.first); });
  if (frequent.size() > kMostWords) frequent.resize(kMostWords);
  WordModel model;
  std::unordered_map<std::string_view, int32_t> index;
  for (const auto& [word, texts_with] : frequent) {
    model.words.push_back(word);
    model.rarity.push_back(static_cast<float>(std::log((1.0 + static_cast<double>(texts.size())) / (1.0 + static_cast<double>(texts_with))) + 1));
  }
  for (size_t w = 0; w < model.words.size(); ++w) index.emplace(model.words[w], static_cast<int32_t>(w));
  auto place = [&](std::string_view word) {
    auto found = index.find(word);
    return found == index.end() ? -1 : found->second;
  };
  std::vector<Sparse> sparse;
  for (std::string_view text : texts) sparse.push_back(weigh(text, place, model.rarity));
  WordTrainer trainer(sparse, text_of, labels, model.words.size(), seed);
  std::vector<int> fold(text_of.size());
  Random random(seed + 1);
  for (int& f : fold) f = static_cast<int>(random.below(kWordFolds));
  held_out.assign(text_of.size(), 0);
  for (int f = 0; f < kWordFolds; ++f) {
    float intercept = 0;
    std::vector<float> weights = trainer.fit([&](size_t r) { return fold[r] != f; }, intercept);
    for (size_t r = 0; r < text_of.size(); ++r) {
      if (fold[r] != f) continue;
      double sum = intercept;
      if (text_of[r] >= 0) {
        const Sparse& text = sparse[static_cast<size_t>(text_of[r])];
        for (size_t k = 0; k < text.words.size(); ++k) sum += static_cast<double>(weights[text.words[k]]) * text.values[k];
      }
      held_out[r] = static_cast<float>(sum);
    }
  }
  model.weights = trainer.fit([](size_t) { return true; }, model.intercept);
  return model;
}

bool looks_like_text(const std::vector<std::string_view>& texts) {
  size_t looked = std::min(texts.size(), kLookedAt);
  if (looked == 0) return false;
  double words = 0;
  for (size_t i = 0; i < looked; ++i) {
    for_each_word(texts[i * texts.size() / looked], [&](std::string_view word) {
      words += std::none_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    });
  }
  return words / static_cast<double>(looked) >= kWordsOfText;
}

}  // namespace furrow::learn
