#include "app/auth_users.h"

#include <sys/stat.h>

#include "base/files.h"

namespace furrow::app {
namespace {

class UsersTest : public ::testing::Test {
 protected:
  std::unique_ptr<Users> open() {
    auto users = Users::open(folder_.path() / "catalog.sqlite", folder_.path() / "setup_code", clock_);
    EXPECT_TRUE(users.ok());
    return std::move(users).value();
  }
  TemporaryFolder folder_;
  ManualClock clock_{time_from_milliseconds(1'770'000'000'000)};
};

TEST_F(UsersTest, TheFirstAdministratorNeedsTheCodeAndThereIsOnlyOneFirst) {
  auto users = open();
  ASSERT_TRUE(users->setup_needed());
  std::string code = users->setup_code();
  EXPECT_EQ(open()->setup_code(), code) << "a restart must not change the code that was printed";
  struct stat info {};
  ASSERT_EQ(::stat((folder_.path() / "setup_code").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(users->setup("ann", "long enough pw", "wrong", "c").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(users->setup("ann", "short", code, "c").error().field(), "password");
  ASSERT_TRUE(users->setup("ann", "long enough pw", code, "c").ok());
  EXPECT_FALSE(users->setup_needed());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "setup_code"));
  EXPECT_EQ(users->setup("bob", "long enough pw", code, "c").error().code(), ErrorCode::kConflict);
  EXPECT_EQ(open()->setup_code(), "");
}

TEST_F(UsersTest, SignsInByPasswordAndOutForGood) {
  auto users = open();
  ASSERT_TRUE(users->setup("ann", "long enough pw", users->setup_code(), "c").ok());
  EXPECT_EQ(users->sign_in("ann", "wrong password", "c").error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(users->sign_in("eve", "long enough pw", "c").error().code(), ErrorCode::kUnauthorized);
  auto in = users->sign_in("ann", "long enough pw", "c");
  ASSERT_TRUE(in.ok());
  EXPECT_EQ(in->token.size(), 64u);
  auto session = open()->session(in->token);
  ASSERT_TRUE(session.ok()) << "sessions outlive a restart";
  EXPECT_EQ(session->user, "ann");
  EXPECT_EQ(session->csrf_token, in->csrf_token);
  EXPECT_NE(session->csrf_token, in->token);
  ASSERT_TRUE(users->sign_out(in->token).ok());
  EXPECT_EQ(users->session(in->token).error().code(), ErrorCode::kUnauthorized);
}

TEST_F(UsersTest, TheCatalogHoldsNoTokenAndNoPassword) {
  auto users = open();
  auto in = users->setup("ann", "long enough pw", users->setup_code(), "c");
  users.reset();
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) all += *read_file(entry.path());
  EXPECT_NE(all.find("argon2id"), std::string::npos);
  EXPECT_EQ(all.find(in->token), std::string::npos);
  EXPECT_EQ(all.find("long enough pw"), std::string::npos);
}

TEST_F(UsersTest, SessionsSlideAndEnd) {
  auto users = open();
  auto in = users->setup("ann", "long enough pw", users->setup_code(), "c");
  for (int i = 0; i < 4; ++i) {
    clock_.advance(hours(11));
    EXPECT_TRUE(users->session(in->token).ok()) << i;
  }
  clock_.advance(seconds(12 * 3600 + 1));
  EXPECT_FALSE(users->session(in->token).ok());
}

TEST_F(UsersTest, ThrottlesTriesByNameAndByAddress) {
  auto users = open();
  ASSERT_TRUE(users->setup("ann", "long enough pw", users->setup_code(), "setup").ok());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(users->sign_in("ann", "wrong password", "c" + std::to_string(i)).error().code(), ErrorCode::kUnauthorized);
  EXPECT_EQ(users->sign_in("ann", "long enough pw", "fresh").error().code(), ErrorCode::kTooManyRequests);
  clock_.advance(seconds(30));
  EXPECT_TRUE(users->sign_in("ann", "long enough pw", "fresh").ok());
}

}  // namespace
}  // namespace furrow::app
