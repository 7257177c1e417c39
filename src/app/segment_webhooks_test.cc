// Entries and exits at a real receiver: through the server's API, and through the built program that is killed while it sends.
#include "app/segment_webhooks.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <set>

#include "app/server_fixture.h"
#include "app/templates.h"
#include "reach/receiver_fixture.h"

namespace furrow::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using reach::Answer;
using reach::Received;
using reach::Receiver;

class SegmentWebhooksTest : public ServerFixture {
 protected:
  void make_workspace(const Receiver& receiver, const std::string& more = "") {
    ASSERT_TRUE(create_workspace(root_, "shop").ok());
    std::filesystem::remove(root_ / "segments" / "people.yaml");
    put("features/webhooks_test.yaml", "features:\n  - {name: buys, event: Order Completed, aggregate: count, default: 0}\n");
    put("segments/test.yaml",
        "segments:\n"
        "  - {name: buyers, where: buys >= 1, on_enter: crm}\n"
        "  - {name: once, where: buys == 1, on_exit: [crm]}\n"
        "  - {name: silent, where: buys >= 1}\n");
    put("webhooks/crm.yaml", "name: crm\nurl: " + receiver.url("/hook?token=hidden") + "\nallow_private: true\nidentifiers: [user_id, email]\n" + more);
  }
  void order(const std::string& user) { send("track", R"({"userId":")" + user + R"(","event":"Order Completed"})"); }
  std::string body_of(const std::string& path) { return get(path).body; }
  // Until the answer says so; a delivery is settled a moment after the receiver was asked.
  bool says(const std::string& path, const std::string& wanted) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      if (body_of(path).find(wanted) != std::string::npos) return true;
      std::this_thread::yield();
    }
    return false;
  }
};

TEST_F(SegmentWebhooksTest, EntriesAndExitsReachTheReceiverInOrderAndOnlyThoseDeclared) {
  Receiver receiver;
  make_workspace(receiver);
  serve();
  send("identify", R"({"userId":"ann","traits":{"email":"ann@example.com","phone":"+8613800000000"}})");
  order("ann");  // enters buyers, once and silent
  order("ann");  // leaves once
  ASSERT_TRUE(receiver.wait_for(2));
  ASSERT_TRUE(says("/v1/webhooks", "\"delivered\":2"));
  const auto received = receiver.received();
  ASSERT_EQ(received.size(), 2u);
  simdjson::dom::parser parser;
  simdjson::dom::element entered = parser.parse(received[0].body);
  EXPECT_EQ(received[0].target, "/hook?token=hidden");
  EXPECT_EQ(std::string_view(entered["specversion"]), "1.0");
  EXPECT_EQ(std::string_view(entered["type"]), "furrow.segment.entered");
  EXPECT_EQ(std::string_view(entered["data"]["segment"]), "buyers");
  EXPECT_EQ(std::string_view(entered["data"]["cause"]), "event");
  EXPECT_EQ(std::string_view(entered["data"]["identifiers"]["user_id"].at(0)), "ann");
  EXPECT_EQ(std::string_view(entered["data"]["identifiers"]["email"].at(0)), "ann@example.com");
  EXPECT_THAT(received[0].body, Not(HasSubstr("13800000000"))) << "not declared";
  EXPECT_EQ(std::string_view(entered["id"]), received[0].headers.at("webhook-id"));
  EXPECT_THAT(received[0].headers.at("webhook-signature"), HasSubstr("v1,"));
  EXPECT_THAT(received[1].body, HasSubstr("\"type\":\"furrow.segment.exited\""));
  EXPECT_THAT(received[1].body, HasSubstr("\"segment\":\"once\""));
  const std::string listed = body_of("/v1/webhooks");
  EXPECT_THAT(listed, HasSubstr("\"onEnter\":[\"buyers\"],\"onExit\":[\"once\"]"));
  EXPECT_THAT(listed, Not(HasSubstr("hidden"))) << "a URL's path may hold a secret";

  stop();
  server_.reset();
  serve();
  order("bob");
  ASSERT_TRUE(receiver.wait_for(3));
  EXPECT_THAT(receiver.received()[2].body, HasSubstr("bob")) << "nothing twice after an orderly restart";
  EXPECT_EQ(post("/v1/webhooks/crm/test", "").status, 200);
  ASSERT_TRUE(receiver.wait_for(4));
  EXPECT_THAT(receiver.received()[3].body, HasSubstr("furrow.webhook.test"));
}

TEST_F(SegmentWebhooksTest, DeadLettersAreSeenAndSentAgain) {
  std::atomic<bool> mended = false;
  Receiver receiver([&](const Received&) -> Answer { return {mended ? 200 : 422, "", false, ""}; });
  make_workspace(receiver);
  serve();
  order("ann");
  ASSERT_TRUE(says("/v1/webhooks", "\"dead\":1"));
  const std::string dead = body_of("/v1/webhooks/crm/dead");
  EXPECT_THAT(dead, HasSubstr("\"status\":422,\"why\":\"answered 422\",\"again\":false,\"segment\":\"buyers\",\"entered\":true,\"profileId\":\"p_"));
  mended = true;
  EXPECT_THAT(post("/v1/webhooks/crm/resend", "").body, HasSubstr("\"resending\":1"));
  ASSERT_TRUE(says("/v1/webhooks", "\"dead\":0"));
  EXPECT_EQ(receiver.received().size(), 2u);
  EXPECT_EQ(post("/v1/webhooks/none/resend", "").status, 404);
  EXPECT_EQ(get("/v1/webhooks/none/dead").status, 404);
}

TEST_F(SegmentWebhooksTest, FaultsAreNamedAtTheirLine) {
  Receiver receiver;
  make_workspace(receiver, "batch: 0\n");
  put("webhooks/twin.yaml", "name: crm\nurl: http://hooks.example.com/\n");
  put("segments/more.yaml", "segments:\n  - name: a\n    where: buys > 3\n    on_enter: cmr\n");
  const auto loaded = Workspace::load(root_);
  ASSERT_FALSE(loaded.ok());
  const std::string faults = loaded.error().message();
  EXPECT_THAT(faults, HasSubstr("webhooks/crm.yaml:5: "));
  EXPECT_THAT(faults, HasSubstr("webhooks/twin.yaml:2: messages tell of people: use https://"));
  EXPECT_THAT(faults, HasSubstr("the webhook \"crm\" is declared already at webhooks/crm.yaml:1"));
  EXPECT_THAT(faults, HasSubstr("segments/more.yaml:4: there is no webhook \"cmr\"; did you mean \"crm\"?"));
}

// The program as built: killed with SIGKILL while it sends, again and again. Every entry arrives, in order.
TEST_F(SegmentWebhooksTest, AKilledServerLosesNoEntry) {
  const char* binary = std::getenv("FURROW_BINARY");
  if (!binary || !std::filesystem::exists(binary)) GTEST_SKIP() << "FURROW_BINARY names no built program";
  constexpr size_t kPeople = 60, kRounds = 4;
  Receiver receiver;
  make_workspace(receiver);
  write_ = Workspace::load(root_)->keys.write_key;
  for (size_t round = 0; round < kRounds; ++round) {
    int out[2];
    ASSERT_EQ(::pipe(out), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    std::string root = root_.string(), program = binary, serve = "serve", port = "--port", zero = "0";
    char* words[] = {program.data(), serve.data(), root.data(), port.data(), zero.data(), nullptr};
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, binary, &actions, nullptr, words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    std::string said;
    char piece[256];
    for (ssize_t n; said.find("listening on http://") == std::string::npos || said.find('\n', said.find("listening")) == std::string::npos;) {
      ASSERT_GT(n = ::read(out[0], piece, sizeof piece), 0) << said;
      said.append(piece, static_cast<size_t>(n));
    }
    const size_t colon = said.find(':', said.find("listening on http://") + 20);
    http::TestClient client(static_cast<uint16_t>(std::stoul(said.substr(colon + 1))));
    for (size_t i = 0; i < kPeople; ++i) send(client, "track", fmt::format(R"({{"userId":"u{}-{}","event":"Order Completed"}})", round, i));
    // All entries are acknowledged; some, but not all, were sent: that is when it dies. The last round ends in peace.
    ASSERT_TRUE(receiver.wait_for(round * kPeople + (round + 1 < kRounds ? 5 : kPeople)));
    if (round + 1 == kRounds) {
      std::set<std::string> ids;
      for (size_t wanted = kRounds * kPeople; ids.size() < kRounds * kPeople; ++wanted) {
        const auto seen = receiver.received();  // once: what comes meanwhile must not be waited for again
        for (const auto& one : seen) ids.insert(one.headers.at("webhook-id"));
        if (ids.size() < kRounds * kPeople) ASSERT_TRUE(receiver.wait_for(seen.size() + 1)) << ids.size();
      }
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(out[0]);
  }
  uint64_t before = 0;
  std::set<uint64_t> seen;
  for (const auto& one : receiver.received()) {
    const uint64_t id = std::stoull(one.headers.at("webhook-id"));
    EXPECT_TRUE(id >= before || seen.contains(id)) << "new ones come in the log's order";
    before = id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), kRounds * kPeople);
}

}  // namespace
}  // namespace furrow::app
