#include "identity/identity_view.h"

#include <fmt/format.h>
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
    apply(EventRecord{resolved.profile, event, resolved.origin});
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

class Splits : public Identity {
 protected:
  // As the pipeline does.
  LogPosition merge(ProfileId from, ProfileId into, std::string actor = "ann") {
    MergeRecord asked{from, into, {}, "person", {}, {}, std::move(actor)};
    auto proposed = view_->propose_merge(asked);
    EXPECT_TRUE(proposed.ok()) << proposed.error().message();
    apply(*proposed);
    return records_.back().position;
  }
  SplitRecord split(ProfileId person, LogPosition merge) {
    auto proposed = view_->propose_split(person, merge);
    EXPECT_TRUE(proposed.ok()) << proposed.error().message();
    apply(*proposed);
    return *proposed;
  }
};

TEST_F(Splits, GiveBackWhatEachBroughtAlsoWhatCameAfterTheMerge) {
  ProfileId a = see(track("a", "a1")), b = see(track("b", "b1"));
  LogPosition merged = merge(a, b);
  EXPECT_EQ(view_->people(), 1u);
  EXPECT_EQ(see(track("a", "a2")), b);  // a new device of a's, while they are one
  EXPECT_EQ(see(track("b", "b2")), b);
  EXPECT_EQ(view_->merges_of(b).size(), 1u);
  SplitRecord parted = split(b, merged);
  EXPECT_EQ(parted.leaves, a);
  EXPECT_EQ(view_->people(), 2u);
  for (const char* device : {"a1", "a2"}) EXPECT_EQ(view_->find("anonymous_id", device), a) << device;
  for (const char* device : {"b1", "b2"}) EXPECT_EQ(view_->find("anonymous_id", device), b) << device;
  EXPECT_EQ(view_->identifiers_of(a).size(), 3u);
  EXPECT_EQ(view_->identifiers_of(b).size(), 3u);
  EXPECT_TRUE(view_->merges_of(b).empty());
  EXPECT_EQ(view_->propose_split(b, merged).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
}

TEST_F(Splits, WhatWasMergedLaterGoesWithTheSideThatItMet) {
  ProfileId a = see(track("a", "")), b = see(track("b", "")), c = see(track("", "c")), d = see(track("", "d"));
  LogPosition first = merge(a, b);
  merge(c, a);  // met a, who is b by now
  merge(b, d);  // and b met d: the root is d
  EXPECT_EQ(view_->canonical(c), d);
  SplitRecord parted = split(c, first);
  EXPECT_EQ(parted.stays, d);
  EXPECT_EQ(view_->canonical(b), d);
  EXPECT_EQ(view_->canonical(a), a);
  EXPECT_EQ(view_->canonical(c), a);
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
}

TEST_F(Splits, OnlyAPersonJoinsThemAgain) {
  ProfileId visitor = see(track("", "phone")), user = see(track("u", "laptop"));
  EXPECT_EQ(see(track("u", "phone")), user);
  ASSERT_EQ(view_->canonical(visitor), user);
  split(user, view_->merges_of(user).front().merge);
  EXPECT_EQ(see(track("u", "phone")), user) << "the event goes to the better identifier";
  EXPECT_EQ(view_->canonical(visitor), visitor) << "and joins nobody";
  EXPECT_EQ(see(track("", "phone")), visitor);
  MergeRecord linkage{visitor, user, {}, "linkage"};
  EXPECT_EQ(view_->propose_merge(linkage).error().code(), ErrorCode::kConflict);
  // Whoever joins one of them is apart from the other, too.
  ProfileId third = see(track("", "tablet"));
  merge(visitor, third, "");
  EXPECT_EQ(view_->propose_merge({third, user, {}, "linkage"}).error().code(), ErrorCode::kConflict);
  merge(visitor, user, "bob");
  EXPECT_EQ(view_->canonical(third), user);
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
}

TEST_F(Splits, APersonMayJoinTwoAccountsAndEventsOfBothFindThem) {
  ProfileId one = see(track("u1", "")), two = see(track("u2", ""));
  EXPECT_EQ(view_->propose_merge({one, two, {}, "linkage"}).error().code(), ErrorCode::kConflict);
  merge(one, two);
  EXPECT_EQ(see(track("u1", "x")), two);
  EXPECT_EQ(see(track("u2", "y")), two);
  EXPECT_EQ(view_->propose_merge({one, two, {}, "person", {}, {}, "ann"}).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(view_->propose_merge({{12345}, two, {}, "person", {}, {}, "ann"}).error().code(), ErrorCode::kNotFound);
}

// Against a list of links and a search for who is connected.
TEST_F(Splits, AgreeWithASearchOverTheLinksThatStand) {
  const uint64_t seed = 11;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::vector<ProfileId> profiles;
  for (int i = 0; i < 40; ++i) profiles.push_back(see(track("", "device" + std::to_string(i))));
  struct Link { ProfileId a, b; LogPosition merge; };
  std::vector<Link> links;
  auto connected = [&](ProfileId from) {
    std::set<ProfileId> reached{from};
    for (bool more = true; more;) {
      more = false;
      for (const Link& link : links) {
        if (reached.contains(link.a) != reached.contains(link.b)) more = reached.insert(link.a).second | reached.insert(link.b).second;
      }
    }
    return reached;
  };
  for (int step = 0; step < 2000; ++step) {
    if (links.size() > 5 && random.chance(0.45)) {
      size_t cut = random.below(links.size());
      split(links[cut].a, links[cut].merge);
      links.erase(links.begin() + static_cast<ptrdiff_t>(cut));
    } else {
      ProfileId a = profiles[random.below(40)], b = profiles[random.below(40)];
      if (connected(a).contains(b)) continue;
      links.push_back({a, b, merge(a, b)});
    }
    if (random.chance(0.02)) checkpoint();
    if (random.chance(0.01)) {
      checkpoint();
      open(IdentityRules::defaults());
    }
    ProfileId looked_at = profiles[random.below(40)];
    auto together = connected(looked_at);
    std::set<ProfileId> roots;
    for (ProfileId one : together) roots.insert(view_->canonical(one));
    ASSERT_EQ(roots.size(), 1u) << "step " << step;
    ASSERT_TRUE(together.contains(*roots.begin()));
    ASSERT_EQ(view_->identifiers_of(*roots.begin()).size(), together.size()) << "step " << step;
    ASSERT_EQ(view_->merges_of(*roots.begin()).size(), together.size() - 1);
    for (ProfileId other : profiles) ASSERT_EQ(view_->canonical(other) == *roots.begin(), together.contains(other));
  }
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest());
}

TEST_F(Identity, SharedDevicesStandForSomebodyOnlyAloneAndLimitsHold) {
  IdentityRules rules = IdentityRules::defaults();
  rules.identifiers[1].limit = 2;
  rules.identifiers[1].never = {"info@*", "*@nobody.example"};
  rules.identifiers[3].shared = true;
  open(rules);
  ProfileId kiosk = see(track("", "kiosk")), ann = see(track("ann", "kiosk")), bob = see(track("bob", "kiosk"));
  EXPECT_NE(kiosk, ann);
  EXPECT_NE(ann, bob);
  EXPECT_EQ(see(track("", "kiosk")), kiosk);
  EXPECT_EQ(see(track("ann", "kiosk")), ann);
  for (const char* mail : {"info@a.example", "x@nobody.example", "1@a.example", "2@a.example", "3@a.example"}) {
    EXPECT_EQ(see(identify("ann", "", fmt::format("{{\"email\":\"{}\"}}", mail))), ann) << mail;
  }
  EXPECT_FALSE(view_->find("email", "info@a.example").has_value());
  EXPECT_FALSE(view_->find("email", "x@nobody.example").has_value());
  EXPECT_EQ(view_->find("email", "2@a.example"), ann);
  EXPECT_FALSE(view_->find("email", "3@a.example").has_value()) << "two are the limit";
  // Somebody without a user id who would bring ann a third address stays apart from her.
  ProfileId card = see(identify("", "card", R"({"email":"4@a.example","phone":"1"})"));
  see(identify("ann", "", R"({"phone":"2"})"));
  EXPECT_NE(see(identify("", "other", R"({"phone":"1","email":"2@a.example"})")), card);
  EXPECT_EQ(view_->canonical(card), card);
  EXPECT_EQ(view_->digest().value().to_string(), rebuilt_digest(rules));
}

TEST(IdentityRules, SharedAndLimitsAreChecked) {
  Diagnostics faults;
  auto node = YamlNode::parse("identifiers:\n  - {kind: email, limit: 5, never: ['info@*']}\n  - {kind: anonymous_id, shared: true}\n", "identity.yaml", faults);
  auto rules = IdentityRules::load(*node);
  EXPECT_TRUE(faults.empty());
  EXPECT_EQ(rules.identifiers[0].limit, 5u);
  EXPECT_TRUE(rules.identifiers[1].shared);
  auto bad = YamlNode::parse("identifiers:\n  - {kind: user_id, limit: 2}\n  - {kind: email, never: ['*']}\n  - {kind: phone, limit: -1}\n", "identity.yaml", faults);
  IdentityRules::load(*bad);
  EXPECT_EQ(faults.list().size(), 3u);
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
