#include "identity/linkage_blocking.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/ids.h"

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

class Chooser {
 public:
  Chooser(const LinkRecords& records, const std::vector<ScoredPair>& likely) : records_(records), predicates_(predicates_of(records)) {
    size_t step = std::max<size_t>(1, likely.size() / kMostMatches);
    for (size_t i = 0; i < likely.size(); i += step) matches_.push_back(likely[i]);
    for (size_t i = 0; i < predicates_.size(); ++i) {
      for (size_t j = i; j < predicates_.size(); ++j) {
        if (i != j && predicates_[i].field == predicates_[j].field) continue;
        Rule rule{.first = i, .second = j, .pairs = 0, .found = {}, .taken = false};
        for (uint32_t m = 0; m < matches_.size(); ++m) {
          uint64_t key = key_of(rule, matches_[m].a);
          if (key != 0 && key == key_of(rule, matches_[m].b)) rule.found.push_back(m);
        }
        if (rule.found.size() * 4 >= matches_.size()) rules_.push_back(std::move(rule));
      }
    }
    in_parallel([&](Rule& rule) { rule.pairs = measured_pairs(rule); });
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
    std::vector<uint64_t> keys;
    for (uint32_t record = 0; record < records_.size(); ++record) {
      uint64_t key = key_of(rule, record);
      if (key != 0 && mix64(key) % share == 0) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    double pairs = 0;
    for (size_t i = 0; i < keys.size();) {
      size_t end = i;
      while (end < keys.size() && keys[end] == keys[i]) ++end;
      double n = static_cast<double>(end - i);
      pairs += n * (n - 1) / 2;
      i = end;
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

  template <class Work>
  void in_parallel(Work work) {
    std::atomic<size_t> next{0};
    auto loop = [&] {
      for (size_t i = next++; i < rules_.size(); i = next++) work(rules_[i]);
    };
    std::thread other(loop);
    loop();
    other.join();
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
