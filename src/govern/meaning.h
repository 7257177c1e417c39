// What a column holds, told from its name and from its cells, in Chinese and in English.
//
// A guess comes with a confidence (0..1), the reason in a sentence, and what it would have been otherwise. Content decides
// where a meaning has a form of its own (e-mail, ID card, IP, URL, dates); the name decides between those that look alike
// (a number that is money, a person id, a percent); a name that the cells contradict does not win.
// Not for values: standardize.h makes them one. Threads: any. Cost: about 5 ms a column of 2,000 distinct cells.
#pragma once
#include <cstdint>
#include <optional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace furrow::govern {

enum class Meaning : uint8_t {
  kEmpty,  // no cell has a value
  kPersonName, kGivenName, kFamilyName, kCompanyName, kPhone, kEmail, kIdCard, kBankCard,
  kAddress, kProvince, kCity, kDistrict, kCountry, kPostcode, kGender, kBirthday,
  kMoney, kCurrency, kPercent, kTimestamp, kDate, kUrl, kIp, kUserAgent,
  kDeviceId, kPersonId, kOrderId, kProductId, kId,
  kBoolean, kCategory, kNumber, kFreeText,
};
// "person_name", "phone" …: what a rules file and the report say.
std::string_view to_string(Meaning meaning);
std::optional<Meaning> parse_meaning(std::string_view name);
std::span<const Meaning> all_meanings();
// Ids of any kind: never changed but for blanks around them.
bool is_identifier(Meaning meaning);
// Whether the meaning has a standard form that stands outside of the column (E.164, ISO 8601, GB/T 2260 …), which the score
// counts: all but ids, plain numbers, free texts, user agents, empty columns, and categories and countries, whose standard is
// only the spelling that the column itself uses most.
bool has_standard_form(Meaning meaning);

// The cells seen of one column. Missing markers are counted as missing.
struct ColumnSample {
  std::string name;
  uint64_t cells = 0;
  uint64_t missing = 0;
  std::vector<std::pair<std::string, uint64_t>> values;  // distinct ones, in order of first sight, and how often
  uint64_t more_distinct = 0;                            // cells whose value was beyond the kept ones
};
class ColumnSampler {
 public:
  static constexpr size_t kMostValues = 5000;
  explicit ColumnSampler(std::string name);
  ~ColumnSampler();
  ColumnSampler(ColumnSampler&&) noexcept;
  ColumnSampler& operator=(ColumnSampler&&) noexcept;
  void observe(std::string_view cell);  // "" for a missing one
  ColumnSample take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct MeaningGuess {
  Meaning meaning = Meaning::kFreeText;
  double confidence = 0;
  std::string why;                                        // "98 % of the cells are telephone numbers; the name says so too"
  std::vector<std::pair<Meaning, double>> alternatives;   // best first, at most three
};
MeaningGuess guess_meaning(const ColumnSample& sample);

// The meanings that a column's name speaks for, strongest first: the half that needs no cells. Strength 0..1.
std::vector<std::pair<Meaning, double>> name_hints(std::string_view column_name);

}  // namespace furrow::govern
