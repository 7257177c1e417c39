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

#include "app/pipeline_shard.h"
#include "base/files.h"
#include "base/json.h"
#include "identity/linkage.h"
#include "profile/profile.h"

namespace furrow::app {
namespace {

constexpr size_t kMostColumns = 48, kShownValues = 24, kMostReviews = 10'000;
constexpr size_t kMaxQueueBytes = size_t{256} << 20;
constexpr size_t kLeastTraits = 2;  // a source whose records say less links nobody

std::string text_of(const std::string& json) {
  if (json.size() >= 2 && json.front() == '"') {
    simdjson::dom::parser parser;
    simdjson::dom::element value;
    std::string_view text;
    if (!parser.parse(json).get(value) && !value.get(text)) return std::string(text);
    return {};
  }
  return json == "null" || json.starts_with('[') ? std::string() : json;
}

// The traits as tables, one a source: a row for each profile that the source told of.
class TraitTables {
 public:
  void add(const profile::Profile& person) {
    std::map<std::pair<std::string, ProfileId>, std::map<std::string, std::string>> rows;
    for (const auto* traits : {&person.traits, &person.shadowed}) {
      for (const auto& [name, trait] : *traits) {
        std::string text = text_of(trait.value);
        if (!text.empty()) rows[{trait.source, trait.origin ? trait.origin : person.id}][name] = std::move(text);
      }
    }
    std::vector<std::pair<std::string, std::string>> places;  // of one person: known to be one
    for (auto& [place, values] : rows) {
      if (values.size() < kLeastTraits) continue;
      auto& source = sources_[place.first];
      for (const auto& [name, value] : values) ++source.names[name];
      places.emplace_back(place.first, place.second.to_string());
      source.at.emplace(place.second, source.rows.size());
      source.rows.push_back({place.second, std::move(values)});
    }
    for (size_t i = 1; i < places.size(); ++i) labels_.push_back({places[i - 1].first, places[i - 1].second, places[i].first, places[i].second, true});
  }

  std::vector<identity::LinkSourceInput> tables() {
    std::vector<identity::LinkSourceInput> inputs;
    made_.reserve(sources_.size());
    for (auto& [name, source] : sources_) {
      std::vector<std::pair<size_t, std::string>> usual;
      for (const auto& [column, times] : source.names) usual.emplace_back(times, column);
      std::sort(usual.rbegin(), usual.rend());
      if (usual.size() > kMostColumns) usual.resize(kMostColumns);
      std::sort(usual.begin(), usual.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
      table::Table table;
      table::Column id("id", table::ColumnType::kText);
      for (const auto& row : source.rows) id.append_text(row.profile.to_string());
      table.add(std::move(id));
      for (const auto& [times, column_name] : usual) {
        table::Column column(column_name, table::ColumnType::kText);
        for (const auto& row : source.rows) {
          auto at = row.values.find(column_name);
          at == row.values.end() ? column.append_null() : column.append_text(at->second);
        }
        table.add(std::move(column));
      }
      made_.push_back(std::move(table));
      inputs.push_back({name, &made_.back(), 0});
    }
    return inputs;
  }

  ReviewSide side(const std::string& source, const std::string& id) const {
    ReviewSide side;
    side.profile = ProfileId::parse(id).value();
    side.source = source;
    const Source& from = sources_.at(source);
    auto at = from.at.find(side.profile);
    if (at == from.at.end()) return side;
    for (const auto& [name, value] : from.rows[at->second].values) {
      if (side.values.size() < kShownValues) side.values.emplace_back(name, value.substr(0, 200));
    }
    return side;
  }

  // The sources that told of a profile.
  std::vector<std::string> sources_of(ProfileId profile) const {
    std::vector<std::string> found;
    for (const auto& [name, source] : sources_) {
      if (source.at.contains(profile)) found.push_back(name);
    }
    return found;
  }
  size_t source_count() const { return sources_.size(); }
  std::vector<identity::NamedLabel>& labels() { return labels_; }

 private:
  struct Row {
    ProfileId profile;
    std::map<std::string, std::string> values;
  };
  struct Source {
    std::map<std::string, size_t> names;
    std::vector<Row> rows;
    std::unordered_map<ProfileId, size_t> at;
  };
  std::map<std::string, Source> sources_;
  std::vector<table::Table> made_;
  std::vector<identity::NamedLabel> labels_;
};

std::string review_id(ProfileId a, ProfileId b) {
  auto [low, high] = std::minmax(a, b);
  return low.to_string() + "-" + high.to_string();
}

struct FoundPair {
  uint32_t a, b;
  double probability;
};

// Merges, many under way at once; counts what was made and what was kept apart.
class Merger {
 public:
  explicit Merger(Pipeline& pipeline) : pipeline_(pipeline) {}
  ~Merger() { wait(0); }
  Status merge(MergeRecord merge) {
    wait(256);
    {
      std::lock_guard lock(mutex_);
      ++under_way_;
    }
    Status taken = pipeline_.change(std::move(merge), [this](const Result<PeopleChanged>& done) {
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
  Pipeline& pipeline_;
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
  auto start = std::chrono::steady_clock::now();
  LinkageReport report;
  TraitTables traits;
  FURROW_TRY(pipeline_.profiles().for_each([&](const profile::Profile& person) {
    traits.add(person);
    return true;
  }));
  if (traits.source_count() == 0) return report;
  auto inputs = traits.tables();
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
  FURROW_ASSIGN(auto result, identity::link(inputs, link_options));
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
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
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

Result<PeopleChanged> PeopleLinkage::answer(const std::string& id, bool same, const std::string& actor) {
  std::lock_guard lock(queue_mutex_);
  FURROW_ASSIGN(auto list, reviews());
  auto at = std::find_if(list.begin(), list.end(), [&](const Review& review) { return review.id == id; });
  if (at == list.end()) return Error(ErrorCode::kNotFound, "there is no such review, or it has been answered");
  PeopleChange change;
  if (same) {
    MergeRecord merge{at->right.profile, at->left.profile, clock_.now(), "review"};
    merge.actor = actor;
    change = std::move(merge);
  } else {
    SplitRecord apart;
    apart.stays = at->left.profile;
    apart.leaves = at->right.profile;
    apart.time = clock_.now();
    apart.rule = kApartRule;
    apart.actor = actor;
    change = std::move(apart);
  }
  FURROW_ASSIGN(auto changed, pipeline_.change_and_wait(std::move(change)));
  list.erase(at);
  FURROW_TRY(save(list));
  return changed;
}

}  // namespace furrow::app
