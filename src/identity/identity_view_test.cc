#include "identity/identity_view.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "base/random.h"
#include "store/memory_kv.h"

namespace furrow::identity {
namespace {

Event track(std::string user, std::string anonymous) {
  static int n = 0;
  Event event;
  event.message_id = "m" + std::to_string(++n);
  event.user_id = std::move(user);
  event.anonymous_id = std::move(anonymous);
  event.name = "Seen";
  return event;
}
Event identify(std::string user, std::string anonymous, std::string traits) {
  Event event = track(std::move(user), std::move(anonymous));
  event.type = EventType::kIdentify;
  event.properties = std::move(traits);
  return event;
}

class Identity : public testing::Test {
 protected:
  void SetUp() override { open(IdentityRules::defaults()); }
  void open(IdentityRules rules) { view_ = IdentityView::open(std::move(rules), *kv_, 1000).value(); }
  // As the pipeline does: merges first, then the event.
  ProfileId see(const Event& event) {
    auto resolved = view_->resolve(event).value();
    for (const auto& merge : resolved.merges) apply(merge);
    apply(EventRecord{resolved.profile, event});
    merges_ += resolved.merges.size();
    return resolved.profile;
  }
  void apply(RecordBody body) {
    records_.push_back({{records_.size() + 1}, std::move(body)});
    ASSERT_TRUE(view_->apply(records_.back()).ok());
  }
  void checkpoint() {
    store::Batch batch;
    view_->checkpoint(batch);
    ASSERT_TRUE(kv_->write(batch).ok());
  }
  std::string rebuilt_digest(const IdentityRules& rules = IdentityRules::defaults()) {
    auto kv = store::make_memory_kv();
    auto again = IdentityView::open(rules, *kv, 10).value();
    for (const auto& record : records_) EXPECT_TRUE(again->apply(record).ok());
    EXPECT_EQ(again->people(), view_->people());
    return again->digest().value().to_string();
  }
  std::unique_ptr<store::KvStore> kv_ = store::make_memory_kv();
  std::unique_ptr<IdentityView> view_;
  std::vector<Record> records_;
  size_t merges_ = 0;
};

TEST_F(Identity, AnonymousBecomesKnown) {
  ProfileId visitor = see(track("", "device"));
  EXPECT_EQ(see(track("u1", "device")), visitor);
  EXPECT_EQ(see(track("u1", "")), visitor);
  EXPECT_EQ(view_->find("user_id", "u1"), visitor);
  EXPECT_EQ(view_->people(), 1u);
  EXPECT_EQ(merges_, 0u);
}

TEST_F(Identity, TwoPeopleWhoProveToBeOneAreMerged) {
  ProfileId visitor = see(track("", "device"));
  ProfileId user = see(track("u1", "laptop"));
  EXPECT_NE(visitor, user);
  EXPECT_EQ(see(track("u1", "device")), user);
  EXPECT_EQ(merges_, 1u);
  EXPECT_EQ(view_->canonical(visitor), user);
  EXPECT_EQ(view_->find("anonymous_id", "device"), user);
  EXPECT_EQ(view_->people(), 1u);
  EXPECT_EQ(view_->identifiers_of(user).size(), 3u);
}

TEST_F(Identity, UsersOfASharedDeviceStayApart) {
  ProfileId ann = see(track("ann", "tablet"));
  ProfileId bob = see(track("bob", "tablet"));
  EXPECT_NE(ann, bob);
  EXPECT_EQ(see(track("ann", "tablet")), ann);
  EXPECT_EQ(see(track("bob", "tablet")), bob);
  EXPECT_EQ(see(track("", "tablet")), ann) << "an identifier is never taken away from its owner";
  EXPECT_EQ(view_->people(), 2u);
  EXPECT_EQ(merges_, 0u);
}

TEST_F(Identity, AnEmailLinksSourcesButNotTwoUsers) {
  ProfileId crm = see(identify("", "crm-7", R"({"email":" Zoe@Example.com "})"));
  ProfileId web = see(identify("u1", "device", R"({"email":"zoe@example.com"})"));
  EXPECT_EQ(crm, web);
  EXPECT_NE(see(identify("u2", "", R"({"email":"zoe@example.com"})")), web);
  EXPECT_EQ(view_->find("email", "ZOE@example.com"), web);
}

TEST_F(Identity, NumbersAndNobodyValues) {
  ProfileId a = see(identify("u1", "", R"({"phone":8613800000000})"));
  EXPECT_EQ(view_->find("phone", "8613800000000"), a);
  EXPECT_NE(see(track("null", "x1")), see(track("null", "x2")));
  EXPECT_FALSE(view_->find("user_id", "null").has_value());
}

TEST_F(Identity, NeverListedValuesIdentifyNobody) {
  IdentityRules rules = IdentityRules::defaults();
  rules.identifiers[1].never = {"info@example.com"};
  open(rules);
  EXPECT_NE(see(identify("a", "", R"({"email":"info@example.com"})")), see(identify("b", "", R"({"email":"info@example.com"})")));
  EXPECT_NE(see(identify("", "c", R"({"email":"info@example.com"})")), see(identify("", "d", R"({"email":"info@example.com"})")));
}

TEST_F(Identity, AnAliasJoinsThePreviousId) {
  ProfileId before = see(track("", "old-device"));
  Event alias = track("u9", "");
  alias.type = EventType::kAlias;
  alias.name = "old-device";
  EXPECT_EQ(see(alias), before);
  EXPECT_EQ(view_->find("user_id", "u9"), before);
}

TEST_F(Identity, FollowsTheLogThroughCheckpointsRestartsAndMerges) {
  const uint64_t seed = 5;
  SCOPED_TRACE(seed);
  Random random(seed);
  for (int i = 0; i < 5000; ++i) {
    std::string user = random.chance(0.4) ? "u" + std::to_string(random.below(300)) : "";
    std::string device = user.empty() || random.chance(0.7) ? "d" + std::to_string(random.below(500)) : "";
    see(random.chance(0.2) ? identify(user, device, R"({"email":"e)" + std::to_string(random.below(400)) + "@x\"}") : track(user, device));
    if (random.chance(0.01)) checkpoint();
    if (random.chance(0.003)) {
      checkpoint();
      open(IdentityRules::defaults());
      ASSERT_FALSE(view_->needs_rebuild());
    }
  }
  EXPECT_GT(merges_, 50u);
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
  // Unique means unique: nobody has two user ids, and every identifier finds one canonical person.
  std::set<ProfileId> people;
  for (int u = 0; u < 300; ++u) {
    auto id = view_->find("user_id", "u" + std::to_string(u));
    if (!id) continue;
    EXPECT_EQ(view_->canonical(*id), *id);
    EXPECT_TRUE(people.insert(*id).second);
    int users = 0;
    for (const auto& identifier : view_->identifiers_of(*id)) users += identifier.kind == "user_id";
    EXPECT_EQ(users, 1);
  }
}

TEST_F(Identity, ATamperedStoreHasAnotherDigest) {
  see(track("u1", "d1"));
  checkpoint();
  std::string before = view_->digest().value().to_string();
  open(IdentityRules::defaults());
  EXPECT_EQ(view_->digest().value().to_string(), before);
  store::Batch batch;
  batch.erase(kv_->space("identity_ids").value(), std::string("user_id\0u1", 10));
  ASSERT_TRUE(kv_->write(batch).ok());
  open(IdentityRules::defaults());
  EXPECT_NE(view_->digest().value().to_string(), before);
}

TEST_F(Identity, ChangedRulesAskForARebuild) {
  see(track("u1", "d1"));
  checkpoint();
  IdentityRules other = IdentityRules::defaults();
  other.identifiers.pop_back();
  open(other);
  EXPECT_TRUE(view_->needs_rebuild());
  EXPECT_EQ(view_->people(), 0u);
}

TEST_F(Identity, ReadsBesideTheWriter) {
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      if (auto id = view_->find("user_id", "u5")) EXPECT_EQ(view_->canonical(*id), *id);
    }
  });
  for (int i = 0; i < 3000; ++i) {
    see(track("u" + std::to_string(i % 50), "d" + std::to_string(i % 130)));
    if (i % 500 == 0) checkpoint();
  }
  stop = true;
  reader.join();
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
}

TEST(IdentityRules, LoadsAndListsEveryFault) {
  Diagnostics faults;
  auto node = YamlNode::parse("identifiers:\n  - kind: user_id\n  - {kind: email, never: [info@x]}\n  - kind: anonymous_id\n", "identity.yaml", faults);
  auto rules = IdentityRules::load(*node);
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(rules.identifiers.size(), 3u);
  EXPECT_TRUE(rules.identifiers[0].unique);
  EXPECT_EQ(rules.identifiers[1].trait, "email");
  EXPECT_EQ(rules.rank("anonymous_id"), 2u);
  auto bad = YamlNode::parse("identifiers:\n  - kind: email\n  - kind: email\n  - {kind: user_id, unique: false}\n  - {knd: x}\n", "identity.yaml", faults);
  IdentityRules::load(*bad);
  std::set<long> lines;
  for (const auto& fault : faults.list()) lines.insert(fault.line);
  EXPECT_TRUE(lines.contains(3) && lines.contains(4) && lines.contains(5));
}

}  // namespace
}  // namespace furrow::identity
