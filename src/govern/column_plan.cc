#include "govern/column_plan.h"

#include <algorithm>
#include <cmath>

#include "govern/address.h"
#include "govern/phone.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kSample = 4000;

bool is_time(Meaning meaning) { return meaning == Meaning::kTimestamp || meaning == Meaning::kDate || meaning == Meaning::kBirthday; }

bool names_the_future(std::string_view name) {
  std::string plain = to_lower(name);
  for (std::string_view word : {"expir", "due", "until", "deadline", "planned", "scheduled", "valid_to", "end_date", "renewal", "next", "到期", "截止", "有效期", "计划", "预计"}) {
    if (plain.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

ColumnProfiler::ColumnProfiler(std::string name, MeaningGuess guess, const CleanRules& rules, Time now) : rules_(&rules), now_(now) {
  plan_.name = std::move(name);
  plan_.meaning = guess.meaning;
  plan_.confidence = guess.confidence;
  plan_.why = std::move(guess.why);
  plan_.alternatives = std::move(guess.alternatives);
  plan_.zone = rules.zone;
  plan_.region = rules.country;
  if (const ColumnRule* rule = rules.find(plan_.name)) {
    plan_.keep = rule->keep;
    plan_.values = rule->values;
    order_ = rule->order;
    if (rule->meaning) {
      plan_.meaning = *rule->meaning;
      plan_.confidence = 1;
      plan_.why = "the rules say so";
      plan_.overridden = true;
    }
    if (!rule->country.empty()) plan_.region = rule->country;
    if (rule->zone) plan_.zone = *rule->zone;
    if (rule->invalid) plan_.invalid = *rule->invalid;
  }
}

void ColumnProfiler::observe_time(std::string_view cell) {
  dates_.observe(cell);
  if (texts_.size() < kSample) texts_.emplace_back(cell);
  else if (seen_ % 97 == 0) texts_[seen_ / 97 % kSample] = cell;
}

void ColumnProfiler::observe(std::string_view cell) {
  ++seen_;
  switch (plan_.meaning) {
    case Meaning::kTimestamp:
    case Meaning::kDate:
    case Meaning::kBirthday: observe_time(cell); break;
    case Meaning::kPhone:
      if (seen_ > 20000) break;
      if (texts_.size() < kSample) texts_.emplace_back(cell);
      if (auto phone = read_phone(cell, {}); phone && !phone->region.empty()) ++regions_[phone->region];
      break;
    case Meaning::kPersonName:
    case Meaning::kGivenName:
    case Meaning::kFamilyName: {
      Script script = seen_ > 50000 ? Script::kNeither : han_script(cell);
      simplified_ += script == Script::kSimplified;
      traditional_ += script == Script::kTraditional;
      break;
    }
    case Meaning::kProvince:
    case Meaning::kCity:
    case Meaning::kDistrict:
    case Meaning::kAddress:
      if (seen_ <= 50000) (has_han(cell) ? han_ : latin_)++;
      if (plan_.meaning != Meaning::kAddress) plan_.spellings.observe(cell);
      break;
    case Meaning::kBoolean:
    case Meaning::kCountry:
    case Meaning::kCategory: plan_.spellings.observe(cell); break;
    case Meaning::kGender: {
      std::string_view plain = trim(cell);
      twos_ += plain == "2";
      zeros_ += plain == "0";
      break;
    }
    case Meaning::kMoney:
    case Meaning::kPercent:
    case Meaning::kNumber: {
      if (seen_ > 200000) break;
      auto quantity = read_quantity(cell);
      if (!quantity) break;
      ++quantities_;
      currencies_ += !quantity->currency.empty();
      bool sign = quantity->unit == "%" || quantity->unit == "‰";
      signs_ += sign;
      if (!sign && quantity->unit.empty()) {
        bare_ += quantity->value != 0;  // a nought is the same in both
        bare_above_one_ += std::abs(quantity->value) > 1;
      }
      if (!sign && !quantity->unit.empty() && to_base_unit(*quantity)) ++units_[quantity->unit];
      size_t comma = cell.rfind(','), point = cell.rfind('.');
      size_t digits_end = cell.find_last_of("0123456789");
      auto behind = [&](size_t at) { return at == std::string_view::npos || digits_end == std::string_view::npos || digits_end < at ? 0 : digits_end - at; };
      bool both = comma != std::string_view::npos && point != std::string_view::npos;
      if (both) (comma > point ? comma_decimals_ : point_decimals_)++;
      else if (comma != std::string_view::npos && behind(comma) != 3) ++comma_decimals_;
      else if (point != std::string_view::npos && behind(point) != 3) ++point_decimals_;
      break;
    }
    default: break;
  }
}

void ColumnProfiler::settle_times() {
  CivilDate today = civil_from_days(now_.micros / days(1).micros);
  plan_.dates = dates_.form(order_, plan_.meaning == Meaning::kBirthday ? today.year : today.year + 10);
  if (order_ != DateOrder::kUnknown) plan_.dates.order = order_;
  plan_.with_time = plan_.meaning == Meaning::kTimestamp;
  if (plan_.overridden && plan_.meaning == Meaning::kTimestamp) plan_.with_time = true;
  plan_.future_allowed = names_the_future(plan_.name);
  std::vector<int64_t> times;
  for (const std::string& text : texts_) {
    if (auto reading = read_date(text, plan_.dates, plan_.zone)) times.push_back(reading->time.micros);
  }
  if (times.empty()) return;
  std::sort(times.begin(), times.end());
  Time until = rules_->until.value_or(now_ + days(1));
  size_t ahead = static_cast<size_t>(times.end() - std::upper_bound(times.begin(), times.end(), until.micros));
  // Many of them ahead is no fault of the cells: the data are of another clock, or plans.
  if (!plan_.future_allowed && (ahead * 5 < times.size() || rules_->until)) plan_.latest = until;
  if (plan_.meaning == Meaning::kBirthday) {
    plan_.earliest = now_ - days(366 * 150);
    return;
  }
  if (rules_->since) {
    plan_.earliest = *rules_->since;
    return;
  }
  // Without a declared start, only what is far outside of the rest: three times the span of nine tenths of the column.
  int64_t low = times[times.size() / 20], high = times[times.size() - 1 - times.size() / 20];
  high = std::min(high, until.micros);
  if (times.size() >= 20 && high > low) plan_.earliest = Time{low - 3 * (high - low)} - days(365);
}

void ColumnProfiler::settle_numbers() {
  if (comma_decimals_ > point_decimals_) plan_.numbers.decimal = ',';
  if (plan_.meaning == Meaning::kPercent && bare_above_one_ > 0 && bare_above_one_ * 2 >= bare_) plan_.percent = PercentForm::kPoints;
  plan_.derives = plan_.meaning == Meaning::kMoney && currencies_ > 0;
  uint64_t with_unit = 0;
  for (const auto& [unit, count] : units_) with_unit += count;
  if (units_.size() == 1 && with_unit * 2 >= quantities_ && plan_.meaning == Meaning::kNumber) plan_.unit = units_.begin()->first;
}

ColumnPlan ColumnProfiler::settle() {
  if (is_time(plan_.meaning)) settle_times();
  if (plan_.meaning == Meaning::kMoney || plan_.meaning == Meaning::kPercent || plan_.meaning == Meaning::kNumber) settle_numbers();
  if (plan_.meaning == Meaning::kPhone) {
    std::vector<std::pair<uint64_t, std::string>> ranked;
    for (const auto& [region, count] : regions_) ranked.emplace_back(count, region);
    std::sort(ranked.rbegin(), ranked.rend());
    if (plan_.region.empty()) plan_.region = infer_region(texts_, ranked.empty() ? std::string_view() : std::string_view(ranked.front().second));
    for (const auto& [count, region] : ranked) {
      if (region != plan_.region && count * 500 >= seen_ && plan_.other_regions.size() < 12) plan_.other_regions.push_back(region);
    }
  }
  plan_.names.simplify = traditional_ <= simplified_;
  plan_.chinese_places = han_ > latin_ / 4;
  if (plan_.meaning == Meaning::kAddress) plan_.derives = han_ * 2 > han_ + latin_;
  plan_.gender = twos_ > 0 ? GenderCode::kOneTwo : zeros_ > 0 ? GenderCode::kZeroOne : GenderCode::kNone;
  if (plan_.meaning == Meaning::kGender && plan_.gender == GenderCode::kNone) plan_.gender = GenderCode::kOneTwo;
  if (plan_.meaning == Meaning::kBoolean) plan_.booleans_agree = plan_.spellings.distinct() <= 2 && plan_.spellings.all_among({"yes", "no", "true", "false"});
  plan_.spellings.settle();
  plan_.derives = plan_.derives && rules_->derive;
  return std::move(plan_);
}

}  // namespace furrow::govern
