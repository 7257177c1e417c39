// From columns people know to the numbers a forest splits on, the same in training and in every later score.
//
// Numbers stay as they are (NaN missing). Times give days since 1970, weekday (0 Monday), month and, when there are times
// of day, the hour. Text with two levels gives one 0/1 column; text whose levels say an order ("30-40", "f 1000-4999",
// "10+ years") its first number; up to kOneHotLevels levels, one 0/1 column each; sentences, what their words say about
// the target and how many words there are (words.h); other text with more levels, the rate of the target in each level, drawn to the
// overall one as far as the data say (target_rates.h), and the logarithm of its count. In training the rate of a row is taken from rows of other parts, so that a row never sees
// its own label; in scoring from all training rows.
// Numbers that name what several rows have to do with, a store's or a campaign's (naming_numbers.h), are levels like such texts, and stay
// numbers beside.
// Left out, each with a reason: columns with one value or none, text where nearly every row has a value of its own, and
// whole numbers that name or count the rows (all different, and called an id or one more in each row).
// Yes and no, by the words of base/truth.h, are one value each however they are spelled, in training and in scoring: of text whose levels all say one of
// the two, of other text with a single level for each, and of numbers that were only ever 0 and 1 (or true and false).
// Unknown levels: 0 in one-hot columns, the prior rate and no count else. Missing: NaN, in every column of its input.
// Columns are matched by name, in any order; extra ones are ignored. A missing column, or one where most cells are text
// where numbers were, is kModelMismatch naming the column; fewer such cells are missing.
// Threads: immutable after fit or parse. Limits: kMaxLevels levels kept a column (the most frequent), 10,000 outputs.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/value.h"
#include "learn/boosting.h"
#include "learn/dataset.h"

namespace furrow::learn {

inline constexpr size_t kOneHotLevels = 20;
inline constexpr size_t kMaxLevels = 50000;

enum class EncodingMethod { kNumber, kTime, kBinary, kOneHot, kTargetRate, kOrdered, kWords, kNamed };

// Has a smoothed rate of the target and a count for each of its levels, in its first two outputs.
inline bool has_rates(EncodingMethod method) { return method == EncodingMethod::kTargetRate || method == EncodingMethod::kNamed; }

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
};

struct InputEncoding {
  std::string name;
  ColumnKind kind = ColumnKind::kNumber;
  EncodingMethod method = EncodingMethod::kNumber;
  bool hours = false, months = false;     // kTime; months: in models since they are told
  bool truths = false;                    // kNumber: only 0 and 1 in training; in models since they are told
  std::vector<std::string> levels;        // kBinary, kOneHot, kTargetRate, kNamed; kWords: the words
  std::vector<float> rates, counts;       // kTargetRate and kNamed, one a level; kWords: weight and rarity of each word
  float prior = 0;                        // kTargetRate, kNamed; kWords: the intercept
  size_t first_output = 0, outputs = 1;
  std::unordered_map<std::string, int32_t, TextHash, std::equal_to<>> index;  // level -> place
  int32_t no_level = -1, yes_level = -1;  // places of the levels that a word for no and for yes means; -1 none
};

struct LeftOut {
  std::string name, reason;
};

class Encoder {
 public:
  // Of training rows, what an input's first output is in place of what scoring would give: it comes from rows without the row.
  struct OwnNumbers {
    size_t input;
    std::vector<float> numbers;  // one a row; counts where the row's value is there
  };

  // Learns from `rows` of the columns whose names are not in `ignored`; `labels` has one a chosen row. `train`, when
  // given, receives the encoded rows with labels.
  // `known`: inputs and outputs that come first and stay as they are; only columns it does not know are learnt.
  static Result<Encoder> fit(const Dataset& data, const std::vector<std::string>& ignored, const std::vector<uint32_t>& rows,
                             const std::vector<float>& labels, uint64_t seed, Samples* train, const Encoder* known = nullptr);
  // The same without the encoded rows; encoded_rows.h makes them when they are needed.
  static Result<Encoder> learn(const Dataset& data, const std::vector<std::string>& ignored, const std::vector<uint32_t>& rows,
                               const std::vector<float>& labels, uint64_t seed, const Encoder* known, std::vector<OwnNumbers>& own);
  static Result<Encoder> parse(std::string_view json);
  // Text whose levels are told apart by a number they begin with: see above.
  static bool is_ordered_text(const Column& column);
  void write(JsonWriter& json) const;

  const std::vector<InputEncoding>& inputs() const { return inputs_; }
  const std::vector<LeftOut>& left_out() const { return left_out_; }
  size_t outputs() const { return output_names_.size(); }
  const std::vector<std::string>& output_names() const { return output_names_; }
  const std::vector<uint32_t>& output_inputs() const { return output_inputs_; }  // output -> input

  // Chosen rows of a dataset; labels are left empty. All rows when `rows` is empty.
  Result<Samples> encode(const Dataset& data, const std::vector<uint32_t>& rows = {}) const;
  // The cells that hold something which cannot be read as what their column held in training. They count as missing.
  struct Unread {
    std::string input;
    ColumnKind kind;
    size_t cells = 0;
    std::string example;
  };
  std::vector<Unread> unread(const Dataset& data) const;
  // One row: a value for each of inputs(), in that order. Nothing, or what cannot be read as the input's kind, is
  // missing. Text times are ISO 8601; numbers for times are epoch milliseconds. `out`: outputs() floats.
  void encode_row(std::span<const Value> values, float* out) const;
  void encode_value(size_t input, const Value& value, float* out) const;  // writes only that input's outputs

 private:
  friend class EncodedRows;
  // How one column of a dataset feeds one input.
  struct Bound {
    const Column* column;
    std::vector<float> outputs_of_code;  // text columns of text inputs
    std::vector<double> number_of_code;  // text columns where numbers are wanted; NaN where there is none
  };
  Status finish();
  Result<std::vector<Bound>> bind(const Dataset& data) const;
  // The encoded `rows`, null for 0 .. count - 1, one after the other.
  void write_rows(const std::vector<Bound>& bound, const uint32_t* rows, size_t count, float* out) const;

  std::vector<InputEncoding> inputs_;
  std::vector<LeftOut> left_out_;
  std::vector<std::string> output_names_;
  std::vector<uint32_t> output_inputs_;
};

}  // namespace furrow::learn
