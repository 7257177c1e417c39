// Whole files through clean_file: what comes out, what is set aside, that twice is once, and that it can be undone.
#include "govern/clean.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <zlib.h>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "govern/change_journal.h"
#include "table/files.h"

namespace furrow::govern {
namespace {

namespace fs = std::filesystem;

class CleanFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("furrow_clean_" + std::to_string(::getpid()) + "_" + testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path path(const std::string& name) const { return folder_ / name; }
  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string text(const std::string& name) const { return read_file(path(name)).value_or("(none)"); }
  CleanReport clean(const fs::path& file, const std::string& out, const CleanRules& rules = {}) {
    CleanOptions options{.rules = rules, .out = path(out), .rejects = path("rejects.csv"), .changes = path("changes.csv"), .progress = {}};
    auto report = clean_file(file, options, clock_);
    EXPECT_TRUE(report.ok()) << report.error().to_string();
    return report.ok() ? *report : CleanReport{};
  }
  static const ColumnReport& column(const CleanReport& report, std::string_view name) {
    for (const ColumnReport& column : report.columns) {
      if (column.name == name) return column;
    }
    static const ColumnReport none;
    ADD_FAILURE() << "no column " << name;
    return none;
  }

  fs::path folder_;
  ManualClock clock_{parse_time("2026-11-22").value_or(Time{})};
};

TEST_F(CleanFile, RowsOfTwoEncodingsAreReadEachInItsOwn) {
  auto report = clean(write("mixed.csv", "id,姓名,城市\n1,张三,北京\n2,\xC0\xEE\xCB\xC4,\xC9\xCF\xBA\xA3\n3,王五,广州\n4,Jos\xE9,Berne\n"), "out.csv");
  EXPECT_EQ(report.rows_in, 4u);
  EXPECT_EQ(report.rows_out, 3u);
  EXPECT_NE(text("out.csv").find("2,李四,上海"), std::string::npos) << text("out.csv");
  EXPECT_NE(text("rejects.csv").find("neither valid UTF-8 nor valid GB18030"), std::string::npos) << text("rejects.csv");
  // Wholly GB18030, with a row whose bytes would pass for UTF-8 (联通).
  clean(write("gb.csv", "id,\xCD\xF8\xC2\xE7\n1,\xD2\xC6\xB6\xAF\n2,\xC1\xAA\xCD\xA8\n3,\xB5\xE7\xD0\xC5\n"), "gb_out.csv");
  EXPECT_NE(text("gb_out.csv").find("2,联通"), std::string::npos) << text("gb_out.csv");
}

TEST_F(CleanFile, LinesThatEndInCarriageReturnsAreRefusedWithASentence) {
  auto report = clean_file(write("mac.csv", "id,name\r1,Ann\r2,Bob\r"), {.rules = {}, .out = path("o.csv"), .rejects = {}, .changes = {}, .progress = {}}, clock_);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidFile);
}

constexpr std::string_view kCustomers =
    "客户编号,姓名,手机,邮箱,城市,性别,生日,注册时间,消费\n"
    "C1001,王 小明,138-1234-5678, Wang@QQ.com ,上海,男,1990/1/5,2025-03-05 10:00,\"¥1,234.50\"\n"
    "C1002,李女士,+86 139 1234 5678,li@163.com,北京市,F,1985/12/25,2025-13-05 10:00,200\n"
    "C1003,陈大文,N/A,chen@126,广州,女,1970/2/28,2099-01-01 00:00,1.2万\n"
    "C1004,小红张,１３６１２３４５６７８,zhang@gmial.com,深圳,M,31/02/1991,2025-04-05 10:00,88\n"
    "C1005,赵六,12345,zhao@qq.com,杭州,男,1992/3/4,2025-05-05 10:00,88\n"
    "C1006,钱七,13512345678,qian@qq.com,成都,女,1993/3/4,2025-06-05 10:00,99\n"
    "C1006,钱七,13512345678,qian@qq.com,成都,女,1993/3/4,2025-06-05 10:00,99\n"
    "C1007,孙八,13712345678\n";

TEST_F(CleanFile, StandardisesACustomerListAndSetsBadRowsAside) {
  CleanRules rules;
  rules.since = *parse_time("2015-01-01");
  CleanReport report = clean(write("crm.csv", std::string(kCustomers)), "out.csv", rules);
  EXPECT_EQ(report.rows_in, 8u);
  EXPECT_EQ(report.rows_out, 6u);
  EXPECT_EQ(report.rejected_unreadable, 1u);
  EXPECT_EQ(report.rejected_duplicates, 1u);
  std::string out = text("out.csv");
  EXPECT_NE(out.find("C1001,王小明,+8613812345678,wang@qq.com,上海市,male,1990-01-05,2025-03-05T10:00:00.000Z,1234.50"), std::string::npos) << out;
  EXPECT_NE(out.find("C1002,李,+8613912345678,li@163.com,北京市,female,1985-12-25,2025-05-13T10:00:00.000Z,200"), std::string::npos) << out;
  EXPECT_NE(out.find("C1003,陈大文,,chen@126,广州市,female,1970-02-28,,12000"), std::string::npos) << out;
  EXPECT_NE(out.find("C1004,张小红,+8613612345678,zhang@gmial.com,深圳市,male,,2025-04-05T10:00:00.000Z,88"), std::string::npos) << out;
  EXPECT_NE(out.find("C1005,赵六,12345,"), std::string::npos) << out;
  std::string rejects = text("rejects.csv");
  EXPECT_NE(rejects.find("8,duplicate of line 7,"), std::string::npos) << rejects;
  EXPECT_NE(rejects.find("\n9,"), std::string::npos) << rejects;
  EXPECT_LT(report.standardised_before(), 0.4);
  EXPECT_GT(report.standardised_after(), 0.9);
  EXPECT_LT(report.standardised_after(), 1.0);  // one telephone number, one address and two dates are wrong
  EXPECT_EQ(column(report, "手机").meaning, Meaning::kPhone);
  EXPECT_EQ(column(report, "手机").invalid, 1u);
  EXPECT_EQ(column(report, "生日").emptied, 1u);
}

TEST_F(CleanFile, TwiceIsOnce) {
  clean(write("crm.csv", std::string(kCustomers)), "once.csv");
  CleanReport again = clean(path("once.csv"), "twice.csv");
  EXPECT_EQ(again.cells_changed, 0u);
  EXPECT_EQ(again.rejected(), 0u);
  EXPECT_EQ(text("once.csv"), text("twice.csv"));
}

// A packed file of this size is unpacked by another thread: nothing that comes out may show it, and its damage stops the cleaning.
TEST_F(CleanFile, AFileReadAheadGivesTheSameAndItsDamageStopsIt) {
  Random random(20261123);
  std::string events;
  for (int i = 0; i < 40'000; ++i) {
    Time time = *parse_time("2026-10-01T00:00:00Z") + seconds(i * 20 + static_cast<int64_t>(random.below(20)));
    std::string device = std::to_string(random.below(500) * 7919);
    std::string person = random.below(3) == 0 ? "" : ",\"userId\":\"u" + device + "\"";
    events += "{\"messageId\":\"m-" + std::to_string(random.next()) + std::to_string(random.next()) + "\",\"anonymousId\":\"d0000" + device + "\"" + person +
              (i % 50 == 7 ? ",\"event\":\" viewed \"" : ",\"event\":\"Viewed\"") + ",\"timestamp\":\"" +
              (i % 9 == 0 ? std::to_string(time.micros / 1000) : format_time(time)) + "\"}\n";
    if (i % 1000 == 11) events += "{\"messageId\":\n";
  }
  fs::path plain = write("events.jsonl", events), packed = path("events_gz.jsonl.gz");
  gzFile out = gzopen(packed.c_str(), "wb6");
  ASSERT_EQ(gzwrite(out, events.data(), static_cast<unsigned>(events.size())), static_cast<int>(events.size()));
  ASSERT_EQ(gzclose(out), Z_OK);
  ASSERT_GT(fs::file_size(packed), 1u << 20);
  CleanReport report = clean(plain, "plain.jsonl");
  EXPECT_EQ(report.rejected_unreadable, 40u);
  EXPECT_GT(report.cells_changed, 4'000u);
  std::string rejects = text("rejects.csv"), changes = text("changes.csv");
  CleanReport again = clean(packed, "packed.jsonl");
  EXPECT_TRUE(text("packed.jsonl") == text("plain.jsonl"));
  EXPECT_TRUE(text("rejects.csv") == rejects);
  EXPECT_TRUE(text("changes.csv") == changes);
  for (CleanReport* one : {&report, &again}) one->seconds = 0, one->file.clear();
  std::string first, second;
  JsonWriter a(first), b(second);
  write_report(report, a);
  write_report(again, b);
  EXPECT_TRUE(first == second);

  fs::path cut = write("cut.jsonl.gz", text("events_gz.jsonl.gz").substr(0, fs::file_size(packed) - 5'000));
  auto failed = clean_file(cut, {.rules = {}, .out = path("never.jsonl"), .rejects = {}, .changes = {}, .progress = {}}, clock_);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidFile);
  EXPECT_FALSE(fs::exists(path("never.jsonl")));
  EXPECT_FALSE(fs::exists(path("never.jsonl.part")));
}

TEST_F(CleanFile, UndoGivesTheRowsBack) {
  fs::path file = write("crm.csv", std::string(kCustomers));
  clean(file, "out.csv");
  auto report = undo_changes(path("out.csv"), path("changes.csv"), path("back.csv"));
  ASSERT_TRUE(report.ok()) << report.error().to_string();
  auto before = table::read_table(file, {.infer_types = false}), after = table::read_table(path("back.csv"), {.infer_types = false});
  ASSERT_TRUE(before.ok() && after.ok());
  ASSERT_EQ(before->names(), after->names());
  ASSERT_EQ(before->rows(), after->rows());
  for (size_t c = 0; c < before->column_count(); ++c) {
    for (size_t r = 0; r < before->rows(); ++r) EXPECT_EQ(before->column(c).to_text(r), after->column(c).to_text(r)) << c << " " << r;
  }
  auto partly = undo_changes(path("out.csv"), path("changes.csv"), path("phones.csv"), "standardize.phone");
  ASSERT_TRUE(partly.ok());
  EXPECT_NE(text("phones.csv").find("C1001,王小明,138-1234-5678,wang@qq.com"), std::string::npos) << text("phones.csv");
  write("out.csv", "客户编号,姓名,手机,邮箱,城市,性别,生日,注册时间,消费\nC1,x,x,x,x,x,x,x,x\n");
  auto conflict = undo_changes(path("out.csv"), path("changes.csv"), path("back.csv"));
  ASSERT_FALSE(conflict.ok());
  EXPECT_EQ(conflict.error().code(), ErrorCode::kConflict);
}

TEST_F(CleanFile, RulesOverrideWhatIsFound) {
  write("rules.yaml",
        "version: 7\ntimezone: Asia/Shanghai\nduplicates: keep\ncolumns:\n  手机: {meaning: phone, invalid: reject}\n  姓名: {keep: true}\n  城市: {values: {上海: SH}}\n  邮箱: {invalid: empty}\n");
  auto rules = load_clean_rules(path("rules.yaml").string());
  ASSERT_TRUE(rules.ok()) << rules.error().to_string();
  CleanReport report = clean(write("crm.csv", std::string(kCustomers)), "out.csv", *rules);
  EXPECT_EQ(report.rules_version, "7");
  EXPECT_EQ(report.rejected_invalid, 1u);
  EXPECT_EQ(report.duplicates_kept, 1u);
  std::string out = text("out.csv");
  EXPECT_NE(out.find("C1001,王 小明,+8613812345678,wang@qq.com,SH,male,1990-01-05,2025-03-05T02:00:00.000Z"), std::string::npos) << out;
  EXPECT_NE(out.find("C1003,陈大文,,,"), std::string::npos) << out;
  write("bad.yaml", "columns:\n  x: {meaning: fone, invalid: maybe}\nunknown: 1\n");
  auto bad = load_clean_rules(path("bad.yaml").string());
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message().find("phone"), std::string::npos);
  EXPECT_NE(bad.error().message().find("unknown"), std::string::npos);
}

TEST_F(CleanFile, KeepsTheShapeOfJsonAndWritesParquet) {
  fs::path file = write("events.jsonl",
                        "{\"id\":\"a1\",\"price\":0.10,\"context\":{\"ip\":\"10.0.0.1\",\"ok\":true},\"tags\":[1,2],\"created\":1772716020000}\n"
                        "{\"id\":\"a2\",\"price\":5,\"context\":{\"ip\":\"10.0.0.2\",\"ok\":false},\"created\":1772716020}\n"
                        "{broken\n");
  CleanReport report = clean(file, "out.jsonl");
  EXPECT_EQ(report.rejected_unreadable, 1u);
  EXPECT_EQ(text("out.jsonl"),
            "{\"id\":\"a1\",\"price\":0.1,\"context\":{\"ip\":\"10.0.0.1\",\"ok\":true},\"tags\":[1,2],\"created\":\"2026-03-05T13:07:00.000Z\"}\n"
            "{\"id\":\"a2\",\"price\":5,\"context\":{\"ip\":\"10.0.0.2\",\"ok\":false},\"created\":\"2026-03-05T13:07:00.000Z\"}\n");
  CleanOptions options{.rules = {}, .out = path("out.parquet"), .rejects = {}, .changes = {}, .progress = {}};
  auto parquet = clean_file(file, options, clock_);
  ASSERT_TRUE(parquet.ok()) << parquet.error().to_string();
  auto back = table::read_table(path("out.parquet"));
  ASSERT_TRUE(back.ok()) << back.error().to_string();
  EXPECT_EQ(back->rows(), 2u);
  EXPECT_EQ(back->find("price")->number(1), 5);
  auto same = clean_file(file, {.rules = {}, .out = file, .rejects = {}, .changes = {}, .progress = {}}, clock_);
  ASSERT_FALSE(same.ok());
  EXPECT_EQ(same.error().code(), ErrorCode::kInvalidArgument);
}

// Real files that are in good order must come out as they went in, but for what is declared; and twice must be once.
TEST_F(CleanFile, LeavesRealDataWhole) {
  fs::path data = fs::path(FURROW_SOURCE_DIR) / "../shared/data";
  if (!fs::exists(data / "febrl")) GTEST_SKIP() << "the shared data sets are not here";
  struct Case { std::string file; std::vector<std::string> untouched; };
  for (const Case& c : std::vector<Case>{{"telco_churn/Telco-Customer-Churn.csv.gz", {"customerID", "tenure", "MonthlyCharges", "Contract", "InternetService", "PaymentMethod", "SeniorCitizen"}},
                                         {"olist_leads/olist_marketing_qualified_leads_dataset.csv.gz", {"mql_id", "landing_page_id", "origin"}},
                                         {"bank_marketing/bank-additional-full.csv.gz", {"age", "job", "education", "duration", "euribor3m", "pdays"}},
                                         {"customer_personality/marketing_campaign.csv.gz", {"ID", "Year_Birth", "Income", "Education"}},
                                         {"febrl/dataset1.csv.gz", {"rec_id"}},
                                         {"chnsenticorp_hotel/ChnSentiCorp_htl_all.csv.gz", {"label"}},
                                         {"wish_products/summer-products-with-rating-and-performance_2020-08.csv.gz", {"product_id", "units_sold", "price", "rating"}}}) {
    CleanReport report = clean(data / c.file, "once.csv");
    EXPECT_EQ(report.rows_in, report.rows_out + report.rejected()) << c.file;
    for (const std::string& name : c.untouched) {
      const ColumnReport* found = nullptr;
      for (const ColumnReport& column : report.columns) {
        if (column.name == name || column.name == " " + name) found = &column;
      }
      ASSERT_NE(found, nullptr) << c.file << " " << name;
      EXPECT_EQ(found->changed, 0u) << c.file << " " << name << " as " << to_string(found->meaning);
      EXPECT_EQ(found->emptied, 0u) << c.file << " " << name;
    }
    CleanReport again = clean(path("once.csv"), "twice.csv");
    EXPECT_EQ(again.cells_changed, 0u) << c.file;
    EXPECT_EQ(text("once.csv"), text("twice.csv")) << c.file;
    for (const ColumnReport& column : again.columns) {
      if (column.changed == 0) continue;
      for (const ChangeExample& example : column.examples) ADD_FAILURE() << c.file << " " << column.name << ": " << example.original << " → " << example.value << " by " << example.rule;
    }
  }
}

TEST_F(CleanFile, AFileWithoutOneReadableRowIsAnErrorInEveryFormat) {
  CleanOptions options{.rules = {}, .out = path("out.csv"), .rejects = {}, .changes = {}, .progress = {}};
  for (const auto& [name, content] : {std::pair("empty.csv", ""), {"empty.jsonl", ""}, {"blank.jsonl", "\n \n"}, {"no_object.jsonl", "[1]\n"}}) {
    auto report = clean_file(write(name, content), options, clock_);
    ASSERT_FALSE(report.ok()) << name;
    EXPECT_EQ(report.error().code(), ErrorCode::kInvalidFile) << name;
    EXPECT_FALSE(fs::exists(path("out.csv"))) << name;
  }
}

}  // namespace
}  // namespace furrow::govern
