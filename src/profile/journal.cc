#include "profile/journal.h"

#include <algorithm>
#include <bit>

#include "base/cut_text.h"
#include "profile/program.h"

namespace furrow::profile {
namespace {

constexpr size_t kFewTexts = 16;  // that are looked through one by one
constexpr uint16_t kMaxWidth = 64;  // words: more than kMaxSelectors and kMaxColumns need

// Room for `more` elements, growing by a quarter: journals are many and mostly small.
template <class T>
void make_room(std::vector<T>& list, size_t more) {
  size_t needed = list.size() + more;
  if (needed > list.capacity()) list.reserve(std::max(needed, list.capacity() + list.capacity() / 4));
}

template <class T>
void release_room(std::vector<T>& list) {
  if (list.capacity() > 2 * list.size()) list.shrink_to_fit();
}

size_t popcount(std::span<const uint64_t> words) {
  size_t n = 0;
  for (uint64_t word : words) n += static_cast<size_t>(std::popcount(word));
  return n;
}

uint64_t zigzag(int64_t v) { return static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63); }
int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

}  // namespace

const Cell* Journal::Entry::cell(size_t column) const {
  const uint64_t* bits = words_ + 2 + selector_words_;
  size_t word = column / 64;
  if (!(bits[word] >> (column % 64) & 1)) return nullptr;
  size_t rank = static_cast<size_t>(std::popcount(bits[word] & ((uint64_t{1} << (column % 64)) - 1)));
  return bits + column_words_ + rank + popcount({bits, word});
}

size_t Journal::count_before(Time time) const {
  auto at = std::partition_point(offsets_.begin(), offsets_.end(),
                                 [&](uint32_t offset) { return static_cast<int64_t>(words_[offset]) < time.micros; });
  return static_cast<size_t>(at - offsets_.begin());
}

std::span<Cell> Journal::cells(size_t index) {
  size_t first = offsets_[index] + 2u + selector_words_ + column_words_;
  return {words_.data() + first, entry_end(index) - first};
}

uint16_t Journal::origin_index(ProfileId origin) {
  auto at = std::find(origins_.begin(), origins_.end(), origin);
  if (at == origins_.end()) {
    if (origins_.size() == kMaxOrigins) return kMaxOrigins - 1;
    at = origins_.insert(at, origin);
  }
  return static_cast<uint16_t>(at - origins_.begin());
}

// A text is in the pool once, so that equal texts are equal cells.
Cell Journal::intern(std::string_view text) {
  text = cut_text(text, kMaxJournalTextBytes);
  if (texts_.size() <= kFewTexts) {
    for (size_t i = texts_.size(); i-- > 0;) {
      if (texts_[i] == text) return text_cell(static_cast<uint32_t>(i));
    }
    make_room(texts_, 1);
    texts_.emplace_back(text);
    return text_cell(static_cast<uint32_t>(texts_.size() - 1));
  }
  if (text_slots_.size() < 2 * (texts_.size() + 1)) index_texts();
  const size_t slot = text_slot(text);
  if (text_slots_[slot] == 0) {
    make_room(texts_, 1);
    texts_.emplace_back(text);
    text_slots_[slot] = static_cast<uint32_t>(texts_.size());
  }
  return text_cell(text_slots_[slot] - 1);
}

size_t Journal::text_slot(std::string_view text) const {
  const size_t mask = text_slots_.size() - 1;
  size_t slot = hash64(text) & mask;
  while (text_slots_[slot] != 0 && texts_[text_slots_[slot] - 1] != text) slot = (slot + 1) & mask;
  return slot;
}

void Journal::index_texts() {
  text_slots_.assign(std::bit_ceil(2 * (texts_.size() + 1) + texts_.size() / 2), 0);
  for (size_t i = 0; i < texts_.size(); ++i) text_slots_[text_slot(texts_[i])] = static_cast<uint32_t>(i + 1);
}

void Journal::build_words(const JournalEntry& entry, ProfileId origin, std::vector<uint64_t>& words) {
  words.clear();
  words.push_back(static_cast<uint64_t>(entry.time.micros));
  words.push_back(static_cast<uint64_t>(origin_index(origin)) << kPositionBits | (entry.position.value & kPositionMask));
  words.insert(words.end(), entry.selectors.begin(), entry.selectors.end());
  words.insert(words.end(), entry.columns.begin(), entry.columns.end());
  for (Cell cell : entry.cells) words.push_back(is_text_cell(cell) ? intern(entry.texts[text_index(cell)]) : cell);
}

// Sorted by time, then log position, whatever the order of arrival.
void Journal::insert_words(std::span<const uint64_t> words) {
  auto earlier = [&](uint32_t offset) {
    int64_t time = static_cast<int64_t>(words_[offset]), other = static_cast<int64_t>(words[0]);
    return time != other ? time < other : (words_[offset + 1] & kPositionMask) <= (words[1] & kPositionMask);
  };
  make_room(words_, words.size());
  make_room(offsets_, 1);
  if (offsets_.empty() || earlier(offsets_.back())) {
    offsets_.push_back(static_cast<uint32_t>(words_.size()));
    words_.insert(words_.end(), words.begin(), words.end());
    return;
  }
  auto at = std::partition_point(offsets_.begin(), offsets_.end(), earlier);
  uint32_t offset = *at;
  words_.insert(words_.begin() + offset, words.begin(), words.end());
  for (auto later = at; later != offsets_.end(); ++later) *later += static_cast<uint32_t>(words.size());
  offsets_.insert(at, offset);
}

void Journal::add(const FeatureProgram& program, const JournalEntry& entry, ProfileId origin) {
  selector_words_ = static_cast<uint16_t>(program.selector_words());
  column_words_ = static_cast<uint16_t>(program.column_words());
  thread_local std::vector<uint64_t> words;
  build_words(entry, origin, words);
  if (entry.time >= folded_before_) return insert_words(words);
  Entry late(words.data(), selector_words_, column_words_);
  Folded& folded = folded_of(program, static_cast<uint16_t>(late.origin()));
  program.accumulate_lifetime(late, folded.states);
  ++folded.entries;
}

void Journal::append(const FeatureProgram& program, const JournalEntry& entry, ProfileId origin) {
  selector_words_ = static_cast<uint16_t>(program.selector_words());
  column_words_ = static_cast<uint16_t>(program.column_words());
  thread_local std::vector<uint64_t> words;
  build_words(entry, origin, words);
  make_room(words_, words.size());
  make_room(offsets_, 1);
  offsets_.push_back(static_cast<uint32_t>(words_.size()));
  words_.insert(words_.end(), words.begin(), words.end());
}

void Journal::sort() {
  auto key = [&](uint32_t offset) { return std::pair(static_cast<int64_t>(words_[offset]), words_[offset + 1] & kPositionMask); };
  auto earlier = [&](uint32_t a, uint32_t b) { return key(a) < key(b); };
  if (std::is_sorted(offsets_.begin(), offsets_.end(), earlier)) return;
  std::vector<uint32_t> order = offsets_;
  std::stable_sort(order.begin(), order.end(), earlier);
  std::vector<uint64_t> words;
  words.reserve(words_.size());
  for (uint32_t& offset : order) {
    const uint64_t* from = words_.data() + offset;
    const uint64_t* columns = from + 2 + selector_words_;
    const size_t length = 2u + selector_words_ + column_words_ + popcount({columns, column_words_});
    offset = static_cast<uint32_t>(words.size());
    words.insert(words.end(), from, from + length);
  }
  words_ = std::move(words);
  offsets_ = std::move(order);
}

void Journal::advance(const FeatureProgram& program, Time watermark) {
  watermark_ = std::max(watermark_, watermark);
  if (size() < fold_at_) return;
  Time border = watermark_ - program.longest_window() - kLateness;
  if (count_before(border) * 4 >= size()) fold(program, border);
  if (size() >= kMaxEntries) {
    Time oldest_kept = entry(size() / 4).time();
    bool all_at_once = oldest_kept == entry(0).time();
    fold(program, all_at_once ? oldest_kept + microseconds(1) : oldest_kept);
  }
  fold_at_ = static_cast<uint32_t>(std::min(kMaxEntries, std::max(kFirstFold, size() + size() / 2)));
}

void Journal::fold(const FeatureProgram& program, Time border) {
  fold_first(program, count_before(border));
  folded_before_ = std::max(folded_before_, border);
}

void Journal::fold_first(const FeatureProgram& program, size_t count) {
  if (count == 0) return;
  Folded* folded = nullptr;
  for (size_t i = 0; i < count; ++i) {
    Entry old = entry(i);
    if (!folded || folded->origin != old.origin()) folded = &folded_of(program, static_cast<uint16_t>(old.origin()));
    program.accumulate_lifetime(old, folded->states);
    ++folded->entries;
  }
  uint32_t removed = static_cast<uint32_t>(entry_end(count - 1));
  words_.erase(words_.begin(), words_.begin() + removed);
  offsets_.erase(offsets_.begin(), offsets_.begin() + static_cast<ptrdiff_t>(count));
  for (uint32_t& offset : offsets_) offset -= removed;
  release_room(words_);
  release_room(offsets_);
  drop_unused_texts();
}

Journal::Folded& Journal::folded_of(const FeatureProgram& program, uint16_t origin) {
  auto at = std::lower_bound(folded_.begin(), folded_.end(), origin, [](const Folded& f, uint16_t o) { return f.origin < o; });
  if (at == folded_.end() || at->origin != origin) at = folded_.insert(at, {origin, 0, program.lifetime_states()});
  return *at;
}

template <class Visit>
void Journal::for_each_text_cell(Visit&& visit) {
  for (size_t i = 0; i < size(); ++i) {
    for (Cell& cell : cells(i)) {
      if (is_text_cell(cell)) visit(cell);
    }
  }
  for (Folded& folded : folded_) {
    folded.states.for_each_cell([&](Cell& cell) {
      if (is_text_cell(cell)) visit(cell);
    });
  }
}

void Journal::drop_unused_texts() {
  if (texts_.empty()) return;
  constexpr uint32_t kUnused = UINT32_MAX;
  std::vector<uint32_t> renamed(texts_.size(), kUnused);
  std::vector<std::string> kept;
  for_each_text_cell([&](Cell& cell) {
    uint32_t& index = renamed[text_index(cell)];
    if (index == kUnused) {
      index = static_cast<uint32_t>(kept.size());
      kept.push_back(std::move(texts_[text_index(cell)]));
    }
    cell = text_cell(index);
  });
  texts_ = std::move(kept);
  text_slots_ = {};
}

// Two sorted lists into one, in time linear in both.
void Journal::interleave(const Journal& other) {
  std::vector<uint64_t> words;
  std::vector<uint32_t> offsets;
  words.reserve(words_.size() + other.words_.size());
  offsets.reserve(size() + other.size());
  for (size_t mine = 0, theirs = 0; mine < size() || theirs < other.size();) {
    auto key = [](const Entry& e) { return std::pair(e.time(), e.position()); };
    bool take_mine = theirs == other.size() || (mine < size() && key(entry(mine)) <= key(other.entry(theirs)));
    const Journal& from = take_mine ? *this : other;
    size_t index = take_mine ? mine++ : theirs++;
    offsets.push_back(static_cast<uint32_t>(words.size()));
    words.insert(words.end(), from.words_.begin() + from.offsets_[index], from.words_.begin() + static_cast<ptrdiff_t>(from.entry_end(index)));
  }
  words_ = std::move(words);
  offsets_ = std::move(offsets);
}

void Journal::merge(Journal&& other) {
  watermark_ = std::max(watermark_, other.watermark_);
  folded_before_ = std::max(folded_before_, other.folded_before_);
  if (other.size() == 0 && other.folded_.empty()) return;
  if (size() == 0 && folded_.empty()) {
    other.watermark_ = watermark_;
    other.folded_before_ = folded_before_;
    *this = std::move(other);
    return;
  }
  std::vector<uint16_t> origin_of;
  for (ProfileId origin : other.origins_) origin_of.push_back(origin_index(origin));
  std::vector<Cell> renamed;
  for (const std::string& text : other.texts_) renamed.push_back(intern(text));
  other.for_each_text_cell([&](Cell& cell) { cell = renamed[text_index(cell)]; });

  for (uint32_t offset : other.offsets_) {
    uint64_t& word = other.words_[offset + 1];
    word = static_cast<uint64_t>(origin_of[word >> kPositionBits]) << kPositionBits | (word & kPositionMask);
  }
  interleave(other);
  for (Folded& theirs : other.folded_) {
    theirs.origin = origin_of[theirs.origin];
    auto at = std::lower_bound(folded_.begin(), folded_.end(), theirs.origin, [](const Folded& f, uint16_t o) { return f.origin < o; });
    if (at != folded_.end() && at->origin == theirs.origin) {
      at->states.merge(theirs.states);
      at->entries += theirs.entries;
    } else {
      folded_.insert(at, std::move(theirs));
    }
  }
  fold_at_ = std::min(fold_at_, other.fold_at_);
  other = {};
}

Journal Journal::take_out(const std::function<bool(ProfileId)>& leaves) {
  Journal out;
  out.texts_ = texts_;
  out.origins_ = origins_;
  out.watermark_ = watermark_;
  out.folded_before_ = folded_before_;
  out.fold_at_ = fold_at_;
  out.selector_words_ = selector_words_;
  out.column_words_ = column_words_;
  std::vector<bool> goes;
  for (ProfileId origin : origins_) goes.push_back(leaves(origin));
  std::vector<uint64_t> words;
  std::vector<uint32_t> offsets;
  for (size_t i = 0; i < size(); ++i) {
    bool moves = goes[entry(i).origin()];
    auto& to = moves ? out.words_ : words;
    (moves ? out.offsets_ : offsets).push_back(static_cast<uint32_t>(to.size()));
    to.insert(to.end(), words_.begin() + offsets_[i], words_.begin() + static_cast<ptrdiff_t>(entry_end(i)));
  }
  words_ = std::move(words);
  offsets_ = std::move(offsets);
  std::vector<Folded> stay;
  for (Folded& folded : folded_) (goes[folded.origin] ? out.folded_ : stay).push_back(std::move(folded));
  folded_ = std::move(stay);
  for (Journal* journal : {this, &out}) {
    journal->drop_unused_texts();
    journal->drop_unused_origins();
  }
  return out;
}

// In their order, so that the folded states stay sorted by origin.
void Journal::drop_unused_origins() {
  std::vector<bool> used(origins_.size());
  for (size_t i = 0; i < size(); ++i) used[entry(i).origin()] = true;
  for (const Folded& folded : folded_) used[folded.origin] = true;
  std::vector<uint16_t> renamed(origins_.size());
  std::vector<ProfileId> kept;
  for (size_t i = 0; i < origins_.size(); ++i) {
    renamed[i] = static_cast<uint16_t>(kept.size());
    if (used[i]) kept.push_back(origins_[i]);
  }
  for (uint32_t offset : offsets_) {
    uint64_t& word = words_[offset + 1];
    word = static_cast<uint64_t>(renamed[word >> kPositionBits]) << kPositionBits | (word & kPositionMask);
  }
  for (Folded& folded : folded_) folded.origin = renamed[folded.origin];
  origins_ = std::move(kept);
}

uint64_t Journal::folded_entries() const {
  uint64_t n = 0;
  for (const Folded& folded : folded_) n += folded.entries;
  return n;
}

Time Journal::exact_from(const FeatureProgram& program) const {
  return folded_before_.micros == INT64_MIN ? folded_before_ : folded_before_ + program.longest_window();
}

size_t Journal::bytes() const {
  size_t total = words_.capacity() * sizeof(uint64_t) + offsets_.capacity() * sizeof(uint32_t) +
                 texts_.capacity() * sizeof(std::string) + text_slots_.capacity() * sizeof(uint32_t) + origins_.capacity() * sizeof(ProfileId) + folded_.capacity() * sizeof(Folded);
  for (const std::string& text : texts_) total += text.capacity() > 15 ? text.capacity() + 1 : 0;
  for (const Folded& folded : folded_) total += folded.states.bytes();
  return total;
}

void Journal::encode(ByteWriter& out) const {
  out.varint(selector_words_);
  out.varint(column_words_);
  out.varint(fold_at_);
  out.i64(watermark_.micros);
  out.i64(folded_before_.micros);
  out.varint(origins_.size());
  for (ProfileId origin : origins_) out.u64(origin.value);
  out.varint(texts_.size());
  for (const std::string& text : texts_) out.bytes(text);
  out.varint(folded_.size());
  for (const Folded& folded : folded_) {
    out.varint(folded.origin);
    out.varint(folded.entries);
    folded.states.encode(out);
  }
  out.varint(size());
  int64_t time = 0;
  uint64_t position = 0;
  for (size_t i = 0; i < size(); ++i) {
    Entry e = entry(i);
    out.varint(zigzag(e.time().micros - time));
    out.varint(zigzag(static_cast<int64_t>(e.position() - position)));
    out.varint(e.origin());
    time = e.time().micros;
    position = e.position();
    size_t bits = 2u + selector_words_ + column_words_;
    for (size_t w = 2; w < bits; ++w) out.varint(words_[offsets_[i] + w]);
    for (size_t w = offsets_[i] + bits; w < entry_end(i); ++w) out.u64(words_[w]);
  }
}

bool Journal::decode_entries(ByteReader& in, size_t count) {
  int64_t time = INT64_MIN / 4;
  int64_t before = 0;
  uint64_t position = 0;
  for (; count > 0 && in.ok(); --count) {
    offsets_.push_back(static_cast<uint32_t>(words_.size()));
    before += unzigzag(in.varint());
    if (before < time) return false;
    time = before;
    position += static_cast<uint64_t>(unzigzag(in.varint()));
    uint64_t origin = in.varint();
    if (origin >= origins_.size() || position > kPositionMask) return false;
    words_.push_back(static_cast<uint64_t>(time));
    words_.push_back(origin << kPositionBits | position);
    for (uint16_t w = 0; w < selector_words_; ++w) words_.push_back(in.varint());
    size_t cells = 0;
    for (uint16_t w = 0; w < column_words_; ++w) {
      words_.push_back(in.varint());
      cells += static_cast<size_t>(std::popcount(words_.back()));
    }
    for (; cells > 0 && in.ok(); --cells) words_.push_back(in.u64());
  }
  return in.ok();
}

Result<Journal> Journal::decode(ByteReader& in) {
  const Error torn(ErrorCode::kStorageCorrupt, "a stored journal does not decode; rebuild the views from the log");
  Journal journal;
  uint64_t selector_words = in.varint(), column_words = in.varint();
  if (selector_words > kMaxWidth || column_words > kMaxWidth) return torn;
  journal.selector_words_ = static_cast<uint16_t>(selector_words);
  journal.column_words_ = static_cast<uint16_t>(column_words);
  journal.fold_at_ = static_cast<uint32_t>(in.varint());
  journal.watermark_.micros = in.i64();
  journal.folded_before_.micros = in.i64();
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) journal.origins_.push_back({in.u64()});
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) journal.texts_.emplace_back(in.bytes());
  for (uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    Folded folded;
    folded.origin = static_cast<uint16_t>(in.varint());
    folded.entries = in.varint();
    folded.states.decode(in);
    if (folded.origin >= journal.origins_.size()) return torn;
    journal.folded_.push_back(std::move(folded));
  }
  uint64_t count = in.varint();
  if (!in.ok() || count > in.remaining()) return torn;
  journal.offsets_.reserve(count);
  if (!journal.decode_entries(in, count)) return torn;
  bool good = true;
  journal.for_each_text_cell([&](Cell& cell) { good = good && text_index(cell) < journal.texts_.size(); });
  if (!good) return torn;
  return journal;
}

}  // namespace furrow::profile
