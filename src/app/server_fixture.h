// For tests: a workspace folder and its server on a port of its own, with a client beside it. Nothing is in the folder until the test
// puts it there, and nothing listens until `serve`.
#pragma once
#include <gtest/gtest.h>
#include <simdjson.h>

#include <deque>
#include <memory>
#include <mutex>

#include "app/server.h"
#include "base/files.h"
#include "http/test_client.h"

namespace furrow::app {

class ServerFixture : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& content) {
    std::filesystem::create_directories((root_ / path).parent_path());
    ASSERT_TRUE(write_file_atomically(root_ / path, content).ok());
  }
  Workspace workspace() const {
    auto loaded = Workspace::load(root_);
    EXPECT_TRUE(loaded.ok()) << loaded.error().message();
    return *std::move(loaded);
  }
  std::filesystem::path data() const { return root_ / ".furrow" / "data"; }

  void serve() {
    Workspace served = workspace();
    write_ = served.keys.write_key;
    bearer_ = "Authorization: Bearer " + served.keys.api_key + "\r\n";
    ServerOptions options;
    options.http.port = 0;
    options.http.threads = 2;
    auto server = Server::open(std::move(served), options, clock_, logger_);
    ASSERT_TRUE(server.ok()) << server.error().to_string();
    server_ = *std::move(server);
    client_ = std::make_unique<http::TestClient>(server_->port());
  }
  void stop() {
    client_.reset();
    if (server_) ASSERT_TRUE(server_->stop().ok());
    server_.reset();
  }

  http::TestReply get(const std::string& path) { return client_->get(path, bearer_); }
  http::TestReply post(const std::string& path, std::string_view body) { return client_->request("POST", path, body, bearer_); }
  // A tracking call with the write key in its body, which must be an object with fields.
  http::TestReply send(http::TestClient& client, const std::string& call, std::string body) {
    body.insert(1, "\"writeKey\":\"" + write_ + "\",");
    return client.request("POST", "/v1/" + call, body);
  }
  void send(const std::string& call, const std::string& body) { ASSERT_EQ(send(*client_, call, body).status, 200) << body; }
  // Valid as long as the test.
  simdjson::dom::element parse(const std::string& text) { return parsers_.emplace_back().parse(text); }

  TemporaryFolder folder_;
  const std::filesystem::path root_ = folder_.path() / "market";
  SystemClock clock_;
  std::string logged_;
  std::mutex log_mutex_;
  Logger logger_{LogLevel::kInfo, [this](std::string_view line) {
    std::lock_guard lock(log_mutex_);
    logged_ += line;
  }};
  std::string write_, bearer_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<http::TestClient> client_;
  std::deque<simdjson::dom::parser> parsers_;
};

}  // namespace furrow::app
