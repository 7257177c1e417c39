#include "govern/enumerations.h"

#include <algorithm>

#include "base/truth.h"
#include "govern/text_form.h"

namespace furrow::govern {

std::optional<std::string_view> read_gender(std::string_view text, GenderCode code) {
  static const std::unordered_map<std::string_view, std::string_view> words{
      {"m", "male"}, {"male", "male"}, {"man", "male"}, {"boy", "male"}, {"mr", "male"}, {"mr.", "male"}, {"男", "male"}, {"男性", "male"}, {"男士", "male"},
      {"先生", "male"}, {"男生", "male"}, {"masculino", "male"}, {"homme", "male"}, {"männlich", "male"}, {"männlich", "male"}, {"f", "female"},
      {"female", "female"}, {"woman", "female"}, {"girl", "female"}, {"ms", "female"}, {"ms.", "female"}, {"mrs", "female"}, {"mrs.", "female"},
      {"女", "female"}, {"女性", "female"}, {"女士", "female"}, {"女生", "female"}, {"小姐", "female"}, {"feminino", "female"}, {"femme", "female"},
      {"weiblich", "female"}, {"other", "other"}, {"其他", "other"}, {"其它", "other"}, {"non-binary", "other"}, {"nonbinary", "other"}, {"diverse", "other"}};
  std::string plain = to_lower(fold_width(trim(text)));
  if (auto at = words.find(plain); at != words.end()) return at->second;
  if (plain.ends_with(".0")) plain.resize(plain.size() - 2);
  if (code != GenderCode::kNone && plain == "1") return "male";
  if (code == GenderCode::kOneTwo && plain == "2") return "female";
  if (code == GenderCode::kZeroOne && plain == "0") return "female";
  return {};
}

std::optional<bool> read_boolean(std::string_view text) { return truth_of(to_lower(fold_width(trim(text)))); }

void CategorySpellings::observe(std::string_view text, uint64_t count) {
  if (overflowed_) return;
  if (auto at = counts_.find(text); at != counts_.end()) {
    at->second += count;
    return;
  }
  counts_.emplace(text, count);
  if (counts_.size() > kMostSpellings) {
    overflowed_ = true;
    counts_.clear();
  }
}

bool CategorySpellings::all_among(std::initializer_list<std::string_view> words) const {
  for (const auto& [text, count] : counts_) {
    if (std::find(words.begin(), words.end(), to_lower(text)) == words.end()) return false;
  }
  return !overflowed_;
}

void CategorySpellings::settle() {
  std::unordered_map<std::string, std::pair<uint64_t, std::string>> best;
  for (const auto& [text, count] : counts_) {
    std::string key = comparison_key(text), shown = clean_text(text);
    if (count_characters(key) < 2) continue;
    // The count of a spelling is that of its cleaned form.
    auto shown_at = counts_.find(shown);
    uint64_t weight = shown_at == counts_.end() ? count : shown_at->second;
    auto& [most, standard] = best[key];
    if (standard.empty() || weight > most || (weight == most && shown > standard)) {
      most = weight;
      standard = shown;
    }
  }
  for (auto& [key, value] : best) standards_[key] = std::move(value.second);
}

std::string CategorySpellings::standard(std::string_view text) const {
  std::string shown = clean_text(text);
  if (overflowed_) return shown;
  auto at = standards_.find(comparison_key(text));
  return at == standards_.end() ? shown : at->second;
}

}  // namespace furrow::govern
