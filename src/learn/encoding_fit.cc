// How an encoder is learnt, and kept as JSON.
#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_set>

#include "learn/encoding.h"
#include "learn/naming_numbers.h"
#include "learn/target_rates.h"
#include "learn/words.h"

namespace furrow::learn {
namespace {

constexpr double kIdentifierShare = 0.5;  // more different values than this share of the rows: an identifier or free text
constexpr size_t kIdentifierRows = 50;
constexpr std::string_view kMethods[] = {"number", "time", "binary", "one_hot", "target_rate", "ordered", "words", "named"};
constexpr std::string_view kKinds[] = {"number", "text", "time"};

struct LevelCount {
  int32_t code;
  size_t rows;
};

// Levels met in the chosen rows, the most frequent first, ties by name so that the order does not hang on the file's.
std::vector<LevelCount> count_levels(const Column& column, const std::vector<uint32_t>& rows, size_t& present) {
  std::vector<size_t> count(column.levels.size(), 0);
  present = 0;
  for (uint32_t row : rows) {
    if (column.missing(row)) continue;
    ++count[static_cast<size_t>(column.codes[row])];
    ++present;
  }
  std::vector<LevelCount> levels;
  for (size_t code = 0; code < count.size(); ++code) {
    if (count[code] > 0) levels.push_back({static_cast<int32_t>(code), count[code]});
  }
  std::sort(levels.begin(), levels.end(), [&](const LevelCount& a, const LevelCount& b) {
    if (a.rows != b.rows) return a.rows > b.rows;
    return column.levels[static_cast<size_t>(a.code)] < column.levels[static_cast<size_t>(b.code)];
  });
  return levels;
}

bool is_text(const Column& column, const std::vector<LevelCount>& levels) {
  std::vector<std::string_view> texts;
  for (const LevelCount& level : levels) texts.push_back(column.levels[static_cast<size_t>(level.code)]);
  return looks_like_text(texts);
}

// Whole numbers that name what several rows have to do with; see naming_numbers.h.
bool names_things(const Column& column, const std::vector<uint32_t>& rows, const std::vector<float>& labels) {
  if (column.kind != ColumnKind::kNumber || rows.size() < kIdentifierRows || !is_called_an_id(column.name)) return false;
  std::unordered_set<double> different;
  for (uint32_t row : rows) {
    if (column.missing(row)) continue;
    const double x = column.numbers[row];
    if (x != std::floor(x)) return false;
    different.insert(x);
  }
  return different.size() > kOneHotLevels && values_name(column, rows, labels) >= kLeastEvidence;
}

void name_levels(const Column& column, const std::vector<uint32_t>& rows, InputEncoding& input) {
  size_t present = 0;
  auto levels = count_levels(column, rows, present);
  if (levels.size() > kMaxLevels) levels.resize(kMaxLevels);
  for (const LevelCount& level : levels) input.levels.push_back(column.levels[static_cast<size_t>(level.code)]);
  input.name = column.name;
  input.kind = ColumnKind::kText;
  input.method = EncodingMethod::kNamed;
}

// Leaves of levels that all say yes or no the most frequent spelling of each; the others are told by what they say.
void merge_truths(const Column& column, std::vector<LevelCount>& levels) {
  std::vector<LevelCount> first;
  bool met[2] = {false, false};
  for (const LevelCount& level : levels) {
    const auto truth = read_truth(column.levels[static_cast<size_t>(level.code)]);
    if (!truth) return;
    if (met[*truth]) continue;
    met[*truth] = true;
    first.push_back(level);
  }
  levels = std::move(first);
}

// Why a column cannot be used, or nothing and its encoding.
std::optional<std::string> choose(const Column& column, const std::vector<uint32_t>& rows, InputEncoding& input) {
  input.name = column.name;
  input.kind = column.kind;
  if (column.kind == ColumnKind::kText) {
    size_t present = 0;
    auto levels = count_levels(column, rows, present);
    merge_truths(column, levels);
    if (levels.empty()) return "it has no values";
    if (levels.size() == 1 && present == rows.size()) return "it has one value only";
    if (levels.size() >= 3 && Encoder::is_ordered_text(column)) {
      input.method = EncodingMethod::kOrdered;
      return std::nullopt;
    }
    bool own = levels.size() > kOneHotLevels && present >= kIdentifierRows && static_cast<double>(levels.size()) > kIdentifierShare * static_cast<double>(present);
    if (own && is_text(column, levels)) {
      input.method = EncodingMethod::kWords;
      return std::nullopt;
    }
    if (levels.size() > kOneHotLevels && present >= kIdentifierRows &&
        static_cast<double>(levels.size()) > kIdentifierShare * static_cast<double>(present)) {
      return fmt::format("it looks like an identifier: {} different values in {} rows", levels.size(), present);
    }
    if (levels.size() > kMaxLevels) levels.resize(kMaxLevels);
    for (const LevelCount& level : levels) input.levels.push_back(column.levels[static_cast<size_t>(level.code)]);
    if (levels.size() <= 2) std::sort(input.levels.begin(), input.levels.end());
    input.method = levels.size() == 2 ? EncodingMethod::kBinary
                   : levels.size() <= kOneHotLevels ? EncodingMethod::kOneHot : EncodingMethod::kTargetRate;
    return std::nullopt;
  }
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool missing = false, truths = column.kind == ColumnKind::kNumber;
  for (uint32_t row : rows) {
    double x = column.numbers[row];
    if (x != x) { missing = true; continue; }
    truths = truths && (x == 0 || x == 1);
    low = std::min(low, x);
    high = std::max(high, x);
    if (column.kind == ColumnKind::kTime && std::fmod(x, 86400) != 0) input.hours = true;
  }
  if (low > high) return "it has no values";
  if (low == high && !missing) return "it has one value only";
  if (names_rows(column, rows)) return "it only names or counts the rows";
  input.months = column.kind == ColumnKind::kTime;
  input.truths = truths;
  input.method = column.kind == ColumnKind::kTime ? EncodingMethod::kTime : EncodingMethod::kNumber;
  return std::nullopt;
}

// Fills the rates into the encoding, and each row's own, from rows without it, into `held_out`.
void learn_rates(const Column& column, const std::vector<uint32_t>& rows, const std::vector<float>& labels, uint64_t seed, InputEncoding& input,
                 std::vector<float>& held_out) {
  std::unordered_map<std::string_view, int32_t> place;
  for (size_t l = 0; l < input.levels.size(); ++l) place.emplace(input.levels[l], static_cast<int32_t>(l));
  std::vector<int32_t> level_of_code(column.levels.size(), -1), level_of;
  for (size_t code = 0; code < level_of_code.size(); ++code) {
    if (auto found = place.find(column.levels[code]); found != place.end()) level_of_code[code] = found->second;
  }
  for (uint32_t row : rows) level_of.push_back(column.missing(row) ? -1 : level_of_code[static_cast<size_t>(column.codes[row])]);
  TargetRates learnt = learn_target_rates(level_of, input.levels.size(), labels, seed, held_out);
  input.prior = learnt.prior;
  input.rates = std::move(learnt.rates);
  input.counts = std::move(learnt.counts);
}

// Fills the words into the encoding, and each row's own number, from a model without the row, into `held_out`.
void learn_words(const Column& column, const std::vector<uint32_t>& rows, const std::vector<float>& labels, uint64_t seed, InputEncoding& input,
                 std::vector<float>& held_out) {
  std::vector<int32_t> text_of_code(column.levels.size(), -1), text_of;
  std::vector<std::string_view> texts;
  for (uint32_t row : rows) {
    if (column.missing(row)) {
      text_of.push_back(-1);
      continue;
    }
    int32_t& text = text_of_code[static_cast<size_t>(column.codes[row])];
    if (text < 0) {
      text = static_cast<int32_t>(texts.size());
      texts.push_back(column.levels[static_cast<size_t>(column.codes[row])]);
    }
    text_of.push_back(text);
  }
  WordModel model = fit_words(texts, text_of, labels, seed, held_out);
  input.levels = std::move(model.words);
  input.rates = std::move(model.weights);
  input.counts = std::move(model.rarity);
  input.prior = model.intercept;
}

Error broken(std::string what) { return Error(ErrorCode::kModelMismatch, "the encoding of the model cannot be read: " + std::move(what)); }

}  // namespace

Result<Encoder> Encoder::learn(const Dataset& data, const std::vector<std::string>& ignored, const std::vector<uint32_t>& rows,
                               const std::vector<float>& labels, uint64_t seed, const Encoder* known, std::vector<OwnNumbers>& own) {
  FURROW_ASSERT(rows.size() == labels.size() && !rows.empty());
  Encoder encoder;
  if (known) encoder.inputs_ = known->inputs_;
  own.clear();
  for (const Column& given : data.columns) {
    if (std::find(ignored.begin(), ignored.end(), given.name) != ignored.end()) continue;
    if (known && std::any_of(known->inputs_.begin(), known->inputs_.end(), [&](const InputEncoding& i) { return i.name == given.name; })) continue;
    InputEncoding input;
    Column names;
    if (names_things(given, rows, labels)) names = as_names(given), name_levels(names, rows, input);
    const Column& column = names.name.empty() ? given : names;
    if (auto reason = input.levels.empty() ? choose(column, rows, input) : std::nullopt) {
      encoder.left_out_.push_back({column.name, *reason});
      continue;
    }
    if (has_rates(input.method)) {
      own.push_back({encoder.inputs_.size(), {}});
      learn_rates(column, rows, labels, seed, input, own.back().numbers);
    } else if (input.method == EncodingMethod::kWords) {
      own.push_back({encoder.inputs_.size(), {}});
      learn_words(column, rows, labels, seed, input, own.back().numbers);
    }
    encoder.inputs_.push_back(std::move(input));
  }
  if (encoder.inputs_.empty()) {
    std::string reasons;
    for (const LeftOut& out : encoder.left_out_) reasons += fmt::format("; '{}': {}", out.name, out.reason);
    return Error(ErrorCode::kInvalidArgument, "no column is left to learn from" + reasons);
  }
  FURROW_TRY(encoder.finish());
  return encoder;
}

Result<Encoder> Encoder::fit(const Dataset& data, const std::vector<std::string>& ignored, const std::vector<uint32_t>& rows,
                             const std::vector<float>& labels, uint64_t seed, Samples* train, const Encoder* known) {
  std::vector<OwnNumbers> own;
  FURROW_ASSIGN(Encoder encoder, learn(data, ignored, rows, labels, seed, known, own));
  if (!train) return encoder;
  FURROW_ASSIGN(*train, encoder.encode(data, rows));
  train->labels = labels;
  for (const OwnNumbers& numbers : own) {
    const size_t first = encoder.inputs_[numbers.input].first_output;
    for (size_t k = 0; k < rows.size(); ++k) {
      float& cell = train->values[k * train->columns + first];
      if (cell == cell) cell = numbers.numbers[k];
    }
  }
  return encoder;
}

void Encoder::write(JsonWriter& json) const {
  json.begin_object().field("version", 1).key("inputs").begin_array();
  for (const InputEncoding& input : inputs_) {
    json.begin_object().field("name", input.name).field("kind", kKinds[static_cast<size_t>(input.kind)]);
    json.field("method", kMethods[static_cast<size_t>(input.method)]);
    if (input.method == EncodingMethod::kTime) json.field("hours", input.hours).field("months", input.months);
    if (input.truths) json.field("truths", true);
    if (!input.levels.empty()) {
      json.key("levels").begin_array();
      for (const auto& level : input.levels) json.text(level);
      json.end_array();
    }
    if (has_rates(input.method) || input.method == EncodingMethod::kWords) {
      json.field("prior", static_cast<double>(input.prior)).key("rates").begin_array();
      for (float rate : input.rates) json.number(rate);
      json.end_array().key("counts").begin_array();
      for (float count : input.counts) json.number(count);
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().key("left_out").begin_array();
  for (const LeftOut& out : left_out_) json.begin_object().field("name", out.name).field("reason", out.reason).end_object();
  json.end_array().end_object();
}

Result<Encoder> Encoder::parse(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (parser.parse(text.data(), text.size()).get(document) != simdjson::SUCCESS) return broken("it is not whole JSON");
  simdjson::dom::array inputs, left_out;
  if (document["inputs"].get(inputs) != simdjson::SUCCESS || document["left_out"].get(left_out) != simdjson::SUCCESS) return broken("it has no inputs");
  auto text_of = [](const simdjson::dom::element& element, const char* name) {
    std::string_view value;
    return element[name].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
  };
  auto place_in = [](const auto& names, std::string_view name) { return std::find(std::begin(names), std::end(names), name) - std::begin(names); };
  Encoder encoder;
  for (simdjson::dom::element element : inputs) {
    InputEncoding input;
    input.name = text_of(element, "name");
    auto kind = place_in(kKinds, text_of(element, "kind")), method = place_in(kMethods, text_of(element, "method"));
    if (input.name.empty() || kind >= 3 || method >= static_cast<ptrdiff_t>(std::size(kMethods))) return broken(fmt::format("input '{}' is of no kind we know", input.name));
    input.kind = static_cast<ColumnKind>(kind);
    input.method = static_cast<EncodingMethod>(method);
    bool of_text = input.method != EncodingMethod::kNumber && input.method != EncodingMethod::kTime;
    if (of_text != (input.kind == ColumnKind::kText)) return broken(fmt::format("the method of input '{}' does not fit its kind", input.name));
    if (element["hours"].get(input.hours) != simdjson::SUCCESS) input.hours = false;
    if (element["months"].get(input.months) != simdjson::SUCCESS) input.months = false;
    if (element["truths"].get(input.truths) != simdjson::SUCCESS) input.truths = false;
    simdjson::dom::array array;
    if (element["levels"].get(array) == simdjson::SUCCESS) {
      for (simdjson::dom::element level : array) {
        std::string_view name;
        if (level.get(name) != simdjson::SUCCESS) return broken("a level is not text");
        input.levels.emplace_back(name);
      }
    }
    auto floats = [&](const char* name, std::vector<float>& out) {
      if (element[name].get(array) != simdjson::SUCCESS) return;
      for (simdjson::dom::element item : array) {
        double value = 0;
        if (item.get(value) == simdjson::SUCCESS) out.push_back(static_cast<float>(value));
      }
    };
    floats("rates", input.rates);
    floats("counts", input.counts);
    double prior = 0;
    if (element["prior"].get(prior) == simdjson::SUCCESS) input.prior = static_cast<float>(prior);
    bool rates_fit = input.rates.size() == input.levels.size() && input.counts.size() == input.levels.size();
    bool rated = has_rates(input.method) || input.method == EncodingMethod::kWords;
    bool levelled = of_text && input.method != EncodingMethod::kOrdered && input.method != EncodingMethod::kWords;
    if ((rated && !rates_fit) || (input.method == EncodingMethod::kBinary && input.levels.size() != 2) ||
        (levelled && input.levels.empty())) {
      return broken(fmt::format("the levels of input '{}' are not whole", input.name));
    }
    encoder.inputs_.push_back(std::move(input));
  }
  if (encoder.inputs_.empty()) return broken("it has no inputs");
  for (simdjson::dom::element element : left_out) encoder.left_out_.push_back({text_of(element, "name"), text_of(element, "reason")});
  FURROW_TRY(encoder.finish());
  return encoder;
}

}  // namespace furrow::learn
