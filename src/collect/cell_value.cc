#include "collect/cell_value.h"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "base/currency.h"
#include "base/cut_text.h"
#include "base/truth.h"

namespace furrow::collect {
namespace {

using Kind = CellReader::Answer::Kind;

constexpr size_t kLongestOriginal = 2'000;

const TimeFormat& iso_format() {
  static const TimeFormat format = *TimeFormat::parse("iso8601");
  return format;
}

bool all_ascii(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}
std::string_view without_blanks(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty()) {
    if (blank(text.front())) text.remove_prefix(1);
    else if (text.starts_with("\xE3\x80\x80")) text.remove_prefix(3);  // ideographic space
    else break;
  }
  while (!text.empty()) {
    if (blank(text.back())) text.remove_suffix(1);
    else if (text.ends_with("\xE3\x80\x80")) text.remove_suffix(3);
    else break;
  }
  return text;
}

void change_case(std::string& text, bool lower) {
  if (!all_ascii(text)) {
    icu::UnicodeString wide = icu::UnicodeString::fromUTF8(text);
    lower ? wide.toLower() : wide.toUpper();
    text.clear();
    wide.toUTF8String(text);
    return;
  }
  for (char& c : text) {
    if (lower && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (!lower && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
}

// E.164 digits with "+", or "" when they cannot be a telephone number.
std::string phone_number(std::string_view text, std::string_view country) {
  std::string digits;
  bool international = false;
  for (char c : text) {
    if (c == '+' && digits.empty()) international = true;
    else if (is_digit(c)) digits += c;
    else if (std::string_view(" -()./").find(c) == std::string_view::npos) return {};
  }
  if (!international && digits.starts_with("00")) {
    international = true;
    digits.erase(0, 2);
  }
  if (!international) {
    if (!country.empty() && digits.starts_with('0')) digits.erase(0, 1);  // the trunk prefix
    digits.insert(0, country);
  }
  if (digits.size() < 7 || digits.size() > 15) return {};
  return "+" + digits;
}

// Digits that mean the same to whoever reads them.
bool is_plain_number(std::string_view text, char point) {
  return point == '.' && text.find_first_not_of("0123456789.-+eE") == std::string_view::npos;
}

// By which of the map's rules a cell became the answer; nothing when it is what was written.
std::string_view rule_of_change(const FieldRule& rule, std::string_view cell, const CellReader::Answer& answer) {
  if (answer.kind == Kind::kInvalid || answer.kind == Kind::kJson || answer.text == cell) return {};
  std::string_view trimmed = without_blanks(cell);
  if (trimmed.empty()) return {};
  if (!rule.values.empty()) return "map.values";
  if (answer.kind == Kind::kMissing) return "map.invalid";
  if (answer.kind == Kind::kNumber) return is_plain_number(cell, rule.decimal) ? std::string_view() : std::string_view("map.number");
  if (answer.kind == Kind::kBoolean) return "map.boolean";
  if (answer.text == trimmed) return "map.trim";
  switch (rule.type) {
    case ValueType::kTime: return "map.time";
    case ValueType::kPhone: return "map.phone";
    case ValueType::kEmail: return "map.email";
    default: return "map.case";
  }
}

bool is_email(std::string_view text) {
  size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == std::string_view::npos &&
         text.find('.', at + 2) != std::string_view::npos && text.back() != '.' && text.size() <= 254 &&
         text.find_first_of(" ,;<>\"") == std::string_view::npos;
}

}  // namespace

void CellReader::note(std::string_view field, std::string_view was, std::string_view rule) {
  if (!notes_.empty()) notes_ += ',';
  JsonWriter(notes_).begin_object().field("field", field).field("was", cut_text(was, kLongestOriginal)).field("rule", rule).end_object();
}

CellReader::Answer CellReader::noted(const FieldRule& rule, std::string_view cell, std::string_view field, Answer answer) {
  if (field.empty()) return answer;
  std::string_view why = rule_of_change(rule, cell, answer);
  if (!why.empty()) note(field, cell, why);
  return answer;
}

// NFKC: full-width letters and digits become the plain ones.
std::string_view CellReader::folded(std::string_view text) {
  if (all_ascii(text)) return text;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return text;
  icu::UnicodeString wide = nfkc->normalize(icu::UnicodeString::fromUTF8(text), status);
  if (U_FAILURE(status)) return text;
  folded_.clear();
  wide.toUTF8String(folded_);
  return folded_;
}

std::string_view CellReader::clean(const FieldRule& rule, std::string_view text) {
  if (rule.trim) text = without_blanks(text);
  if (rule.lower || rule.upper) {
    text_.assign(text);
    change_case(text_, rule.lower);
    text = text_;
  }
  if (rule.values.empty()) return text;
  for (const auto& [cell, value] : rule.values) {
    if (cell == text) return value;
  }
  return {};
}

CellReader::Answer CellReader::invalid(const FieldRule& rule, std::string_view text, std::string_view form) {
  if (!strict_ && rule.invalid == OnInvalid::kEmpty) return {};
  if (!strict_ && rule.invalid == OnInvalid::kKeep) return {Kind::kText, text};
  why_ = fmt::format("\"{}\" is not {}", cut_text(text, 64), form);
  return {Kind::kInvalid, why_};
}

// Plain, grouped ("1,234.50", "1 234,50" with decimal: ",") and with a currency sign before or behind.
CellReader::Answer CellReader::number(const FieldRule& rule, std::string_view text) {
  std::string_view plain = without_blanks(folded(text));
  digits_.clear();
  if (!plain.empty() && !(is_digit(plain.front()) && is_digit(plain.back()))) {
    if (plain.size() > 1 && plain.front() == '-' && !is_digit(plain[1])) {  // -$12.50
      digits_ = "-";
      plain = without_blanks(plain.substr(1));
    }
    (void)take_currency(plain);
    (void)take_currency(plain);  // ¥12.50元
  }
  const char point = standard_ ? '.' : rule.decimal;
  char group = point == ',' ? '.' : ',';
  bool fraction = false;
  plain = without_blanks(plain);
  for (size_t i = 0; i < plain.size(); ++i) {
    char c = plain[i];
    if (c == point && !fraction) {
      fraction = true;
      c = '.';
    } else if (c == group || c == ' ' || c == '\'') {
      // "1,5" is a fraction written otherwise, not fifteen: only whole groups of three are passed over.
      bool three = !fraction && i + 3 < plain.size() && is_digit(plain[i + 1]) && is_digit(plain[i + 2]) &&
                   is_digit(plain[i + 3]) && (i + 4 == plain.size() || !is_digit(plain[i + 4]));
      if (!three) return invalid(rule, text, "a number");
      continue;
    }
    digits_ += c;
  }
  double value = 0;
  const char* from = digits_.data() + (digits_.starts_with('+') ? 1 : 0);
  auto [end, error] = std::from_chars(from, digits_.data() + digits_.size(), value);
  if (error != std::errc() || end != digits_.data() + digits_.size() || !std::isfinite(value)) {
    return invalid(rule, text, "a number");
  }
  if (rule.type == ValueType::kInteger && value != std::trunc(value)) return invalid(rule, text, "a whole number");
  digits_.clear();
  JsonWriter(digits_).number(value);
  return {Kind::kNumber, digits_};
}

CellReader::Answer CellReader::typed(const FieldRule& rule, std::string_view text) {
  switch (rule.type) {
    case ValueType::kAsIs:
    case ValueType::kText: return {Kind::kText, text};
    case ValueType::kNumber:
    case ValueType::kInteger: return number(rule, text);
    case ValueType::kBoolean: {
      std::string word(folded(text));
      change_case(word, true);
      if (const auto truth = truth_of(word)) return {Kind::kBoolean, *truth ? "true" : "false", *truth};
      return invalid(rule, text, "yes or no");
    }
    case ValueType::kTime:
      if (standard_) {
        auto time = iso_format().read(text, rule.zone);
        if (!time.ok()) return invalid(rule, text, "a time");
        text_ = format_time(*time);
        return {Kind::kText, text_};
      }
      for (const TimeFormat& format : rule.formats) {
        auto time = format.read(text, rule.zone);
        if (!time.ok()) continue;
        text_ = format_time(*time);
        return {Kind::kText, text_};
      }
      return invalid(rule, text, "a time of the form " + rule.formats.front().text());
    case ValueType::kJson: {
      Fields fields;
      std::string wrapped = fmt::format("{{\"x\":{}}}", text);
      if (!fields.parse(wrapped).ok()) return invalid(rule, text, "JSON");
      return {Kind::kJson, text};
    }
    case ValueType::kPhone:
      digits_ = phone_number(folded(text), rule.country);
      return digits_.empty() ? invalid(rule, text, "a telephone number") : Answer{Kind::kText, digits_};
    case ValueType::kEmail:
      text_ = without_blanks(folded(text));
      change_case(text_, true);
      return is_email(text_) ? Answer{Kind::kText, text_} : invalid(rule, text, "an e-mail address");
  }
  return {};
}

CellReader::Answer CellReader::plain(const FieldRule& rule, std::string_view text) {
  if (text.empty()) {
    if (!rule.fallback) return {};
    text = *rule.fallback;
  }
  return typed(rule, text);
}

// What the gate read: through the rule once more, which may still refuse it (a fraction where whole numbers are asked).
CellReader::Answer CellReader::accept(const FieldRule& rule, const CellVerdict& verdict, std::string_view cell, std::string_view field) {
  if (verdict.kind == CellVerdict::Kind::kMissing) {
    gate_->note(field, cell, verdict.rule);
    return plain(rule, {});
  }
  strict_ = true;
  standard_ = rule.values.empty();
  Answer answer = typed(rule, verdict.text);
  strict_ = standard_ = false;
  if (answer.kind == Kind::kInvalid) return unmended(rule, verdict, cell, field);
  gate_->note(field, cell, verdict.rule);
  return answer;
}

CellReader::Answer CellReader::unmended(const FieldRule& rule, const CellVerdict& verdict, std::string_view cell, std::string_view field) {
  OnInvalid wanted = verdict.own ? verdict.invalid : rule.invalid;
  if (wanted == OnInvalid::kKeep) return {Kind::kText, cell};
  if (wanted == OnInvalid::kEmpty) {
    gate_->note(field, cell, verdict.rule);
    return {};
  }
  if (why_.empty()) why_ = fmt::format("\"{}\" is not valid", cut_text(cell, 64));
  if (!verdict.reason.empty()) why_ += fmt::format(" ({}: {})", verdict.rule, verdict.reason);
  return {Kind::kInvalid, why_};
}

// The gate first. What it does not know and the rule does is no reason to refuse a row that the rule alone would take.
CellReader::Answer CellReader::governed_contact(const FieldRule& rule, std::string_view cell, std::string_view field) {
  CellVerdict verdict = gate_->mend(rule, field, cell);
  if (verdict.kind == CellVerdict::Kind::kUnknown) return noted(rule, cell, field, plain(rule, clean(rule, cell)));
  if (verdict.kind == CellVerdict::Kind::kMissing) return accept(rule, verdict, cell, field);
  if (verdict.kind == CellVerdict::Kind::kMended) {
    text_ = verdict.text;
    if (text_ != cell) gate_->note(field, cell, verdict.rule);
    return {Kind::kText, text_};
  }
  strict_ = true;
  Answer answer = typed(rule, clean(rule, cell));
  strict_ = false;
  if (answer.kind != Kind::kInvalid) verdict.own = true;
  return unmended(rule, verdict, cell, field);
}

CellReader::Answer CellReader::governed(const FieldRule& rule, std::string_view cell, std::string_view field) {
  gate_->observe(rule, field, cell);
  why_.clear();
  bool listed = !rule.values.empty();
  if (!listed && (rule.type == ValueType::kPhone || rule.type == ValueType::kEmail)) return governed_contact(rule, cell, field);
  std::string_view text = clean(rule, cell);
  if (text.empty() && !listed) return plain(rule, text);
  if (!text.empty()) {
    strict_ = true;
    Answer answer = typed(rule, text);
    strict_ = false;
    if (answer.kind != Kind::kInvalid) return noted(rule, cell, field, answer);
  }
  CellVerdict verdict = gate_->mend(rule, field, cell);
  bool read = verdict.kind == CellVerdict::Kind::kMended || verdict.kind == CellVerdict::Kind::kMissing;
  if (read) return accept(rule, verdict, cell, field);
  if (text.empty()) return noted(rule, cell, field, plain(rule, text));  // not in the list, as without governance
  return unmended(rule, verdict, cell, field);
}

CellReader::Answer CellReader::read(const FieldRule& rule, const table::Cell& cell, std::string_view field) {
  bool as_is = rule.type == ValueType::kAsIs && rule.values.empty();
  if (as_is && cell.kind == table::Cell::Kind::kNumber) {
    bool finite = !cell.text.empty() && (is_digit(cell.text.back()) || cell.text.back() == '.');  // Parquet has nan and inf
    return finite ? Answer{Kind::kNumber, cell.text} : Answer{};
  }
  if (as_is && cell.kind == table::Cell::Kind::kJson) return {Kind::kJson, cell.text};
  if (as_is && cell.kind == table::Cell::Kind::kBoolean) return {Kind::kBoolean, cell.text, cell.text == "true"};
  bool judged = !rule.values.empty() || (rule.type != ValueType::kAsIs && rule.type != ValueType::kText && rule.type != ValueType::kJson);
  if (gate_ && judged && !field.empty() && !cell.missing() && !cell.text.empty()) return governed(rule, cell.text, field);
  if (cell.missing()) return plain(rule, {});
  return noted(rule, cell.text, field, plain(rule, clean(rule, cell.text)));
}

CellReader::Answer CellReader::read(const FieldRule& rule, const Value& value) {
  table::Cell cell;
  if (value.is_text()) {
    cell = {table::Cell::Kind::kText, value.text()};
  } else if (value.is_bool()) {
    cell = {table::Cell::Kind::kBoolean, value.boolean() ? "true" : "false"};
  } else if (value.is_number() && std::isfinite(value.number())) {
    text_.clear();
    JsonWriter(text_).number(value.number());
    std::swap(text_, folded_);  // clean() and typed() write text_
    cell = {table::Cell::Kind::kNumber, folded_};
  }
  return read(rule, cell);
}

void append_answer(JsonWriter& json, const CellReader::Answer& answer) {
  switch (answer.kind) {
    case Kind::kText: json.text(answer.text); break;
    case Kind::kNumber:
    case Kind::kJson: json.raw(answer.text); break;
    case Kind::kBoolean: json.boolean(answer.boolean); break;
    default: json.null();
  }
}

}  // namespace furrow::collect
