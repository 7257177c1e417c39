#include "govern/cell_governor.h"

#include <algorithm>
#include <cmath>

#include "event/plausible_time.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

using collect::CellVerdict;
using collect::FieldRule;
using collect::OnInvalid;
using collect::ValueType;

constexpr std::string_view kTimeField = "timestamp";  // as the mapper names the event's own

// The order of day and month that the map declares, for cells that are written in another form.
DateOrder declared_order(const FieldRule& rule) {
  for (const collect::TimeFormat& format : rule.formats) {
    size_t day = std::min(format.text().find("%d"), format.text().find("%e")), month = format.text().find("%m"), year = format.text().find("%Y");
    if (day == std::string::npos || month == std::string::npos || (year != std::string::npos && year < day)) continue;
    return day < month ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  }
  return DateOrder::kUnknown;
}

bool is_number(const FieldRule& rule) { return rule.type == ValueType::kNumber || rule.type == ValueType::kInteger; }

// Bare numbers of the column decide whether 20 % is 20 or 0.2; noughts tell nothing; without any it is 20.
PercentForm percent_form(const std::vector<std::string>& cells) {
  size_t points = 0, ratios = 0;
  for (const std::string& cell : cells) {
    auto quantity = read_quantity(cell);
    if (!quantity || !quantity->unit.empty() || quantity->value == 0) continue;
    (std::abs(quantity->value) > 1 ? points : ratios)++;
  }
  return ratios > points ? PercentForm::kRatio : PercentForm::kPoints;
}

// An amount may stand without its currency, a quantity hardly without its unit.
Meaning number_meaning(const std::vector<std::string>& cells) {
  size_t percents = 0, amounts = 0, quantities = 0;
  for (const std::string& cell : cells) {
    auto quantity = read_quantity(cell);
    if (!quantity) continue;
    bool percent = quantity->unit == "%" || quantity->unit == "‰";
    percents += percent;
    quantities += !percent && !quantity->unit.empty();
    amounts += !quantity->currency.empty();
  }
  if (percents > amounts && percents >= quantities) return Meaning::kPercent;
  return quantities > amounts ? Meaning::kNumber : Meaning::kMoney;
}

OnInvalid wanted(OnFault fault) {
  return fault == OnFault::kKeep ? OnInvalid::kKeep : fault == OnFault::kQuarantine ? OnInvalid::kReject : OnInvalid::kEmpty;
}

std::string_view sentence_of(std::string_view rule) {
  for (const RuleInfo& info : all_rules()) {
    if (info.name == rule) return info.explanation;
  }
  return {};
}

}  // namespace

struct CellGovernor::Field {
  std::string name;
  std::vector<std::string> cells;  // observed
  bool ready = false, keep = false;
  ColumnPlan plan, dates;          // dates: of cells of a time without an hour
  std::optional<CellStandardizer> standardizer, date_standardizer;
  std::map<std::string, std::string> spellings;  // of a list: by comparison key
  std::map<std::string, std::string, std::less<>> genders, booleans;
  GenderCode gender = GenderCode::kOneTwo;
  std::string text;                // of the last verdict
};

CellGovernor::CellGovernor(EventRules rules, Time now) : rules_(std::move(rules)), now_(now) {}
CellGovernor::~CellGovernor() = default;

CellGovernor::Field& CellGovernor::field_of(const FieldRule& rule, std::string_view name) {
  auto& field = fields_[&rule];
  if (!field) {
    field = std::make_unique<Field>();
    field->name = name;
  }
  return *field;
}

void CellGovernor::observe(const FieldRule& rule, std::string_view name, std::string_view cell) {
  if (!learning_) return;
  Field& field = field_of(rule, name);
  if (field.cells.size() < kLearnedCells && !is_missing_marker(trim(cell))) field.cells.emplace_back(cell);
}

void CellGovernor::note(std::string_view field, std::string_view was, std::string_view rule) {
  changes_.push_back({std::string(field), std::string(was), rule});
}

std::optional<double> CellGovernor::number(std::string_view cell) {
  auto quantity = read_quantity(cell);
  if (!quantity || !quantity->unit.empty()) return {};
  // "3M" may be a name: only digits and their marks, or an amount that says its currency.
  bool digits = fold_width(trim(cell)).find_first_not_of("0123456789.,+- ") == std::string::npos;
  if (!digits && quantity->currency.empty()) return {};
  return quantity->value;
}

ColumnPlan CellGovernor::plan(const Field& field, Meaning meaning) const {
  MeaningGuess guess;
  guess.meaning = meaning;
  guess.confidence = 1;
  guess.why = "the map says so";
  // The map says what it is; of the field's rules how it is written holds.
  CleanRules rules = rules_.clean;
  for (ColumnRule& rule : rules.columns) rule.meaning.reset();
  ColumnProfiler profiler(field.name, std::move(guess), rules, now_);
  for (const std::string& cell : field.cells) profiler.observe(cell);
  ColumnPlan plan = profiler.settle();
  plan.derives = false;
  plan.invalid = OnInvalidCell::kKeep;
  return plan;
}

void CellGovernor::prepare_times(Field& field, const FieldRule& rule) const {
  const ColumnRule* own = rules_.clean.find(field.name);
  DateProfile profile;
  for (const std::string& cell : field.cells) profile.observe(cell);
  DateForm form = profile.form(declared_order(rule), civil_from_days(now_.micros / days(1).micros).year + 10);
  if (own && own->order != DateOrder::kUnknown) form.order = own->order;
  for (auto [plan_at, meaning] : {std::pair(&field.plan, Meaning::kTimestamp), std::pair(&field.dates, Meaning::kDate)}) {
    *plan_at = plan(field, meaning);
    plan_at->dates = form;
    plan_at->with_time = meaning == Meaning::kTimestamp;
    if (!own || !own->zone) plan_at->zone = rule.zone;
    if (field.name != kTimeField) continue;
    plan_at->latest = rules_.clean.until.value_or(now_ + days(1));
    // What to do with a time before the first the whole event decides, where the rules do not want it aside.
    plan_at->earliest = rules_.times == OnFault::kQuarantine ? rules_.clean.since.value_or(kEarliestTime) : kEarliestTime;
  }
  field.date_standardizer.emplace(field.dates);
}

// Keys that say the same and stand for different values are left to the map.
void CellGovernor::prepare_list(Field& field, const FieldRule& rule) const {
  auto enter = [](auto& into, std::string key, const std::string& value) {
    auto [at, fresh] = into.emplace(std::move(key), value);
    if (!fresh && at->second != value) at->second.clear();
  };
  bool zeros = false, twos = false;
  for (const std::string& cell : field.cells) {
    twos |= trim(cell) == "2";
    zeros |= trim(cell) == "0";
  }
  field.gender = zeros && !twos ? GenderCode::kZeroOne : GenderCode::kOneTwo;
  size_t genders = 0, booleans = 0;
  for (const auto& [key, value] : rule.values) {
    enter(field.spellings, comparison_key(key), value);
    if (auto gender = read_gender(key, field.gender)) ++genders, enter(field.genders, std::string(*gender), value);
    if (auto yes = read_boolean(key)) ++booleans, enter(field.booleans, *yes ? "true" : "false", value);
  }
  // A list of something else that has an "F" or a "1" in it is no list of genders.
  if (genders != rule.values.size() || field.genders.size() < 2) field.genders.clear();
  if (booleans != rule.values.size() || field.booleans.size() < 2) field.booleans.clear();
}

void CellGovernor::prepare(Field& field, const FieldRule& rule) const {
  field.ready = true;
  const ColumnRule* own = rules_.clean.find(field.name);
  field.keep = own && own->keep;
  if (field.keep) return;
  if (!rule.values.empty()) return prepare_list(field, rule);
  switch (field.name == kTimeField ? ValueType::kTime : rule.type) {
    case ValueType::kTime: prepare_times(field, rule); break;
    case ValueType::kNumber:
    case ValueType::kInteger: {
      field.plan = plan(field, number_meaning(field.cells));
      field.plan.percent = percent_form(field.cells);
      if (rule.decimal == ',') field.plan.numbers.decimal = ',';
      break;
    }
    case ValueType::kBoolean: field.plan = plan(field, Meaning::kBoolean); break;
    case ValueType::kPhone: field.plan = plan(field, Meaning::kPhone); break;
    case ValueType::kEmail: field.plan = plan(field, Meaning::kEmail); break;
    default: field.keep = true; return;
  }
  field.standardizer.emplace(field.plan);
}

void CellGovernor::by_list(const Field& field, std::string_view cell, CellVerdict& verdict) const {
  auto take = [&](const auto& from, const std::string& key, std::string_view rule) {
    auto at = from.find(key);
    if (at == from.end() || at->second.empty()) return false;
    verdict.kind = CellVerdict::Kind::kMended;
    verdict.text = at->second;
    verdict.rule = rule;
    return true;
  };
  if (take(field.spellings, comparison_key(clean_text(cell, false)), "standardize.spelling")) return;
  if (!field.genders.empty()) {
    auto gender = read_gender(cell, field.gender);
    if (gender && take(field.genders, std::string(*gender), "standardize.gender")) return;
  }
  if (!field.booleans.empty()) {
    auto yes = read_boolean(cell);
    if (yes && take(field.booleans, *yes ? "true" : "false", "standardize.boolean")) return;
  }
  if (!is_missing_marker(trim(cell))) return;
  verdict.kind = CellVerdict::Kind::kMissing;
  verdict.rule = "missing.marker";
}

CellVerdict CellGovernor::mend(const FieldRule& rule, std::string_view name, std::string_view cell) {
  CellVerdict verdict;
  if (learning_) {
    // Any answer that lets the map go on to the row's other cells.
    bool time = name == kTimeField || rule.type == ValueType::kTime;
    verdict.kind = time ? CellVerdict::Kind::kMended : CellVerdict::Kind::kMissing;
    verdict.text = "2000-01-01";
    return verdict;
  }
  Field& field = field_of(rule, name);
  if (!field.ready) {
    if (field.cells.empty()) field.cells.emplace_back(cell);  // a row alone: it is all that there is to learn from
    prepare(field, rule);
  }
  if (field.keep) return verdict;
  verdict.invalid = wanted(rules_.invalid_for(field.name));
  verdict.own = rules_.invalid_of.contains(field.name);
  if (!rule.values.empty()) {
    by_list(field, cell, verdict);
    return verdict;
  }
  CellStandardizer* standardizer = &*field.standardizer;
  if (field.date_standardizer) {
    auto reading = read_date(fold_width(trim(cell)), field.plan.dates, field.plan.zone);
    bool hours = reading ? reading->has_time || (reading->kind != DateKind::kCivil && reading->kind != DateKind::kExcel) : cell.find(':') != std::string_view::npos;
    if (!hours) standardizer = &*field.date_standardizer;
  }
  const CellOutcome& outcome = standardizer->apply(cell);
  verdict.rule = outcome.rule;
  switch (outcome.state) {
    case CellState::kMissing:
      verdict.kind = CellVerdict::Kind::kMissing;
      if (verdict.rule.empty()) verdict.rule = "missing.marker";
      break;
    case CellState::kStandard:
    case CellState::kChanged:
      if (is_number(rule) && !is_plain_number(outcome.value)) {
        verdict.kind = CellVerdict::Kind::kInvalid;
        verdict.rule = "validate.number";
        verdict.reason = sentence_of(verdict.rule);
        break;
      }
      verdict.kind = CellVerdict::Kind::kMended;
      field.text = outcome.value;
      verdict.text = field.text;
      // In standard form, which was not the map's.
      if (verdict.rule.empty()) verdict.rule = field.date_standardizer ? "standardize.date" : "clean.text";
      break;
    default:
      // A national number of a country that the map knows and the rules do not.
      if (rule.type == ValueType::kPhone && field.plan.region.empty() && !rule.country.empty()) break;
      verdict.kind = CellVerdict::Kind::kInvalid;
      verdict.reason = sentence_of(outcome.rule);
  }
  return verdict;
}

}  // namespace furrow::govern
