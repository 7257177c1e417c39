// What is known of one column before its cells are changed: its meaning, and what only the whole column tells (the order
// of day and month, the country of its numbers, the usual spelling of its categories, whether percents carry a sign).
//
// Observe the cells of a sample or of the whole file, then settle. Threads: one while observing; immutable after.
// Memory: bounded: samples of at most a few thousand texts a column.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "govern/dates.h"
#include "govern/enumerations.h"
#include "govern/meaning.h"
#include "govern/numbers.h"
#include "govern/person_name.h"
#include "govern/rules.h"

namespace furrow::govern {

enum class PercentForm : uint8_t { kRatio, kPoints };

struct ColumnPlan {
  std::string name;
  Meaning meaning = Meaning::kFreeText;
  double confidence = 0;
  std::string why;
  bool overridden = false;  // by the rules file
  std::vector<std::pair<Meaning, double>> alternatives;
  bool keep = false;
  OnInvalidCell invalid = OnInvalidCell::kKeep;

  // Of its meaning:
  std::string region;                       // of telephone numbers
  std::vector<std::string> other_regions;   // seen in international form, most frequent first
  DateForm dates;
  TimeZone zone = TimeZone::utc();
  bool with_time = false;
  bool future_allowed = false;              // an expiry, a due date
  Time earliest{INT64_MIN}, latest{INT64_MAX};
  NameForm names;
  NumberForm numbers;
  PercentForm percent = PercentForm::kRatio;
  std::string unit;                         // every quantity in this base unit; "" for as they are
  GenderCode gender = GenderCode::kNone;
  CategorySpellings spellings;
  bool booleans_agree = false;              // one spelling of yes and one of no, in words: they are the column's standard
  bool chinese_places = false;              // pinyin city names become Chinese ones
  bool derives = false;                     // adds columns: parts of addresses, currency
  std::map<std::string, std::string> values;  // from the rules, by comparison key
};

class ColumnProfiler {
 public:
  ColumnProfiler(std::string name, MeaningGuess guess, const CleanRules& rules, Time now);
  void observe(std::string_view cell);  // not called for missing markers
  ColumnPlan settle();
  Meaning meaning() const { return plan_.meaning; }

 private:
  void observe_time(std::string_view cell);
  void settle_times();
  void settle_numbers();

  ColumnPlan plan_;
  const CleanRules* rules_;
  DateOrder order_ = DateOrder::kUnknown;
  Time now_;
  uint64_t seen_ = 0, han_ = 0, latin_ = 0, simplified_ = 0, traditional_ = 0, currencies_ = 0, signs_ = 0, bare_ = 0, bare_above_one_ = 0;
  uint64_t comma_decimals_ = 0, point_decimals_ = 0, quantities_ = 0, twos_ = 0, zeros_ = 0;
  std::map<std::string, uint64_t> units_, regions_;
  std::vector<std::string> texts_;  // telephone numbers and times: a sample
  DateProfile dates_;
};

}  // namespace furrow::govern
