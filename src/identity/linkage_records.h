// The records to be linked, ready for comparison: each field's distinct values folded once, each record a row of codes.
//
// A field is a planned group of columns (linkage_columns.h); code 0 means missing. Rows of one source that carry the same
// id are one record: each of its fields is taken from the first row that has it. `prepare` makes a value outside the
// dictionary, for a record that comes later.
// Memory: four bytes a cell, and about 150 bytes and its text a distinct value. Threads: build uses two; read from any.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "identity/linkage_columns.h"
#include "identity/linkage_figures.h"
#include "identity/linkage_strings.h"

namespace furrow::identity {

struct Token {
  uint32_t id = 0;
  float weight = 0;  // natural logarithm of records by records with the token
  std::string_view text;
  uint32_t formal = 0;  // the same for "bob" and "robert"
  bool has_digit = false;
};

struct LinkValue {
  std::string_view text;         // equal texts are the same value
  std::string_view latin;        // ASCII
  const Token* tokens = nullptr; // kText and kName, by id
  uint32_t token_count = 0;
  float norm = 0;                // of the token weights
  uint64_t order_key = 0;        // kName: the same in any order of family and given name
  uint64_t sorted_key = 0;       // kName: the same in any order of words
  double number = 0;             // kNumber
  int32_t day = 0;               // kDate: yyyymmdd; 0 when it is no date
  uint32_t sound = 0;            // kName
  CharacterBag bag;              // of latin; not of kText, kNumber and kDate
  uint32_t formal = 0;           // kName of one word: as in its token
  bool titled = false;           // kName: a form of address was taken off
  uint16_t figure_count = 0;
  const Figure* figures = nullptr;  // kText
};

// Texts and tokens that live as long as the arena.
class LinkArena {
 public:
  std::string_view keep(std::string_view text);
  Token* tokens(size_t count);
  const Figure* keep(const std::vector<Figure>& figures);

 private:
  char* take(size_t bytes);
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t used_ = 0, capacity_ = 0;
};

struct LinkField {
  std::string name;
  std::vector<std::string> headers;  // of its columns in the files
  FieldKind kind = FieldKind::kName;
  DayOrder order = DayOrder::kDayFirst;
  bool zero_is_missing = false, is_year = false, identifying = false;
  std::vector<LinkValue> values;   // by code; [0] is the missing one
  std::vector<uint32_t> counts;    // records by code
  // Few common values, such as gender or province: their number (1 …) by code, else 0. Empty when it is not so.
  std::vector<uint8_t> common;
  size_t common_count = 0;
  std::vector<float> token_weights;  // by token id
  std::unordered_map<std::string_view, uint32_t> token_ids;
  float unseen_weight = 0;
  std::unique_ptr<LinkArena> arena = std::make_unique<LinkArena>();

  double missing_share = 0;
  // Nothing when the value says nothing. Views into `into`.
  bool prepare(std::string_view raw, LinkArena& into, LinkValue& value) const;
  // Finds the words of a prepared value that is not in the dictionary.
  void add_tokens(LinkValue& value, LinkArena& into) const;
};

struct LinkSourceInput {
  std::string name;
  const table::Table* table = nullptr;
  int id_column = -1;
  std::vector<uint64_t> numbers;  // of the rows in their file, from 1; empty: all of it could be read
  std::string number(size_t row) const { return std::to_string(numbers.empty() ? row + 1 : numbers[row]); }
};

struct LinkSource {
  std::string name;
  uint32_t first = 0, count = 0;
  std::vector<std::string> columns;
};

// A record that is none of LinkRecords' own, by field; an empty text is missing. Views into an arena.
inline constexpr uint32_t kUnseenCode = UINT32_MAX;  // of a value that no record has
struct LinkRow {
  int source = -1;  // of LinkRecords::sources(); -1: none of them
  std::vector<LinkValue> values;
  std::vector<uint32_t> codes;  // 0 missing
};

class LinkRecords {
 public:
  // kInvalidFile when two records or more have no column that could be evidence. At most kMaxRecords. A record whose id is missing has its row
  // number.
  static constexpr size_t kMaxRecords = 50'000'000;
  static Result<LinkRecords> build(const std::vector<LinkSourceInput>& inputs, const ColumnChoice& choice);

  // The same with a plan that was made before.
  static Result<LinkRecords> build(const std::vector<LinkSourceInput>& inputs, std::vector<FieldPlan> plans);

  size_t size() const { return ids_.size(); }
  const std::vector<LinkField>& fields() const { return fields_; }
  const std::vector<LinkSource>& sources() const { return sources_; }
  const std::vector<FieldPlan>& plans() const { return plans_; }
  size_t source_of(uint32_t record) const { return source_of_[record]; }
  const std::string& id(uint32_t record) const { return ids_[record]; }
  // The field that holds a source's own ids (another source refers to them); -1 for none. Two records of that source never share it, which
  // says nothing about them.
  int key_field(size_t source) const { return key_fields_[source]; }
  uint32_t code(uint32_t record, size_t field) const { return codes_[record * fields_.size() + field]; }
  const uint32_t* codes(uint32_t record) const { return codes_.data() + record * fields_.size(); }
  const LinkValue& value(uint32_t record, size_t field) const { return fields_[field].values[code(record, field)]; }

 private:
  void encode(size_t field, const std::vector<LinkSourceInput>& inputs, const std::vector<std::vector<uint32_t>>& record_of);
  std::vector<LinkField> fields_;
  std::vector<LinkSource> sources_;
  std::vector<FieldPlan> plans_;
  std::vector<int> key_fields_;
  std::vector<std::string> ids_;
  std::vector<uint8_t> source_of_;
  std::vector<uint32_t> codes_;
};

}  // namespace furrow::identity
