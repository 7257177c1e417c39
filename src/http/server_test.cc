#include "http/server.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <thread>

#include "http/encoding.h"
#include "http/limits.h"
#include "http/test_client.h"

namespace furrow::http {
namespace {

// Answers with what it saw; /later answers from another thread, /drop never does.
class Echo : public Handler {
 public:
  ~Echo() override {
    for (auto& thread : threads_) thread.join();
  }
  size_t body_limit(Method, std::string_view path) const override { return path == "/small" ? 100 : 1 << 20; }
  void handle(Request& request, Responder respond) override {
    if (request.path == "/drop") return;
    if (request.path == "/large") {
      return respond(Response::json(std::string(3'000'000, 'x')));
    }
    std::string text = std::string(to_string(request.method)) + " " + request.path + "?" + request.query + " " + request.body;
    if (request.path != "/later") return respond(Response::json(std::move(text)));
    threads_.emplace_back([text = std::move(text), respond = std::move(respond)]() mutable { respond(Response::json(std::move(text))); });
  }

 private:
  std::vector<std::thread> threads_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void start() {
    options_.port = 0;
    options_.threads = 2;
    auto server = HttpServer::start(options_, handler_, clock_, logger_, metrics_);
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = std::move(server).value();
  }
  uint16_t port() const { return server_->port(); }

  HttpOptions options_;
  SystemClock clock_;
  Logger logger_{LogLevel::kError};
  HttpMetrics metrics_;
  Echo handler_;
  std::unique_ptr<HttpServer> server_;
};

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(HttpServerTest, KeepsTheConnectionAliveAndReadsEveryPartOfARequest) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.get("/a%20b?x=1").body, "GET /a b?x=1 ");
  EXPECT_EQ(client.request("POST", "/p", "hello").body, "POST /p? hello");
  EXPECT_EQ(client.request("HEAD", "/p").field("Content-Length"), "9");
  EXPECT_EQ(client.get("/q").body, "GET /q? ");
  EXPECT_EQ(metrics_.accepted.value(), 1u);
}

TEST_F(HttpServerTest, AnswersFromAnotherThread) {
  start();
  TestClient client(port());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(client.request("POST", "/later", std::to_string(i)).body, "POST /later? " + std::to_string(i));
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  TestClient client(port());
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    all += (i % 3 == 0 ? "GET /later?" : "GET /now?") + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  std::thread writer([&] { client.write(all); });
  for (int i = 0; i < 2000; ++i) {
    ASSERT_EQ(client.reply().body, (i % 3 == 0 ? "GET /later?" : "GET /now?") + std::to_string(i) + " ");
  }
  writer.join();
}

TEST_F(HttpServerTest, TakesARequestByteByByteAndChunked) {
  start();
  TestClient client(port());
  std::string text = "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;e=1\r\ndefg\r\n0\r\n\r\n";
  for (char c : text) ASSERT_TRUE(client.write(std::string_view(&c, 1)));
  EXPECT_EQ(client.reply().body, "POST /x? abcdefg");
}

TEST_F(HttpServerTest, SendsALargeResponseWhole) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.get("/large").body, std::string(3'000'000, 'x'));
  EXPECT_EQ(client.get("/next").body, "GET /next? ");
}

TEST_F(HttpServerTest, RefusesABodyOverTheRoutesLimitBeforeReadingIt) {
  start();
  TestClient client(port());
  auto reply = client.request("POST", "/small", std::string(5'000'000, 'x'));
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, ::testing::HasSubstr("\"too_large\""));
  EXPECT_TRUE(client.ended());
}

TEST_F(HttpServerTest, RefusesAChunkedBodyOverTheLimit) {
  start();
  TestClient client(port());
  client.write("POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.write("40\r\n" + std::string(64, 'a') + "\r\n40\r\n" + std::string(64, 'a') + "\r\n");
  EXPECT_EQ(client.reply().status, 413);
}

TEST_F(HttpServerTest, RefusesAChunkThatAnnouncesMoreThanTheLimit) {
  start();
  for (const char* size : {"65", "40000000", "ffffffffffffffff"}) {
    TestClient client(port());
    client.write("POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.write(std::string(size) + "\r\n");  // and no more: nothing is waited for
    EXPECT_EQ(client.reply().status, 413) << size;
  }
}

TEST_F(HttpServerTest, DecompressesGzip) {
  start();
  TestClient client(port());
  auto reply = client.request("POST", "/z", gzip("squeezed"), "Content-Encoding: gzip\r\n");
  EXPECT_EQ(reply.body, "POST /z? squeezed");
}

TEST_F(HttpServerTest, StopsAGzipBombAtTheLimit) {
  start();
  const std::string bomb = gzip(std::string(32 << 20, '\0'));  // made before connecting: headers are waited for only so long
  ASSERT_LT(bomb.size(), 1u << 16);
  TestClient client(port());
  EXPECT_EQ(client.request("POST", "/z", bomb, "Content-Encoding: gzip\r\n").status, 413);
  EXPECT_EQ(client.get("/still").status, 200);
}

TEST_F(HttpServerTest, NamesDamagedGzipAndUnknownEncodings) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.request("POST", "/z", "not gzip at all, only text", "Content-Encoding: gzip\r\n").status, 400);
  EXPECT_EQ(client.request("POST", "/z", "x", "Content-Encoding: br\r\n").status, 415);
}

TEST_F(HttpServerTest, RefusesAHeaderOverSixteenKilobytes) {
  start();
  {
    TestClient client(port());
    EXPECT_EQ(client.get("/", "X-Long: " + std::string(20'000, 'a') + "\r\n").status, 413);
  }
  TestClient client(port());
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X-A: 1\r\n";
  EXPECT_EQ(client.get("/", many).status, 413);
}

TEST_F(HttpServerTest, ToldByAnOldClientToKeepTheConnectionItSaysThatItDoes) {
  start();
  TestClient client(port());
  for (int i = 0; i < 2; ++i) {
    client.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.reply().field("Connection"), "keep-alive");
  }
  client.write("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.reply().field("Connection"), "close");
  EXPECT_TRUE(client.ended());
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttp) {
  start();
  for (std::string_view bad : {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
                               "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n",
                               "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                               // What follows would be read as another request.
                               "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
                               "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, gzip\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    TestClient client(port());
    client.write(bad);
    EXPECT_EQ(client.reply().status, 400) << bad;
    EXPECT_TRUE(client.ended()) << bad;
  }
}

TEST_F(HttpServerTest, SaysContinueToClientsThatWaitForIt) {
  start();
  TestClient client(port());
  client.write("POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  client.write("abc");
  EXPECT_EQ(client.reply().body, "POST /e? abc");
}

TEST_F(HttpServerTest, CutsAClientThatTricklesItsHeader) {
  options_.header_timeout = milliseconds(150);
  start();
  TestClient client(port());
  client.write("GET / HTTP/1.1\r\n");
  TestReply reply;
  // A byte now and then must not extend the time: then all would be written and nothing answered.
  for (int i = 0; i < 100 && reply.status == 0 && client.write("X"); ++i) reply = client.reply(20);
  EXPECT_EQ(reply.status, 408);
  EXPECT_EQ(metrics_.timeouts.value(), 1u);
}

TEST_F(HttpServerTest, CutsAClientThatTricklesItsBody) {
  options_.body_timeout = milliseconds(150);
  start();
  TestClient client(port());
  client.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(client.reply().status, 408);
}

TEST_F(HttpServerTest, ClosesIdleConnections) {
  options_.idle_timeout = milliseconds(150);
  start();
  TestClient client(port());
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(metrics_.timeouts.value(), 0u);
}

TEST_F(HttpServerTest, HoldsManyConnectionsAndRefusesThoseOverTheCap) {
  options_.connections = 300;
  start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<TestClient>(port()));
    ASSERT_EQ(clients.back()->get("/").status, 200) << i;
  }
  TestClient over(port());
  EXPECT_EQ(over.reply().status, 503);
  clients.pop_back();
  // The place is free as soon as the server has seen the close.
  for (int i = 0; i < 1000; ++i) {
    TestClient again(port());
    if (again.get("/").status == 200) return;
  }
  FAIL() << "no place became free";
}

TEST_F(HttpServerTest, NamesAPortInUse) {
  start();
  HttpOptions taken = options_;
  taken.port = port();
  auto second = HttpServer::start(taken, handler_, clock_, logger_, metrics_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_THAT(second.error().message(), ::testing::HasSubstr(std::to_string(port())));
}

TEST_F(HttpServerTest, NeverLeavesAClientWithoutAnAnswer) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.get("/drop").status, 500);
  EXPECT_EQ(client.get("/").status, 200);
}

TEST_F(HttpServerTest, FinishesWhatIsInFlightWhenItStops) {
  class Slow : public Handler {
   public:
    size_t body_limit(Method, std::string_view) const override { return 0; }
    void handle(Request&, Responder respond) override {
      held = std::make_unique<Responder>(std::move(respond));
      in_flight.store(true);
    }
    std::unique_ptr<Responder> held;
    std::atomic<bool> in_flight{false};
  } slow;
  options_.port = 0;
  auto started = HttpServer::start(options_, slow, clock_, logger_, metrics_);
  ASSERT_TRUE(started.ok());
  auto server = std::move(started).value();
  TestClient idle(server->port()), busy(server->port());
  busy.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  while (!slow.in_flight.load()) std::this_thread::yield();
  std::thread stopper([&] { server->stop(seconds(20)); });
  EXPECT_TRUE(idle.ended());
  (*slow.held)(Response::json("{}"));
  auto reply = busy.reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(busy.ended());
  stopper.join();
  EXPECT_FALSE(TestClient(server->port()).connected());
}

TEST(RateLimiter, LetsABurstPassAndRefillsAtItsRate) {
  RateLimiter limiter(2, 4);
  Time now = time_from_milliseconds(1'700'000'000'000);
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limiter.take("a", now));
  EXPECT_EQ(limiter.take("a", now), 1);
  EXPECT_FALSE(limiter.take("b", now));
  EXPECT_FALSE(limiter.take("a", now + milliseconds(500)));
  EXPECT_TRUE(limiter.take("a", now + milliseconds(500)));
}

TEST(RateLimiter, StaysWithinItsMemory) {
  RateLimiter limiter(1, 2, 160);
  Time now = time_from_milliseconds(1'700'000'000'000);
  for (int i = 0; i < 100'000; ++i) ASSERT_FALSE(limiter.take(std::to_string(i), now));
}

TEST(HttpEncoding, ReadsBothBase64AlphabetsAndRefusesOthers) {
  EXPECT_EQ(base64_decode("aGk="), "hi");
  EXPECT_EQ(base64_decode("_-8"), base64_decode("/+8="));
  EXPECT_FALSE(base64_decode("a"));
  EXPECT_FALSE(base64_decode("a b="));
}

TEST(HttpEncoding, ReadsQueriesAndCookies) {
  EXPECT_EQ(query_value("a=1&name=J%C3%BCrgen+K&b", "name"), "Jürgen K");
  EXPECT_EQ(query_value("a=1&b", "b"), "");
  EXPECT_FALSE(query_value("a=1", "c"));
  EXPECT_EQ(cookie_value("x=1; furrow_session=abc; y=2", "furrow_session"), "abc");
  EXPECT_EQ(cookie_value("xfurrow_session=abc", "furrow_session"), "");
}

}  // namespace
}  // namespace furrow::http
