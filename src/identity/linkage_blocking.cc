#include "identity/linkage_blocking.h"

#include <algorithm>
#include <bit>

#include "base/ids.h"
#include "identity/linkage_halves.h"

namespace furrow::identity {
namespace {

constexpr size_t kMostPredicates = 24;
constexpr size_t kMostMatches = 4'000;   // looked at for worth
constexpr size_t kSampledRecords = 60'000;
constexpr size_t kMostInBlock = 1'000;    // larger blocks are left out: the sample of keys did not tell of them
constexpr double kAgain = 0.35;           // worth of finding a match once more
constexpr double kLeastGain = 0.002;

struct Predicate {
  std::string name;
  size_t field = 0;
  std::vector<uint64_t> keys;  // by code; 0 for none
};

struct Rule {
  size_t first = 0, second = 0;  // the same for one predicate
  double pairs = 0;
  std::vector<uint32_t> found;   // likely matches
  bool taken = false;
};

void add_predicate(std::vector<Predicate>& out, const LinkField& field, size_t index, std::string name, auto key) {
  if (out.size() >= kMostPredicates) return;
  Predicate predicate{std::move(name), index, {0}};
  for (size_t code = 1; code < field.values.size(); ++code) predicate.keys.push_back(key(field.values[code]));
  out.push_back(std::move(predicate));
}

std::vector<Predicate> predicates_of(const LinkRecords& records) {
  std::vector<Predicate> out;
  const auto& fields = records.fields();
  auto part = [](std::string_view text, size_t from, size_t size) { return text.size() < from + size ? 0 : hash64(text.substr(from, size)) | 1; };
  for (size_t f = 0; f < fields.size(); ++f) {
    const LinkField& field = fields[f];
    if (field.kind == FieldKind::kText) continue;
    add_predicate(out, field, f, field.name, [](const LinkValue& v) { return hash64(v.text) | 1; });
    if (field.kind == FieldKind::kName && field.common.empty()) {
      add_predicate(out, field, f, field.name + " sound", [](const LinkValue& v) { return v.sound == 0 ? 0 : mix64(v.sound) | 1; });
    } else if (field.kind == FieldKind::kDate) {
      add_predicate(out, field, f, field.name + " year and month", [&](const LinkValue& v) { return part(v.text, 0, 6); });
    } else if (field.kind == FieldKind::kPhone || (field.kind == FieldKind::kIdentifier && field.common.empty())) {
      add_predicate(out, field, f, field.name + " beginning", [&](const LinkValue& v) { return part(v.text, 0, v.text.size() / 2 + 1); });
      add_predicate(out, field, f, field.name + " end", [&](const LinkValue& v) { return part(v.text, v.text.size() / 2, v.text.size() - v.text.size() / 2); });
    }
  }
  return out;
}

// How often each key came; keys are hashes, none of them 0.
class KeyCounts {
 public:
  explicit KeyCounts(size_t expected) : slots_(std::bit_ceil(2 * expected + 2)) {}
  // How often it came before.
  uint32_t add(uint64_t key) {
    if (2 * used_ >= slots_.size()) grow();
    Slot& slot = slot_of(key);
    used_ += slot.key == 0;
    slot.key = key;
    return slot.times++;
  }

 private:
  struct Slot { uint64_t key = 0; uint32_t times = 0; };
  Slot& slot_of(uint64_t key) {
    size_t mask = slots_.size() - 1, at = (key >> 20) & mask;
    while (slots_[at].key != key && slots_[at].key != 0) at = (at + 1) & mask;
    return slots_[at];
  }
  void grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.key != 0) slot_of(slot.key) = slot;
    }
  }
  std::vector<Slot> slots_;
  size_t used_ = 0;
};

class Chooser {
 public:
  Chooser(const LinkRecords& records, const std::vector<ScoredPair>& likely) : records_(records), predicates_(predicates_of(records)) {
    size_t step = std::max<size_t>(1, likely.size() / kMostMatches);
    for (size_t i = 0; i < likely.size(); i += step) matches_.push_back(likely[i]);
    // Both records of which matches agree on each predicate; on a rule of two, those that agree on both.
    std::vector<std::vector<bool>> agree;
    for (const Predicate& predicate : predicates_) {
      std::vector<bool>& here = agree.emplace_back();
      for (const ScoredPair& match : matches_) {
        uint64_t key = predicate.keys[records_.code(match.a, predicate.field)];
        here.push_back(key != 0 && key == predicate.keys[records_.code(match.b, predicate.field)]);
      }
    }
    for (size_t i = 0; i < predicates_.size(); ++i) {
      for (size_t j = i; j < predicates_.size(); ++j) {
        if (i != j && predicates_[i].field == predicates_[j].field) continue;
        Rule rule{.first = i, .second = j, .pairs = 0, .found = {}, .taken = false};
        for (uint32_t m = 0; m < matches_.size(); ++m) {
          if (agree[i][m] && agree[j][m]) rule.found.push_back(m);
        }
        if (rule.found.size() * 4 >= matches_.size()) rules_.push_back(std::move(rule));
      }
    }
    by_turns(rules_.size(), [&](size_t i) { rules_[i].pairs = measured_pairs(rules_[i]); });
  }

  Blocks choose(size_t budget) {
    Blocks out;
    std::vector<double> worth(matches_.size(), 1);
    double spent = 0;
    while (true) {
      double best = 0, best_gain = 0;
      Rule* chosen = nullptr;
      for (Rule& rule : rules_) {
        if (rule.taken || spent + rule.pairs > static_cast<double>(budget)) continue;
        double gain = 0;
        for (uint32_t m : rule.found) gain += worth[m];
        double score = gain / (rule.pairs + 0.05 * static_cast<double>(records_.size()) + 1);
        if (gain >= kLeastGain * static_cast<double>(matches_.size()) && score > best) best = score, best_gain = gain, chosen = &rule;
      }
      if (chosen == nullptr || best_gain <= 0) break;
      chosen->taken = true;
      for (uint32_t m : chosen->found) worth[m] *= kAgain;
      spent += chosen->pairs;
      out.rules.push_back({name_of(*chosen), chosen->pairs, static_cast<double>(chosen->found.size()) / static_cast<double>(matches_.size())});
      collect(*chosen, out.pairs);
    }
    std::sort(out.pairs.begin(), out.pairs.end());
    out.pairs.erase(std::unique(out.pairs.begin(), out.pairs.end()), out.pairs.end());
    return out;
  }

 private:
  uint64_t key_of(const Rule& rule, uint32_t record) const {
    const Predicate &first = predicates_[rule.first], &second = predicates_[rule.second];
    uint64_t x = first.keys[records_.code(record, first.field)];
    if (rule.first == rule.second || x == 0) return x;
    uint64_t y = second.keys[records_.code(record, second.field)];
    return y == 0 ? 0 : mix64(x + 0x9e3779b97f4a7c15ULL * y) | 1;
  }
  std::string name_of(const Rule& rule) const {
    return rule.first == rule.second ? predicates_[rule.first].name : predicates_[rule.first].name + " and " + predicates_[rule.second].name;
  }

  // Over the keys of one share, which come whole, so that their pairs are counted exactly.
  double measured_pairs(const Rule& rule) const {
    uint64_t share = std::max<uint64_t>(1, records_.size() / kSampledRecords);
    KeyCounts seen(records_.size() / share);
    double pairs = 0;
    for (uint32_t record = 0; record < records_.size(); ++record) {
      uint64_t key = key_of(rule, record);
      if (key != 0 && (share == 1 || mix64(key) % share == 0)) pairs += seen.add(key);  // with each that came before
    }
    return pairs * static_cast<double>(share);
  }

  void collect(const Rule& rule, std::vector<PairKey>& out) const {
    struct Entry { uint64_t key; uint32_t record; };
    std::vector<Entry> entries;
    for (uint32_t record = 0; record < records_.size(); ++record) {
      if (uint64_t key = key_of(rule, record); key != 0) entries.push_back({key, record});
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& x, const Entry& y) { return x.key != y.key ? x.key < y.key : x.record < y.record; });
    for (size_t i = 0; i < entries.size();) {
      size_t end = i;
      while (end < entries.size() && entries[end].key == entries[i].key) ++end;
      if (end - i <= kMostInBlock) {
        for (size_t x = i; x < end; ++x) {
          for (size_t y = x + 1; y < end; ++y) out.push_back(pair_key(entries[x].record, entries[y].record));
        }
      }
      i = end;
    }
  }

  const LinkRecords& records_;
  std::vector<Predicate> predicates_;
  std::vector<ScoredPair> matches_;
  std::vector<Rule> rules_;
};

}  // namespace

Blocks block(const LinkRecords& records, const std::vector<ScoredPair>& likely, size_t budget) {
  if (likely.empty()) return {};
  return Chooser(records, likely).choose(budget);
}

}  // namespace furrow::identity
