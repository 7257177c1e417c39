#include "identity/linkage_compare.h"

#include <chrono>
#include <cmath>

#include "base/ids.h"
#include "identity/linkage_strings.h"

namespace furrow::identity {
namespace {

constexpr size_t kKnownPairs = size_t{1} << 13;

namespace name_level {
enum : uint8_t { kDifferent = 1, kSlight, kPartial, kNear, kSlip, kSwapped, kReordered, kExact };
}
namespace code_level {
enum : uint8_t { kDifferent = 1, kTwoEdits, kContained, kOneEdit, kExact };
}
namespace email_level {
enum : uint8_t { kDifferent = 1, kNear, kSameLocal, kSlip, kExact };
}
namespace date_level {
enum : uint8_t { kDifferent = 1, kSameYear, kFortnight, kTwoParts, kOneDigit, kDaysApart, kSwapped, kExact };
}
namespace number_level {
enum : uint8_t { kDifferent = 1, kHalf, kFifth, kTenth, kTwentieth, kHundredth, kExact };
}
constexpr uint8_t kTextExact = 12;

double similar_token(const Token& a, const Token& b) {
  std::string_view x = a.text, y = b.text;
  if (a.has_digit || b.has_digit) return 0;
  size_t shorter = std::min(x.size(), y.size()), longer = std::max(x.size(), y.size());
  if (shorter >= 3 && longer > shorter && (x.size() < y.size() ? y : x).starts_with(x.size() < y.size() ? x : y)) {
    return shorter >= 4 || longer - shorter <= 2 ? 0.85 : 0;  // abbreviations and plurals
  }
  if (shorter < 4 || longer - shorter > 2 || x[0] != y[0]) return 0;
  return edit_distance(x, y) <= (longer >= 8 ? 2 : 1) ? 0.9 : 0;
}

// Vol 1 and vol 2 are a slip apart, and two things.
bool figures_differ(const LinkValue& a, const LinkValue& b) {
  uint64_t x = a.bag.first >> CharacterBag::kLetters, y = b.bag.first >> CharacterBag::kLetters;
  return x != 0 && y != 0 && x != y;
}

uint8_t name_likeness(const LinkValue& a, const LinkValue& b) {
  using namespace name_level;
  if (a.text == b.text) return kExact;
  if (a.order_key == b.order_key || a.sorted_key == b.sorted_key) return kReordered;
  std::string_view x = a.latin, y = b.latin;
  if (count_bits(a.bag.first & b.bag.first) * 5 < 2 * std::min(a.bag.kinds, b.bag.kinds)) return kDifferent;
  // Most strangers have too few letters in common for a closer look; below 0.75 it changes nothing.
  int in_common = most_in_common(a.bag, b.bag);
  double alike = most_alike(in_common, x, y) < 0.75 ? 0 : jaro_winkler(x, y);
  if (figures_differ(a, b)) return alike >= 0.78 ? kSlight : kDifferent;
  size_t shorter = std::min(x.size(), y.size()), longer = std::max(x.size(), y.size());
  if (longer - shorter <= 2 && shorter >= 3 && fewest_edits(in_common, x, y) <= (shorter >= 10 ? 2 : 1)) {
    int edits = edit_distance(x, y);
    if (edits == 1 || (edits == 2 && shorter >= 10)) return kSlip;
  }
  if (alike >= 0.95) return kSlip;
  if (alike >= 0.88) return kNear;
  // Initials, short forms, one the beginning of the other, a title for the rest, the same sound.
  if (shorter == 1 && x[0] == y[0]) return kPartial;
  if (a.formal == b.formal && a.formal != 0) return kPartial;
  if (shorter >= 3 && (x.starts_with(y) || y.starts_with(x))) return kPartial;
  if (a.token_count > 0 && b.token_count > 0 && (a.token_count > 1 || b.token_count > 1)) {
    const LinkValue& less = a.token_count <= b.token_count ? a : b;
    const LinkValue& more = a.token_count <= b.token_count ? b : a;
    uint32_t found = 0, initials = 0;
    for (uint32_t i = 0; i < less.token_count; ++i) {
      bool whole = false, initial = false;
      for (uint32_t j = 0; j < more.token_count && !whole; ++j) {
        std::string_view p = less.tokens[i].text, q = more.tokens[j].text;
        whole = less.tokens[i].formal == more.tokens[j].formal || similar_token(less.tokens[i], more.tokens[j]) > 0;
        initial |= (p.size() == 1 || q.size() == 1) && p[0] == q[0];
      }
      if (!whole && !initial) break;
      found += whole;
      initials += !whole && initial;
    }
    if (found + initials == less.token_count) return found >= 2 ? kNear : kPartial;
  }
  if (a.sound == b.sound && a.sound != 0 && alike >= 0.75) return kPartial;
  return alike >= 0.78 ? kSlight : kDifferent;
}

uint8_t code_likeness(const LinkValue& a, const LinkValue& b) {
  using namespace code_level;
  if (a.text == b.text) return kExact;
  size_t shorter = std::min(a.text.size(), b.text.size()), longer = std::max(a.text.size(), b.text.size());
  if (longer - shorter <= 2 && shorter >= 2 && fewest_edits(most_in_common(a.bag, b.bag), a.text, b.text) <= 2) {
    int edits = edit_distance(a.text, b.text);
    if (edits == 1) return kOneEdit;
    if (edits == 2 && shorter >= 5) return kTwoEdits;
  }
  std::string_view small = a.text.size() < b.text.size() ? a.text : b.text, large = a.text.size() < b.text.size() ? b.text : a.text;
  if (shorter >= 4 && large.find(small) != large.npos) return kContained;
  return kDifferent;
}

uint8_t email_likeness(const LinkValue& a, const LinkValue& b) {
  using namespace email_level;
  if (a.text == b.text) return kExact;
  std::string_view local_a = a.text.substr(0, a.text.find('@')), local_b = b.text.substr(0, b.text.find('@'));
  size_t difference = a.text.size() > b.text.size() ? a.text.size() - b.text.size() : b.text.size() - a.text.size();
  if (difference <= 2 && fewest_edits(most_in_common(a.bag, b.bag), a.text, b.text) <= 2 && edit_distance(a.text, b.text) <= 2) return kSlip;
  if (local_a == local_b) return kSameLocal;
  return jaro_winkler(local_a, local_b) >= 0.92 ? kNear : kDifferent;
}

// Days between two dates, as yyyymmdd.
int64_t days_between(int32_t a, int32_t b) {
  auto number = [](int32_t day) {
    std::chrono::year_month_day date{std::chrono::year(day / 10'000), std::chrono::month(static_cast<unsigned>(day / 100 % 100)), std::chrono::day(static_cast<unsigned>(day % 100))};
    return std::chrono::sys_days(date).time_since_epoch().count();
  };
  return std::abs(int64_t{number(a)} - int64_t{number(b)});
}

uint8_t date_likeness(const LinkValue& a, const LinkValue& b) {
  using namespace date_level;
  if (a.text == b.text) return kExact;
  if (a.day != 0 && b.day != 0) {
    int year = a.day / 10'000, month = a.day / 100 % 100, day = a.day % 100;
    int year_b = b.day / 10'000, month_b = b.day / 100 % 100, day_b = b.day % 100;
    if (year == year_b && month == day_b && day == month_b) return kSwapped;
    int64_t gap = days_between(a.day, b.day);
    if (gap <= 3) return kDaysApart;
    if (one_edit_apart(a.text, b.text)) return kOneDigit;
    int same = (year == year_b) + (month == month_b) + (day == day_b);
    if (same == 2) return kTwoParts;
    if (gap <= 15) return kFortnight;
    return year == year_b ? kSameYear : kDifferent;
  }
  int edits = edit_distance(a.text, b.text);
  return edits == 1 ? kOneDigit : edits == 2 && a.text.size() >= 6 ? kTwoParts : kDifferent;
}

uint8_t number_likeness(const LinkValue& a, const LinkValue& b, bool year) {
  using namespace number_level;
  if (a.number == b.number) return kExact;
  double gap = std::abs(a.number - b.number);
  if (year) return gap <= 1 ? kHundredth : gap <= 2 ? kTenth : gap <= 5 ? kHalf : kDifferent;
  double share = gap / std::max(std::abs(a.number), std::abs(b.number));
  return share <= 0.01   ? kHundredth
         : share <= 0.05 ? kTwentieth
         : share <= 0.10 ? kTenth
         : share <= 0.20 ? kFifth
         : share <= 0.50 ? kHalf
                         : kDifferent;
}

uint8_t text_likeness(const LinkValue& a, const LinkValue& b) {
  if (a.text == b.text) return kTextExact;
  return static_cast<uint8_t>(1 + std::min(10, static_cast<int>(soft_cosine(a, b) * 10.999)));
}

void describe(Comparison& comparison, FieldKind kind) {
  switch (kind) {
    case FieldKind::kName:
      comparison.levels = {"not told", "different", "slightly alike", "partly the same", "near", "one slip apart", "swapped with another field",
                           "same in another order or script", "equal"};
      comparison.expected = {0, 0.06, 0.02, 0.03, 0.03, 0.06, 0.01, 0.02, 0.77};
      comparison.exact = name_level::kExact;
      comparison.apart = name_level::kSlight;
      break;
    case FieldKind::kText:
      comparison.levels = {"not told",     "0 % alike",    "10 % alike",   "20 % alike",   "30 % alike",        "40 % alike", "50 % alike",
                           "60 % alike", "70 % alike", "80 % alike", "90 % alike", "100 % of the words", "equal"};
      comparison.expected = {0, 0.02, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10, 0.12, 0.13, 0.10, 0.25};
      comparison.exact = kTextExact;
      comparison.apart = 3;
      break;
    case FieldKind::kIdentifier:
    case FieldKind::kPhone:
      comparison.levels = {"not told", "different", "two characters off", "one inside the other", "one character off", "equal"};
      comparison.expected = {0, 0.08, 0.02, 0.02, 0.06, 0.82};
      comparison.exact = code_level::kExact;
      break;
    case FieldKind::kEmail:
      comparison.levels = {"not told", "different", "near", "same before the @", "a slip apart", "equal"};
      comparison.expected = {0, 0.10, 0.03, 0.03, 0.06, 0.78};
      comparison.exact = email_level::kExact;
      break;
    case FieldKind::kDate:
      comparison.levels = {"not told", "different", "same year", "a fortnight apart", "two parts of three", "one digit off", "a few days apart", "day and month swapped", "equal"};
      comparison.expected = {0, 0.05, 0.02, 0.01, 0.03, 0.04, 0.02, 0.02, 0.81};
      comparison.exact = date_level::kExact;
      comparison.apart = date_level::kSameYear;
      break;
    case FieldKind::kNumber:
      comparison.levels = {"not told", "different", "within 50 %", "within 20 %", "within 10 %", "within 5 %", "within 1 %", "equal"};
      comparison.expected = {0, 0.10, 0.08, 0.07, 0.07, 0.08, 0.10, 0.50};
      comparison.exact = number_level::kExact;
      break;
  }
}

// A level for each pair of common values, after those for the rest.
void add_cells(Comparison& comparison, const LinkField& field) {
  std::vector<std::string_view> names(field.common_count + 1);
  double told = 0;
  std::vector<double> share(field.common_count + 1);
  for (size_t code = 1; code < field.values.size(); ++code) {
    told += field.counts[code];
    if (field.common[code] == 0) continue;
    names[field.common[code]] = field.values[code].text;
    share[field.common[code]] = field.counts[code];
  }
  comparison.cells_from = comparison.levels.size();
  double rest = comparison.expected[comparison.exact];
  for (size_t i = 1; i <= field.common_count; ++i) {
    for (size_t j = 1; j <= field.common_count; ++j) {
      comparison.levels.push_back(i == j ? "equal" : std::string(names[i]) + " and " + std::string(names[j]));
      double p = share[i] / told, q = share[j] / told;
      comparison.expected.push_back(i == j ? rest * p : (1 - rest) * p * q);
    }
  }
}

bool share_values(const LinkField& a, const LinkField& b) {
  std::vector<uint64_t> keys;
  for (size_t code = 1; code < a.values.size(); ++code) keys.push_back(a.values[code].order_key);
  std::sort(keys.begin(), keys.end());
  size_t shared = 0;
  for (size_t code = 1; code < b.values.size(); ++code) shared += std::binary_search(keys.begin(), keys.end(), b.values[code].order_key);
  return shared * 50 >= std::min(a.values.size(), b.values.size()) && shared >= 2;
}

}  // namespace

double soft_cosine(const LinkValue& a, const LinkValue& b) {
  if (a.norm <= 0 || b.norm <= 0) return 0;
  constexpr uint32_t kMostLoose = 24;
  const Token* loose_a[kMostLoose];
  const Token* loose_b[kMostLoose];
  uint32_t in_a = 0, in_b = 0;
  double dot = 0;
  for (uint32_t i = 0, j = 0; i < a.token_count || j < b.token_count;) {
    if (j >= b.token_count || (i < a.token_count && a.tokens[i].id < b.tokens[j].id)) {
      if (in_a < kMostLoose) loose_a[in_a++] = &a.tokens[i];
      ++i;
    } else if (i >= a.token_count || b.tokens[j].id < a.tokens[i].id) {
      if (in_b < kMostLoose) loose_b[in_b++] = &b.tokens[j];
      ++j;
    } else {
      dot += static_cast<double>(a.tokens[i].weight) * static_cast<double>(b.tokens[j].weight);
      ++i, ++j;
    }
  }
  for (uint32_t i = 0; i < in_a; ++i) {
    double best = 0;
    uint32_t partner = 0;
    for (uint32_t j = 0; j < in_b; ++j) {
      if (loose_b[j] == nullptr) continue;
      if (double alike = similar_token(*loose_a[i], *loose_b[j]); alike > best) best = alike, partner = j;
    }
    if (best <= 0) continue;
    double weight = std::min(loose_a[i]->weight, loose_b[partner]->weight);
    dot += best * weight * weight;
    loose_b[partner] = nullptr;
  }
  return std::min(1.0, dot / (static_cast<double>(a.norm) * static_cast<double>(b.norm)));
}

LevelSet::LevelSet(const LinkRecords& records) {
  const auto& fields = records.fields();
  for (size_t f = 0; f < fields.size() && comparisons_.size() < kMaxComparisons; ++f) {
    Comparison comparison{.field = f, .kind = ComparisonKind::kValue, .name = fields[f].name, .levels = {}, .expected = {}, .exact = 0, .apart = 1, .cells_from = 0};
    describe(comparison, fields[f].kind);
    if (!fields[f].common.empty()) add_cells(comparison, fields[f]);
    comparisons_.push_back(std::move(comparison));
    if (fields[f].kind != FieldKind::kText || comparisons_.size() == kMaxComparisons) continue;
    comparisons_.push_back({.field = f, .kind = ComparisonKind::kFigures, .name = fields[f].name + ": figures",
                            .levels = {"not told", "none shared", "some shared", "all of one side's", "the same", "a rare one shared"},
                            .expected = {0, 0.08, 0.12, 0.2, 0.25, 0.35}, .exact = 0, .apart = 1, .cells_from = 0});
  }
  for (size_t i = 0; i < comparisons_.size(); ++i) {
    for (size_t j = i + 1; j < comparisons_.size(); ++j) {
      const LinkField &a = fields[comparisons_[i].field], &b = fields[comparisons_[j].field];
      if (a.kind != FieldKind::kName || b.kind != FieldKind::kName || !a.common.empty() || !b.common.empty()) continue;
      if (share_values(a, b)) swaps_.emplace_back(i, j);
    }
  }
}

Comparer::Comparer(const LinkRecords& records, const LevelSet& levels, Memory memory)
    : records_(records), levels_(levels), known_(levels.size()) {
  if (memory == Memory::kNone) return;
  for (size_t c = 0; c < levels.size(); ++c) {
    FieldKind kind = records.fields()[levels.comparisons()[c].field].kind;
    if (kind == FieldKind::kName && levels.comparisons()[c].kind == ComparisonKind::kValue) known_[c].resize(kKnownPairs);
  }
}

uint8_t Comparer::level(const Comparison& comparison, const LinkValue& a, const LinkValue& b) const {
  const LinkField& field = records_.fields()[comparison.field];
  if (comparison.kind == ComparisonKind::kFigures) return figures_level({a.figures, a.figure_count}, {b.figures, b.figure_count});
  switch (field.kind) {
    case FieldKind::kName: return name_likeness(a, b);
    case FieldKind::kText: return text_likeness(a, b);
    case FieldKind::kIdentifier:
    case FieldKind::kPhone: return code_likeness(a, b);
    case FieldKind::kEmail: return email_likeness(a, b);
    case FieldKind::kDate: return date_likeness(a, b);
    case FieldKind::kNumber: return number_likeness(a, b, field.is_year);
  }
  return 0;
}

uint8_t Comparer::coded_level(size_t index, uint32_t a, uint32_t b) {
  const Comparison& comparison = levels_.comparisons()[index];
  const LinkField& field = records_.fields()[comparison.field];
  if (a == 0 || b == 0) return 0;
  if (comparison.cells_from > 0 && field.common[a] != 0 && field.common[b] != 0) {
    return static_cast<uint8_t>(comparison.cells_from + (field.common[a] - 1u) * field.common_count + (field.common[b] - 1u));
  }
  if (a == b && comparison.exact != 0) return comparison.exact;
  if (known_[index].empty()) return level(comparison, field.values[a], field.values[b]);
  uint64_t key = (static_cast<uint64_t>(a) << 32) | b;
  Known& known = known_[index][mix64(key) & (kKnownPairs - 1)];
  if (known.key != key) known = {key, level(comparison, field.values[a], field.values[b])};
  return known.level;
}

template <class ValueA, class ValueB>
void Comparer::find_swaps(ValueA&& value_of_a, ValueB&& value_of_b, Levels& out) const {
  using namespace name_level;
  for (auto [i, j] : levels_.swaps()) {
    if (out[i] == 0 || out[j] == 0 || out[i] > kSlight || out[j] > kSlight) continue;
    size_t f = levels_.comparisons()[i].field, g = levels_.comparisons()[j].field;
    const LinkValue &ai = value_of_a(f), &aj = value_of_a(g), &bi = value_of_b(f), &bj = value_of_b(g);
    bool one = ai.order_key == bj.order_key, other = aj.order_key == bi.order_key;
    if (!one && !other) continue;
    if (!(one && other) && jaro_winkler(one ? aj.latin : ai.latin, one ? bi.latin : bj.latin) < 0.85) continue;
    out[i] = kSwapped;
    out[j] = 0;
  }
}

void Comparer::compare(uint32_t a, uint32_t b, Levels& out) {
  const uint32_t *row_a = records_.codes(a), *row_b = records_.codes(b);
  size_t source = records_.source_of(a);
  int key = source == records_.source_of(b) ? records_.key_field(source) : -1;
  for (size_t c = 0; c < levels_.size(); ++c) {
    size_t field = levels_.comparisons()[c].field;
    out[c] = static_cast<int>(field) == key ? uint8_t{0} : coded_level(c, row_a[field], row_b[field]);
  }
  auto value_of = [&](uint32_t record) { return [this, record](size_t field) -> const LinkValue& { return records_.value(record, field); }; };
  find_swaps(value_of(a), value_of(b), out);
}

template <class ValueB>
void Comparer::compare_row(const LinkRow& a, int source_b, ValueB&& value_of_b, const uint32_t* codes_b, Levels& out) const {
  int key = a.source >= 0 && a.source == source_b ? records_.key_field(static_cast<size_t>(source_b)) : -1;
  bool first = a.source >= 0 && a.source < source_b;  // what two spellings mean was learned in the order of the sources
  for (size_t c = 0; c < levels_.size(); ++c) {
    const Comparison& comparison = levels_.comparisons()[c];
    size_t f = comparison.field;
    const LinkField& field = records_.fields()[f];
    uint32_t code_a = a.codes[f], code_b = codes_b[f];
    if (code_a == 0 || code_b == 0 || static_cast<int>(f) == key) {
      out[c] = 0;
      continue;
    }
    bool known = code_a != kUnseenCode && code_b != kUnseenCode;
    const LinkValue &left = a.values[f], &right = value_of_b(f);
    if (comparison.cells_from > 0 && known && field.common[code_a] != 0 && field.common[code_b] != 0) {
      size_t one = field.common[first ? code_a : code_b] - 1u, two = field.common[first ? code_b : code_a] - 1u;
      out[c] = static_cast<uint8_t>(comparison.cells_from + one * field.common_count + two);
    } else if (comparison.exact != 0 && code_a == code_b && (known || left.text == right.text)) {
      out[c] = comparison.exact;
    } else {
      out[c] = level(comparison, left, right);
    }
  }
  find_swaps([&](size_t f) -> const LinkValue& { return a.values[f]; }, value_of_b, out);
}

void Comparer::compare(const LinkRow& a, uint32_t b, Levels& out) const {
  compare_row(a, static_cast<int>(records_.source_of(b)), [&](size_t f) -> const LinkValue& { return records_.value(b, f); }, records_.codes(b), out);
}
void Comparer::compare(const LinkRow& a, const LinkRow& b, Levels& out) const {
  compare_row(a, b.source, [&](size_t f) -> const LinkValue& { return b.values[f]; }, b.codes.data(), out);
}

}  // namespace furrow::identity
