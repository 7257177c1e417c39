#include "govern/cell_standardizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "govern/address.h"
#include "govern/email.h"
#include "govern/id_numbers.h"
#include "govern/phone.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr size_t kKnownTexts = 20000;
constexpr size_t kKnownBytes = 80;
constexpr size_t kLongestMarker = 24;  // of "N/A" and the like

constexpr RuleInfo kRules[] = {
    {"encoding.mojibake", "encoding", "The text was UTF-8 that some system had read in another encoding; read back"},
    {"encoding.lost", "encoding", "Characters were replaced by � before this file was written; what they were is lost"},
    {"clean.text", "clean", "Blanks at the ends, control and invisible characters removed"},
    {"missing.marker", "clean", "N/A, NULL, 无, - and the like say that there is no value"},
    {"missing.default_date", "clean", "1900-01-01, 1970-01-01 and 0000-00-00 are what systems write when there is no date"},
    {"standardize.spelling", "standardize", "One spelling for a category: the one the column uses most"},
    {"standardize.value", "standardize", "Translated as the rules file declares"},
    {"standardize.phone", "standardize", "Telephone number to E.164"},
    {"standardize.email", "standardize", "E-mail address in lower case, without blanks or full-width characters"},
    {"standardize.name", "standardize", "Person's name: order, title, width, script and case"},
    {"standardize.company", "standardize", "Company name: blanks, width and brackets"},
    {"standardize.address", "standardize", "Address to province, city, district and the rest, in full names"},
    {"standardize.place", "standardize", "Place in its full name"},
    {"standardize.date", "standardize", "Date to ISO 8601; times to UTC"},
    {"standardize.money", "standardize", "Amount to plain digits, its currency beside it"},
    {"standardize.number", "standardize", "Number to plain digits"},
    {"standardize.percent", "standardize", "Percents of one column in one unit, without the sign"},
    {"standardize.unit", "standardize", "Quantities of one column in one unit"},
    {"standardize.gender", "standardize", "male, female or other"},
    {"standardize.boolean", "standardize", "true or false, where a column writes yes and no in more than one way, in other words or in letters"},
    {"standardize.id_card", "standardize", "ID card number: 18 characters, capital X"},
    {"standardize.card", "standardize", "Card number without blanks and dashes"},
    {"standardize.ip", "standardize", "IP address in its shortest form"},
    {"standardize.url", "standardize", "Scheme and host in lower case"},
    {"standardize.currency", "standardize", "Currency by its ISO 4217 code"},
    {"standardize.postcode", "standardize", "Postcode in capitals, without blanks around it"},
    {"validate.phone", "validate", "Not a telephone number that any numbering plan knows"},
    {"validate.email", "validate", "No mailbox can be read from it (RFC 5321)"},
    {"validate.name", "validate", "Not a person's name"},
    {"validate.id_card", "validate", "ID card number that fails its own check (GB 11643)"},
    {"validate.card", "validate", "Card number that fails Luhn's check"},
    {"validate.address", "validate", "Not an address with a known place, or one that contradicts itself"},
    {"validate.place", "validate", "Not a place of this kind"},
    {"validate.date", "validate", "No date, or one that does not exist"},
    {"validate.number", "validate", "Not a number"},
    {"validate.gender", "validate", "Not a gender"},
    {"validate.boolean", "validate", "Neither yes nor no"},
    {"validate.ip", "validate", "Not an IP address"},
    {"validate.url", "validate", "Not an absolute address of a page"},
    {"validate.currency", "validate", "Not a currency"},
    {"validate.postcode", "validate", "Not a postcode"},
    {"fault.future", "fault", "A time after the end of the data, with no cause that could be mended"},
    {"fault.before_start", "fault", "A time before the company or far before all others"},
    {"fault.impossible_date", "fault", "A date that does not exist"},
    {"mend.century", "fault", "A year typed a thousand or a hundred years off"},
    {"mend.swapped_day_month", "fault", "Day and month stood the other way round: the only order that is possible or not in the future"},
    {"mend.zone_offset", "fault", "A device that wrote local time as UTC: its steady offset of whole quarter hours taken off"},
    {"mend.clock_drift", "fault", "A device whose clock was wrong by a steady amount: taken off"},
    {"mend.arrival_order", "fault", "A broken clock: the time at which the neighbouring rows arrived"},
    {"duplicate.row", "deduplicate", "A row equal to an earlier one in every cell"},
    {"flag.shared_device", "fault", "A device id that stands for many people"},
    {"flag.reset_device", "fault", "A person whose device id is new at every visit"},
    {"flag.bot", "fault", "A visitor that behaves like a program"},
    {"flag.near_duplicate", "deduplicate", "A text that says the same as others in nearly the same words"},
};

bool is_default_date(const CivilDate& date) {
  return (date.year == 1900 || date.year == 1970 || date.year == 1899) && ((date.month == 1 && date.day == 1) || (date.year == 1899 && date.month == 12));
}

std::string ratio_of(const Quantity& quantity, double divisor) {
  std::string out;
  JsonWriter(out).number(quantity.value / divisor);
  return is_plain_number(out) ? out : quantity.number;
}

bool is_free(Meaning meaning) {
  return is_identifier(meaning) || meaning == Meaning::kFreeText || meaning == Meaning::kUserAgent || meaning == Meaning::kEmpty || meaning == Meaning::kUrl;
}

}  // namespace

std::span<const RuleInfo> all_rules() { return kRules; }
std::string_view step_of(std::string_view rule) {
  for (const RuleInfo& info : kRules) {
    if (info.name == rule) return info.step;
  }
  return "standardize";
}

std::array<std::string, 4> derived_columns(const ColumnPlan& plan) {
  if (!plan.derives) return {};
  if (plan.meaning == Meaning::kAddress) return {plan.name + "_province", plan.name + "_city", plan.name + "_district", plan.name + "_code"};
  if (plan.meaning == Meaning::kMoney) return {plan.name + "_currency"};
  return {};
}

void CellStandardizer::set(std::string_view value, std::string_view rule) {
  out_.cleaned_only = value == out_.value;
  if (!out_.cleaned_only) out_.rule = rule;
  out_.value = value;
}
void CellStandardizer::invalid(std::string_view rule, std::string note) {
  out_.state = CellState::kInvalid;
  out_.rule = rule;
  out_.note = std::move(note);
}
void CellStandardizer::emptied(std::string_view rule, std::string note) {
  out_.state = CellState::kEmptied;
  out_.rule = rule;
  out_.note = std::move(note);
  out_.value.clear();
}

// Keeps the texts' memory.
void CellStandardizer::start() {
  out_.state = CellState::kMissing;
  out_.rule = {};
  out_.cleaned_only = false;
  out_.value.clear();
  out_.note.clear();
  for (std::string& part : out_.derived) part.clear();
}

const CellOutcome& CellStandardizer::apply(std::string_view cell, std::string_view hint_region) {
  if (is_plain(cell)) {
    start();
    out_.state = CellState::kStandard;
    out_.value = cell;
    return out_;
  }
  bool remember = remembers_ && cell.size() <= kKnownBytes && hint_region.empty() && !is_free(plan_->meaning);
  if (remember) {
    ++asked_;
    if (auto at = known_.find(cell); at != known_.end()) {
      ++met_;
      return at->second;
    }
    // Times and the like hardly ever come back: no memory, no search.
    if (asked_ >= 2 * kKnownTexts && met_ * 8 < asked_) {
      remembers_ = false;
      known_.clear();
    }
  }
  work(cell, hint_region);
  if (remember && remembers_ && known_.size() < kKnownTexts) return known_.emplace(std::string(cell), out_).first->second;
  return out_;
}

// An id or a free text with nothing to clean, and no marker.
bool CellStandardizer::is_plain(std::string_view cell) const {
  bool free = is_identifier(plan_->meaning) || plan_->meaning == Meaning::kFreeText || plan_->meaning == Meaning::kUserAgent;
  return free && plan_->values.empty() && !plan_->keep && is_clean_ascii(cell) &&
         (cell.size() > kLongestMarker || !is_missing_marker(cell, plan_->meaning == Meaning::kUserAgent));
}

void CellStandardizer::work(std::string_view cell, std::string_view hint_region) {
  start();
  if (plan_->keep) {
    out_.state = CellState::kStandard;
    out_.value = cell;
    return;
  }
  Meaning meaning = plan_->meaning;
  bool words = meaning != Meaning::kFreeText && meaning != Meaning::kCategory && meaning != Meaning::kBoolean && meaning != Meaning::kCompanyName &&
               meaning != Meaning::kEmpty && !is_identifier(meaning);
  std::string_view body = trim(cell);
  if (is_missing_marker(body, words) || (meaning == Meaning::kCategory && (body == "-" || body == "--" || body == "未知" || body == "?"))) {
    if (!cell.empty()) out_.rule = "missing.marker";
    return;
  }
  std::string text;
  if (auto repaired = repair_mojibake(body)) {
    text = *repaired;
    out_.rule = "encoding.mojibake";
  } else {
    text = body;
  }
  bool free = is_free(meaning);
  text = clean_text(text, free);
  if (out_.rule.empty() && text != cell) out_.rule = "clean.text";
  if (text.empty()) return;
  out_.value = text;
  out_.state = CellState::kStandard;
  if (has_lost_characters(text)) {
    invalid("encoding.lost");
    return;
  }
  if (auto own = plan_->values.empty() ? plan_->values.end() : plan_->values.find(comparison_key(text)); own != plan_->values.end()) {
    set(own->second, "standardize.value");
    text = own->second;
  } else {
    by_meaning(text, hint_region);
  }
  if (out_.state == CellState::kEmptied || out_.state == CellState::kMissing) return;
  if (out_.state == CellState::kInvalid) {
    if (plan_->invalid == OnInvalidCell::kEmpty) emptied(out_.rule, out_.note);
    return;
  }
  if (out_.value != cell) {
    out_.state = CellState::kChanged;
    out_.cleaned_only = out_.value == text;
  } else {
    out_.rule = {};
  }
}

void CellStandardizer::by_meaning(std::string_view text, std::string_view hint_region) {
  auto accept = [&](const auto& result, std::string_view rule, std::string_view fault) {
    if (result) set(*result, rule);
    else invalid(fault);
  };
  switch (plan_->meaning) {
    case Meaning::kPhone: phone(text, hint_region); break;
    case Meaning::kEmail:
      if (auto email = read_email(text)) {
        set(email->address, "standardize.email");
        if (!email->suspected_domain.empty()) out_.note = "perhaps " + email->suspected_domain;
      } else {
        invalid("validate.email");
      }
      break;
    case Meaning::kPersonName:
      if (looks_like_company(text)) {
        set(standard_company_name(text), "standardize.company");
      } else if (auto name = read_person_name(text, plan_->names)) {
        set(name->standard, "standardize.name");
      } else {
        invalid("validate.name");
      }
      break;
    case Meaning::kGivenName:
    case Meaning::kFamilyName: accept(read_name_part(text, plan_->names), "standardize.name", "validate.name"); break;
    case Meaning::kCompanyName: set(standard_company_name(text), "standardize.company"); break;
    case Meaning::kIdCard:
      if (auto card = read_id_card(text)) set(card->number, "standardize.id_card");
      else invalid("validate.id_card", id_card_fault(text));
      break;
    case Meaning::kBankCard: {
      std::string digits;
      for (char c : fold_width(text)) {
        if (c != ' ' && c != '-') digits += c;
      }
      if (passes_luhn(digits)) set(digits, "standardize.card");
      else invalid("validate.card");
      break;
    }
    case Meaning::kAddress: address(text); break;
    case Meaning::kProvince:
    case Meaning::kCity:
    case Meaning::kDistrict:
    case Meaning::kCountry: place(text); break;
    case Meaning::kPostcode: accept(read_postcode(text), "standardize.postcode", "validate.postcode"); break;
    case Meaning::kGender: accept(read_gender(text, plan_->gender), "standardize.gender", "validate.gender"); break;
    case Meaning::kBirthday:
    case Meaning::kDate:
    case Meaning::kTimestamp: time(text); break;
    case Meaning::kMoney:
    case Meaning::kPercent:
    case Meaning::kNumber: quantity(text); break;
    case Meaning::kCurrency: {
      std::string code = currency_code(text);
      if (code.empty()) invalid("validate.currency");
      else set(code, "standardize.currency");
      break;
    }
    case Meaning::kUrl: accept(read_url(text), "standardize.url", "validate.url"); break;
    case Meaning::kIp: accept(read_ip(text), "standardize.ip", "validate.ip"); break;
    case Meaning::kBoolean: {
      auto value = read_boolean(text);
      if (plan_->booleans_agree && value) break;
      if (value) set(*value ? "true" : "false", "standardize.boolean");
      else invalid("validate.boolean");
      break;
    }
    case Meaning::kCategory: set(plan_->spellings.standard(text), "standardize.spelling"); break;
    default: break;
  }
}

void CellStandardizer::phone(std::string_view text, std::string_view hint_region) {
  std::string_view region = hint_region.empty() ? std::string_view(plan_->region) : hint_region;
  auto found = read_phone(text, region);
  if (!found && region != plan_->region) found = read_phone(text, plan_->region);
  if (!found) {
    // A number of another country written without its code: only when exactly one of the column's countries has it.
    for (const std::string& other : plan_->other_regions) {
      auto candidate = read_phone(text, other);
      if (!candidate) continue;
      if (found && found->e164 != candidate->e164) {
        invalid("validate.phone", "a number of more than one of the column's countries");
        return;
      }
      found = candidate;
    }
  }
  if (!found) {
    invalid("validate.phone");
    return;
  }
  set(found->e164, "standardize.phone");
  if (is_dummy_phone(found->e164)) out_.note = "a number that stands for nobody";
}

void CellStandardizer::place(std::string_view text) {
  Meaning meaning = plan_->meaning;
  if (meaning == Meaning::kCountry) {
    set(plan_->spellings.standard(text), "standardize.spelling");
    return;
  }
  PlaceLevel level = meaning == Meaning::kProvince ? PlaceLevel::kProvince : meaning == Meaning::kCity ? PlaceLevel::kCity : PlaceLevel::kDistrict;
  if (has_han(text) || plan_->chinese_places) {
    auto place = read_place(text, level);
    if (place && (place->code != 0 || place->standard != text)) {
      set(place->standard, "standardize.place");
      return;
    }
  }
  set(fold_width(plan_->spellings.standard(text)), "standardize.place");
}

void CellStandardizer::address(std::string_view text) {
  auto address = read_address(text);
  if (!address) {
    invalid("validate.address");
    return;
  }
  if (address->chinese && plan_->derives) {
    out_.derived = {address->province, address->city, address->district, address->code == 0 ? std::string() : std::to_string(address->code)};
  }
  if (!address->contradiction.empty()) invalid("validate.address", address->contradiction);
  else if (address->chinese && address->code == 0 && plan_->derives) invalid("validate.address", "no province, city or district found");
  else set(address->standard, "standardize.address");
}

void CellStandardizer::time(std::string_view text) {
  bool with_time = plan_->with_time;
  auto reading = read_date(text, plan_->dates, plan_->zone);
  if (text.starts_with("0000")) {
    out_.state = CellState::kMissing;
    out_.rule = "missing.default_date";
    out_.value.clear();
    return;
  }
  if (!reading && text.size() >= 10 && text[4] == '-' && text[7] == '-') {
    // 2026-25-03: the only order that is possible is the other one.
    std::string swapped = std::string(text.substr(0, 5)) + std::string(text.substr(8, 2)) + "-" + std::string(text.substr(5, 2)) + std::string(text.substr(10));
    reading = read_date(swapped, plan_->dates, plan_->zone);
    if (reading) {
      set(standard_date(*reading, with_time), "mend.swapped_day_month");
      return;
    }
  }
  if (!reading) {
    bool looks_like_date = text.size() >= 6 && std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) >= 5;
    if (looks_like_date && text.find_first_not_of("0123456789-/.: ") == std::string_view::npos && (text.find('-') != text.npos || text.find('/') != text.npos || text.find('.') != text.npos)) {
      emptied("fault.impossible_date");
    } else {
      invalid("validate.date");
    }
    return;
  }
  Time latest = plan_->latest;
  if (is_default_date(reading->local) && (reading->time < plan_->earliest || plan_->meaning == Meaning::kBirthday) && reading->kind == DateKind::kCivil) {
    out_.state = CellState::kMissing;
    out_.rule = "missing.default_date";
    out_.value.clear();
    return;
  }
  if (reading->time > latest) {
    if (reading->ambiguous) {
      DateForm other = plan_->dates;
      other.order = other.order == DateOrder::kMonthFirst ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
      auto swapped = read_date(text, other, plan_->zone);
      if (swapped && swapped->time <= latest && swapped->time >= plan_->earliest) {
        set(standard_date(*swapped, with_time), "mend.swapped_day_month");
        return;
      }
    }
    for (int years : {1000, 100}) {
      CivilDate at = reading->local;
      int64_t back = days_from_civil(at.year, at.month, at.day) - days_from_civil(at.year - years, at.month, at.day);
      DateReading mended = *reading;
      mended.time = reading->time - days(back);
      mended.local.year -= years;
      if (mended.time > latest || mended.time < plan_->earliest || plan_->earliest.micros == INT64_MIN) continue;
      set(standard_date(mended, with_time), "mend.century");
      return;
    }
    emptied("fault.future");
    return;
  }
  if (reading->time < plan_->earliest) {
    emptied("fault.before_start");
    return;
  }
  set(standard_date(*reading, with_time), "standardize.date");
}

void CellStandardizer::quantity(std::string_view text) {
  auto quantity = read_quantity(text, plan_->numbers);
  if (!quantity) {
    if (plan_->meaning != Meaning::kNumber) invalid("validate.number");
    return;
  }
  switch (plan_->meaning) {
    case Meaning::kMoney:
      if (!quantity->unit.empty()) {
        invalid("validate.number");
        return;
      }
      set(quantity->number, "standardize.money");
      if (plan_->derives) out_.derived[0] = quantity->currency;
      break;
    case Meaning::kPercent: {
      bool points = plan_->percent == PercentForm::kPoints;
      if (quantity->unit == "%") set(points ? quantity->number : ratio_of(*quantity, 100), "standardize.percent");
      else if (quantity->unit == "‰") set(ratio_of(*quantity, points ? 10 : 1000), "standardize.percent");
      else set(quantity->number, "standardize.percent");
      break;
    }
    default:
      if (quantity->unit.empty() && quantity->currency.empty()) set(quantity->number, "standardize.number");
      else if (!plan_->unit.empty() && to_base_unit(*quantity) && quantity->unit == plan_->unit) set(quantity->number, "standardize.unit");
      break;
  }
}

}  // namespace furrow::govern
