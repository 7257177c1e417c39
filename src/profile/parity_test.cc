// One definition, one value: over random definitions and random streams of events, late, repeated at one instant, of several
// profiles that are merged and parted again on the way, the live journal (folded, stored and read back as it goes), the batch
// over the history, and the naive twin over all events give the same values: the same bits where exact is promised.
// One thread reads by all the programs in turn, whole and narrowed: nothing of one read shows in the next.
#include <gtest/gtest.h>

#include <random>

#include "profile/history.h"
#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

const Time kNow = parse_time("2026-04-15T10:30:00Z").value();
constexpr int kCases = 10'000;

// What another program read before, and must read again whatever was read in between.
struct Bystander {
  std::shared_ptr<const FeatureProgram> program;
  Journal journal;
  Time as_of;
  std::vector<FeatureValue> values;
};

bool same(double a, double b) { return std::isnan(a) ? std::isnan(b) : a == b; }

// One of the profiles that a person is: what it brought stays with it, whoever it is merged into.
struct Person {
  Journal live;
  std::vector<size_t> origins;  // none: merged away
};

class Case {
 public:
  Case(Random& random, std::vector<Bystander>& bystanders)
      : random_(random), bystanders_(bystanders), program_(FeatureProgram::compile(random_features(random, 1 + random.below(5))).value()),
        batch_(History::create(program_).value()), people_(1 + random.below(4)), events_(people_.size()) {
    for (size_t who = 0; who < people_.size(); ++who) people_[who].origins = {who};
  }

  void run() {
    const Duration span = days(random_.chance(0.4) ? 2 : 70);
    const bool folds = random_.chance(0.6);
    for (uint64_t position = 1, n = random_.below(30); position <= n; ++position) {
      const size_t who = living(random_.below(people_.size()));
      add(who, random_event(random_, kNow, span, position));
      if (folds) people_[who].live.advance(*program_, kNow - seconds(static_cast<int64_t>(random_.below(60 * 86400))));
      if (folds && random_.chance(0.05)) people_[who].live.fold(*program_, kNow - days(static_cast<int64_t>(1 + random_.below(60))));
      if (random_.chance(0.03)) store(people_[who].live);
      if (random_.chance(0.1)) merge(living(random_.below(people_.size())), living(random_.below(people_.size())));
      if (random_.chance(0.1)) split(living(random_.below(people_.size())), position);
    }
    for (int i = 0; i < 2; ++i) compare(living(random_.below(people_.size())), span);
  }
  size_t merges = 0, splits = 0, folded = 0, folded_splits = 0, values = 0;

 private:
  size_t living(size_t who) const {
    while (people_[who].origins.empty()) who = (who + 1) % people_.size();
    return who;
  }
  void add(size_t who, NaiveEvent event) {
    Fields fields;
    ASSERT_TRUE(fields.parse(event.properties));
    JournalEntry entry;
    const size_t origin = pick(random_, people_[who].origins);
    if (program_->extract(event.label, fields, event.time, {event.position}, entry)) people_[who].live.add(*program_, entry, {origin + 1});
    batch_.add({origin + 1}, event.label, fields, event.time, {event.position});
    events_[origin].push_back(std::move(event));
  }
  void merge(size_t from, size_t into) {
    if (from == into) return;
    ++merges;
    people_[into].live.merge(std::move(people_[from].live));
    people_[from].live = {};
    batch_.merge({from + 1}, {into + 1});
    auto& origins = people_[into].origins;
    origins.insert(origins.end(), people_[from].origins.begin(), people_[from].origins.end());
    people_[from].origins.clear();
  }
  // Any of the profiles merged in may go, and take any of the others with it.
  void split(size_t who, uint64_t position) {
    std::vector<size_t> staying{who}, leaving;
    for (size_t origin : people_[who].origins) {
      if (origin != who) (random_.chance(0.6) ? leaving : staying).push_back(origin);
    }
    if (leaving.empty()) return;
    ++splits;
    folded_splits += people_[who].live.folded_entries() > 0;
    const size_t leaves = pick(random_, leaving);
    SplitRecord record;
    record.merge = {position};
    record.stays = {who + 1};
    record.leaves = {leaves + 1};
    for (size_t origin : staying) record.staying.push_back({origin + 1});
    for (size_t origin : leaving) record.leaving.push_back({origin + 1});
    batch_.split(record);
    people_[leaves].live = people_[who].live.take_out([&](ProfileId id) { return std::count(leaving.begin(), leaving.end(), id.value - 1) > 0; });
    people_[leaves].origins = leaving;
    people_[who].origins = staying;
  }
  static void store(Journal& journal) {
    std::string bytes;
    ByteWriter out(bytes);
    journal.encode(out);
    ByteReader in(bytes);
    journal = Journal::decode(in).value();
  }
  std::vector<NaiveEvent> events_of(size_t who) const {
    std::vector<NaiveEvent> all;
    for (size_t origin : people_[who].origins) all.insert(all.end(), events_[origin].begin(), events_[origin].end());
    return all;
  }
  void compare(size_t who, Duration span) {
    const std::vector<NaiveEvent> events = events_of(who);
    Time as_of = kNow - microseconds(static_cast<int64_t>(random_.below(static_cast<uint64_t>(span.micros))));
    if (!events.empty() && random_.chance(0.3)) as_of = pick(random_, events).time;
    as_of = std::max(as_of, people_[who].live.exact_from(*program_));
    folded += people_[who].live.folded_entries() > 0;
    read_by_others();
    const std::vector<FeatureValue> live = program_->read(people_[who].live, as_of);
    const std::vector<NaiveValue> naive = naive_features(program_->definitions(), events, as_of);
    const Observation one{{who + 1}, as_of};
    batch_.evaluate({&one, 1}, [&](const History::Row& batch) {
      for (size_t i = 0; i < live.size(); ++i) compare(i, live[i], batch.features[i], batch.texts[i], naive[i], as_of);
    });
    compare_narrowed(people_[who].live, as_of, live);
    if (bystanders_.size() < 8) bystanders_.emplace_back();
    bystanders_[random_.below(bystanders_.size())] = {program_, people_[who].live, as_of, live};
  }
  void read_by_others() {
    for (size_t i = 0; i < std::min<size_t>(2, bystanders_.size()); ++i) {
      const Bystander& other = pick(random_, bystanders_);
      if (!other.program) continue;
      const std::vector<FeatureValue> again = other.program->read(other.journal, other.as_of);
      for (size_t f = 0; f < again.size(); ++f) expect_same(*other.program, f, again[f], other.values[f], "read again");
    }
  }
  // Only some features, with what they are derived from; and numbers alone, without texts.
  void compare_narrowed(const Journal& journal, Time as_of, const std::vector<FeatureValue>& whole) {
    std::vector<size_t> chosen;
    for (size_t f = 0; f < whole.size(); ++f) {
      if (random_.chance(0.5)) chosen.push_back(f);
    }
    const auto part = program_->narrowed(chosen);
    std::vector<double> numbers(whole.size(), -1);
    part->evaluate(journal, as_of, numbers);
    const std::vector<FeatureValue> read = part->read(journal, as_of);
    for (size_t f : chosen) {
      expect_same(*program_, f, read[f], whole[f], "narrowed");
      EXPECT_TRUE(same(numbers[f], whole[f].number)) << "numbers alone, narrowed: " << program_->definitions()[f].aggregate_text();
    }
  }
  static void expect_same(const FeatureProgram& program, size_t f, const FeatureValue& one, const FeatureValue& other, std::string_view how) {
    const std::string what = fmt::format("{}: {}", how, program.definitions()[f].aggregate_text());
    EXPECT_EQ(one.text, other.text) << what;
    EXPECT_TRUE(same(one.number, other.number)) << what << ": " << one.number << " and " << other.number;
  }
  void compare(size_t i, const FeatureValue& live, double batch, const std::string& batch_text, const NaiveValue& naive, Time as_of) {
    const FeatureDefinition& feature = program_->definitions()[i];
    const std::string where = fmt::format("{} of {} where \"{}\" window {} zone {} as of {}", feature.aggregate_text(), fmt::join(feature.events, "|"),
                                          feature.where, feature.window_text(), feature.timezone, format_time(as_of));
    const double allowed = naive_tolerance(feature, naive);
    ++values;
    EXPECT_EQ(live.text, batch_text) << where;
    if (!feature.derived()) EXPECT_EQ(live.text, naive.text) << where;
    EXPECT_EQ(std::isnan(live.number), std::isnan(naive.number)) << where;
    EXPECT_EQ(std::isnan(live.number), std::isnan(batch)) << where;
    if (std::isnan(naive.number) || std::isnan(live.number)) return;
    EXPECT_NEAR(live.number, naive.number, allowed) << where;
    EXPECT_NEAR(live.number, batch, allowed) << where;
  }

  Random& random_;
  std::vector<Bystander>& bystanders_;
  std::shared_ptr<const FeatureProgram> program_;
  History batch_;
  std::vector<Person> people_;
  std::vector<std::vector<NaiveEvent>> events_;  // of each origin
};

TEST(ParityTest, LiveIsBatchIsTheNaiveTwin) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  size_t merges = 0, splits = 0, folded = 0, folded_splits = 0, values = 0;
  std::vector<Bystander> bystanders;
  for (int n = 0; n < kCases && !testing::Test::HasFailure(); ++n) {
    Case one(random, bystanders);
    one.run();
    merges += one.merges;
    splits += one.splits;
    folded += one.folded;
    folded_splits += one.folded_splits;
    values += one.values;
  }
  EXPECT_GT(merges, 1000u);
  EXPECT_GT(splits, 1000u);
  EXPECT_GT(folded_splits, 50u);
  EXPECT_GT(folded, 500u);
  EXPECT_GT(values, 40'000u);
}

}  // namespace
}  // namespace furrow::profile
