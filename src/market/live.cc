#include "market/live.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "base/json.h"
#include "market/live_crowd.h"
#include "market/messages.h"

namespace furrow::market {
namespace {

constexpr double kNamedDecisionShare = 0.2;  // orders that carry the decision's id

struct Decision {
  std::string id;
  bool holdout = false;
  size_t offer = 0;
};

Result<Decision> read_decision(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view id, action;
  bool holdout = false;
  if (parser.parse(body).get(root) || root["decisionId"].get(id) || root["holdout"].get(holdout) || root.at_pointer("/actions/0/id").get(action)) {
    return Error(ErrorCode::kUnavailable, fmt::format("the decision names no action: {}", body.substr(0, 300)));
  }
  auto offer = find_offer(action);
  if (!offer) {
    return Error(ErrorCode::kInvalidWorkspace, fmt::format("the server chose \"{}\", which this market does not know; its placement must "
                                                           "offer the shop template's actions", action));
  }
  return Decision{std::string(id), holdout, *offer};
}

// One thread's connection and what it has to say.
class Driver {
 public:
  Driver(const LiveOptions& options, LiveCrowd& crowd, const Clock& clock)
      : options_(options), crowd_(crowd), clock_(clock), client_(options.server), messages_(options.market.seed, crowd.catalogue()),
        planner_(crowd.catalogue()), write_(basic_authorization(options.write_key)), read_(bearer_authorization(options.api_key)) {}

  Status visit(LiveReport& report) {
    auto visitor = crowd_.next(clock_.now());
    bool ordered = false, baseline_ordered = false;
    Status status = walk(visitor, report, ordered, baseline_ordered);
    crowd_.left(visitor, ordered, baseline_ordered);
    return status;
  }

 private:
  Status send(const std::vector<std::string>& events, LiveReport& report) {
    std::string body = "{\"batch\":[";
    for (size_t i = 0; i < events.size(); ++i) body += (i ? "," : "") + events[i];
    body += fmt::format("],\"sentAt\":\"{}\"}}", format_time(clock_.now()));
    FURROW_TRY(accepted(client_.post("/v1/batch", write_, std::move(body)), "POST /v1/batch"));
    report.events += events.size();
    return {};
  }

  Result<Decision> decide(const Customer& customer, const Visit& visit) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().field("placement", options_.placement);
    if (visit.signed_in) json.field("userId", customer.customer_number());
    json.field("anonymousId", customer.devices[visit.device]);
    json.key("context").begin_object().field("page", "home").end_object().end_object();
    FURROW_ASSIGN(HttpReply reply, accepted(client_.post("/v1/decide", read_, std::move(body)), "POST /v1/decide"));
    return read_decision(reply.body);
  }

  Status walk(LiveCrowd::Visitor& visitor, LiveReport& report, bool& ordered, bool& baseline_ordered) {
    const Customer& customer = *visitor.customer;
    Visit& visit = visitor.visit;
    FURROW_TRY(send(messages_.browsing(customer, visit), report));
    FURROW_ASSIGN(Decision decision, decide(customer, visit));
    visit.offer = decision.offer;
    Time shown = clock_.now();
    std::vector<std::string> after{messages_.offer_viewed(customer, visit, shown)};
    const double p = order_probability(customer, visit.stage, offers()[visit.offer]), base = order_probability(customer, visitor.baseline_stage, offers()[0]);
    const double luck = visitor.luck.uniform();  // one for both worlds
    ordered = luck < p;
    baseline_ordered = luck < base;
    if (ordered) {
      Order order = planner_.order(visitor.random, customer, visit);
      order.time = shown + milliseconds(1);  // time is compressed: the minutes at the checkout pass at once
      bool named = visitor.random.chance(kNamedDecisionShare);
      after.push_back(messages_.order_completed(customer, visit, order, "L" + decision.id, named ? decision.id : std::string()));
    }
    FURROW_TRY(send(after, report));
    ++report.visits;
    LiveTruth& truth = report.truth;
    if (decision.holdout) {
      ++truth.holdout_decisions;
      truth.holdout_orders += ordered;
      truth.holdout_expected += p;
    } else {
      ++truth.ai_decisions;
      truth.ai_orders += ordered;
      truth.ai_expected += p;
      truth.ai_baseline_expected += base;
    }
    return {};
  }

  const LiveOptions& options_;
  LiveCrowd& crowd_;
  const Clock& clock_;
  HttpClient client_;
  MessageWriter messages_;
  VisitPlanner planner_;
  std::string write_, read_;
};

// Shared by the driving threads: whose turn it is, the sums, and whether to go on.
class Schedule {
 public:
  explicit Schedule(const LiveOptions& options) : options_(options), begin_(std::chrono::steady_clock::now()) {}

  // Waits for the next visit's moment; false when the traffic is over.
  bool await_turn() {
    size_t turn = turns_.fetch_add(1);
    auto due = begin_ + std::chrono::duration<double>(static_cast<double>(turn) / options_.visits_per_second);
    auto end = begin_ + std::chrono::seconds(options_.seconds);
    while (!over()) {
      auto now = std::chrono::steady_clock::now();
      if (now >= end || turn >= kMaxVisits || due >= end) return false;
      if (now >= due) return true;
      std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(due - now, std::chrono::milliseconds(100)));
    }
    return false;
  }

  void failed(const Error& error) {
    std::lock_guard lock(mutex_);
    ++failures_;
    if (!first_) first_ = error;
    if (++in_a_row_ >= kMaxFailures) fatal_ = true;
  }
  void succeeded() {
    std::lock_guard lock(mutex_);
    in_a_row_ = 0;
  }
  bool over() const { return fatal_ || (options_.stop && options_.stop->load()); }
  bool fatal() const { return fatal_; }
  const std::optional<Error>& first() const { return first_; }
  size_t failures() const { return failures_; }
  double elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  const LiveOptions& options_;
  std::chrono::steady_clock::time_point begin_;
  std::atomic<size_t> turns_{0};
  std::atomic<bool> fatal_{false};
  std::mutex mutex_;
  std::optional<Error> first_;
  size_t failures_ = 0, in_a_row_ = 0;
};

LiveReport total(const std::vector<LiveReport>& parts, std::mutex& mutex) {
  std::lock_guard lock(mutex);
  LiveReport sum;
  for (const auto& part : parts) {
    sum.truth.add(part.truth);
    sum.visits += part.visits;
    sum.events += part.events;
  }
  return sum;
}

}  // namespace

Result<LiveReport> run_live(const LiveOptions& options, const Clock& clock, const std::function<void(const LiveReport&)>& progress) {
  if (options.seconds < 1 || options.seconds > kMaxSeconds || !(options.visits_per_second > 0) || options.visits_per_second > 10'000) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("live traffic takes 1 to {} seconds at up to 10000 visits a second", kMaxSeconds));
  }
  LiveCrowd crowd(options);
  Schedule schedule(options);
  std::vector<LiveReport> parts(options.connections);
  std::mutex mutex;  // of parts
  std::atomic<size_t> running{options.connections};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < options.connections; ++i) {
    threads.emplace_back([&, i] {
      Driver driver(options, crowd, clock);
      LiveReport mine;
      while (schedule.await_turn()) {
        Status status = driver.visit(mine);
        status.ok() ? schedule.succeeded() : schedule.failed(status.error());
        std::lock_guard lock(mutex);
        parts[i] = mine;
      }
      --running;
    });
  }
  for (double next = 1; running > 0; std::this_thread::sleep_for(std::chrono::milliseconds(20))) {
    if (!progress || schedule.elapsed() < next) continue;
    next += 1;
    LiveReport now = total(parts, mutex);
    now.seconds = schedule.elapsed();
    progress(now);
  }
  for (auto& thread : threads) thread.join();
  LiveReport report = total(parts, mutex);
  report.seconds = schedule.elapsed();
  report.failures = schedule.failures();
  if (schedule.first()) report.first_failure = schedule.first()->message();
  if (schedule.fatal() || (report.visits == 0 && schedule.first())) return *schedule.first();
  return report;
}

}  // namespace furrow::market
