#include "app/live_linkage.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "app/live_linkage_graph.h"
#include "base/background.h"
#include "event/record_peek.h"

namespace furrow::app {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{500}, kAfterFailure{30'000};
constexpr size_t kRoundPeople = 256;
constexpr uint64_t kSavedEvery = 100'000;  // records of the log that tell of nobody, before the cursor is written
constexpr size_t kFound = 24;              // records that a row is weighed against by their people
constexpr int kMostJoins = 4;              // of one row

struct Changes {
  std::vector<ProfileId> people;  // each once, in the order of the log
  std::vector<SplitRecord> splits;
  LogPosition last;
  bool more = false;
};

// Who was told of, and who was said to be two people, from a position to another.
Result<Changes> changes_between(const store::LogStore& log, LogPosition after, LogPosition to, size_t most) {
  Changes out{.people = {}, .splits = {}, .last = after};
  std::unordered_map<ProfileId, bool> seen;
  FURROW_TRY(log.scan(LogPosition{after.value + 1}, [&](LogPosition position, std::string_view bytes) {
    if (position > to) return false;
    if (out.people.size() >= most) {
      out.more = true;
      return false;
    }
    out.last = position;
    if (auto profile = traits_told_of(bytes)) {
      if (seen.try_emplace(*profile, true).second) out.people.push_back(*profile);
    } else if (is_split(bytes)) {
      auto record = decode_record(bytes);
      if (record.ok()) out.splits.push_back(std::get<SplitRecord>(std::move(*record)));
    }
    return true;
  }));
  return out;
}

std::vector<SourceRow> rows_of(const pipeline::Pipeline& pipeline, ProfileId person) {
  std::vector<SourceRow> rows;
  pipeline.profiles().read(person, [&](const profile::Profile& profile) { rows = source_rows(profile); });
  return rows;
}

ReviewSide side_of(const pipeline::Pipeline& pipeline, ProfileId profile, const std::string& source) {
  for (const SourceRow& row : rows_of(pipeline, pipeline.identity().canonical(profile))) {
    if (row.origin == profile && row.source == source) return review_side(row);
  }
  return {profile, source, {}};
}

}  // namespace

LiveLinkage::LiveLinkage(pipeline::Pipeline& pipeline, PeopleLinkage& linkage, const std::filesystem::path& data, LinkageOptions options, const Clock& clock,
                         const Logger& logger)
    : pipeline_(pipeline), linkage_(linkage), folder_(data / "linkage"), options_(options), clock_(clock), logger_(logger) {}

LiveLinkage::~LiveLinkage() { stop(); }

void LiveLinkage::start() {
  thread_ = std::thread([this] { run(); });
}

void LiveLinkage::stop() {
  {
    std::lock_guard lock(wake_mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status LiveLinkage::read_state() {
  if (read_ && linkage_.learned() == known_runs_) return {};
  const uint64_t runs = linkage_.learned();
  FURROW_ASSIGN(auto state, read_live_state(folder_));
  graph_.reset();
  full_ = false;
  known_runs_ = runs;
  read_ = true;
  written_ = state ? state->cursor : LogPosition{};
  std::lock_guard lock(state_mutex_);
  state_ = state;
  return {};
}

// With the rows of those who were looked at since it was learned.
Status LiveLinkage::open_graph() {
  if (graph_) return {};
  FURROW_ASSIGN(auto graph, LinkageGraph::open(linkage_file(folder_, state_->version), pipeline_));
  FURROW_ASSIGN(auto since, changes_between(pipeline_.log(), state_->learned_to, state_->cursor, SIZE_MAX));
  for (const SplitRecord& split : since.splits) graph->hold_apart(split.stays, split.leaves);
  identity::LinkArena scratch;
  for (ProfileId person : since.people) {
    for (const SourceRow& row : rows_of(pipeline_, pipeline_.identity().canonical(person))) {
      if (!graph->knows(graph->index().prepare(row.source, cells_of(row), scratch), row.origin)) FURROW_TRY(graph->add(row));
    }
  }
  graph_ = std::move(graph);
  return {};
}

// Joins the row's person to others as long as one is sure, and asks about the rest.
Status LiveLinkage::look_at_row(const SourceRow& row, LiveLinkageReport& report, std::vector<Review>& unsure) {
  const identity::LinkIndex& index = graph_->index();
  identity::LinkArena arena;
  const double least = std::log2(options_.unsure / (1 - options_.unsure));
  auto found = index.find(index.prepare(row.source, cells_of(row), arena), kFound, least);
  std::vector<ProfileId> refused;
  for (int joins = 0; !found.empty(); ++joins) {
    const ProfileId person = pipeline_.identity().canonical(row.origin);
    std::erase_if(found, [&](const auto& pair) {
      ProfileId other = graph_->profile(pair.record);
      ProfileId them = pipeline_.identity().canonical(other);
      return them == person || std::find(refused.begin(), refused.end(), them) != refused.end() || graph_->apart(person, other);
    });
    std::vector<identity::LinkRow> own;
    for (const SourceRow& mine : rows_of(pipeline_, person)) own.push_back(index.prepare(mine.source, cells_of(mine), arena));
    auto choices = identity::choose_people(index, own, found, graph_->people());
    bool joined = false;
    for (const auto& choice : choices) {
      double p = identity::probability(choice.best.bits);
      ProfileId other = graph_->profile(choice.best.record);
      if (!choice.joins) continue;  // what else is known of the two contradicts it
      if (p >= options_.sure && joins < kMostJoins) {
        auto asked = steady_clock::now();
        auto changed = pipeline_.change_and_wait(MergeRecord{row.origin, other, clock_.now(), "linkage"});
        waited_ += steady_clock::now() - asked;
        if (changed.ok()) {
          ++report.merged;
          joined = true;
          break;
        }
        if (changed.error().code() == ErrorCode::kConflict) ++report.kept_apart;
        else if (changed.error().code() != ErrorCode::kInvalidArgument) return changed.error();  // else one by now
        refused.push_back(pipeline_.identity().canonical(other));
        continue;
      }
      Review review{review_id(row.origin, other), review_side(row), {}, p, {}};
      int source = index.source_of(choice.best.record);
      review.right = side_of(pipeline_, other, source < 0 ? std::string() : index.linked().records.sources()[static_cast<size_t>(source)].name);
      for (const auto& piece : choice.best.evidence) review.evidence.push_back({piece.comparison, piece.level, piece.bits});
      unsure.push_back(std::move(review));
    }
    if (!joined) break;
    unsure.clear();  // those of before the join are found again
  }
  return {};
}

Status LiveLinkage::look(ProfileId person, LiveLinkageReport& report, std::vector<Review>& unsure) {
  auto start = steady_clock::now();
  waited_ = {};
  identity::LinkArena scratch;
  for (const SourceRow& row : rows_of(pipeline_, pipeline_.identity().canonical(person))) {
    if (graph_->knows(graph_->index().prepare(row.source, cells_of(row), scratch), row.origin)) continue;
    std::vector<Review> asks;
    FURROW_TRY(look_at_row(row, report, asks));
    std::move(asks.begin(), asks.end(), std::back_inserter(unsure));
    FURROW_TRY(graph_->add(row));
  }
  ++report.looked_at;
  metrics_.one_person.record_us(static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start - waited_).count()));
  return {};
}

Status LiveLinkage::save() {
  FURROW_TRY(write_live_state(folder_, *state_));
  written_ = state_->cursor;
  return {};
}

Result<bool> LiveLinkage::round(LogPosition end, LiveLinkageReport& report) {
  FURROW_ASSIGN(auto changes, changes_between(pipeline_.log(), state_->cursor, end, kRoundPeople));
  LiveLinkageReport done;
  std::vector<Review> unsure;
  if (!changes.people.empty()) FURROW_TRY(open_graph());
  if (graph_) {
    for (const SplitRecord& split : changes.splits) graph_->hold_apart(split.stays, split.leaves);
  }
  for (ProfileId person : changes.people) {
    Status looked = look(person, done, unsure);
    if (!looked.ok()) {
      full_ = looked.error().code() == ErrorCode::kTooLarge;
      if (!full_) graph_.reset();  // it has rows whose round does not count
      return std::move(looked).error();
    }
  }
  FURROW_ASSIGN(done.reviews, linkage_.ask(std::move(unsure)));
  report.looked_at += done.looked_at;
  report.merged += done.merged;
  report.kept_apart += done.kept_apart;
  report.reviews += done.reviews;
  metrics_.linked.add(done.merged);
  metrics_.asked.add(done.reviews);
  {
    std::lock_guard lock(state_mutex_);
    state_->cursor = changes.more ? changes.last : end;
    state_->looked_at += done.looked_at;
    state_->linked += done.merged;
    state_->kept_apart += done.kept_apart;
    state_->asked += done.reviews;
    if (done.looked_at > 0) state_->last_at = clock_.now();
  }
  if (done.looked_at > 0 || state_->cursor.value - written_.value >= kSavedEvery) FURROW_TRY(save());
  return changes.more;
}

Status LiveLinkage::rounds(LiveLinkageReport& report) {
  FURROW_TRY(read_state());
  if (!state_ || full_) return {};
  const LogPosition end = pipeline_.durable();
  for (bool more = state_->cursor < end; more && !stop_;) {
    FURROW_ASSIGN(more, round(end, report));
  }
  return {};
}

Result<LiveLinkageReport> LiveLinkage::catch_up() {
  std::unique_lock alone(linkage_.work(), std::try_to_lock);
  if (!alone.owns_lock()) return Error(ErrorCode::kConflict, "people are being linked already; wait until that is done");
  auto start = steady_clock::now();
  LiveLinkageReport report;
  FURROW_TRY(rounds(report));
  if (!state_) return Error(ErrorCode::kNotFound, "nothing was learned yet that new people could be linked by; link everybody once first");
  FURROW_TRY(save());
  report.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  return report;
}

Result<std::optional<LiveLinkageStatus>> LiveLinkage::status() const {
  LiveLinkageStatus status;
  FURROW_ASSIGN(auto kept, read_live_state(folder_));  // of a run that ended this moment, too
  if (!kept) return std::optional<LiveLinkageStatus>();
  {
    std::lock_guard lock(state_mutex_);
    status.state = state_ && state_->version == kept->version ? *state_ : *kept;
  }
  const uint64_t durable = pipeline_.durable().value;
  status.behind = durable > status.state.cursor.value ? durable - status.state.cursor.value : 0;
  status.usual_ms = metrics_.one_person.quantile_us(0.5) / 1000;
  status.slowest_ms = metrics_.one_person.quantile_us(0.99) / 1000;
  status.full = full_;
  return std::optional(status);
}

void LiveLinkage::run() {
  give_way("linkage");
  Status said;
  std::unique_lock waiting(wake_mutex_);
  while (!stop_) {
    waiting.unlock();
    {
      std::unique_lock alone(linkage_.work(), std::try_to_lock);
      LiveLinkageReport report;
      if (alone.owns_lock()) {
        Status done = rounds(report);
        if (!done.ok() && said.ok()) logger_.warning("new people are not linked; it is tried again", {{"error", done.error().to_string()}});
        said = std::move(done);
      }
    }
    waiting.lock();
    wake_.wait_for(waiting, said.ok() ? kPoll : kAfterFailure, [this] { return stop_.load(); });
  }
  waiting.unlock();
  std::lock_guard alone(linkage_.work());
  if (state_ && state_->cursor != written_) (void)save().ok();  // else the same is looked at again, and changes nothing
}

}  // namespace furrow::app
