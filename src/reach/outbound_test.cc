#include "reach/outbound.h"

#include <gmock/gmock.h>

#include "base/files.h"
#include "reach/receiver_fixture.h"

namespace furrow::reach {
namespace {

using ::testing::HasSubstr;

TEST(OutboundUrl, TakesApartWhatItAccepts) {
  const auto url = OutboundUrl::parse("https://hooks.example.com:8443/a/b?key=1#part");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "hooks.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b?key=1");
  EXPECT_EQ(url->origin(), "https://hooks.example.com:8443") << "no path: it may hold a secret";
  EXPECT_EQ(OutboundUrl::parse("https://[2606:2800::1]?q")->host, "2606:2800::1");
  EXPECT_EQ(OutboundUrl::parse("https://[2606:2800::1]?q")->target, "/?q");
  EXPECT_EQ(OutboundUrl::parse("http://example.com")->port, 80);
  for (const char* bad : {"ftp://x", "example.com", "https://", "https://user:word@example.com/", "https://example.com:0/", "https://example.com:port/",
                          "https://exa mple.com/", "https://[::1", "https://[::1]x", "https://b\xC3\xBC" "cher.example/"}) {
    EXPECT_FALSE(OutboundUrl::parse(bad).ok()) << bad;
  }
  EXPECT_FALSE(OutboundUrl::parse("https://example.com/" + std::string(kMaxUrlBytes, 'a')).ok());
}

TEST(OutboundClient, KnowsWhatIsInsideANetwork) {
  for (const char* inside : {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
                             "::1", "::", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "2001:db8::1", "2001::1", "no address"}) {
    EXPECT_FALSE(is_public_address(inside)) << inside;
  }
  for (const char* outside : {"93.184.216.34", "172.32.0.1", "172.15.255.255", "100.128.0.1", "11.0.0.0", "2606:2800:220:1::1", "2001:4860:4860::8888", "::ffff:93.184.216.34"}) {
    EXPECT_TRUE(is_public_address(outside)) << outside;
  }
}

TEST(OutboundClient, DoesNotConnectInsideUnlessThatIsDeclared) {
  Receiver receiver;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    OutboundClient client(*OutboundUrl::parse(receiver.url("/", host)), {});
    const auto reply = client.post({}, "x");
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().code(), ErrorCode::kForbidden) << reply.error().message();
  }
  EXPECT_TRUE(receiver.received().empty());
}

TEST(OutboundClient, KeepsItsConnectionAndFollowsNoRedirect) {
  Receiver elsewhere;
  Receiver receiver([&](const Received& got) -> Answer {
    if (got.body == "gone") return {302, "", false, elsewhere.url()};
    if (got.body == "later") return {503, "7", false, ""};
    return {204, "", false, ""};
  });
  OutboundClient client(*OutboundUrl::parse(receiver.url("/hook?a=b")), {.allow_private = true});
  ASSERT_EQ(client.post({{"x-mark", "one"}}, "hello")->status, 204);
  const auto later = client.post({}, "later");
  ASSERT_EQ(later->status, 503);
  EXPECT_EQ(later->retry_after, std::optional(seconds(7)));
  EXPECT_EQ(client.post({}, "gone")->status, 302);
  const auto received = receiver.received();
  ASSERT_EQ(received.size(), 3u);
  EXPECT_EQ(received[0].target, "/hook?a=b");
  EXPECT_EQ(received[0].headers.at("x-mark"), "one");
  EXPECT_TRUE(elsewhere.received().empty());
}

TEST(OutboundClient, ChecksWhoAnswersOverTls) {
  const auto identity = self_signed("localhost");
  Receiver receiver({}, identity);
  TemporaryFolder folder;
  const std::string trusted = (folder.path() / "authority.pem").string();
  ASSERT_TRUE(write_file_atomically(trusted, identity.second).ok());
  OutboundClient known(*OutboundUrl::parse(receiver.url("/tls", "localhost")), {.allow_private = true, .authorities = trusted});
  ASSERT_EQ(known.post({}, "a")->status, 200);
  ASSERT_EQ(known.post({}, "b")->status, 200) << "on the kept connection";
  OutboundClient unknown(*OutboundUrl::parse(receiver.url("/tls", "localhost")), {.allow_private = true});
  EXPECT_THAT(unknown.post({}, "c").error().message(), HasSubstr("TLS")) << "nobody vouches for it";
  OutboundClient misnamed(*OutboundUrl::parse(receiver.url("/tls", "127.0.0.1")), {.allow_private = true, .authorities = trusted});
  EXPECT_THAT(misnamed.post({}, "d").error().message(), HasSubstr("TLS")) << "the certificate is another's";
  EXPECT_EQ(receiver.received().size(), 2u);
}

TEST(OutboundClient, EndsInTimeAndWhenCancelled) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor silent(context, {boost::asio::ip::address_v4::loopback(), 0});  // takes connections, never answers
  const std::string url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()) + "/";
  OutboundClient slow(*OutboundUrl::parse(url), {.timeout = milliseconds(100), .allow_private = true});
  EXPECT_THAT(slow.post({}, "x").error().message(), HasSubstr("no answer in time"));
  OutboundClient patient(*OutboundUrl::parse(url), {.timeout = minutes(5), .allow_private = true});
  std::thread other([&] {
    auto connection = silent.accept();  // the first client's, which is closed
    auto second = silent.accept();
    patient.cancel();
  });
  EXPECT_FALSE(patient.post({}, "x").ok());
  other.join();
  EXPECT_FALSE(patient.post({}, "x").ok());
}

}  // namespace
}  // namespace furrow::reach
