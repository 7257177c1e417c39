#include "market/live.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>

#include "base/files.h"
#include "base/json.h"

namespace furrow::market {
namespace {

namespace http = boost::beast::http;
using tcp = boost::asio::ip::tcp;

// The least that speaks Furrow's HTTP: decides by a function of the person, remembers what it was told.
class FakeServer {
 public:
  using Decide = std::function<std::pair<std::string, bool>(const std::string& person)>;  // action, holdout
  explicit FakeServer(Decide decide, int status = 200) : decide_(std::move(decide)), status_(status) {
    acceptor_.open(tcp::v4());
    acceptor_.bind({boost::asio::ip::make_address("127.0.0.1"), 0});
    acceptor_.listen();
    thread_ = std::thread([this] { accept(); });
  }
  ~FakeServer() {
    stopping_ = true;
    tcp::socket wake(context_);
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    wake.close();
    thread_.join();
    for (auto& t : sessions_) t.join();
  }
  ServerAddress address() const { return {"127.0.0.1", acceptor_.local_endpoint().port()}; }

  std::mutex mutex;
  size_t offers_viewed = 0, orders = 0, named = 0, batches = 0;
  std::set<std::string> message_ids;
  std::string overview = "{}";

 private:
  void accept() {
    while (!stopping_) {
      auto socket = std::make_shared<tcp::socket>(context_);
      boost::system::error_code error;
      acceptor_.accept(*socket, error);
      if (stopping_ || error) return;
      sessions_.emplace_back([this, socket] { serve(*socket); });
    }
  }
  void serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    while (true) {
      http::request<http::string_body> request;
      http::read(socket, buffer, request, error);
      if (error) return;
      http::response<http::string_body> response(static_cast<http::status>(status_), 11);
      response.body() = answer(std::string(request.target()), std::string(request[http::field::authorization]), request.body());
      response.keep_alive(true);
      response.prepare_payload();
      http::write(socket, response, error);
      if (error) return;
    }
  }
  std::string answer(const std::string& target, const std::string& authorization, const std::string& body) {
    std::lock_guard lock(mutex);
    if (status_ != 200) return "{\"error\":{\"code\":\"unauthorized\"}}";
    Fields fields;
    EXPECT_TRUE(target == "/v1/overview" || fields.parse(body).ok());
    if (target == "/v1/overview") return overview;
    if (target == "/v1/batch") {
      EXPECT_EQ(authorization, "Basic d2s6");  // "wk:"
      ++batches;
      count(body);
      return "{\"success\":true}";
    }
    EXPECT_EQ(target, "/v1/decide");
    EXPECT_EQ(authorization, "Bearer ak");
    auto [action, holdout] = decide_(std::string(fields.get("anonymousId").text()));
    return "{\"decisionId\":\"d_" + std::to_string(++decisions_) + "\",\"holdout\":" + (holdout ? "true" : "false") +
           ",\"actions\":[{\"id\":\"" + action + "\",\"score\":0.1,\"reasons\":[]}]}";
  }
  void count(const std::string& body) {
    auto occurrences = [&](std::string_view what) {
      size_t n = 0;
      for (size_t at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) ++n;
      return n;
    };
    offers_viewed += occurrences("\"Offer Viewed\"");
    orders += occurrences("\"Order Completed\"");
    named += occurrences("\"decisionId\"");
    for (size_t at = 0; (at = body.find("\"messageId\":\"", at)) != std::string::npos; ++at) {
      EXPECT_TRUE(message_ids.insert(body.substr(at + 13, 18)).second) << "a message id was used twice";
    }
  }

  Decide decide_;
  int status_;
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::vector<std::thread> sessions_;
  size_t decisions_ = 0;
};

LiveOptions options(const FakeServer& server) {
  LiveOptions options;
  options.server = server.address();
  options.write_key = "wk";
  options.api_key = "ak";
  options.market = {.seed = 5, .customers = 3'000, .months = 1, .until = *parse_time("2026-03-02T00:00:00Z")};
  options.visits_per_second = 4'000;
  options.seconds = 1;
  options.connections = 3;
  return options;
}

TEST(Live, OrdersComeWithTheTrueProbabilityOfWhatWasShown) {
  FakeServer server([](const std::string& person) {
    bool holdout = hash64(person) % 4 == 0;
    return std::pair(std::string(holdout ? "new_arrivals" : "twenty_off"), holdout);
  });
  auto report = run_live(options(server), SystemClock());
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  EXPECT_EQ(report->failures, 0u) << report->first_failure;
  const LiveTruth& truth = report->truth;
  ASSERT_GT(report->visits, 300u);
  EXPECT_EQ(truth.ai_decisions + truth.holdout_decisions, report->visits);
  EXPECT_EQ(server.offers_viewed, report->visits);
  EXPECT_EQ(server.batches, 2 * report->visits);
  EXPECT_EQ(server.orders, truth.ai_orders + truth.holdout_orders);
  EXPECT_LT(server.named, 1.2 * static_cast<double>(server.orders) + 5);
  double ai = truth.ai_expected, held = truth.holdout_expected;
  EXPECT_NEAR(static_cast<double>(truth.ai_orders), ai, 5 * std::sqrt(ai));
  EXPECT_NEAR(static_cast<double>(truth.holdout_orders), held, 5 * std::sqrt(held) + 1);
  EXPECT_GT(truth.lift(), 0.03);  // always 20 % off earns about a tenth
  EXPECT_LT(truth.lift(), 0.2);
}

TEST(Live, TheBaselineForEverybodyHasNoLift) {
  FakeServer server([](const std::string&) { return std::pair(std::string("new_arrivals"), false); });
  auto report = run_live(options(server), SystemClock());
  ASSERT_TRUE(report.ok());
  EXPECT_DOUBLE_EQ(report->truth.difference(), 0);
  EXPECT_DOUBLE_EQ(report->truth.lift(), 0);
}

TEST(Live, StopEndsItEarly) {
  FakeServer server([](const std::string&) { return std::pair(std::string("ten_off"), false); });
  std::atomic<bool> stop{true};
  auto o = options(server);
  o.seconds = 3'600;
  o.stop = &stop;
  auto report = run_live(o, SystemClock());
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->visits, 0u);
}

TEST(Live, WrongKeyIsUnauthorized) {
  FakeServer server([](const std::string&) { return std::pair(std::string("ten_off"), false); }, 401);
  auto report = run_live(options(server), SystemClock());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kUnauthorized);
}

TEST(Live, AServerThatIsGoneIsUnavailable) {
  auto o = [] {
    FakeServer gone([](const std::string&) { return std::pair(std::string("ten_off"), false); });
    return options(gone);
  }();
  auto report = run_live(o, SystemClock());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kUnavailable);
}

TEST(Live, UnknownActionNamesIt) {
  FakeServer server([](const std::string&) { return std::pair(std::string("mystery"), false); });
  auto report = run_live(options(server), SystemClock());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidWorkspace);
  EXPECT_NE(report.error().message().find("mystery"), std::string::npos);
}

TEST(Live, LimitsAreLimits) {
  FakeServer server([](const std::string&) { return std::pair(std::string("ten_off"), false); });
  auto o = options(server);
  o.seconds = kMaxSeconds + 1;
  auto report = run_live(o, SystemClock());
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidArgument);
}

TEST(LiveTruth, AddsAndComesBackFromItsFile) {
  LiveTruth truth{100, 20, 14, 2, 13.5, 10.0, 2.1};
  truth.add(truth);
  EXPECT_NEAR(truth.lift(), 0.35, 1e-12);
  EXPECT_NEAR(truth.difference(), 0.035, 1e-12);
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  truth.write(json);
  json.end_object();
  TemporaryFolder folder;
  auto path = (folder.path() / "truth.json").string();
  ASSERT_TRUE(write_file_atomically(path, out).ok());
  auto back = LiveTruth::read(path);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->ai_decisions, 200u);
  EXPECT_DOUBLE_EQ(back->ai_baseline_expected, 20.0);
  ASSERT_TRUE(write_file_atomically(path, "{}").ok());
  EXPECT_EQ(LiveTruth::read(path).error().code(), ErrorCode::kInvalidFile);
}

TEST(MeasuredLift, ReadsThePlacementFromTheOverview) {
  FakeServer server([](const std::string&) { return std::pair(std::string("ten_off"), false); });
  server.overview = R"({"placements":[{"placement":"other"},{"placement":"home","ai":{"decisions":90},"holdout":{"decisions":10},
    "lift":{"diff":0.03,"relative":0.3,"low":0.01,"high":0.05,"anytimeLow":null,"anytimeHigh":0.07,"enough":false,"message":"soon"}}]})";
  HttpClient client(server.address());
  auto measured = measured_lift(client, "ak", "home");
  ASSERT_TRUE(measured.ok()) << measured.error().to_string();
  EXPECT_EQ(measured->ai_decisions, 90u);
  EXPECT_FALSE(measured->anytime_low.has_value());
  EXPECT_TRUE(measured->covers(0.05));
  EXPECT_FALSE(measured->covers(0.051));
  EXPECT_EQ(measured_lift(client, "ak", "absent").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace furrow::market
