#include "app/server.h"

#include "app/activity.h"
#include "app/auth_gate.h"
#include "app/http_clusters.h"
#include "app/http_decide.h"
#include "app/http_features.h"
#include "app/http_ledger.h"
#include "app/http_models.h"
#include "app/http_operations.h"
#include "app/http_overview.h"
#include "app/http_people.h"
#include "app/http_people_changes.h"
#include "app/http_quality.h"
#include "app/http_quarantine.h"
#include "app/http_records.h"
#include "app/http_reviews.h"
#include "app/http_segments.h"
#include "app/http_session.h"
#include "app/http_tracking.h"
#include "app/http_webhooks.h"
#include "app/import.h"
#include "app/intent_traits.h"
#include "app/lake.h"
#include "app/lake_check.h"
#include "app/model_life.h"
#include "app/model_shelf.h"
#include "app/running_server.h"
#include "collect/importer.h"
#include "pipeline/log_tally.h"

namespace furrow::app {
namespace {

std::string format_name(table::Format format) {
  switch (format) {
    case table::Format::kCsv: return "csv";
    case table::Format::kTsv: return "tsv";
    case table::Format::kJsonLines: return "jsonl";
    default: return "parquet";
  }
}

std::vector<std::pair<std::string, std::string>> declared_sources(const Workspace& workspace) {
  std::vector<std::pair<std::string, std::string>> sources{{std::string(kLiveSource), "tracking"}};
  for (const auto& source : workspace.sources) sources.emplace_back(source.name, format_name(source.format));
  return sources;
}

class WorkspaceServer final : public Server {
 public:
  WorkspaceServer(Workspace workspace, const ServerOptions& options, const Clock& clock, const Logger& logger)
      : workspace_(std::move(workspace)), options_(options), clock_(clock), logger_(logger),
        by_client_(options.requests_per_second_of_client, options.requests_per_second_of_client),
        by_key_(options.requests_per_second_of_key, options.requests_per_second_of_key) {}
  ~WorkspaceServer() override { stop_quietly(); }

  Status start() {
    // A workspace fresh from version control has no keys, and an empty key would let everybody in.
    if (workspace_.keys.api_key.empty()) { FURROW_ASSIGN(workspace_.keys, ensure_keys(workspace_.root)); }
    if (options_.pipeline.data_dir.empty()) options_.pipeline.data_dir = workspace_.default_data_dir();
    std::filesystem::path data = options_.pipeline.data_dir;
    FURROW_ASSIGN(pipeline_, pipeline::Pipeline::open(workspace_, options_.pipeline, clock_, logger_));
    FURROW_ASSIGN(users_, Users::open(data / "catalog.sqlite", workspace_.root / ".furrow" / "setup_code", clock_));
    tally_ = std::make_unique<pipeline::LogTally>(*pipeline_);
    shelf_ = std::make_unique<ModelShelf>(workspace_, data / "models", *pipeline_, clock_);
    std::vector<Error> faults;
    FURROW_ASSIGN(auto engine, shelf_->build_engine(faults));
    report(faults);
    engine_ = std::make_unique<decide::LiveEngine>(std::move(engine));
    FURROW_ASSIGN(lake_, Lake::open(data / "lake", workspace_.timezone));
    // Only SQL needs it, so everything else goes on.
    if (auto whole = check_lake(data / "lake"); !whole.ok()) logger_.error("a file of the lake cannot be read", {{"fault", whole.error().to_string()}});
    FURROW_ASSIGN(webhooks_, SegmentWebhooks::start(workspace_, data, *pipeline_, clock_, logger_));
    lake_job_ = std::make_unique<LakeJob>(
        *lake_, [this](LogPosition from, const std::function<bool(const Record&)>& visit) { return pipeline_->scan(from, visit); },
        [this] { return pipeline_->durable(); }, options_.lake_interval, logger_);
    watcher_ = std::thread([this] { watch_models(); });
    trainer_ = std::make_unique<ModelTrainer>(*shelf_, *engine_, FURROW_VERSION, clock_, logger_);
    life_ = std::make_unique<ModelLife>(workspace_, *shelf_, *trainer_, *pipeline_, *engine_, clock_, logger_);
    const auto& counts = pipeline_->metrics();
    activity_ = std::make_unique<Activity>(std::vector<const Counter*>{&counts.events_accepted, &counts.decisions}, clock_);
    gate_ = std::make_unique<AuthGate>(workspace_.keys.write_key, workspace_.keys.api_key, *users_, by_key_);
    router_ = std::make_unique<http::Router>(*gate_, by_client_, pool_, logger_, router_metrics_);
    declare_metrics();
    add_routes();
    FURROW_ASSIGN(http_, http::HttpServer::start(options_.http, *router_, clock_, logger_, http_metrics_));
    life_->start();
    live_linkage_->start();
    intent_traits_->start();
    FURROW_TRY(write_server_note(data, options_.http.host, http_->port()));
    return {};
  }

  std::string address() const override { return http_->address(); }
  uint16_t port() const override { return http_->port(); }
  pipeline::Pipeline& pipeline() override { return *pipeline_; }
  std::string setup_code() const override { return users_->setup_code(); }
  std::vector<std::string> routes() const override {
    std::vector<std::string> all;
    for (const auto* route : router_->routes()) all.push_back(fmt::format("{} {} {}", to_string(route->method), route->pattern, fmt::join(route->query, " ")));
    return all;
  }

  Status stop() override {
    if (std::exchange(stopped_, true)) return {};
    draining_.store(true);
    if (http_) remove_server_note(options_.pipeline.data_dir);
    if (http_) http_->stop(options_.drain_grace);
    {
      std::lock_guard lock(watch_mutex_);
      watch_stop_ = true;
    }
    watch_wake_.notify_all();
    if (watcher_.joinable()) watcher_.join();
    life_.reset();
    if (trainer_) trainer_->stop();
    if (live_linkage_) live_linkage_->stop();
    if (intent_traits_) intent_traits_->stop();
    if (webhooks_) webhooks_->stop();
    auto drained = pipeline_ ? pipeline_->drain() : Status();
    lake_job_.reset();
    return drained;
  }

 private:
  void stop_quietly() {
    auto stopped = stop();
    if (!stopped.ok()) logger_.error("stopping left something behind", {{"fault", stopped.error().to_string()}});
  }

  void report(const std::vector<Error>& faults) const {
    for (const auto& fault : faults) logger_.error("a model cannot decide and is left out", {{"fault", fault.to_string()}});
  }

  // Notices what `furrow model promote` does beside the server.
  void watch_models() {
    std::unique_lock lock(watch_mutex_);
    while (!watch_wake_.wait_for(lock, std::chrono::seconds(2), [this] { return watch_stop_; })) {
      lock.unlock();
      std::vector<Error> faults;
      auto refreshed = shelf_->refresh(*engine_, faults);
      if (!refreshed.ok()) logger_.error("which versions decide could not be read; those before go on", {{"fault", refreshed.error().to_string()}});
      report(faults);
      lock.lock();
    }
  }

  void declare_metrics() {
    const auto& p = pipeline_->metrics();
    registry_.add("furrow_events_accepted_total", "New events made durable.", p.events_accepted);
    registry_.add("furrow_events_duplicate_total", "Events seen before.", p.events_duplicate);
    registry_.add("furrow_events_quarantined_total", "Records put into the quarantine.", p.events_quarantined);
    registry_.add("furrow_decisions_total", "Decisions recorded.", p.decisions);
    registry_.add("furrow_outcomes_total", "Outcomes joined to decisions.", p.outcomes);
    registry_.add("furrow_merges_total", "Profiles merged.", p.merges);
    registry_.add("furrow_splits_total", "Merges undone.", p.splits);
    registry_.add("furrow_segment_changes_total", "Entries into and exits from segments.", p.segment_changes);
    registry_.add("furrow_checkpoints_total", "Checkpoints of the views.", p.checkpoints);
    registry_.add("furrow_storage_refusals_total", "Writes that the storage refused.", p.storage_refusals);
    registry_.add("furrow_commit_latency_seconds", "From submission to durable.", p.commit_latency);
    registry_.add("furrow_fsync_latency_seconds", "One fsync of the log.", p.fsync_latency);
    registry_.add("furrow_queue_depth", "Submissions that wait.", p.queue_depth);
    registry_.add("furrow_log_bytes", "Bytes of the log.", p.log_bytes);
    http_metrics_.declare(registry_);
    router_metrics_.declare(registry_);
    tracking_metrics_.declare(registry_);
    decide_metrics_.declare(registry_);
  }

  void add_routes() {
    tracking_ = std::make_unique<TrackingApi>(*pipeline_, *gate_, clock_, tracking_metrics_, workspace_.governance_of(kLiveSource));
    tracking_->add_routes(*router_);
    add_records_route(*router_, *pipeline_);
    decide_ = std::make_unique<DecideApi>(*pipeline_, *engine_, clock_, decide_metrics_);
    decide_->add_routes(*router_);
    sessions_ = std::make_unique<SessionApi>(*users_);
    sessions_->add_routes(*router_);
    intent_ = std::make_unique<LiveIntent>(workspace_, shelf_->versions(), options_.pipeline.data_dir, logger_);
    intent_traits_ = std::make_unique<IntentTraits>(*pipeline_, workspace_, *intent_, options_.pipeline.data_dir, clock_, logger_);
    people_ = std::make_unique<PeopleApi>(*pipeline_, *engine_, workspace_.segments, *intent_, clock_);
    people_->add_routes(*router_);
    features_ = std::make_unique<FeaturesApi>(workspace_, options_.pipeline.data_dir, *pipeline_, clock_);
    features_->add_routes(*router_);
    clusters_ = std::make_unique<ClustersApi>(options_.pipeline.data_dir, *pipeline_, clock_);
    clusters_->add_routes(*router_);
    add_people_change_routes(*router_, *pipeline_, clock_);
    linkage_ = std::make_unique<PeopleLinkage>(*pipeline_, std::filesystem::path(options_.pipeline.data_dir), clock_);
    live_linkage_ = std::make_unique<LiveLinkage>(*pipeline_, *linkage_, std::filesystem::path(options_.pipeline.data_dir), LinkageOptions{}, clock_, logger_);
    registry_.add("furrow_linkage_seconds", "One changed person linked against everybody.", live_linkage_->metrics().one_person);
    registry_.add("furrow_linkage_merges_total", "Profiles merged by live linkage.", live_linkage_->metrics().linked);
    registry_.add("furrow_linkage_reviews_total", "Pairs that live linkage asked a person about.", live_linkage_->metrics().asked);
    add_review_routes(*router_, *linkage_, *live_linkage_);
    segments_ = std::make_unique<SegmentsApi>(*pipeline_, workspace_, clock_);
    segments_->add_routes(*router_);
    webhooks_api_ = std::make_unique<WebhooksApi>(workspace_, *webhooks_, *pipeline_);
    webhooks_api_->add_routes(*router_);
    ledger_ = std::make_unique<LedgerApi>(*pipeline_, *engine_, workspace_.experiments);
    ledger_->add_routes(*router_);
    models_ = std::make_unique<ModelsApi>(workspace_, *shelf_, *trainer_, *engine_, *life_);
    models_->add_routes(*router_);
    quarantine_ = std::make_unique<QuarantineApi>(*pipeline_, *tally_, declared_sources(workspace_),
        [this](const QuarantineRecord& record) { return reread(workspace_, record, clock_.now()); }, clock_);
    quarantine_->add_routes(*router_);
    quality_ = std::make_unique<QualityApi>(workspace_, *pipeline_);
    quality_->add_routes(*router_);
    add_overview_route(*router_, {workspace_, *pipeline_, *tally_, *engine_, *activity_, decide_metrics_, tracking_metrics_, clock_});
    add_operations_routes(*router_, {*pipeline_, registry_, draining_, FURROW_VERSION});
    add_dashboard(*router_);
  }

  // In the order of construction; what is used by others stands before them.
  Workspace workspace_;
  ServerOptions options_;
  const Clock& clock_;
  const Logger& logger_;
  std::atomic<bool> draining_{false};
  bool stopped_ = false;
  MetricsRegistry registry_;
  http::HttpMetrics http_metrics_;
  http::RouterMetrics router_metrics_;
  TrackingMetrics tracking_metrics_;
  DecideMetrics decide_metrics_;
  http::RateLimiter by_client_, by_key_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  std::unique_ptr<SegmentWebhooks> webhooks_;
  std::unique_ptr<Users> users_;
  std::unique_ptr<pipeline::LogTally> tally_;
  std::unique_ptr<ModelShelf> shelf_;
  std::unique_ptr<decide::LiveEngine> engine_;
  std::unique_ptr<Lake> lake_;
  std::unique_ptr<LakeJob> lake_job_;
  std::mutex watch_mutex_;
  std::condition_variable watch_wake_;
  bool watch_stop_ = false;
  std::thread watcher_;
  std::unique_ptr<ModelTrainer> trainer_;
  std::unique_ptr<ModelLife> life_;
  std::unique_ptr<Activity> activity_;
  std::unique_ptr<AuthGate> gate_;
  std::unique_ptr<TrackingApi> tracking_;
  std::unique_ptr<DecideApi> decide_;
  std::unique_ptr<SessionApi> sessions_;
  std::unique_ptr<LiveIntent> intent_;
  std::unique_ptr<IntentTraits> intent_traits_;
  std::unique_ptr<PeopleApi> people_;
  std::unique_ptr<FeaturesApi> features_;
  std::unique_ptr<ClustersApi> clusters_;
  std::unique_ptr<SegmentsApi> segments_;
  std::unique_ptr<WebhooksApi> webhooks_api_;
  std::unique_ptr<LedgerApi> ledger_;
  std::unique_ptr<ModelsApi> models_;
  std::unique_ptr<QuarantineApi> quarantine_;
  std::unique_ptr<PeopleLinkage> linkage_;
  std::unique_ptr<LiveLinkage> live_linkage_;
  std::unique_ptr<QualityApi> quality_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<http::HttpServer> http_;
  http::RequestPool pool_{2, 64};  // last: its threads use all of the above
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(Workspace workspace, ServerOptions options, const Clock& clock, const Logger& logger) {
  auto server = std::make_unique<WorkspaceServer>(std::move(workspace), options, clock, logger);
  FURROW_TRY(server->start());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace furrow::app
