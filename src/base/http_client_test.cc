#include "base/http_client.h"

#include <gtest/gtest.h>

namespace furrow {
namespace {

TEST(ServerAddress, OnlyThisMachine) {
  EXPECT_EQ(ServerAddress::parse("http://127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(ServerAddress::parse("http://localhost:81/")->host, "127.0.0.1");
  EXPECT_EQ(ServerAddress::parse("http://[::1]:9")->host, "::1");
  for (const char* bad : {"http://example.com:80", "https://127.0.0.1:80", "127.0.0.1:80", "http://127.0.0.1:0", "http://127.0.0.1:99999",
                          "http://127.0.0.1:80/v1", "http://127.0.0.1.example.com", "http://localhost@evil:80"}) {
    EXPECT_FALSE(ServerAddress::parse(bad).ok()) << bad;
  }
}

TEST(HttpClient, SaysWhoDoesNotAnswer) {
  HttpClient client({"127.0.0.1", 1});  // nobody may listen on port 1 but root's tcpmux
  auto reply = client.get("/healthz", "");
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.error().code(), ErrorCode::kUnavailable);
  EXPECT_NE(reply.error().message().find("http://127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace furrow
