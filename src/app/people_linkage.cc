#include "app/people_linkage.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <set>
#include <unordered_map>

#include "app/linkage_state.h"
#include "app/people_tables.h"
#include "base/files.h"
#include "base/json.h"
#include "identity/linkage.h"
#include "pipeline/shard.h"
#include "profile/profile.h"

namespace furrow::app {
namespace {

constexpr size_t kMostReviews = 10'000;
constexpr size_t kMaxQueueBytes = size_t{256} << 20;

// Merges, many under way at once; counts what was made and what was kept apart.
class Merger {
 public:
  explicit Merger(pipeline::Pipeline& pipeline) : pipeline_(pipeline) {}
  ~Merger() { wait(0); }
  Status merge(MergeRecord merge) {
    wait(256);
    {
      std::lock_guard lock(mutex_);
      ++under_way_;
    }
    Status taken = pipeline_.change(std::move(merge), [this](const Result<pipeline::PeopleChanged>& done) {
      std::lock_guard lock(mutex_);
      --under_way_;
      if (done.ok()) ++merged;
      else if (done.error().code() == ErrorCode::kConflict) ++kept_apart;
      else if (done.error().code() != ErrorCode::kInvalidArgument && failed_.ok()) failed_ = done.error();  // one by now: nothing to do
      settled_.notify_all();
    });
    if (taken.ok()) return {};
    std::lock_guard lock(mutex_);
    --under_way_;
    return taken;
  }
  Status finish() {
    wait(0);
    std::lock_guard lock(mutex_);
    return failed_;
  }
  uint64_t merged = 0, kept_apart = 0;

 private:
  void wait(size_t most) {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return under_way_ <= most; });
  }
  pipeline::Pipeline& pipeline_;
  std::mutex mutex_;
  std::condition_variable settled_;
  size_t under_way_ = 0;
  Status failed_;
};

Result<Review> read_review(simdjson::dom::element element) {
  Review review;
  std::string_view text;
  Error torn(ErrorCode::kStorageCorrupt, "the review queue cannot be read; remove reviews.json and link again");
  if (element["id"].get(text)) return torn;
  review.id = text;
  if (element["probability"].get(review.probability)) return torn;
  for (auto [name, side] : {std::pair("left", &review.left), {"right", &review.right}}) {
    simdjson::dom::element one;
    simdjson::dom::object values;
    if (element[name].get(one) || one["profile"].get(text)) return torn;
    FURROW_ASSIGN(side->profile, ProfileId::parse(text));
    if (!one["source"].get(text)) side->source = text;
    if (one["values"].get(values)) continue;
    for (auto [field, value] : values) {
      if (!value.get(text)) side->values.emplace_back(std::string(field), std::string(text));
    }
  }
  simdjson::dom::array evidence;
  if (!element["evidence"].get(evidence)) {
    for (auto piece : evidence) {
      ReviewEvidence one;
      if (!piece["comparison"].get(text)) one.comparison = text;
      if (!piece["level"].get(text)) one.level = text;
      if (piece["bits"].get(one.bits)) return torn;
      review.evidence.push_back(std::move(one));
    }
  }
  return review;
}

}  // namespace

std::string review_id(ProfileId a, ProfileId b) {
  auto [low, high] = std::minmax(a, b);
  return low.to_string() + "-" + high.to_string();
}

void write_review(const Review& review, JsonWriter& json) {
  json.begin_object().field("id", review.id).field("probability", review.probability);
  for (auto [name, side] : {std::pair("left", &review.left), {"right", &review.right}}) {
    json.key(name).begin_object().field("profile", side->profile.to_string()).field("source", side->source).key("values").begin_object();
    for (const auto& [field, value] : side->values) json.field(field, value);
    json.end_object().end_object();
  }
  json.key("evidence").begin_array();
  for (const auto& piece : review.evidence) json.begin_object().field("comparison", piece.comparison).field("level", piece.level).field("bits", piece.bits).end_object();
  json.end_array().end_object();
}

Status PeopleLinkage::save(const std::vector<Review>& reviews) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("reviews").begin_array();
  for (const Review& review : reviews) write_review(review, json);
  json.end_array().end_object();
  return write_file_atomically(queue_, text + "\n", 0600);
}

Result<LinkageReport> PeopleLinkage::run(const LinkageOptions& options) {
  std::unique_lock one(running_, std::try_to_lock);
  if (!one.owns_lock()) return Error(ErrorCode::kConflict, "people are being linked already; wait until that is done");
  std::lock_guard alone(work_);
  auto start = std::chrono::steady_clock::now();
  LinkageReport report;
  LiveState learned;
  learned.learned_at = clock_.now();
  learned.learned_to = pipeline_.durable();
  PeopleTables traits;
  FURROW_TRY(pipeline_.profiles().for_each([&](const profile::Profile& person) {
    traits.add(person);
    return true;
  }));
  if (traits.source_count() == 0) return report;
  const auto& inputs = traits.tables();
  // What a person undid or denied.
  FURROW_TRY(pipeline_.scan(LogPosition{1}, [&](const Record& record) {
    const auto* split = std::get_if<SplitRecord>(&record.body);
    if (!split || pipeline_.identity().canonical(split->stays) == pipeline_.identity().canonical(split->leaves)) return true;
    for (const auto& left : traits.sources_of(split->stays)) {
      for (const auto& right : traits.sources_of(split->leaves)) {
        traits.labels().push_back({left, split->stays.to_string(), right, split->leaves.to_string(), false});
      }
    }
    return true;
  }));
  identity::LinkOptions link_options;
  link_options.threshold = options.unsure;
  link_options.seed = options.seed;
  link_options.labels = traits.labels();
  auto linked = identity::link(inputs, link_options);
  if (!linked.ok() && linked.error().code() == ErrorCode::kInvalidFile) {  // it speaks of files
    return Error(ErrorCode::kNotFound, "the people here have no traits that could tell who is who: identify them with names, phones, e-mail or postal addresses, "
                                       "birthdays and the like, or import a source that has them");
  }
  FURROW_ASSIGN(auto result, std::move(linked));
  const identity::LinkRecords& records = result->records;
  report.records = records.size();
  report.people = result->people;
  report.candidates = result->candidates;
  report.links = result->links.size();

  auto profile_at = [&](uint32_t record) { return ProfileId::parse(records.id(record)).value_or(ProfileId{}); };
  auto person_at = [&](uint32_t record) { return pipeline_.identity().canonical(profile_at(record)); };
  std::vector<identity::ScoredPair> pairs = result->links;
  std::sort(pairs.begin(), pairs.end(), [](const auto& x, const auto& y) { return x.bits > y.bits; });
  {
    Merger merger(pipeline_);
    for (const auto& pair : pairs) {
      if (identity::probability(pair.bits) < options.sure) break;
      MergeRecord merge{profile_at(pair.b), profile_at(pair.a), clock_.now(), "linkage"};
      if (pipeline_.identity().canonical(merge.from) == pipeline_.identity().canonical(merge.into)) continue;
      FURROW_TRY(merger.merge(std::move(merge)));
    }
    FURROW_TRY(merger.finish());
    report.merged = merger.merged;
    report.kept_apart = merger.kept_apart;
  }
  // What is unsure, each pair of people once, by its best pair of records.
  std::vector<Review> reviews;
  std::set<std::string> asked;
  identity::Comparer comparer(records, *result->levels);
  identity::Levels levels{};
  for (const auto& pair : pairs) {
    double p = identity::probability(pair.bits);
    if (p >= options.sure) continue;
    if (reviews.size() >= kMostReviews) break;
    ProfileId left = person_at(pair.a), right = person_at(pair.b);
    if (!left || !right || left == right || !asked.insert(review_id(left, right)).second) continue;
    Review review;
    review.id = review_id(profile_at(pair.a), profile_at(pair.b));
    review.left = traits.side(records.sources()[records.source_of(pair.a)].name, records.id(pair.a));
    review.right = traits.side(records.sources()[records.source_of(pair.b)].name, records.id(pair.b));
    review.probability = p;
    comparer.compare(pair.a, pair.b, levels);
    for (const auto& piece : result->model->explain(levels, records.codes(pair.a), records.codes(pair.b), records.source_of(pair.a) == records.source_of(pair.b))) {
      review.evidence.push_back({std::string(piece.comparison), std::string(piece.level), piece.bits});
    }
    reviews.push_back(std::move(review));
  }
  report.reviews = reviews.size();
  {
    std::lock_guard lock(queue_mutex_);
    FURROW_TRY(save(reviews));
  }
  learned.records = report.records;
  FURROW_TRY(keep_linkage(*result, inputs, folder_, std::move(learned)));
  ++learned_;
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

Result<size_t> PeopleLinkage::ask(std::vector<Review> more) {
  if (more.empty()) return size_t{0};
  std::lock_guard lock(queue_mutex_);
  FURROW_ASSIGN(auto list, reviews());
  auto pair_of = [&](const Review& review) {
    auto [low, high] = std::minmax({pipeline_.identity().canonical(review.left.profile), pipeline_.identity().canonical(review.right.profile)});
    return std::pair(low, high);
  };
  std::set<std::pair<ProfileId, ProfileId>> asked;
  for (const Review& review : list) asked.insert(pair_of(review));
  size_t before = list.size();
  for (Review& review : more) {
    auto pair = pair_of(review);
    if (pair.first == pair.second || list.size() >= kMostReviews || !asked.insert(pair).second) continue;
    list.push_back(std::move(review));
  }
  if (list.size() == before) return size_t{0};
  std::stable_sort(list.begin(), list.end(), [](const Review& a, const Review& b) { return a.probability > b.probability; });
  FURROW_TRY(save(list));
  return list.size() - before;
}

Result<std::vector<Review>> PeopleLinkage::reviews() const {
  std::vector<Review> list;
  auto text = read_file(queue_, kMaxQueueBytes);
  if (!text.ok()) {
    if (text.error().code() == ErrorCode::kNotFound) return list;
    return std::move(text).error();
  }
  simdjson::dom::parser parser;
  simdjson::dom::array items;
  if (parser.parse(*text)["reviews"].get(items)) return Error(ErrorCode::kStorageCorrupt, "the review queue cannot be read; remove reviews.json and link again");
  for (auto item : items) {
    FURROW_ASSIGN(Review review, read_review(item));
    if (pipeline_.identity().canonical(review.left.profile) != pipeline_.identity().canonical(review.right.profile)) list.push_back(std::move(review));
  }
  return list;
}

Result<pipeline::PeopleChanged> PeopleLinkage::answer(const std::string& id, bool same, const std::string& actor) {
  std::lock_guard lock(queue_mutex_);
  FURROW_ASSIGN(auto list, reviews());
  auto at = std::find_if(list.begin(), list.end(), [&](const Review& review) { return review.id == id; });
  if (at == list.end()) return Error(ErrorCode::kNotFound, "there is no such review, or it has been answered");
  pipeline::PeopleChange change;
  if (same) {
    MergeRecord merge{at->right.profile, at->left.profile, clock_.now(), "review"};
    merge.actor = actor;
    change = std::move(merge);
  } else {
    SplitRecord apart;
    apart.stays = at->left.profile;
    apart.leaves = at->right.profile;
    apart.time = clock_.now();
    apart.rule = pipeline::kApartRule;
    apart.actor = actor;
    change = std::move(apart);
  }
  FURROW_ASSIGN(auto changed, pipeline_.change_and_wait(std::move(change)));
  list.erase(at);
  FURROW_TRY(save(list));
  return changed;
}

}  // namespace furrow::app
