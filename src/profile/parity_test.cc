// One definition, one value: over random definitions and random streams of events, late, repeated at one instant, of several
// profiles that are merged on the way, the live journal (folded, stored and read back as it goes), the batch over the
// history, and the naive twin over all events give the same values: the same bits where exact is promised.
#include <gtest/gtest.h>

#include <random>

#include "profile/history.h"
#include "profile/naive_features.h"

namespace furrow::profile {
namespace {

const Time kNow = parse_time("2026-04-15T10:30:00Z").value();
constexpr int kCases = 10'000;

struct Person {
  Journal live;
  std::vector<NaiveEvent> events;
  bool gone = false;
};

class Case {
 public:
  Case(Random& random) : random_(random), program_(FeatureProgram::compile(random_features(random, 1 + random.below(5))).value()),
                         batch_(History::create(program_).value()), people_(1 + random.below(3)) {}

  void run() {
    const Duration span = days(random_.chance(0.4) ? 2 : 70);
    const bool folds = random_.chance(0.6);
    for (uint64_t position = 1, n = random_.below(30); position <= n; ++position) {
      const size_t who = living(random_.below(people_.size()));
      add(who, random_event(random_, kNow, span, position));
      if (folds) people_[who].live.advance(*program_, kNow - seconds(static_cast<int64_t>(random_.below(60 * 86400))));
      if (folds && random_.chance(0.05)) people_[who].live.fold(*program_, kNow - days(static_cast<int64_t>(1 + random_.below(60))));
      if (random_.chance(0.03)) store(people_[who].live);
      if (random_.chance(0.05)) merge(living(random_.below(people_.size())), living(random_.below(people_.size())));
    }
    for (int i = 0; i < 2; ++i) compare(living(random_.below(people_.size())), span);
  }
  size_t merges = 0, folded = 0, values = 0;

 private:
  size_t living(size_t who) const {
    while (people_[who].gone) who = (who + 1) % people_.size();
    return who;
  }
  void add(size_t who, NaiveEvent event) {
    Fields fields;
    ASSERT_TRUE(fields.parse(event.properties));
    JournalEntry entry;
    if (program_->extract(event.label, fields, event.time, {event.position}, entry)) people_[who].live.add(*program_, entry, {who + 1});
    batch_.add({who + 1}, event.label, fields, event.time, {event.position});
    people_[who].events.push_back(std::move(event));
  }
  void merge(size_t from, size_t into) {
    if (from == into) return;
    ++merges;
    people_[into].live.merge(std::move(people_[from].live));
    batch_.merge({from + 1}, {into + 1});
    people_[into].events.insert(people_[into].events.end(), people_[from].events.begin(), people_[from].events.end());
    people_[from].gone = true;
  }
  static void store(Journal& journal) {
    std::string bytes;
    ByteWriter out(bytes);
    journal.encode(out);
    ByteReader in(bytes);
    journal = Journal::decode(in).value();
  }
  void compare(size_t who, Duration span) {
    Time as_of = kNow - microseconds(static_cast<int64_t>(random_.below(static_cast<uint64_t>(span.micros))));
    if (!people_[who].events.empty() && random_.chance(0.3)) as_of = pick(random_, people_[who].events).time;
    as_of = std::max(as_of, people_[who].live.exact_from(*program_));
    folded += people_[who].live.folded_entries() > 0;
    const std::vector<FeatureValue> live = program_->read(people_[who].live, as_of);
    const std::vector<NaiveValue> naive = naive_features(program_->definitions(), people_[who].events, as_of);
    const Observation one{{who + 1}, as_of};
    batch_.evaluate({&one, 1}, [&](const History::Row& batch) {
      for (size_t i = 0; i < live.size(); ++i) compare(i, live[i], batch.features[i], batch.texts[i], naive[i], as_of);
    });
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
  std::shared_ptr<const FeatureProgram> program_;
  History batch_;
  std::vector<Person> people_;
};

TEST(ParityTest, LiveIsBatchIsTheNaiveTwin) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  size_t merges = 0, folded = 0, values = 0;
  for (int n = 0; n < kCases && !testing::Test::HasFailure(); ++n) {
    Case one(random);
    one.run();
    merges += one.merges;
    folded += one.folded;
    values += one.values;
  }
  EXPECT_GT(merges, 1000u);
  EXPECT_GT(folded, 500u);
  EXPECT_GT(values, 40'000u);
}

}  // namespace
}  // namespace furrow::profile
