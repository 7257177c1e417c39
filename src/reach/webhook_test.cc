#include "reach/webhook.h"

#include <gmock/gmock.h>

namespace furrow::reach {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kKinds{"user_id", "email", "anonymous_id"};

std::vector<std::string> faults(std::string_view yaml, WebhookDeclaration* made = nullptr) {
  Diagnostics diagnostics;
  const auto node = YamlNode::parse(yaml, "webhooks/a.yaml", diagnostics);
  const auto webhook = WebhookDeclaration::load(*node, kKinds);
  if (made) *made = webhook;
  std::vector<std::string> out;
  for (const auto& fault : diagnostics.list()) out.push_back(fault.to_string());
  return out;
}

TEST(Webhook, IsReadWithItsDefaults) {
  WebhookDeclaration made;
  EXPECT_THAT(faults("name: crm\nurl: https://hooks.example.com/a\n", &made), IsEmpty());
  EXPECT_THAT(made.identifiers, ElementsAre("user_id"));
  EXPECT_THAT(made.causes, IsEmpty());
  EXPECT_EQ(made.batch, 1u);
  EXPECT_THAT(faults("name: crm\nurl: http://10.0.0.7:9000/a\nallow_private: true\nidentifiers: [email, user_id]\ncauses: event\nbatch: 50\ntimeout: 5s\ngive_up_after: 2d\n", &made), IsEmpty());
  EXPECT_THAT(made.identifiers, ElementsAre("email", "user_id"));
  EXPECT_EQ(made.give_up_after, days(2));
}

TEST(Webhook, EveryFaultIsNamedAtItsLine) {
  EXPECT_THAT(faults("name: c r m\nurl: ftp://x\nidentifiers: [emial]\ncauses: [evnt]\nbatch: 0\ntimeout: 2h\nretries: 3\n"),
              ElementsAre(HasSubstr("webhooks/a.yaml:7: "), HasSubstr("webhooks/a.yaml:1: "), HasSubstr("webhooks/a.yaml:2: "), HasSubstr("did you mean \"email\"?"),
                          HasSubstr("did you mean \"event\"?"), HasSubstr("webhooks/a.yaml:5: "), HasSubstr("webhooks/a.yaml:6: ")));
  EXPECT_THAT(faults("name: crm\n"), ElementsAre(HasSubstr("url")));
  for (const char* inside : {"https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://[fd00::2]/"}) {
    EXPECT_THAT(faults(fmt::format("name: crm\nurl: '{}'\n", inside)), ElementsAre(HasSubstr("private network"))) << inside;
  }
  EXPECT_THAT(faults("name: crm\nurl: http://hooks.example.com/\n"), ElementsAre(HasSubstr("https://")));
  EXPECT_THAT(faults("name: crm\nurl: https://cafe.example/\n"), IsEmpty());
}

TEST(Webhook, ReactionsNameDeclaredWebhooks) {
  Diagnostics diagnostics;
  const auto node = YamlNode::parse("segments:\n  - {name: a, where: x > 1, on_enter: crm}\n  - {name: b, where: x > 1}\n  - name: c\n    where: x > 1\n    on_exit: [crm, mial, crm]\n",
                                    "segments/s.yaml", diagnostics);
  std::vector<SegmentReaction> reactions;
  load_segment_reactions(*node, {"crm", "mail"}, reactions);
  ASSERT_EQ(reactions.size(), 2u);
  EXPECT_THAT(reactions[0].on_enter, ElementsAre("crm"));
  EXPECT_THAT(reactions[1].on_exit, ElementsAre("crm"));
  ASSERT_EQ(diagnostics.list().size(), 1u);
  EXPECT_THAT(diagnostics.list()[0].to_string(), HasSubstr("segments/s.yaml:6: there is no webhook \"mial\"; did you mean \"mail\"?"));
}

}  // namespace
}  // namespace furrow::reach
