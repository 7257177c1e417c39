#include "app/http_tracking.h"

#include <gmock/gmock.h>

#include <thread>

#include "app/http_session.h"
#include "base/files.h"
#include "http/server.h"
#include "http/test_client.h"

namespace furrow::app {
namespace {

using ::testing::HasSubstr;

// Takes everything and remembers it, or refuses as told; answers from a thread of its own, as the commit thread does.
class FakePipeline : public pipeline::Pipeline {
 public:
  ~FakePipeline() override {
    for (auto& thread : threads_) thread.join();
  }
  Status submit(pipeline::Submission submission, std::function<void(const pipeline::Acknowledgement&)> done) override {
    std::lock_guard lock(mutex_);
    if (refuse) return Error(ErrorCode::kUnavailable, "the queue is full");
    pipeline::Acknowledgement ack;
    if (full) {
      ack.status = Error(ErrorCode::kStorageFull, "the disk is full");
    } else {
      ack.accepted = submission.events.size();
      for (auto& event : submission.events) events.push_back(std::move(event));
      for (auto& record : submission.refused) kept.push_back(std::move(record));
    }
    threads_.emplace_back([ack, done = std::move(done)] { done(ack); });
    return {};
  }
  Status record(DecisionRecord, std::function<void(const Status&)>) override { return Error(ErrorCode::kUnavailable, ""); }
  Status record(ModelRecord, std::function<void(const Status&)>) override { return Error(ErrorCode::kUnavailable, ""); }
  Status change(pipeline::PeopleChange, std::function<void(const Result<pipeline::PeopleChanged>&)>) override { return Error(ErrorCode::kUnavailable, ""); }
  pipeline::Acknowledgement submit_and_wait(pipeline::Submission) override { return {}; }
  const identity::IdentityView& identity() const override { throw_bug("fake", 0, "identity"); }
  const profile::ProfileView& profiles() const override { throw_bug("fake", 0, "profiles"); }
  const decide::LedgerView& ledger() const override { throw_bug("fake", 0, "ledger"); }
  const collect::QuarantineView& quarantine() const override { throw_bug("fake", 0, "quarantine"); }
  const pipeline::ModelView& models() const override { throw_bug("fake", 0, "models"); }
  const profile::SegmentView& segments() const override { throw_bug("fake", 0, "segments"); }
  pipeline::SegmentIndexer& segment_index() override { throw_bug("fake", 0, "segment index"); }
  bool segments_settled() const override { return true; }
  const store::LogStore& log() const override { throw_bug("fake", 0, "log"); }
  store::KvStore& views() override { throw_bug("fake", 0, "views"); }
  const pipeline::PipelineMetrics& metrics() const override { return metrics_; }
  uint64_t quarantine_open() const override { return kept.size(); }
  Status scan(LogPosition, const std::function<bool(const Record&)>&) const override { return {}; }
  LogPosition opened_at() const override { return {}; }
  LogPosition durable() const override { return {}; }
  bool writable() const override { return !full; }
  Status drain() override { return {}; }

  std::vector<Event> events;
  std::vector<QuarantineRecord> kept;
  bool refuse = false, full = false;

 private:
  std::mutex mutex_;
  pipeline::PipelineMetrics metrics_;
  std::vector<std::thread> threads_;
};

class HttpTrackingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    users_ = std::move(Users::open(folder_.path() / "c.sqlite", folder_.path() / "code", clock_)).value();
    gate_.emplace("wk_test", "ak_test", *users_, by_key_);
    tracking_.emplace(pipeline_, *gate_, clock_, tracking_metrics_);
    router_.emplace(*gate_, by_client_, pool_, logger_, router_metrics_);
    tracking_->add_routes(*router_);
    sessions_.emplace(*users_);
    sessions_->add_routes(*router_);
    http::Route guarded;
    guarded.method = http::Method::kPost;
    guarded.pattern = "/guarded";
    guarded.access = http::Access::kDashboard;
    guarded.run = [](http::Request&, http::Responder respond) { respond(http::Response::json("{}")); };
    router_->add(guarded);
    http::Route broken;
    broken.pattern = "/broken";
    broken.run = [](http::Request&, http::Responder) { FURROW_ASSERT(1 == 2); };
    router_->add(broken);
    http::HttpOptions options;
    options.port = 0;
    options.threads = 2;
    server_ = std::move(http::HttpServer::start(options, *router_, clock_, logger_, http_metrics_)).value();
    client_.emplace(server_->port());
  }
  http::TestReply post(std::string_view path, std::string_view body, std::string fields = kAuthorized) { return client_->request("POST", path, body, fields); }

  static inline const std::string kAuthorized = "Authorization: Basic d2tfdGVzdDo=\r\nContent-Type: application/json\r\n";
  TemporaryFolder folder_;
  SystemClock clock_;
  Logger logger_{LogLevel::kError, [this](std::string_view line) { std::lock_guard lock(log_mutex_); logged_ += line; }};
  std::mutex log_mutex_;
  std::string logged_;
  std::unique_ptr<Users> users_;
  http::RateLimiter by_key_{100'000, 100'000}, by_client_{100'000, 100'000};
  std::optional<AuthGate> gate_;
  http::HttpMetrics http_metrics_;
  http::RouterMetrics router_metrics_;
  TrackingMetrics tracking_metrics_;
  http::RequestPool pool_{1, 16};
  FakePipeline pipeline_;
  std::optional<TrackingApi> tracking_;
  std::optional<SessionApi> sessions_;
  std::optional<http::Router> router_;
  std::unique_ptr<http::HttpServer> server_;
  std::optional<http::TestClient> client_;

};

TEST_F(HttpTrackingTest, TakesACallAndAnswersWhenItIsDurable) {
  auto reply = post("/v1/track", R"({"userId":"u","event":"Order Completed"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"success":true})");
  EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*");
  ASSERT_EQ(pipeline_.events.size(), 1u);
  EXPECT_EQ(pipeline_.events[0].source, "live");
}

TEST_F(HttpTrackingTest, TakesABeaconWithItsKeyInTheBody) {
  EXPECT_EQ(post("/v1/t", R"({"userId":"u","event":"e","writeKey":"wk_test"})", "Content-Type: text/plain\r\n").status, 200);
  EXPECT_EQ(post("/v1/b", R"({"writeKey":"wk_test","batch":[{"type":"page","userId":"u"}]})", "Content-Type: text/plain\r\n").status, 200);
  EXPECT_EQ(pipeline_.events.size(), 2u);
}

TEST_F(HttpTrackingTest, RefusesAWrongKeyAndKeepsNothing) {
  for (std::string fields : {"Authorization: Basic d3Jvbmc6\r\n", "Authorization: Basic !!!\r\n", "Authorization: Bearer wk_test\r\n", ""}) {
    auto reply = post("/v1/track", R"({"userId":"u","event":"e","writeKey":"wrong"})", fields);
    EXPECT_EQ(reply.status, 401) << fields;
    EXPECT_THAT(reply.body, HasSubstr("\"unauthorized\""));
  }
  EXPECT_EQ(post("/v1/track", "not json", "Authorization: Basic d3Jvbmc6\r\n").status, 401);
  EXPECT_EQ(post("/v1/track", "not json", "").status, 400);
  for (std::string body : {"{}", "[]", R"({"batch":[]})", R"({"context":5,"batch":[{"type":"page","userId":"u"}],"writeKey":"wrong"})"}) {
    EXPECT_EQ(post("/v1/batch", body, "").status, 401) << body;
  }
  EXPECT_EQ(pipeline_.events.size() + pipeline_.kept.size(), 0u);
  EXPECT_EQ(tracking_metrics_.wrong_keys.value(), 10u);
}

TEST_F(HttpTrackingTest, KeepsABatchThatCannotBeReadWhereverItsKeyStands) {
  auto reply = post("/v1/batch", R"({"context":5,"batch":[{"type":"page","userId":"u"}],"writeKey":"wk_test"})", "Content-Type: text/plain\r\n");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("\"field\":\"context\""));
  EXPECT_EQ(pipeline_.kept.size(), 1u);
}

TEST_F(HttpTrackingTest, QuarantinesMalformedJsonWithItsBytes) {
  auto reply = post("/v1/track", R"({"userId":"u",)");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("\"invalid_json\""));
  ASSERT_EQ(pipeline_.kept.size(), 1u);
  EXPECT_EQ(pipeline_.kept[0].raw, R"({"userId":"u",)");
  EXPECT_EQ(pipeline_.kept[0].code, "invalid_json");
}

TEST_F(HttpTrackingTest, QuarantinesAnEventOfWrongTypesAndNamesTheField) {
  auto reply = post("/v1/track", R"({"userId":"u","event":5})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr(R"("code":"invalid_event")"));
  EXPECT_THAT(reply.body, HasSubstr(R"("field":"event")"));
  ASSERT_EQ(pipeline_.kept.size(), 1u);
  EXPECT_EQ(pipeline_.kept[0].field, "event");
}

TEST_F(HttpTrackingTest, RefusesAnEventOf33KilobytesAndQuarantinesIt) {
  std::string body = R"({"userId":"u","event":"e","properties":{"x":")" + std::string(33 * 1024, 'x') + "\"}}";
  auto reply = post("/v1/track", body);
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, HasSubstr("\"too_large\""));
  ASSERT_EQ(pipeline_.kept.size(), 1u);
  EXPECT_EQ(pipeline_.kept[0].raw, body);
}

TEST_F(HttpTrackingTest, KeepsTheGoodEventsOfABatchAndListsTheRefused) {
  std::string big = R"({"type":"track","userId":"u","event":"big","properties":{"x":")" + std::string(33 * 1024, 'x') + "\"}}";
  auto reply = post("/v1/batch", R"({"batch":[{"type":"track","userId":"u","event":"a"},{"type":"track"},)" + big + R"(,{"type":"page","userId":"u"}]})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(R"({"success":true,"accepted":2,"refused":[{"index":1,"code":"invalid_event")"));
  EXPECT_THAT(reply.body, HasSubstr(R"({"index":2,"code":"too_large")"));
  EXPECT_EQ(pipeline_.events.size(), 2u);
  EXPECT_EQ(pipeline_.kept.size(), 2u);
}

TEST_F(HttpTrackingTest, RefusesABatchOfFiveMegabytes) {
  auto reply = post("/v1/batch", R"({"batch":[")" + std::string(5 << 20, 'x') + "\"]}");
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(pipeline_.kept.size(), 0u);
}

TEST_F(HttpTrackingTest, AnEmptyBatchIsASuccess) {
  EXPECT_EQ(post("/v1/batch", R"({"batch":[]})").body, R"({"success":true})");
  EXPECT_EQ(post("/v1/batch", "").status, 400);
}

TEST_F(HttpTrackingTest, AsksToComeBackWhenThePipelineIsBusyOrTheDiskFull) {
  pipeline_.refuse = true;
  auto busy = post("/v1/track", R"({"userId":"u","event":"e"})");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.field("Retry-After"), "1");
  EXPECT_THAT(busy.body, HasSubstr("\"unavailable\""));
  pipeline_.refuse = false;
  pipeline_.full = true;
  auto full = post("/v1/track", R"({"userId":"u","event":"e"})");
  EXPECT_EQ(full.status, 503);
  EXPECT_THAT(full.body, HasSubstr("\"storage_full\""));
  pipeline_.full = false;
  EXPECT_EQ(post("/v1/track", R"({"userId":"u","event":"e"})").status, 200);
}

TEST_F(HttpTrackingTest, AnswersBrowsersPreflight) {
  auto reply = client_->request("OPTIONS", "/v1/batch", {}, "Origin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n");
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(reply.field("Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_THAT(reply.field("Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  EXPECT_EQ(client_->request("OPTIONS", "/v1/session").field("Access-Control-Allow-Origin"), "");
}

TEST_F(HttpTrackingTest, TellsOtherSitesWhyABodyIsRefusedUnread) {
  auto refused = [&](int status, const http::TestReply& reply) {
    EXPECT_EQ(reply.status, status) << reply.body;
    EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*") << status;
  };
  refused(415, post("/v1/track", "x", kAuthorized + "Content-Encoding: br\r\n"));
  refused(400, post("/v1/track", "x", kAuthorized + "Content-Encoding: GZIP\r\n"));
  refused(405, client_->get("/v1/batch"));
  refused(413, post("/v1/batch", std::string(5 << 20, ' ')));
  client_.emplace(server_->port());
  EXPECT_EQ(client_->request("POST", "/v1/session", std::string(1 << 20, ' ')).field("Access-Control-Allow-Origin"), "");
}

TEST_F(HttpTrackingTest, ThePixelAnswersAnImageWhateverHappens) {
  // {"writeKey":"wk_test","userId":"u","event":"Email Opened"}
  auto reply = client_->get("/v1/pixel/track?data=eyJ3cml0ZUtleSI6IndrX3Rlc3QiLCJ1c2VySWQiOiJ1IiwiZXZlbnQiOiJFbWFpbCBPcGVuZWQifQ==");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "image/gif");
  EXPECT_EQ(reply.body.substr(0, 6), "GIF89a");
  EXPECT_EQ(reply.body.size(), 43u);
  EXPECT_EQ(client_->get("/v1/pixel/track?writeKey=wk_test&userId=u&event=Email%20Opened&properties.subject=Hi").status, 200);
  ASSERT_EQ(pipeline_.events.size(), 2u);
  EXPECT_EQ(pipeline_.events[1].name, "Email Opened");
  EXPECT_EQ(pipeline_.events[1].properties, R"({"subject":"Hi"})");
  EXPECT_EQ(client_->get("/v1/pixel/track?writeKey=wk_test&userId=u").status, 200);
  EXPECT_EQ(pipeline_.kept.size(), 1u);
  EXPECT_EQ(client_->get("/v1/pixel/track?data=nonsense").status, 200);
  EXPECT_EQ(client_->get("/v1/pixel/track?writeKey=wrong&userId=u&event=e").status, 200);
  EXPECT_EQ(pipeline_.events.size(), 2u);
  EXPECT_EQ(client_->get("/v1/pixel/walk?userId=u").status, 404);
}

TEST_F(HttpTrackingTest, LimitsTheRateOfAKey) {
  http::RateLimiter strict(0.5, 3);
  AuthGate gate("wk_test", "ak_test", *users_, strict);
  Time now = clock_.now();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate.admit_write_key("Basic d2tfdGVzdDo=", {}, now).ok());
  EXPECT_EQ(gate.admit_write_key("Basic d2tfdGVzdDo=", {}, now).error().code(), ErrorCode::kTooManyRequests);
  EXPECT_TRUE(gate.admit_write_key("Basic d2tfdGVzdDo=", {}, now + seconds(2)).ok());
}

TEST_F(HttpTrackingTest, TellsWhoeverAsksTooOftenWhenToComeBack) {
  http::RateLimiter strict(0.01, 2);
  http::Router router(*gate_, strict, pool_, logger_, router_metrics_);
  tracking_->add_routes(router);
  http::HttpOptions options;
  options.port = 0;
  auto server = std::move(http::HttpServer::start(options, router, clock_, logger_, http_metrics_)).value();
  http::TestClient client(server->port());
  constexpr std::string_view kEvent = R"({"userId":"u","event":"e"})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.request("POST", "/v1/track", kEvent, kAuthorized).status, 200);
  auto reply = client.request("POST", "/v1/track", kEvent, kAuthorized);
  EXPECT_EQ(reply.status, 429);
  EXPECT_THAT(reply.body, HasSubstr("\"too_many_requests\""));
  EXPECT_GT(std::atoi(reply.field("Retry-After").c_str()), 50) << "a token comes in 100 s";
  EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*") << "so that a browser shows it to the sender";
  EXPECT_EQ(client.get("/healthz").status, 404) << "probes are not limited";
  EXPECT_EQ(pipeline_.events.size(), 2u);
}

TEST_F(HttpTrackingTest, NamesWhatIsNotThereAndWhatMethodIs) {
  EXPECT_EQ(post("/v1/nothing", "{}").status, 404);
  auto reply = client_->get("/v1/track");
  EXPECT_EQ(reply.status, 405);
  EXPECT_THAT(reply.field("Allow"), HasSubstr("POST"));
}

TEST_F(HttpTrackingTest, ABugStopsTheRequestOnly) {
  auto reply = client_->get("/broken");
  EXPECT_EQ(reply.status, 500);
  EXPECT_THAT(reply.body, ::testing::Not(HasSubstr("1 == 2")));
  // The same connection's thread answers this one, so it is done with the fault.
  EXPECT_EQ(post("/v1/track", R"({"userId":"u","event":"e"})").status, 200);
  EXPECT_EQ(router_metrics_.faults.value(), 1u);
  {
    std::lock_guard lock(log_mutex_);
    EXPECT_THAT(logged_, HasSubstr("1 == 2"));
  }
}

class HttpSessionTest : public HttpTrackingTest {
 protected:
  http::TestReply set_up() {
    return client_->request("POST", "/v1/setup", R"({"name":"ann","password":"long enough pw","setup_code":")" + users_->setup_code() + "\"}", kJson);
  }
  static std::string token_of(const http::TestReply& reply) {
    std::string cookie = reply.field("Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
  }
  static std::string csrf_of(const http::TestReply& reply) { return reply.body.substr(14, reply.body.find('"', 14) - 14); }
  static inline const std::string kJson = "Content-Type: application/json\r\n";
};

TEST_F(HttpSessionTest, MakesTheFirstAdministratorOnce) {
  EXPECT_EQ(client_->get("/v1/setup").body, R"({"needed":true})");
  EXPECT_EQ(client_->request("POST", "/v1/setup", R"({"name":"eve","password":"long enough pw","setup_code":"0123456789abcdef"})", kJson).status, 401);
  auto reply = set_up();
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.field("Set-Cookie"), HasSubstr("HttpOnly; SameSite=Strict"));
  EXPECT_EQ(client_->get("/v1/setup").body, R"({"needed":false})");
  EXPECT_EQ(set_up().status, 409);
}

TEST_F(HttpSessionTest, TakesCookiesOnlyWithTheirCsrfToken) {
  auto in = set_up();
  std::string cookie = "Cookie: " + token_of(in) + "\r\n";
  EXPECT_EQ(client_->get("/v1/session", cookie).status, 200);
  EXPECT_EQ(client_->get("/v1/session").status, 401);
  EXPECT_EQ(client_->get("/v1/session", "Cookie: furrow_session=" + std::string(64, 'a') + "\r\n").status, 401);
  EXPECT_EQ(client_->get("/v1/session", "Cookie: furrow_session=\r\n").status, 401);
  EXPECT_EQ(post("/guarded", "{}", cookie).status, 403);
  EXPECT_EQ(post("/guarded", "{}", cookie + "X-CSRF-Token: " + std::string(64, '0') + "\r\n").status, 403);
  EXPECT_EQ(post("/guarded", "{}", cookie + "X-CSRF-Token: " + csrf_of(in) + "\r\n").status, 200);
  EXPECT_EQ(post("/guarded", "{}", "X-CSRF-Token: " + csrf_of(in) + "\r\n").status, 401);
  EXPECT_EQ(post("/guarded", "{}", "Authorization: Bearer ak_test\r\n").status, 200);
  EXPECT_EQ(post("/guarded", "{}", "Authorization: Bearer wk_test\r\n").status, 401);
}

TEST_F(HttpSessionTest, SignsOutForGood) {
  auto in = set_up();
  std::string fields = "Cookie: " + token_of(in) + "\r\nX-CSRF-Token: " + csrf_of(in) + "\r\n";
  EXPECT_EQ(client_->request("DELETE", "/v1/session", {}, "Cookie: " + token_of(in) + "\r\n").status, 403);
  EXPECT_EQ(client_->request("DELETE", "/v1/session", {}, fields).status, 204);
  EXPECT_EQ(client_->get("/v1/session", fields).status, 401);
}

TEST_F(HttpSessionTest, RefusesUnfitSignIns) {
  set_up();
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann","password":"wrong"})", kJson).status, 401);
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann"})", kJson).status, 400);
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann","password":1})", kJson).status, 400);
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann","password":"x","extra":1})", kJson).status, 400);
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann","password":"long enough pw"})", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(client_->request("POST", "/v1/session", R"({"name":"ann","password":"long enough pw"})", kJson).status, 200);
}

TEST_F(HttpSessionTest, GuessingIsSlowedDown) {
  set_up();
  http::TestReply reply;
  int tries = 0;
  for (; tries < 30 && reply.status != 429; ++tries) reply = client_->request("POST", "/v1/session", R"({"name":"eve","password":"wrong"})", kJson);
  EXPECT_EQ(reply.status, 429);
  EXPECT_GT(tries, 5);
  EXPECT_EQ(reply.field("Retry-After"), "10");
}

}  // namespace
}  // namespace furrow::app
