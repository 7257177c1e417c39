#include "reach/delivery.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "base/files.h"
#include "reach/receiver_fixture.h"
#include "reach/webhook_channel.h"
#include "reach/webhook_signature.h"

namespace furrow::reach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Every third position is a message: m3, m6, …
class ThirdPositions : public MessageSource {
 public:
  explicit ThirdPositions(uint64_t end) : end_(end) {}
  Status read(LogPosition after, size_t most, std::vector<OutMessage>& into, LogPosition& reached) override {
    reached = after;
    for (; reached.value < end_ && into.size() < most;) {
      ++reached.value;
      if (reached.value % 3 == 0) into.push_back(*at(reached).value());
    }
    return {};
  }
  Result<std::optional<OutMessage>> at(LogPosition position) override {
    if (position.value == gone_) return std::optional<OutMessage>();
    return std::optional<OutMessage>({position, "\"m" + std::to_string(position.value) + "\""});
  }
  uint64_t end_, gone_ = 0;
};

class DeliveryTest : public ::testing::Test {
 protected:
  void SetUp() override { store_ = DeliveryStore::open(folder_.path() / "deliveries.sqlite").value(); }
  WebhookDeclaration webhook(const Receiver& receiver, size_t batch = 1) {
    WebhookDeclaration made;
    made.name = "crm";
    made.url = *OutboundUrl::parse(receiver.url());
    made.allow_private = true;
    made.batch = batch;
    return made;
  }
  std::unique_ptr<Delivery> open(const Receiver& receiver, uint64_t end, size_t batch = 1, ThirdPositions** source = nullptr) {
    auto made = std::make_unique<ThirdPositions>(end);
    if (source) *source = made.get();
    return Delivery::open("crm", std::move(made), std::make_unique<WebhookChannel>(webhook(receiver, batch), secret_, clock_), *store_,
                          {batch, hours(1)}, {}, clock_, logger_).value();
  }
  static void steps(Delivery& delivery, int most = 1000) {
    for (int i = 0; i < most; ++i) {
      if (delivery.step().value() > Duration{}) return;
    }
  }
  static std::vector<std::string> bodies(const Receiver& receiver) {
    std::vector<std::string> out;
    for (const auto& one : receiver.received()) out.push_back(one.body);
    return out;
  }
  TemporaryFolder folder_;
  ManualClock clock_{parse_time("2026-11-22T12:00:00Z").value()};
  Logger logger_{LogLevel::kError, [](std::string_view) {}};
  std::string secret_ = webhook_secret_bytes(new_webhook_secret()).value();
  std::unique_ptr<DeliveryStore> store_;
};

TEST_F(DeliveryTest, SendsInOrderSignedAndGoesOnWhereItWas) {
  Receiver receiver;
  steps(*open(receiver, 9));
  EXPECT_THAT(bodies(receiver), ElementsAre("\"m3\"", "\"m6\"", "\"m9\""));
  const Received first = receiver.received()[0];
  EXPECT_EQ(first.headers.at("webhook-id"), "3");
  EXPECT_EQ(first.headers.at("content-type"), "application/cloudevents+json");
  EXPECT_EQ(first.headers.at("webhook-signature"), sign_webhook(secret_, "3", clock_.now(), first.body));
  EXPECT_NE(first.headers.at("webhook-signature"), sign_webhook(secret_, "3", clock_.now(), first.body + " "));
  auto later = open(receiver, 15);
  steps(*later);
  EXPECT_THAT(bodies(receiver), ElementsAre("\"m3\"", "\"m6\"", "\"m9\"", "\"m12\"", "\"m15\""));
  EXPECT_EQ(later->state().cursor.delivered, 5u);
}

// The standard's own example (standard-webhooks/spec, test vector of its libraries).
TEST(WebhookSignature, IsTheStandards) {
  const auto secret = webhook_secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  ASSERT_TRUE(secret.ok());
  EXPECT_EQ(sign_webhook(*secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", {1614265330000000}, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  for (const char* bad : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_!!!!"}) EXPECT_FALSE(webhook_secret_bytes(bad).ok()) << bad;
}

TEST_F(DeliveryTest, TriesAgainLaterAndLaterAndLosesNothing) {
  bool down = true;
  Receiver receiver([&](const Received&) -> Answer { return down ? Answer{500, "", false, ""} : Answer{}; });
  auto delivery = open(receiver, 6);
  std::vector<double> pauses;
  for (int i = 0; i < 12; ++i) {
    const Duration pause = delivery->step().value();
    pauses.push_back(static_cast<double>(pause.micros) / 1e6);
    EXPECT_GT(delivery->step().value(), Duration{}) << "not before its time";
    clock_.set(clock_.now() + pause);
  }
  EXPECT_EQ(receiver.received().size(), 12u);
  for (size_t i = 0; i < pauses.size(); ++i) {
    const double wanted = std::min(300.0, std::pow(2.0, static_cast<double>(i)));
    EXPECT_NEAR(pauses[i], wanted, wanted * 0.2 + 1e-3) << i;
  }
  const DeliveryState failing = delivery->state();
  EXPECT_EQ(failing.attempts, 12u);
  EXPECT_EQ(failing.status, 500);
  EXPECT_TRUE(failing.next_attempt && failing.cursor.failing_since);
  down = false;
  steps(*delivery);
  const auto sent = bodies(receiver);
  EXPECT_THAT(std::vector(sent.end() - 2, sent.end()), ElementsAre("\"m3\"", "\"m6\""));
  EXPECT_FALSE(delivery->state().cursor.failing_since);
  EXPECT_EQ(store_->dead_count("crm").value(), 0u);
}

TEST_F(DeliveryTest, WaitsAsLongAsTheReceiverAsks) {
  Receiver receiver([&](const Received&) -> Answer { return {429, "90", false, ""}; });
  auto delivery = open(receiver, 3);
  EXPECT_EQ(delivery->step().value(), seconds(90));
}

TEST_F(DeliveryTest, WhatIsRefusedIsADeadLetterAndTheNextGoesOn) {
  bool mended = false;
  Receiver receiver([&](const Received& got) -> Answer { return got.body == "\"m6\"" && !mended ? Answer{422, "", false, ""} : Answer{}; });
  ThirdPositions* source = nullptr;
  auto delivery = open(receiver, 9, 1, &source);
  steps(*delivery);
  EXPECT_THAT(bodies(receiver), ElementsAre("\"m3\"", "\"m6\"", "\"m9\""));
  const auto dead = store_->dead("crm", 10).value();
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].position.value, 6u);
  EXPECT_EQ(dead[0].status, 422);
  EXPECT_EQ(store_->resend("crm").value(), 1u);
  steps(*delivery);
  EXPECT_EQ(store_->dead_count("crm").value(), 1u) << "refused again";
  mended = true;
  EXPECT_EQ(store_->resend("crm").value(), 1u);
  steps(*delivery);
  EXPECT_EQ(store_->dead_count("crm").value(), 0u);
  EXPECT_EQ(delivery->state().cursor.delivered, 3u);
}

TEST_F(DeliveryTest, ABatchThatIsRefusedIsSentSingly) {
  Receiver receiver([&](const Received& got) -> Answer { return got.body.find("m6") != std::string::npos ? Answer{400, "", false, ""} : Answer{}; });
  auto delivery = open(receiver, 12, 3);
  steps(*delivery);
  EXPECT_THAT(bodies(receiver), ElementsAre("[\"m3\",\"m6\",\"m9\"]", "[\"m3\"]", "[\"m6\"]", "[\"m9\"]", "[\"m12\"]"));
  EXPECT_EQ(receiver.received()[0].headers.at("webhook-id"), "3-9");
  EXPECT_EQ(store_->dead_count("crm").value(), 1u);
  EXPECT_EQ(delivery->state().cursor.delivered, 3u);
}

TEST_F(DeliveryTest, GivesUpWhenTheReceiverHasFailedForLong) {
  bool down = true;
  Receiver receiver([&](const Received&) -> Answer { return {down ? 404 : 200, "", down, ""}; });
  auto delivery = open(receiver, 6);
  ASSERT_TRUE(delivery->step().ok());
  clock_.set(clock_.now() + minutes(59));
  ASSERT_TRUE(delivery->step().ok());
  EXPECT_EQ(store_->dead_count("crm").value(), 0u);
  delivery = open(receiver, 6);  // a restart does not begin anew to be patient
  clock_.set(clock_.now() + minutes(2));
  ASSERT_TRUE(delivery->step().ok());
  EXPECT_EQ(store_->dead_count("crm").value(), 1u);
  down = false;
  clock_.set(clock_.now() + minutes(6));
  steps(*delivery);
  ASSERT_TRUE(store_->resend("crm").ok());
  steps(*delivery);
  const auto sent = bodies(receiver);
  EXPECT_THAT(std::vector(sent.end() - 2, sent.end()), ElementsAre("\"m6\"", "\"m3\""));
}

TEST_F(DeliveryTest, DeadLettersWaitOutAReceiverThatIsDownAndTheOldestGoBeyondTheLimit) {
  DeliveryCursor cursor = store_->cursor("crm", {}).value();
  std::vector<DeadLetter> letters;
  for (uint64_t i = 1; i <= kMaxDeadLetters + 3; ++i) letters.push_back({{i}, clock_.now(), 400, "answered 400", false});
  ASSERT_TRUE(store_->give_up("crm", cursor, letters).ok());
  EXPECT_EQ(cursor.dropped, 3u);
  EXPECT_EQ(store_->dead_count("crm").value(), kMaxDeadLetters);
  ASSERT_TRUE(store_->resend("crm").ok());
  Receiver receiver([&](const Received&) -> Answer { return {503, "", false, ""}; });
  auto delivery = open(receiver, 0);
  EXPECT_GT(delivery->step().value(), Duration{});
  EXPECT_GT(delivery->step().value(), Duration{});
  EXPECT_EQ(receiver.received().size(), 1u) << "one at a time, with pauses";
  EXPECT_EQ(store_->again("crm", kMaxDeadLetters).value().size(), kMaxDeadLetters);
}

TEST_F(DeliveryTest, ANewChannelBeginsAtTheEndAndIdleProgressIsKept) {
  EXPECT_EQ(store_->cursor("new", {41}).value().position.value, 41u);
  EXPECT_EQ(store_->cursor("new", {99}).value().position.value, 41u);
}

// A sender that is killed after every few requests, at any point between a message's arrival and the cursor's writing.
TEST_F(DeliveryTest, KilledAgainAndAgainItLosesNothingAndKeepsTheOrder) {
  constexpr uint64_t kMessages = 200, kBetweenKills = 9;
  // The receiver answers so many, one to four more than are waited for, and holds the next until the sender is dead: however late this
  // process is given a processor, there is somebody to kill.
  std::mutex mutex;
  std::condition_variable more;
  size_t allowed = 0, taken = 0;
  auto allow = [&](size_t messages) {
    { std::lock_guard lock(mutex); allowed = messages; }
    more.notify_all();
  };
  Receiver receiver([&](const Received&) -> Answer {
    std::unique_lock lock(mutex);
    ++taken;
    more.wait(lock, [&] { return taken <= allowed; });
    return {};
  });
  int kills = 0;
  while (true) {
    const size_t before = receiver.received().size();
    const bool last = before + kBetweenKills >= kMessages;
    allow(last ? SIZE_MAX : before + kBetweenKills + static_cast<size_t>(kills) % 4);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      store_.release();  // the parent's connection is not for a child
      store_ = DeliveryStore::open(folder_.path() / "deliveries.sqlite").value();
      auto delivery = open(receiver, 3 * kMessages);
      steps(*delivery, 100'000);
      ::_exit(0);
    }
    if (!last && receiver.wait_for(before + kBetweenKills)) {
      ::kill(child, SIGKILL);
      ++kills;
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) break;
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  EXPECT_GE(kills, 15);
  std::vector<uint64_t> sent;
  for (const auto& one : receiver.received()) sent.push_back(std::stoull(one.headers.at("webhook-id")));
  EXPECT_EQ(std::set(sent.begin(), sent.end()).size(), kMessages);
  EXPECT_LE(sent.size(), kMessages + static_cast<size_t>(kills)) << "at most the one in flight comes twice";
  for (size_t i = 1; i < sent.size(); ++i) EXPECT_TRUE(sent[i] == sent[i - 1] || sent[i] == sent[i - 1] + 3) << i;
}

TEST_F(DeliveryTest, StopsWhileARequestIsUnderWayAndSendsItAgain) {
  std::mutex gate;
  std::unique_lock held(gate);
  bool block = true;
  Receiver receiver([&](const Received&) -> Answer {
    if (block) std::lock_guard wait(gate);
    return {};
  });
  auto delivery = open(receiver, 3);
  delivery->start();
  // The request is on its way or there; the answer is held back until the delivery has stopped.
  delivery->stop();
  block = false;
  held.unlock();
  steps(*open(receiver, 3));
  ASSERT_FALSE(receiver.received().empty());
  EXPECT_EQ(receiver.received().back().body, "\"m3\"");
}

}  // namespace
}  // namespace furrow::reach
