// No command may lose a file of its user's: the result in the place of what it was made from, or two results in one file.
#include "cli/outputs.h"

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "base/files.h"
#include "cli/command_fixture.h"
#include "cli/interrupt.h"
#include "table/text_file.h"

namespace furrow::cli {
namespace {

using testing::HasSubstr;

class Outputs : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, const std::string& text) { ASSERT_TRUE(write_file_atomically(path(name), text).ok()); }
  TemporaryFolder folder_;
};

TEST_F(Outputs, NeverReplaceWhatWasRead) {
  const std::string rows = "id,customer,day,total,name,bought\n1,a,2026-01-01,3,Ann,yes\n2,b,2026-01-09,4,Bob,no\n3,a,2026-02-01,5,Ann,no\n";
  write("in.csv", rows);
  std::filesystem::create_symlink(path("in.csv"), path("same.csv"));
  write("f.yaml", "features:\n  - {name: n, aggregate: count}\n");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"clean"}, {"link"}, {"segment"}, {"ltv", "--customer", "customer", "--time", "day", "--horizon", "4w"}}) {
    for (const std::string& out : {path("in.csv"), path("same.csv"), path("./in.csv")}) {
      std::vector<std::string> all{words[0], path("in.csv"), "--out", out};
      all.insert(all.end(), words.begin() + 1, words.end());
      Ran ran = run(all);
      EXPECT_EQ(ran.exit, 2) << words[0];
      EXPECT_THAT(ran.err, HasSubstr("--out")) << words[0];
      EXPECT_EQ(read_file(path("in.csv")).value(), rows) << words[0];
    }
    std::vector<std::string> twice{words[0], path("in.csv"), "--out", path("o.csv"), "--rejects", path("o.csv")};
    twice.insert(twice.end(), words.begin() + 1, words.end());
    EXPECT_EQ(run(twice).exit, 2) << words[0];
  }
  EXPECT_EQ(run({"features", "build", "--events", path("in.csv"), "--definitions", path("f.yaml"), "--observations", path("in.csv"), "--out", path("f.yaml")}).exit, 2);
  EXPECT_EQ(run({"features", "propose", "--events", path("in.csv"), "--out", path("in.csv")}).exit, 2);
  EXPECT_EQ(run({"model", "train", path("in.csv"), "--target", "bought", "--out", path("m"), "--rejects", path("in.csv")}).exit, 2);
  EXPECT_EQ(read_file(path("in.csv")).value(), rows);
}

TEST_F(Outputs, AFolderThatIsNotThereIsSaidBeforeTheWork) {
  for (std::string_view name : {"no/such/o.csv", "o.txt.zip"}) {
    Status status = check_outputs({}, {{"--out", path(std::string(name))}});
    EXPECT_FALSE(status.ok()) << name;
  }
  EXPECT_EQ(check_outputs({}, {{"--out", folder_.path().string() + "/x.csv"}}).ok(), true);
  EXPECT_EQ(check_outputs({}, {{"--out", "/dev/null", false}, {"--pairs", "/dev/null", false}, {"--save", ""}}).ok(), true);
  std::filesystem::create_directory(path("folder.csv"));
  EXPECT_EQ(check_outputs({}, {{"--out", path("folder.csv")}}).error().code(), ErrorCode::kIo);
}

TEST_F(Outputs, CtrlCLeavesNothingHalfWritten) {
  const std::string part = path("rows.csv.part");
  for (int signal : {SIGINT, SIGTERM}) {
    EXPECT_EXIT(
        {
          // As a shell's foreground job: the tests may run in the background, after one that blocked signals.
          sigset_t all;
          sigfillset(&all);
          sigprocmask(SIG_UNBLOCK, &all, nullptr);
          std::signal(signal, SIG_DFL);
          remove_unfinished_files_when_interrupted();
          table::TextFile file(path("rows.csv"));
          if (!std::filesystem::exists(part)) std::exit(3);
          std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
    EXPECT_FALSE(std::filesystem::exists(part));
  }
}

}  // namespace
}  // namespace furrow::cli
