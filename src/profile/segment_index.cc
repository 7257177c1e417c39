#include "profile/segment_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <thread>

namespace furrow::profile {
namespace {

constexpr size_t kMaxThreads = 4;
constexpr size_t kTriedRows = 256;     // of a block, until it is clear whether answers repeat
constexpr size_t kMaxRemembered = 4;  // columns; more of them rarely repeat together

// Answers by the values that were asked about: most people have the same few counts, and then nothing need be evaluated again.
// Direct-mapped; of one rule, over one block of people.
class AnswerMemo {
 public:
  explicit AnswerMemo(size_t columns) : columns_(columns), keys_(kPlaces * columns), answers_(kPlaces, kUnknown) {}
  // The place of these values, one bit pattern a column. `known`: whether its answer is theirs.
  size_t find(const std::vector<uint64_t>& bits, bool& known) const {
    uint64_t hash = 0;
    for (uint64_t b : bits) hash = (hash ^ b ^ (b >> 32)) * 0x9E3779B97F4A7C15u;
    const size_t place = hash >> (64 - kBits);
    known = answers_[place] != kUnknown && std::equal(bits.begin(), bits.end(), keys_.begin() + static_cast<std::ptrdiff_t>(place * columns_));
    return place;
  }
  bool answer(size_t place) const { return answers_[place] == 1; }
  void keep(size_t place, const std::vector<uint64_t>& bits, bool answer) {
    std::copy(bits.begin(), bits.end(), keys_.begin() + static_cast<std::ptrdiff_t>(place * columns_));
    answers_[place] = answer ? 1 : 0;
  }

 private:
  static constexpr int kBits = 10;
  static constexpr size_t kPlaces = size_t{1} << kBits;
  static constexpr uint8_t kUnknown = 2;
  const size_t columns_;
  std::vector<uint64_t> keys_;
  std::vector<uint8_t> answers_;
};

// The JSON of a feature that may be a text: a text, a list, or a number.
std::string json_of(const FeatureValue& value) {
  std::string json;
  JsonWriter writer(json);
  value.text.empty() ? writer.number(value.number) : writer.text(value.text);
  return json;
}

}  // namespace

double SegmentIndex::Dictionary::code(const std::string& value) {
  if (const auto at = codes.find(value); at != codes.end()) return at->second;
  if (json.size() >= kMaxIndexedTexts) {
    full = true;
    return NAN;
  }
  // A profile reads its trait's JSON as a Value: the same reading here, once.
  Profile reader;
  reader.traits.emplace_back("v", Trait{value, {}, {}, {}, {}});
  texts.emplace_back();
  const Value read = reader.trait_value("v", texts.back());
  if (read.is_text()) texts.back() = std::string(read.text());
  values.push_back(read.is_text() ? Value(std::string_view(texts.back())) : read);
  json.push_back(value);
  codes.emplace(json.back(), static_cast<uint32_t>(json.size() - 1));
  return static_cast<double>(json.size() - 1);
}

SegmentIndex::SegmentIndex(std::shared_ptr<const FeatureProgram> program, PersonNumbers& numbers)
    : program_(std::move(program)), numbers_(numbers), features_(program_->size()), numbers_read_(program_->size()) {
  for (size_t f = 0; f < features_.size(); ++f) {
    if (program_->definitions()[f].result() != ResultKind::kNumber) features_[f].dictionary = std::make_unique<Dictionary>();
  }
}

void SegmentIndex::put(const Profile& profile, Time as_of) {
  values_read_ = program_->read(profile.journal, as_of);
  const uint32_t person = numbers_.number(profile.id);
  std::unique_lock lock(mutex_);
  put_features(person, values_read_);
  for (auto& [name, column] : traits_) {
    const Trait* trait = profile.trait(name);
    column.values.set(person, trait && !trait->value.empty() && trait->value != "null" ? column.dictionary->code(trait->value) : NAN);
  }
  for (const auto& [name, trait] : profile.traits) {
    if (trait.value.empty() || trait.value == "null" || traits_.contains(name)) continue;
    if (traits_.size() == kMaxIndexedTraits) {
      traits_left_out_ = true;
      continue;
    }
    Column& column = traits_[name];
    column.dictionary = std::make_unique<Dictionary>();
    column.values.set(person, column.dictionary->code(trait.value));
  }
}

void SegmentIndex::put_values(ProfileId id, const std::vector<FeatureValue>& values) {
  const uint32_t person = numbers_.number(id);
  std::unique_lock lock(mutex_);
  put_features(person, values);
}

// With the lock held.
void SegmentIndex::put_features(uint32_t person, const std::vector<FeatureValue>& values) {
  alive_.add(person);
  end_ = std::max(end_, person + 1);
  for (size_t f = 0; f < features_.size(); ++f) {
    const FeatureValue& value = values[f];
    Column& column = features_[f];
    column.values.set(person, value.missing ? NAN : column.dictionary ? column.dictionary->code(json_of(value)) : value.number);
  }
}

void SegmentIndex::remove(ProfileId id) {
  const auto person = numbers_.find(id);
  if (!person) return;
  std::unique_lock lock(mutex_);
  alive_.remove(*person);
}

uint64_t SegmentIndex::people() const {
  std::shared_lock lock(mutex_);
  return alive_.cardinality();
}

// With the lock held. A column is null for a trait that nobody has.
void SegmentIndex::match_block(const Expression& rule, std::span<const Column* const> columns, size_t block, std::vector<uint32_t>& out) const {
  thread_local std::vector<std::array<double, ValueColumn::kBlock>> read;
  read.resize(std::max(read.size(), columns.size()));
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c]) columns[c]->values.read(block, read[c].data());
  }
  std::vector<Value> slots(columns.size());
  auto ask = [&](size_t i) {
    for (size_t c = 0; c < columns.size(); ++c) {
      if (!columns[c]) continue;
      const double value = read[c][i];
      if (std::isnan(value)) slots[c] = Value();
      else slots[c] = columns[c]->dictionary ? columns[c]->dictionary->values[static_cast<size_t>(value)] : Value(value);
    }
    return rule.matches(slots);
  };
  const size_t begin = block * ValueColumn::kBlock, rows = std::min<size_t>(end_ - begin, ValueColumn::kBlock);
  size_t i = 0;
  // Sums of money differ from person to person: where the first rows repeat little, remembering costs more than it saves.
  if (columns.size() <= kMaxRemembered) {
    std::vector<uint64_t> bits(columns.size());
    AnswerMemo memo(columns.size());
    for (size_t repeated = 0; i < rows && (i < kTriedRows || repeated >= kTriedRows / 2); ++i) {
      for (size_t c = 0; c < columns.size(); ++c) bits[c] = columns[c] ? std::bit_cast<uint64_t>(read[c][i]) : 0;
      bool known = false;
      const size_t place = memo.find(bits, known);
      if (!known) memo.keep(place, bits, ask(i));
      else if (i < kTriedRows) ++repeated;
      if (memo.answer(place)) out.push_back(static_cast<uint32_t>(begin + i));
    }
  }
  for (; i < rows; ++i) {
    if (ask(i)) out.push_back(static_cast<uint32_t>(begin + i));
  }
}

Result<Roaring> SegmentIndex::match(const Expression& rule, const std::vector<RuleOperand>& operands, const SegmentIndex* tried) const {
  std::shared_lock lock(mutex_);
  std::vector<const Column*> columns;
  for (const RuleOperand& operand : operands) {
    if (operand.trait.empty() && operand.feature >= features_.size()) {
      FURROW_ASSERT(tried && operand.feature - features_.size() < tried->features_.size());
      columns.push_back(&tried->features_[operand.feature - features_.size()]);
      continue;
    }
    const auto trait = operand.trait.empty() ? traits_.end() : traits_.find(operand.trait);
    columns.push_back(operand.trait.empty() ? &features_[operand.feature] : trait == traits_.end() ? nullptr : &trait->second);
    const std::string& name = operand.trait.empty() ? program_->definitions()[operand.feature].name : operand.trait;
    if (!columns.back() && traits_left_out_) {
      return Error(ErrorCode::kTooLarge, fmt::format("there are more than {} traits, and \"{}\" is not among those that can be previewed", kMaxIndexedTraits, name));
    }
    if (columns.back() && columns.back()->dictionary && columns.back()->dictionary->full) {
      return Error(ErrorCode::kTooLarge, fmt::format("\"{}\" has more than {} different values: a rule over it cannot be previewed", name, kMaxIndexedTexts));
    }
  }
  const size_t blocks = (end_ + ValueColumn::kBlock - 1) / ValueColumn::kBlock;
  const size_t threads = std::min({kMaxThreads, std::max<size_t>(1, std::thread::hardware_concurrency()), blocks});
  std::atomic<size_t> next{0};
  std::vector<std::vector<uint32_t>> found(std::max<size_t>(1, threads));
  auto work = [&](size_t thread) {
    for (size_t block = next++; block < blocks; block = next++) match_block(rule, columns, block, found[thread]);
  };
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(work, thread);
  if (blocks > 0) work(0);
  for (std::thread& other : others) other.join();
  Roaring matched;
  for (const auto& part : found) matched.addMany(part.size(), part.data());
  return matched & alive_;
}

std::vector<TraitSummary> SegmentIndex::traits(size_t values) const {
  std::shared_lock lock(mutex_);
  std::vector<TraitSummary> out;
  for (const auto& [name, column] : traits_) {
    std::vector<uint64_t> counts(column.dictionary->json.size());
    TraitSummary summary{name, 0, 0, {}};
    for (uint32_t person : alive_) {
      const double code = column.values.get(person);
      if (std::isnan(code)) continue;
      ++counts[static_cast<size_t>(code)];
      ++summary.people;
    }
    std::vector<uint32_t> order;
    for (uint32_t code = 0; code < counts.size(); ++code) {
      if (counts[code] > 0) order.push_back(code);
    }
    summary.distinct = order.size();
    const size_t shown = std::min(values, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                      [&](uint32_t a, uint32_t b) { return counts[a] != counts[b] ? counts[a] > counts[b] : a < b; });
    for (size_t i = 0; i < shown; ++i) summary.values.emplace_back(column.dictionary->json[order[i]], counts[order[i]]);
    out.push_back(std::move(summary));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.people > b.people; });
  return out;
}

size_t SegmentIndex::bytes() const {
  std::shared_lock lock(mutex_);
  size_t total = 0;
  auto add = [&](const Column& column) {
    total += column.values.bytes();
    if (!column.dictionary) return;
    for (const std::string& text : column.dictionary->json) total += 24 + 3 * sizeof(std::string) + 2 * text.capacity();
  };
  for (const Column& column : features_) add(column);
  for (const auto& [name, column] : traits_) add(column);
  return total;
}

}  // namespace furrow::profile
