#include "app/import.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/query.h"
#include "base/files.h"

namespace furrow::app {
namespace {

constexpr const char* kOrders = R"(name: orders
format: csv
map:
  type: track
  user_id: 客户
  time: {column: when, format: iso8601}
  event: {column: status, values: {paid: Order Completed}}
  properties: {price: {column: price, type: number}}
)";

class ImportTest : public testing::Test {
 protected:
  ImportTest() {
    workspace_.root = folder_.path();
    workspace_.name = "Test shop";
    workspace_.program = profile::FeatureProgram::compile({}).value();
    declare(kOrders);
    open();
  }
  void declare(const std::string& yaml) {
    Diagnostics diagnostics;
    workspace_.sources = {collect::SourceDeclaration::load(*YamlNode::parse(yaml, "sources/orders.yaml", diagnostics))};
    ASSERT_TRUE(diagnostics.empty());
  }
  void open() {
    pipeline::PipelineOptions options;
    options.data_dir = (folder_.path() / "data").string();
    auto pipeline = pipeline::Pipeline::open(workspace_, options, clock_, logger_);
    ASSERT_TRUE(pipeline.ok()) << pipeline.error().to_string();
    pipeline_ = std::move(*pipeline);
  }
  std::filesystem::path orders(size_t rows, std::string_view more = {}) {
    auto path = folder_.path() / "orders.csv";
    std::ofstream out(path, std::ios::binary);
    out << "客户,when,status,price\n";
    for (size_t i = 0; i < rows; ++i) out << "C" << i % 97 << ",2026-03-01T00:00:" << 10 + i % 50 << "Z,paid," << i % 500 << "\n";
    out << more;
    return path;
  }
  Status import(const std::filesystem::path& file, const ImportRun& run = {}) {
    report_ = {};
    return import_source(workspace_, workspace_.sources[0], {file}, intake_of(*pipeline_), clock_, run, report_);
  }
  std::string one(std::string_view sql) {
    RecordScan scan = [&](LogPosition from, const auto& visit) { return pipeline_->scan(from, visit); };
    auto run = QueryRun::start(folder_.path() / "data", scan, sql);
    EXPECT_TRUE(run.ok()) << run.error().to_string();
    return run.ok() ? (*run)->next().value().column(0).to_text(0) : "";
  }
  TemporaryFolder folder_;
  ManualClock clock_{parse_time("2026-06-01").value()};
  Logger logger_{LogLevel::kError};
  Workspace workspace_;
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  ImportReport report_;
};

TEST_F(ImportTest, ImportingAgainAddsNothing) {
  auto file = orders(10'000);
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.rows, 10'000u);
  EXPECT_EQ(report_.imported, 10'000u);
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.imported, 0u);
  EXPECT_EQ(report_.duplicates, 10'000u);
  EXPECT_EQ(one("SELECT count(*) || ' ' || count(DISTINCT profile_id) FROM events"), "10000 97");
}

TEST_F(ImportTest, AnInterruptedImportGoesOnAlsoAfterARestart) {
  auto file = orders(20'000);
  std::atomic<bool> stop{false};
  ImportRun run{&stop, [&](const std::string&, double, uint64_t rows) { stop = rows >= 6'000; }};
  Status status = import(file, run);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kInterrupted);
  uint64_t first = report_.imported;
  EXPECT_EQ(first, report_.rows) << "what was read is in the log";
  EXPECT_LT(first, 20'000u);
  ASSERT_TRUE(pipeline_->drain().ok());
  pipeline_.reset();
  open();
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.duplicates, first);
  EXPECT_EQ(report_.imported, 20'000u - first);
  EXPECT_EQ(one("SELECT count(*) FROM events"), "20000");
}

TEST_F(ImportTest, BadRowsAreQuarantinedOnceAndReplayedAfterMending) {
  auto file = orders(100, "C1,2026-03-01,unheard,1\nC2,2026-03-01,paid,lots\nragged\n");
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.quarantined, 3u);
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.quarantined, 0u);
  EXPECT_EQ(report_.known_bad, 3u);
  std::string mended = kOrders;
  mended.replace(mended.find("{paid"), 1, "{unheard: Order Queried, ");
  declare(mended);
  auto replayed = replay_quarantine(workspace_, {}, intake_of(*pipeline_), clock_);
  ASSERT_TRUE(replayed.ok()) << replayed.error().to_string();
  EXPECT_EQ(replayed->tried, 3u);
  EXPECT_EQ(replayed->replayed, 1u);
  EXPECT_EQ(replayed->still_bad, 2u);
  EXPECT_EQ(one("SELECT count(*) FROM events WHERE event = 'Order Queried'"), "1");
  EXPECT_EQ(one("SELECT string_agg(state, ',' ORDER BY position) FROM quarantine"), "replayed,open,open");
  ASSERT_TRUE(import(file).ok());
  EXPECT_EQ(report_.imported, 0u) << "the replayed row is the same event";
  EXPECT_EQ(pipeline_->quarantine_open(), 2u);
}

TEST_F(ImportTest, TheLakeFollowsTheLogWhileItGrows) {
  auto file = orders(5'000);
  {
    auto lake = Lake::open(folder_.path() / "data/lake", TimeZone::utc()).value();
    LakeJob job(*lake, [&](LogPosition from, const auto& visit) { return pipeline_->scan(from, visit); },
                [&] { return pipeline_->durable(); }, milliseconds(5), logger_);
    ASSERT_TRUE(import(file).ok());
    EXPECT_EQ(one("SELECT count(*) FROM events"), "5000");
  }
  auto manifest = read_manifest(folder_.path() / "data/lake").value();
  EXPECT_EQ(manifest.position, pipeline_->durable()) << "the job's last act is to catch up";
  EXPECT_EQ(one("SELECT count(*) FROM events"), "5000");
}

TEST(Reread, KnowsTheCallOfALiveRecordFromItsAddress) {
  Workspace workspace;
  QuarantineRecord record;
  record.source = "live";
  record.time = *parse_time("2026-03-01");
  record.raw = R"({"event":"Order Completed","userId":"u1","messageId":"m1"})";  // a single call carries no type
  record.file = "/v1/track";
  auto event = reread(workspace, record, record.time);
  ASSERT_TRUE(event.ok()) << event.error().message();
  EXPECT_EQ(event->type, EventType::kTrack);
  EXPECT_EQ(event->name, "Order Completed");
  record.file = "/v1/batch";  // there each message names its own
  EXPECT_FALSE(reread(workspace, record, record.time).ok());
}

TEST_F(ImportTest, NamesWhatIsMissing) {
  EXPECT_EQ(import(folder_.path() / "none.csv").error().code(), ErrorCode::kNotFound);
  ImportReport report;
  EXPECT_EQ(import_source(workspace_, workspace_.sources[0], {}, intake_of(*pipeline_), clock_, {}, report).error().code(), ErrorCode::kInvalidArgument);
  workspace_.sources[0].files = {orders(3).filename().string(), "more.csv"};
  Error missing = import_source(workspace_, workspace_.sources[0], {}, intake_of(*pipeline_), clock_, {}, report).error();
  EXPECT_EQ(missing.code(), ErrorCode::kNotFound);
  EXPECT_NE(missing.message().find("which source orders declares"), std::string::npos) << missing.message();
  EXPECT_EQ(one("SELECT count(*) FROM events"), "0") << "all or nothing";
}

constexpr const char* kPeople = R"(name: people
format: csv
govern: {country: CN, since: 2015-01-01}
map:
  type: identify
  user_id: id
  time: {column: since, format: iso8601}
  traits: {phone: phone, email: email, gender: gender}
)";

TEST_F(ImportTest, GovernedRowsComeInStandardFormAndFaultsAreSetAside) {
  Diagnostics diagnostics;
  auto node = YamlNode::parse(kPeople, "sources/people.yaml", diagnostics);
  declare(kPeople);
  workspace_.governance.insert_or_assign("people", *govern::EventRules::load(*node->find("govern"), false));
  ASSERT_TRUE(diagnostics.empty());
  auto path = folder_.path() / "people.csv";
  {
    std::ofstream out(path);
    out << "id,since,phone,email,gender\n";
    for (int i = 0; i < 200; ++i) out << "C" << i << ",2024-03-01T00:00:00Z,138 " << 1000 + i << " 5678,A" << i << "@Shop.EXAMPLE," << (i % 2 ? "男" : "F") << "\n";
    out << "X1,2044-03-01T00:00:00Z,13812345678,a@b.example,M\nX2,2004-03-01T00:00:00Z,13812345678,a@b.example,M\n";
  }
  ASSERT_TRUE(import(path).ok());
  EXPECT_EQ(report_.imported, 200u);
  EXPECT_EQ(report_.quarantined, 2u);
  EXPECT_LT(report_.governed.before(), 0.1);
  EXPECT_GT(report_.governed.after(), 0.99);
  EXPECT_EQ(one("select count(*) from events where (properties->>'$.phone') like '+86138%' and (properties->>'$.gender') in ('male', 'female')"), "200");
  EXPECT_EQ(one("select context->>'$.governed[0].was' from events where user_id = 'C7'"), "A7@Shop.EXAMPLE");
  EXPECT_EQ(one("select string_agg(code, ' ' order by code) from quarantine"), "fault.before_start invalid_row") << "no source may bring the future";
  ASSERT_TRUE(import(path).ok());
  EXPECT_EQ(report_.imported, 0u) << "again adds nothing";
  EXPECT_EQ(report_.quarantined, 0u);
  // With the rule taken back the row that it set aside comes in.
  workspace_.governance.begin()->second.times = govern::OnFault::kKeep;
  auto replay = replay_quarantine(workspace_, {}, intake_of(*pipeline_), clock_);
  ASSERT_TRUE(replay.ok()) << replay.error().message();
  EXPECT_EQ(replay->replayed, 1u);
  EXPECT_EQ(one("select count(*) from events"), "201");
}

constexpr const char* kWorn = R"(name: worn
format: csv
timezone: Asia/Shanghai
govern: {country: CN, since: 2015-01-01}
map:
  type: track
  user_id: id
  time: {column: placed, format: "%d.%m.%Y %H:%M"}
  event: {column: status, values: {paid: Order Completed, 已付款: Order Completed}}
  properties: {total: {column: total, type: number}, discount: {column: discount, type: number}}
)";

// 100 rows that the map reads, 100 that only governance does, 4 that nobody does.
std::filesystem::path worn_orders(const std::filesystem::path& folder) {
  auto path = folder / "worn.csv";
  std::ofstream out(path, std::ios::binary);
  out << "id,placed,status,total,discount\n";
  for (int i = 0; i < 100; ++i) out << "A" << i << ",05.03.2026 13:" << 10 + i % 50 << ",paid," << 100 + i << "," << i % 3 * 10 << "\n";
  for (int i = 0; i < 100; ++i) {
    const char* placed[] = {"2026-03-05 13:07", "2026年3月5日 13:07", "20260305130700", "5/3/2026 1:07 PM"};
    const char* status[] = {"PAID", "ｐａｉｄ", " Paid", "已付款"};
    out << "B" << i << "," << placed[i % 4] << "," << status[i / 4 % 4] << ",\"" << (i % 2 ? "(1,200)" : "人民币1,200.00") << "\"," << (i % 2 ? "20%" : "-") << "\n";
  }
  out << "X1,31.02.2026 13:07,paid,1,0\nX2,2044-03-05 13:07,paid,1,0\nX3,05.03.2026 13:07,paid,dear,0\nX4,05.03.2026 13:07,lost,1,0\n";
  return path;
}

TEST_F(ImportTest, GovernanceReadsWhatTheMapCannot) {
  Diagnostics diagnostics;
  auto rules = govern::EventRules::load(*YamlNode::parse(kWorn, "sources/worn.yaml", diagnostics)->find("govern"), false);
  declare(kWorn);
  auto path = worn_orders(folder_.path());
  ASSERT_TRUE(import(path).ok());
  EXPECT_EQ(report_.imported, 100u) << "the map alone is strict";
  EXPECT_EQ(report_.quarantined, 104u);

  workspace_.governance.insert_or_assign("worn", *rules);
  auto replay = replay_quarantine(workspace_, {}, intake_of(*pipeline_), clock_);
  ASSERT_TRUE(replay.ok()) << replay.error().message();
  EXPECT_EQ(replay->replayed, 100u) << "governance declared afterwards mends what was set aside before";
  EXPECT_EQ(replay->still_bad, 4u);
  const std::string worn = "from events where user_id like 'B%'";
  EXPECT_EQ(one("select count(*) " + worn + " and event = 'Order Completed' and cast(properties->>'$.total' as double) in (1200, -1200)"), "100");
  EXPECT_EQ(one("select count(distinct time) || ' ' || count(distinct properties->>'$.discount') " + worn), "1 1");
  EXPECT_EQ(one("select count(*) " + worn + " and (properties->>'$.discount') = '20'"), "50");
  EXPECT_EQ(one("select context->>'$.governed[0].field' || ' ' || (context->>'$.governed[0].was') || ' ' || (context->>'$.governed[0].rule') from events where user_id = 'B3'"),
            "event PAID standardize.spelling");
  ASSERT_TRUE(import(path).ok());
  EXPECT_EQ(report_.duplicates, 200u) << "replayed and imported rows are the same events";
  EXPECT_EQ(report_.quarantined, 0u);
}

TEST_F(ImportTest, AGovernedImportSaysWhyItSetRowsAside) {
  Diagnostics diagnostics;
  declare(kWorn);
  workspace_.governance.insert_or_assign("worn", *govern::EventRules::load(*YamlNode::parse(kWorn, "s.yaml", diagnostics)->find("govern"), false));
  ASSERT_TRUE(import(worn_orders(folder_.path())).ok());
  EXPECT_EQ(report_.imported, 200u);
  EXPECT_EQ(report_.quarantined, 4u);
  EXPECT_EQ(report_.governed.rules.at("standardize.date"), 100u);
  std::string why;
  QuarantineSelection all;
  ASSERT_TRUE(for_each_open(intake_of(*pipeline_).scan, all, [&](LogPosition, const QuarantineRecord& record) {
    why += record.message + "\n";
    return true;
  }).ok());
  for (const char* part : {"31.02.2026", "fault.impossible_date", "2044-03-05", "fault.future", "\"dear\" is not a number (validate.number", "the event's name is empty"}) {
    EXPECT_NE(why.find(part), std::string::npos) << part << " in:\n" << why;
  }
}

}  // namespace
}  // namespace furrow::app
