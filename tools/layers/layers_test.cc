#include "layers/layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace layers {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kRules[] = "# comment\n[rooms]\nbase = []\nstore = [\"base\"]\napp = [\"base\", \"store\"]\n";

TEST(Layers, ReadsRooms) {
  Rules rules = parse_rules(kRules);
  EXPECT_THAT(rules.faults, IsEmpty());
  EXPECT_THAT(rules.may_include.at("app"), ElementsAre("base", "store"));
}

TEST(Layers, RefusesARoomThatIncludesForward) {
  Rules rules = parse_rules("[rooms]\na = [\"b\"]\nb = [\"a\"]\n");
  EXPECT_THAT(rules.faults, ElementsAre(HasSubstr("layers.toml:2: \"a\" may not include \"b\"")));
}

TEST(Layers, RefusesTwiceListedAndUnreadable) {
  EXPECT_EQ(parse_rules("[rooms]\na = []\na = []\n").faults.size(), 1u);
  EXPECT_EQ(parse_rules("[rooms]\na: b\n").faults.size(), 1u);
  EXPECT_EQ(parse_rules("[other]\n").faults.size(), 1u);
}

TEST(Layers, AllowsListedRoomsAndOwnRoomOnly) {
  Rules rules = parse_rules(kRules);
  EXPECT_THAT(check_file(rules, "store", "src/store/x.cc", "#include \"base/y.h\"\n#include \"store/z.h\"\n#include <vector>\n"), IsEmpty());
  EXPECT_THAT(check_file(rules, "store", "src/store/x.cc", "\n#include \"app/y.h\"\n"),
              ElementsAre("src/store/x.cc:2: room \"store\" may not include room \"app\""));
  EXPECT_THAT(check_file(rules, "app", "x.cc", "#include \"y.h\"\n"), ElementsAre(HasSubstr("by its room")));
  EXPECT_THAT(check_file(rules, "app", "x.cc", "#include \"../base/y.h\"\n"), ElementsAre(HasSubstr("by its room")));
  EXPECT_THAT(check_file(rules, "app", "x.cc", "  # include \"nowhere/y.h\"\n"), ElementsAre(HasSubstr("not a room")));
}

TEST(Layers, ChecksAWholeTree) {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "layers.XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  fs::path root = pattern;
  fs::create_directories(root / "src/base");
  fs::create_directories(root / "src/attic");
  std::ofstream(root / "layers.toml") << kRules;
  std::ofstream(root / "src/base/a.h") << "#include \"store/b.h\"\n";
  std::ofstream(root / "src/attic/c.cc") << "int x;\n";
  EXPECT_THAT(check_tree(root.string()), ElementsAre(HasSubstr("src/attic/c.cc: \"attic\" is not a room"),
                                                     HasSubstr("src/base/a.h:1: room \"base\" may not include room \"store\"")));
  fs::remove_all(root);
}

}  // namespace
}  // namespace layers
