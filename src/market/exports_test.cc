#include "market/exports.h"

#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <zlib.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/files.h"
#include "base/json.h"
#include "market/dirt.h"
#include "table/files.h"

namespace furrow::market {
namespace {

const char* const kFiles[] = {"crm.csv", "web_events.jsonl.gz", "orders.csv", "email_platform.tsv", "support_tickets.jsonl",
                              "loyalty_cards.csv", "dmp.csv.gz"};

MarketOptions options(uint64_t seed = 7) { return {.seed = seed, .customers = 400, .months = 2, .until = *parse_time("2026-03-02T00:00:00Z")}; }

std::string bytes_of(const std::filesystem::path& path) {
  std::string all;
  gzFile file = gzopen(path.c_str(), "rb");  // reads plain files too
  char buffer[65536];
  for (int n; (n = gzread(file, buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<size_t>(n));
  gzclose(file);
  return all;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> cells_of(const std::string& line, char delimiter) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, delimiter);) cells.push_back(cell);
  return cells;
}

class Exports : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    report_ = new ExportReport(*write_exports(options(), folder_->path()));
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete report_;
  }
  static TemporaryFolder* folder_;
  static ExportReport* report_;
};
TemporaryFolder* Exports::folder_ = nullptr;
ExportReport* Exports::report_ = nullptr;

TEST_F(Exports, SevenFilesAndTheTruthTheSameForTheSameSeed) {
  ASSERT_EQ(report_->files.size(), 8u) << "the seven, and the warehouse's copy of the orders";
  for (const auto& [name, rows] : report_->files) {
    if (name != "loyalty_cards.csv" && name != "dmp.csv.gz") continue;  // a line is a row in these
    const std::string bytes = bytes_of(folder_->path() / name);
    EXPECT_EQ(rows + 1, static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '\n'))) << name << ": the header is no row";
  }
  TemporaryFolder again, other;
  ASSERT_TRUE(write_exports(options(), again.path()).ok());
  ASSERT_TRUE(write_exports(options(8), other.path()).ok());
  std::vector<std::string> names(std::begin(kFiles), std::end(kFiles));
  names.insert(names.end(), {"truth_people.csv", "truth_effects.json", "orders.parquet"});
  for (const auto& name : names) {
    EXPECT_EQ(bytes_of(folder_->path() / name), bytes_of(again.path() / name)) << name;
    EXPECT_NE(bytes_of(folder_->path() / name), bytes_of(other.path() / name)) << name;
  }
}

TEST_F(Exports, CrmIsGb18030AndReadsBack) {
  std::string raw = bytes_of(folder_->path() / "crm.csv"), utf8(raw.size() * 3, '\0');
  EXPECT_EQ(raw.find("客户编号"), std::string::npos) << "it must not be UTF-8";
  UErrorCode status = U_ZERO_ERROR;
  int32_t n = ucnv_convert("UTF-8", "GB18030", utf8.data(), static_cast<int32_t>(utf8.size()), raw.data(), static_cast<int32_t>(raw.size()), &status);
  ASSERT_TRUE(U_SUCCESS(status));
  utf8.resize(static_cast<size_t>(n));
  EXPECT_TRUE(utf8.starts_with("客户编号,姓名,手机,邮箱"));
  EXPECT_EQ(utf8.find("\xef\xbf\xbd"), std::string::npos);
}

TEST_F(Exports, TheWarehouseHasEveryOrderThatCanBeRead) {
  auto orders = table::read_table(folder_->path() / "orders.parquet");
  ASSERT_TRUE(orders.ok()) << orders.error().to_string();
  auto lines = lines_of(bytes_of(folder_->path() / "orders.csv"));
  EXPECT_EQ(orders->names(), cells_of(lines[0], ';'));
  size_t whole = 0;
  for (size_t i = 1; i < lines.size(); ++i) whole += cells_of(lines[i], ';').size() == orders->column_count();
  EXPECT_EQ(orders->rows(), whole) << "a ragged row is in the order system's file alone";
}

TEST_F(Exports, EachFileHasItsOwnFaults) {
  EXPECT_TRUE(bytes_of(folder_->path() / "loyalty_cards.csv").starts_with("\xef\xbb\xbf"));
  // Orders: repeated rows, refunds, a status in several spellings.
  std::map<std::string, int> numbers;
  std::set<std::string> statuses;
  size_t refunds = 0;
  for (const auto& line : lines_of(bytes_of(folder_->path() / "orders.csv"))) {
    auto cells = cells_of(line, ';');
    ++numbers[cells[0]];
    if (cells.size() == 15) statuses.insert(cells[14]);
    refunds += cells[0][0] == 'R';
  }
  EXPECT_TRUE(std::any_of(numbers.begin(), numbers.end(), [](const auto& entry) { return entry.second > 1; }));
  EXPECT_GE(statuses.size(), 4u);
  EXPECT_GT(refunds, 0u);
  // Tickets: some times are seconds where the others are milliseconds.
  size_t seconds = 0, tickets = 0;
  Fields fields;
  for (const auto& line : lines_of(bytes_of(folder_->path() / "support_tickets.jsonl"))) {
    ASSERT_TRUE(fields.parse(line).ok());
    ++tickets;
    seconds += fields.get("created").number() < 1e11;
  }
  EXPECT_GT(tickets, 20u);
  EXPECT_LT(seconds, tickets / 5);
}

TEST_F(Exports, WebEventsAreSegmentMessagesButForTheTornOnes) {
  std::set<std::string> ids;
  size_t lines = 0, torn = 0, repeated = 0;
  Fields fields;
  for (const auto& line : lines_of(bytes_of(folder_->path() / "web_events.jsonl.gz"))) {
    ++lines;
    if (!fields.parse(line).ok()) {
      ++torn;
      continue;
    }
    ASSERT_TRUE(fields.get("anonymousId").is_text());
    ASSERT_TRUE(fields.get("type").is_text());
    ASSERT_TRUE(parse_time(fields.get("timestamp").text()).ok());
    repeated += !ids.insert(std::string(fields.get("messageId").text())).second;
  }
  EXPECT_GT(lines, 10'000u);
  EXPECT_LT(torn, lines / 500);
  EXPECT_NEAR(static_cast<double>(repeated) / static_cast<double>(lines), 0.01, 0.004);
}

TEST_F(Exports, EveryRecordHasItsPersonInTheTruth) {
  std::map<std::string, std::string> truth;
  for (const auto& line : lines_of(bytes_of(folder_->path() / "truth_people.csv"))) {
    auto cells = cells_of(line, ',');
    ASSERT_EQ(cells.size(), 3u);
    auto [at, fresh] = truth.emplace(cells[0] + "/" + cells[1], cells[2]);
    EXPECT_TRUE(fresh || at->second == cells[2]) << line;
  }
  struct { const char* file; const char* source; char delimiter; } lists[] = {
      {"orders.csv", "orders", ';'}, {"email_platform.tsv", "email_platform", '\t'}, {"dmp.csv.gz", "dmp", ','}};
  for (const auto& list : lists) {
    auto lines = lines_of(bytes_of(folder_->path() / list.file));
    ASSERT_GT(lines.size(), 50u) << list.file;
    for (size_t i = 1; i < lines.size(); ++i) {
      EXPECT_TRUE(truth.contains(std::string(list.source) + "/" + cells_of(lines[i], list.delimiter)[0])) << lines[i];
    }
  }
}

TEST_F(Exports, OptionsComeBackFromTheTruth) {
  auto read = read_options(folder_->path() / "truth_effects.json");
  ASSERT_TRUE(read.ok()) << read.error().to_string();
  EXPECT_EQ(read->seed, 7u);
  EXPECT_EQ(read->customers, 400u);
  EXPECT_EQ(read->months, 2);
  EXPECT_EQ(read->until, options().until);
}

TEST(ExportsToAFile, AFolderThatCannotBeMadeIsAnError) {
  TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "taken", "x").ok());
  auto report = write_exports(options(), folder.path() / "taken");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kIo);
}

TEST(Dirt, PhonesKeepTheirDigits) {
  Random random(11);
  for (size_t i = 0; i < 500; ++i) {
    Identity who = invent_identity(random, i);
    std::string form = phone_form(random, who), digits;
    for (size_t at = 0; at < form.size(); ++at) {
      if (std::isdigit(static_cast<unsigned char>(form[at]))) digits += form[at];
      if (form.compare(at, 2, "\xef\xbc") == 0) digits += static_cast<char>(static_cast<unsigned char>(form[at + 2]) - 0x90 + '0');
    }
    size_t country = who.country == "US" ? 2 : 3;
    EXPECT_TRUE(digits.ends_with(who.phone.substr(country))) << form << " for " << who.phone;
  }
}

TEST(Dirt, FullWidthIsThreeBytesALetter) { EXPECT_EQ(full_width("A1 ~"), "\xef\xbc\xa1\xef\xbc\x91 \xef\xbd\x9e"); }

}  // namespace
}  // namespace furrow::market
