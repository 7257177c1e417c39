#include "identity/linkage_records.h"

#include <cmath>
#include <cstring>

#include "base/ids.h"
#include "govern/email.h"
#include "identity/linkage_halves.h"

namespace furrow::identity {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kMostCommon = 12;
constexpr float kRareWeight = 1.7f;  // less than a word that one record has: about five records

// Distinct texts to codes: open addressing, texts kept by the caller.
class Dictionary {
 public:
  // The slot of `text`: 0 when it is new, and then to be filled.
  uint32_t& slot(std::string_view text, const std::vector<std::string_view>& texts) {
    if (used_ * 2 >= slots_.size()) grow(texts);
    uint64_t hash = hash64(text);
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      uint32_t& code = slots_[i];
      if (code == 0) {
        ++used_;
        return code;
      }
      if (texts[code] == text) return code;
    }
  }

 private:
  void grow(const std::vector<std::string_view>& texts) {
    std::vector<uint32_t> old = std::move(slots_);
    slots_.assign(std::max<size_t>(1024, old.size() * 2), 0);
    mask_ = slots_.size() - 1;
    for (uint32_t code : old) {
      if (code == 0) continue;
      size_t i = hash64(texts[code]) & mask_;
      while (slots_[i] != 0) i = (i + 1) & mask_;
      slots_[i] = code;
    }
  }
  std::vector<uint32_t> slots_;
  size_t used_ = 0, mask_ = 0;
};

std::string_view without_controls(std::string_view value) {
  while (!value.empty() && static_cast<unsigned char>(value.front()) <= ' ') value.remove_prefix(1);
  while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
  return value;
}

// Full width to half, lower case, no blanks.
std::string email_text(std::string_view value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    auto byte = static_cast<unsigned char>(value[i]);
    if (byte == 0xef && i + 2 < value.size()) {
      unsigned code = ((byte & 0x0fu) << 12) | ((static_cast<unsigned char>(value[i + 1]) & 0x3fu) << 6) | (static_cast<unsigned char>(value[i + 2]) & 0x3fu);
      if (code >= 0xff01 && code <= 0xff5e) {
        byte = static_cast<unsigned char>(code - 0xff01 + 0x21);
        i += 2;
      }
    }
    if (byte <= ' ') continue;
    out += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
  }
  return out;
}

std::string digits_of(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

bool prepare_name(std::string_view raw, LinkArena& arena, LinkValue& value) {
  Folded folded = fold(raw);
  std::string_view plain = without_title(folded.text);
  if (plain.empty()) return false;
  if (plain.size() != folded.text.size()) {
    value.titled = true;
    folded = fold(std::string(plain));
  }
  value.text = arena.keep(folded.text);
  value.latin = folded.latin == folded.text ? value.text : arena.keep(folded.latin);
  std::string letters = letters_and_digits(folded.latin);
  value.order_key = hash64(least_rotation(letters));
  auto words = words_of(folded.latin);
  std::sort(words.begin(), words.end());
  std::string sorted;
  for (std::string_view word : words) sorted.append(word).append(" ");
  value.sorted_key = hash64(sorted);
  value.sound = soundex(letters);
  value.bag = bag_of(value.latin);
  return true;
}

bool prepare_date(std::string_view raw, DayOrder order, LinkArena& arena, LinkValue& value) {
  std::string digits;
  if (auto day = parse_day(raw, order)) {
    value.day = day->year * 10'000 + day->month * 100 + day->day;
    digits = std::to_string(value.day);
  } else {
    digits = digits_of(fold(raw).text);
    if (digits.size() < 4) return false;
  }
  value.text = value.latin = arena.keep(digits);
  return true;
}

}  // namespace

std::string_view LinkArena::keep(std::string_view text) {
  char* at = take(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}
Token* LinkArena::tokens(size_t count) {
  used_ = (used_ + alignof(Token) - 1) / alignof(Token) * alignof(Token);
  return new (take(count * sizeof(Token))) Token[count];
}
const Figure* LinkArena::keep(const std::vector<Figure>& figures) {
  used_ = (used_ + alignof(Figure) - 1) / alignof(Figure) * alignof(Figure);
  char* at = take(figures.size() * sizeof(Figure));
  if (!figures.empty()) std::memcpy(at, figures.data(), figures.size() * sizeof(Figure));
  return reinterpret_cast<const Figure*>(at);
}
char* LinkArena::take(size_t bytes) {
  if (used_ + bytes > capacity_) {
    capacity_ = std::max(bytes, blocks_.empty() ? size_t{4096} : kBlockBytes);
    blocks_.emplace_back(new char[capacity_]);
    used_ = 0;
  }
  char* at = blocks_.back().get() + used_;
  used_ += bytes;
  return at;
}

bool LinkField::prepare(std::string_view raw, LinkArena& into, LinkValue& value) const {
  raw = without_controls(raw);
  if (says_nothing(raw)) return false;
  std::string text;
  switch (kind) {
    case FieldKind::kName: return prepare_name(raw, into, value);
    case FieldKind::kDate: return prepare_date(raw, order, into, value);
    case FieldKind::kText: {
      Folded folded = fold(raw);
      if (folded.text.empty()) return false;
      value.text = into.keep(folded.text);
      value.latin = value.text;
      return true;
    }
    case FieldKind::kNumber: {
      value.number = parse_amount(raw);
      if (std::isnan(value.number) || (zero_is_missing && value.number == 0)) return false;
      text = raw;
      break;
    }
    case FieldKind::kPhone: text = phone_digits(fold(raw).text); break;
    case FieldKind::kEmail: {
      text = email_text(raw);
      // qq.con and gmial.com: with the same mailbox the usual domain is meant, whoever has it.
      auto email = govern::read_email(text);
      if (email && !email->suspected_domain.empty()) text = email->address.substr(0, email->address.rfind('@') + 1) + email->suspected_domain;
      break;
    }
    case FieldKind::kIdentifier: {
      text = fold(raw).text;
      std::erase(text, ' ');
      break;
    }
  }
  if (text.empty()) return false;
  value.text = value.latin = into.keep(text);
  if (kind != FieldKind::kNumber) value.bag = bag_of(text);
  return true;
}

namespace {

void find_figures(const LinkField& field, LinkValue& value, LinkArena& into) {
  if (field.kind != FieldKind::kText) return;
  std::vector<Figure> figures = figures_of(value.text, [&](std::string_view word) {
    auto at = field.token_ids.find(word);
    return at == field.token_ids.end() || field.token_weights[at->second] > field.unseen_weight - kRareWeight;
  });
  value.figure_count = static_cast<uint16_t>(figures.size());
  value.figures = into.keep(figures);
}

// Words of a value with their ids; new ones are added to `ids`.
void find_tokens(LinkField& field, LinkValue& value, std::vector<uint32_t>& found) {
  found.clear();
  std::string_view text = field.kind == FieldKind::kText ? value.text : value.latin;
  for (std::string_view token : tokens_of(text)) {
    auto [at, fresh] = field.token_ids.try_emplace(token, static_cast<uint32_t>(field.token_ids.size()));
    found.push_back(at->second);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
}

void weigh_tokens(LinkField& field, size_t records) {
  if (field.kind != FieldKind::kText && field.kind != FieldKind::kName) return;
  std::vector<uint32_t> found;
  std::vector<uint64_t> records_with;
  std::vector<std::vector<uint32_t>> of_value(field.values.size());
  for (size_t code = 1; code < field.values.size(); ++code) {
    find_tokens(field, field.values[code], found);
    records_with.resize(field.token_ids.size());
    for (uint32_t id : found) records_with[id] += field.counts[code];
    of_value[code] = found;
  }
  std::vector<std::string_view> texts(field.token_ids.size());
  std::vector<uint32_t> formal(field.token_ids.size());
  for (const auto& [text, id] : field.token_ids) {
    texts[id] = text;
    formal[id] = static_cast<uint32_t>(hash64(formal_name(text)));
  }
  double n = static_cast<double>(std::max<size_t>(records, 2));
  field.unseen_weight = static_cast<float>(std::log(1 + n));
  for (uint64_t count : records_with) field.token_weights.push_back(static_cast<float>(std::log(1 + n / static_cast<double>(std::max<uint64_t>(1, count)))));
  for (size_t code = 1; code < field.values.size(); ++code) {
    LinkValue& value = field.values[code];
    Token* tokens = field.arena->tokens(of_value[code].size());
    double norm = 0;
    for (size_t i = 0; i < of_value[code].size(); ++i) {
      uint32_t id = of_value[code][i];
      bool digit = texts[id].find_first_of("0123456789") != std::string_view::npos;
      tokens[i] = {id, field.token_weights[id], texts[id], formal[id], digit};
      norm += static_cast<double>(tokens[i].weight) * static_cast<double>(tokens[i].weight);
    }
    value.tokens = tokens;
    value.token_count = static_cast<uint32_t>(of_value[code].size());
    value.norm = static_cast<float>(std::sqrt(norm));
    if (value.token_count == 1) value.formal = tokens[0].formal;
    find_figures(field, value, *field.arena);
  }
}

void find_common(LinkField& field) {
  if (field.kind != FieldKind::kName && field.kind != FieldKind::kIdentifier && field.kind != FieldKind::kText) return;
  std::vector<uint32_t> codes;
  uint64_t told = 0;
  for (uint32_t code = 1; code < field.values.size(); ++code) {
    codes.push_back(code);
    told += field.counts[code];
  }
  size_t n = std::min(kMostCommon, codes.size());
  std::partial_sort(codes.begin(), codes.begin() + static_cast<long>(n), codes.end(), [&](uint32_t x, uint32_t y) {
    return field.counts[x] != field.counts[y] ? field.counts[x] > field.counts[y] : x < y;
  });
  uint64_t covered = 0;
  for (size_t i = 0; i < n; ++i) covered += field.counts[codes[i]];
  if (told < 40 || static_cast<double>(covered) < 0.85 * static_cast<double>(told)) return;
  field.common.assign(field.values.size(), 0);
  for (size_t i = 0; i < n; ++i) {
    if (field.counts[codes[i]] * 200 < told) break;
    field.common[codes[i]] = static_cast<uint8_t>(++field.common_count);
  }
}

}  // namespace

void LinkField::add_tokens(LinkValue& value, LinkArena& into) const {
  if (kind != FieldKind::kText && kind != FieldKind::kName) return;
  std::vector<Token> found;
  for (std::string_view text : tokens_of(kind == FieldKind::kText ? value.text : value.latin)) {
    auto at = token_ids.find(text);
    Token token{.id = 0, .weight = unseen_weight, .text = text, .formal = static_cast<uint32_t>(hash64(formal_name(text))),
                .has_digit = text.find_first_of("0123456789") != std::string_view::npos};
    token.id = at == token_ids.end() ? 0x80000000u | static_cast<uint32_t>(hash64(text)) : at->second;
    if (at != token_ids.end()) token.weight = token_weights[at->second];
    found.push_back(token);
  }
  std::sort(found.begin(), found.end(), [](const Token& x, const Token& y) { return x.id < y.id; });
  found.erase(std::unique(found.begin(), found.end(), [](const Token& x, const Token& y) { return x.id == y.id; }), found.end());
  Token* tokens = into.tokens(found.size());
  std::copy(found.begin(), found.end(), tokens);
  double norm = 0;
  for (const Token& token : found) norm += static_cast<double>(token.weight) * static_cast<double>(token.weight);
  value.tokens = tokens;
  value.token_count = static_cast<uint32_t>(found.size());
  value.norm = static_cast<float>(std::sqrt(norm));
  if (found.size() == 1) value.formal = tokens[0].formal;
  find_figures(*this, value, into);
}

void LinkRecords::encode(size_t f, const std::vector<LinkSourceInput>& inputs, const std::vector<std::vector<uint32_t>>& record_of) {
  LinkField& field = fields_[f];
  Dictionary raw_codes, codes;
  std::vector<std::string_view> raws{""}, texts{""};
  std::vector<uint32_t> code_of_raw{0};
  LinkArena raw_arena;
  field.values.emplace_back();
  std::string joined;
  bool all_years = true;
  for (size_t s = 0; s < inputs.size(); ++s) {
    const std::vector<int>& parts = plans_[f].columns[s];
    if (parts.empty()) continue;
    const table::Table& table = *inputs[s].table;
    bool plain = parts.size() == 1 && table.column(static_cast<size_t>(parts[0])).type() == table::ColumnType::kText;
    for (size_t row = 0; row < table.rows(); ++row) {
      uint32_t& cell = codes_[record_of[s][row] * fields_.size() + f];
      if (cell != 0) continue;
      std::string_view raw;
      if (plain) {
        const table::Column& column = table.column(static_cast<size_t>(parts[0]));
        if (column.is_null(row)) continue;
        raw = column.text(row);
      } else {
        joined.clear();
        for (int part : parts) {
          if (!joined.empty()) joined += ' ';
          joined += table.column(static_cast<size_t>(part)).to_text(row);
        }
        raw = joined;
      }
      if (raw.empty()) continue;
      uint32_t& raw_code = raw_codes.slot(raw, raws);
      if (raw_code == 0) {
        raw_code = static_cast<uint32_t>(raws.size());
        raws.push_back(plain ? raw : raw_arena.keep(raw));
        LinkValue value;
        uint32_t code = 0;
        if (field.prepare(raw, *field.arena, value)) {
          uint32_t& slot = codes.slot(value.text, texts);
          if (slot == 0) {
            slot = static_cast<uint32_t>(texts.size());
            texts.push_back(value.text);
            field.values.push_back(value);
            all_years &= value.number >= 1800 && value.number <= 2100 && value.number == std::floor(value.number);
          }
          code = slot;
        }
        code_of_raw.push_back(code);
      }
      cell = code_of_raw[raw_code];
    }
  }
  field.is_year = field.kind == FieldKind::kNumber && all_years && field.values.size() > 1;
  field.counts.assign(field.values.size(), 0);
  for (size_t record = 0; record < size(); ++record) ++field.counts[codes_[record * fields_.size() + f]];
  field.missing_share = static_cast<double>(field.counts[0]) / std::max<double>(1, static_cast<double>(size()));
  weigh_tokens(field, size() - field.counts[0]);
  find_common(field);
}

Result<LinkRecords> LinkRecords::build(const std::vector<LinkSourceInput>& inputs, const ColumnChoice& choice) {
  std::vector<ColumnSource> sources;
  for (const LinkSourceInput& input : inputs) sources.push_back({input.name, input.table, input.id_column});
  return build(inputs, plan_fields(sources, choice));
}

Result<LinkRecords> LinkRecords::build(const std::vector<LinkSourceInput>& inputs, std::vector<FieldPlan> plans) {
  LinkRecords out;
  out.plans_ = std::move(plans);
  size_t rows = 0;
  for (const LinkSourceInput& input : inputs) rows += input.table->rows();
  if (out.plans_.empty() && rows > 1) {
    return Error(ErrorCode::kInvalidFile, inputs.size() > 1 ? "the files have no columns in common that could tell records apart; name them under `columns:` in --config"
                                                            : "the file has no column that could tell records apart");
  }
  if (inputs.size() > 255) return Error(ErrorCode::kTooLarge, "at most 255 files can be linked at once");
  std::vector<std::vector<uint32_t>> record_of(inputs.size());
  for (size_t s = 0; s < inputs.size(); ++s) {
    const table::Table& table = *inputs[s].table;
    uint32_t first = static_cast<uint32_t>(out.ids_.size());
    std::unordered_map<std::string, uint32_t> seen;
    record_of[s].reserve(table.rows());
    for (size_t row = 0; row < table.rows(); ++row) {
      std::string id = inputs[s].id_column < 0 ? inputs[s].number(row) : table.column(static_cast<size_t>(inputs[s].id_column)).to_text(row);
      uint32_t next = static_cast<uint32_t>(out.ids_.size());
      if (id.empty()) {
        id = inputs[s].number(row);
      } else if (inputs[s].id_column >= 0) {
        auto [at, fresh] = seen.try_emplace(id, next);
        if (!fresh) {
          record_of[s].push_back(at->second);
          continue;
        }
      }
      record_of[s].push_back(next);
      out.ids_.push_back(std::move(id));
      out.source_of_.push_back(static_cast<uint8_t>(s));
    }
    out.sources_.push_back({inputs[s].name, first, static_cast<uint32_t>(out.ids_.size()) - first, {}});
    for (const table::Column& column : table.columns()) out.sources_.back().columns.push_back(column.name());
    if (out.ids_.size() > kMaxRecords) return Error(ErrorCode::kTooLarge, "more than 50,000,000 records; link the files in parts");
  }
  for (const FieldPlan& plan : out.plans_) {
    LinkField field;
    field.name = plan.name;
    field.kind = plan.kind;
    for (size_t s = 0; s < inputs.size(); ++s) {
      if (plan.columns[s].size() == 1) field.headers.push_back(inputs[s].table->column(static_cast<size_t>(plan.columns[s][0])).name());
    }
    field.order = plan.order;
    field.zero_is_missing = plan.zero_is_missing;
    field.identifying = plan.identifying;
    out.fields_.push_back(std::move(field));
  }
  out.key_fields_.assign(inputs.size(), -1);
  for (size_t f = 0; f < out.plans_.size(); ++f) {
    for (size_t s = 0; s < inputs.size(); ++s) {
      if (inputs[s].id_column >= 0 && out.plans_[f].columns[s] == std::vector<int>{inputs[s].id_column}) out.key_fields_[s] = static_cast<int>(f);
    }
  }
  out.codes_.assign(out.size() * out.fields_.size(), 0);
  by_turns(out.fields_.size(), [&](size_t f) { out.encode(f, inputs, record_of); });
  return out;
}

}  // namespace furrow::identity
