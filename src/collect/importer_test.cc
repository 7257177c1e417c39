#include "collect/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "table/files.h"

namespace furrow::collect {
namespace {

const Time kNow = parse_time("2026-06-01").value();

class ImporterTest : public testing::Test {
 protected:
  SourceDeclaration source(const std::string& yaml) {
    auto node = YamlNode::parse(yaml, "sources/s.yaml", diagnostics_);
    return node ? SourceDeclaration::load(*node) : SourceDeclaration();
  }
  std::filesystem::path write(const std::string& name, std::string_view content) {
    auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  Status import(const SourceDeclaration& declaration, const std::filesystem::path& path, ImportOptions options = {}) {
    EXPECT_TRUE(diagnostics_.empty()) << diagnostics_.status().error().message();
    return import_file(declaration, path, path.filename().string(), clock_, options, [&](ImportBatch&& batch) -> Status {
      for (Event& event : batch.events) events_.push_back(std::move(event));
      for (auto& record : batch.refused) refused_.push_back(std::move(record));
      return {};
    }, counts_);
  }
  TemporaryFolder folder_;
  ManualClock clock_{kNow};
  Diagnostics diagnostics_;
  std::vector<Event> events_;
  std::vector<QuarantineRecord> refused_;
  ImportCounts counts_;
};

constexpr const char* kOrders = R"(name: orders
format: csv
timezone: Asia/Shanghai
map:
  type: track
  user_id: 客户
  time: {column: placed, format: ["%d.%m.%Y %H:%M", iso8601]}
  event: {column: status, lower: true, values: {paid: Order Completed, refunded: Order Refunded}}
  where: qty > 0
  properties:
    price: {column: amount, type: number, decimal: ","}
    total: {expression: qty * 2}
    channel: {const: store}
    email: {column: mail, type: email, invalid: empty}
    phone: {column: phone, type: phone, country: 86, invalid: keep}
)";

TEST_F(ImporterTest, MapsColumnsConstantsExpressionsAndTimes) {
  auto orders = source(kOrders);
  ASSERT_TRUE(import(orders, write("o.csv",
                                   "客户;placed;status;qty;amount;mail;phone\n"
                                   "C1;05.03.2026 21:07;PAID;2;1.234,50 €; Ann@X.com ;138 1234-5678\n"
                                   "C2;2026-03-05T21:07:00Z;refunded;1;¥3;nobody;n/a\n"
                                   "C3;05.03.2026 21:07;paid;0;1;;\n")).ok());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].user_id, "C1");
  EXPECT_EQ(events_[0].name, "Order Completed");
  EXPECT_EQ(format_time(events_[0].time), "2026-03-05T13:07:00.000Z");
  EXPECT_EQ(events_[0].source, "orders");
  EXPECT_EQ(events_[0].properties,
            R"({"price":1234.5,"total":4,"channel":"store","email":"ann@x.com","phone":"+8613812345678"})");
  EXPECT_EQ(format_time(events_[1].time), "2026-03-05T21:07:00.000Z");
  EXPECT_EQ(events_[1].properties, R"({"price":3,"total":2,"channel":"store","phone":"n/a"})");
  EXPECT_EQ(counts_.skipped, 1u);
}

TEST_F(ImporterTest, AmountsAreReadWithTheirCurrencyOnEitherSide) {
  auto orders = source(kOrders);
  std::string file = "客户;placed;status;qty;amount;mail;phone\n";
  for (const char* amount : {"HK$1.234,50", "-US$ 1.234,50", "1.234,50 RMB", "¥1.234,50元", "1.234,50 zł", "1.234,50 kg"}) {
    file += std::string("C1;05.03.2026 21:07;paid;1;") + amount + ";;\n";
  }
  ASSERT_TRUE(import(orders, write("o.csv", file)).ok());
  ASSERT_EQ(events_.size(), 5u) << "a weight is no amount";
  for (size_t i = 0; i < events_.size(); ++i) {
    EXPECT_THAT(events_[i].properties, ::testing::StartsWith(i == 1 ? R"({"price":-1234.5,)" : R"({"price":1234.5,)"));
  }
}

// One line a note, as the events' contexts have them.
std::string notes_of(const Event& event) {
  Fields context;
  EXPECT_TRUE(context.parse(event.context).ok()) << event.context;
  std::string out(context.get("mapped").text()), lines;
  for (size_t at = 0; (at = out.find("{\"field\":\"", at)) != std::string::npos; ++at) {
    for (std::string_view name : {"\"field\":\"", "\"was\":\"", "\"rule\":\""}) {
      size_t from = out.find(name, at) + name.size();
      lines += out.substr(from, out.find('"', from) - from) + (name == "\"rule\":\"" ? "\n" : "|");
    }
  }
  return lines;
}

TEST_F(ImporterTest, TrueAndFalseAreReadAsSpreadsheetsOfOtherLanguagesWriteThem) {
  auto won = source("name: s\nformat: csv\nmap: {type: identify, user_id: id, time: {column: t, default: received}, traits: {won: {column: ok, type: boolean}}}\n");
  ASSERT_TRUE(import(won, write("n.csv", "id;t;ok\nu;;WAHR\nu;;FALSCH\nu;;VRAI\nu;;faux\nu;;Verdadero\nu;;FALSO\nu;;vielleicht\n")).ok());
  ASSERT_EQ(events_.size(), 6u);
  for (size_t i = 0; i < events_.size(); ++i) EXPECT_EQ(events_[i].properties, i % 2 ? R"({"won":false})" : R"({"won":true})") << i;
  EXPECT_EQ(refused_.size(), 1u);
}

TEST_F(ImporterTest, WhatTheMapChangesKeepsTheOriginalAndTheRule) {
  auto orders = source(kOrders);
  ASSERT_TRUE(import(orders, write("o.csv",
                                   "客户;placed;status;qty;amount;mail;phone\n"
                                   "C1;05.03.2026 21:07;PAID;2;1.234,50 €; Ann@X.com ;138 1234-5678\n"
                                   "C2;2026-03-05T21:07:00Z;refunded;1;¥3;nobody;n/a\n")).ok());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(notes_of(events_[0]),
            "event|PAID|map.values\ntimestamp|05.03.2026 21:07|map.time\nprice|1.234,50 €|map.number\nemail| Ann@X.com |map.email\n"
            "phone|138 1234-5678|map.phone\n");
  EXPECT_EQ(notes_of(events_[1]), "event|refunded|map.values\nprice|¥3|map.number\nemail|nobody|map.invalid\n") << "what is kept is not changed";

  auto people = source(R"(name: people
format: csv
map:
  type: identify
  user_id: id
  time: {column: at, format: epoch_ms}
  traits: {plan: {column: plan, upper: true}, city: city, vip: {column: vip, type: boolean}, points: {column: points, type: number},
    gender: {column: gender, values: {男: m, 女: f}}, born: {column: born, type: time, format: "%d/%m/%Y"}}
  context: {campaign: {const: spring}, lang: {column: lang, lower: true}}
)");
  events_.clear();
  ASSERT_TRUE(import(people, write("p.csv",
                                   "id,at,plan,city,vip,points,gender,born,lang\n"
                                   "a,1772715600000,gold,  Bern\t,是,12.50,男,05/03/1990,ZH\n"
                                   "b,2026-03-05T13:00:00Z,GOLD,Bern,true,12,,,zh\n"
                                   "c,1772715600000,GOLD,Bern,true,1e3,?,,zh\n")).ok());
  ASSERT_EQ(refused_.size(), 1u) << "b's time is of another form";
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(notes_of(events_[0]), "timestamp|1772715600000|map.time\nplan|gold|map.case\ncity|  Bern\\t|map.trim\nvip|是|map.boolean\n"
                                  "gender|男|map.values\nborn|05/03/1990|map.time\ncontext.lang|ZH|map.case\n");
  EXPECT_NE(events_[0].context.find(R"("campaign":"spring","lang":"zh"})"), std::string::npos) << events_[0].context;
  EXPECT_EQ(notes_of(events_[1]), "timestamp|1772715600000|map.time\ngender|?|map.values\n") << "not in the list, and so empty";

  auto plain = source("name: plain\nformat: csv\nmap: {type: identify, user_id: id, traits: {city: city, points: {column: points, type: number}}}\n");
  events_.clear();
  ASSERT_TRUE(import(plain, write("q.csv", "id,city,points\na,Bern,1.50\n")).ok());
  EXPECT_EQ(events_.at(0).context, "") << "nothing was changed";
}

TEST_F(ImporterTest, RowsOfNobodyThatCouldBeAskedForGoAside) {
  auto orders = source(kOrders);
  ASSERT_TRUE(import(orders, write("o.csv", "客户;placed;status;qty;amount;mail;phone\n\x01\x02;05.03.2026 21:07;paid;1;3;;\nC 1;05.03.2026 21:07;paid;1;3;;\n")).ok());
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].user_id, "C 1");
  ASSERT_EQ(refused_.size(), 1u);
  EXPECT_EQ(refused_[0].field, "user_id") << refused_[0].message;
}

TEST_F(ImporterTest, BadRowsGoAsideWithLineFieldAndBytesAndCanBeReplayed) {
  auto orders = source(kOrders);
  ASSERT_TRUE(import(orders, write("o.csv",
                                   "客户,placed,status,qty,amount,mail,phone\n"
                                   "C1,31.02.2026 10:00,paid,1,1,,\n"
                                   "C1,05.03.2027 10:00,paid,1,1,,\n"
                                   "C1,05.03.2026 10:00,unheard,1,1,,\n"
                                   ",05.03.2026 10:00,paid,1,1,,\n"
                                   "C1,05.03.2026 10:00,paid,1,lots,,\n"
                                   "C1,ragged\n"
                                   "C9,05.03.2026 10:00,paid,1,1,,\n")).ok());
  ASSERT_EQ(refused_.size(), 6u);
  const char* fields[] = {"time", "time", "event", "user_id", "properties.price", ""};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(refused_[i].field, fields[i]);
    EXPECT_EQ(refused_[i].line, i + 2);
    EXPECT_EQ(refused_[i].code, "invalid_row");
    EXPECT_EQ(refused_[i].file, "o.csv");
  }
  EXPECT_EQ(events_.size(), 1u);
  EXPECT_EQ(counts_.rows, 7u);
  EXPECT_FALSE(replay_row(&orders, refused_[2], kNow).ok()) << "nothing was mended";
  std::string mended = kOrders;
  mended.replace(mended.find("{paid"), 1, "{unheard: Order Queried, ");
  auto again = source(mended);
  auto event = replay_row(&again, refused_[2], kNow);
  ASSERT_TRUE(event.ok()) << event.error().to_string();
  ASSERT_TRUE(event->has_value());
  EXPECT_EQ((*event)->name, "Order Queried");
  // The same row imported from the file after the mending is the same event.
  events_.clear();
  ASSERT_TRUE(import(again, folder_.path() / "o.csv").ok());
  EXPECT_EQ(events_[0].message_id, (*event)->message_id);
}

TEST_F(ImporterTest, ARefusalNamesEveryFormAndCutsNoCharacter) {
  ASSERT_TRUE(import(source(kOrders), write("o.csv", "客户;placed;status;qty;amount;mail;phone\n"
                                                     "C1;在一个很长的时间栏里写下的一段不是时间的文字，比六十四个字节长;paid;2;1;;\n")).ok());
  ASSERT_EQ(refused_.size(), 1u);
  EXPECT_NE(refused_[0].message.find("%d.%m.%Y %H:%M | iso8601"), std::string::npos) << refused_[0].message;
  std::string json;
  JsonWriter(json).text(refused_[0].message);
  EXPECT_EQ(json.find("\uFFFD"), std::string::npos) << json;
}

TEST_F(ImporterTest, MessageIdsAreStableOverOrderFormatEncodingAndTheMap) {
  std::string yaml = "name: s\nformat: csv\nmap: {type: identify, user_id: id, traits: {n: n}}\n";
  auto first = source(yaml);
  ASSERT_TRUE(import(first, write("a.csv", "id,n\n1,王\n1,王\n2,x\n")).ok());
  std::vector<Event> before;
  std::swap(before, events_);
  EXPECT_NE(before[0].message_id, before[1].message_id) << "equal rows are several events";
  auto other_map = source("name: s\nformat: csv\nmap: {type: identify, user_id: id, traits: {m: n}}\n");
  ASSERT_TRUE(import(other_map, write("b.csv", "n;id;empty\n\xCD\xF5;1;\nx;2;\n\xCD\xF5;1;\n")).ok());
  EXPECT_EQ(events_[0].message_id, before[0].message_id);
  EXPECT_EQ(events_[1].message_id, before[2].message_id);
  EXPECT_EQ(events_[2].message_id, before[1].message_id);
  events_.clear();
  auto once = source("name: s\nformat: csv\nidentical_rows: once\nmap: {type: identify, user_id: id}\n");
  ASSERT_TRUE(import(once, folder_.path() / "a.csv").ok());
  EXPECT_EQ(events_[0].message_id, events_[1].message_id);
  events_.clear();
  auto named = source("name: s\nformat: csv\nmap: {type: identify, user_id: id, message_id: [id, n]}\n");
  ASSERT_TRUE(import(named, folder_.path() / "a.csv").ok());
  EXPECT_EQ(events_[2].message_id, "s:2:x");
}

TEST_F(ImporterTest, AFileOfAnotherKindThanDeclaredIsReadByItsName) {
  auto declared = source("name: s\nformat: parquet\nmap: {type: identify, user_id: id, traits: {n: {column: n, type: number}}}\n");
  ASSERT_TRUE(import(declared, write("a.csv", "id;n\n1;5\n2;many\n")).ok());
  ASSERT_EQ(events_.size(), 1u);
  ASSERT_EQ(refused_.size(), 1u);
  auto mended = source("name: s\nformat: parquet\nmap: {type: identify, user_id: id, traits: {n: n}}\n");
  auto event = replay_row(&mended, refused_[0], Time{1});
  ASSERT_TRUE(event.ok()) << event.error().to_string();
  EXPECT_EQ((*event)->user_id, "2");
}

TEST_F(ImporterTest, MissingColumnsAreNamedWithTheNearest) {
  auto orders = source(kOrders);
  Status status = import(orders, write("o.csv", "客户,placed_at,status,qty,amuont,mail,phone\nC1,1,paid,1,1,,\n"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::kInvalidFile);
  EXPECT_NE(status.error().message().find("\"amount\" (did you mean \"amuont\"?)"), std::string::npos) << status.error().message();
  EXPECT_NE(status.error().message().find("sources/s.yaml:7"), std::string::npos) << status.error().message();
  EXPECT_FALSE(import(orders, write("header.csv", "a,b\n")).ok()) << "also in a file without rows";
  EXPECT_TRUE(import(orders, write("only.csv", "客户,placed,status,qty,amount,mail,phone\n")).ok());
}

TEST_F(ImporterTest, TrackingRowsAreReadAsTheApiReadsThem) {
  auto web = source("name: web\nformat: jsonl\nmap: tracking\n");
  ASSERT_TRUE(import(web, write("w.jsonl",
                                R"({"type":"track","event":"Seen","userId":"u","messageId":"m1","timestamp":"2026-01-02T00:00:00Z"})" "\n"
                                R"({"type":"track","userId":"u"})" "\n{torn\n"
                                R"({"type":"identify","anonymousId":"a","traits":{"x":1}})" "\n")).ok());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0].message_id, "m1");
  EXPECT_EQ(events_[1].message_id.substr(0, 4), "row_") << "derived, so that the file can be imported again";
  ASSERT_EQ(refused_.size(), 2u);
  std::set<uint64_t> lines{refused_[0].line, refused_[1].line};
  EXPECT_EQ(lines, (std::set<uint64_t>{2, 3}));
}

TEST_F(ImporterTest, TrackingRowsMayBeGb18030) {
  auto web = source("name: web\nformat: jsonl\nmap: tracking\n");
  const std::string name = "\xcd\xf5\xce\xb0";  // 王伟
  ASSERT_TRUE(import(web, write("w.jsonl", "{\"type\":\"track\",\"userId\":\"a\",\"event\":\"Viewed\"}\n"
                                           "{\"type\":\"identify\",\"userId\":\"b\",\"traits\":{\"name\":\"" + name + "\"}}\n"
                                           "{\"type\":\"track\",\"userId\":\"" + name + "\"}\n")).ok());
  ASSERT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[1].properties, R"({"name":"王伟"})");
  ASSERT_EQ(refused_.size(), 1u) << "that one alone";
  EXPECT_EQ(refused_[0].line, 3u);
  EXPECT_EQ(replay_row(&web, refused_[0], kNow, nullptr).error().field(), "event");
}

TEST_F(ImporterTest, StopsAfterABatchAndGoesOnWithoutRepeating) {
  std::string content = "id,n\n";
  for (int i = 0; i < 10'000; ++i) content += std::to_string(i % 3000) + ",x\n";
  auto path = write("big.csv", content);
  auto declaration = source("name: s\nformat: csv\nmap: {type: identify, user_id: id}\n");
  std::atomic<bool> stop{false};
  ImportOptions options{.batch_rows = 500, .stop = &stop, .progress = [&](double, const ImportCounts& counts) {
                          if (counts.rows >= 4000) stop = true;
                        }};
  Status status = import(declaration, path, options);
  ASSERT_EQ(status.error().code(), ErrorCode::kInterrupted);
  size_t first = events_.size();
  EXPECT_GE(first, 4000u);
  EXPECT_LT(first, 10'000u);
  ASSERT_TRUE(import(declaration, path).ok());
  std::set<std::string> ids;
  for (const Event& event : events_) ids.insert(event.message_id);
  EXPECT_EQ(ids.size(), 10'000u) << "the second run names the first rows as the first did";
  EXPECT_EQ(events_.size(), 10'000u + first);
}

TEST_F(ImporterTest, EveryFaultOfADeclarationIsListedWithItsLine) {
  source("name: live\nformat: xls\ndelimiter: ab\nmap:\n  type: tracks\n  where: 1 +\n  time: {format: '%Q', timezone: Mars}\n  props: {a: b}\n");
  std::string all;
  for (const auto& fault : diagnostics_.list()) all += fault.to_string() + "\n";
  for (const char* part : {"s.yaml:1:", "s.yaml:2:", "s.yaml:3:", "s.yaml:5:", "s.yaml:6:", "s.yaml:7:", "s.yaml:8:"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part << "\n" << all;
  }
}

TEST(TimeFormat, ReadsWhatFilesWrite) {
  auto read = [](const char* format, const char* text, const char* zone = "UTC") {
    auto time = TimeFormat::parse(format).value().read(text, TimeZone::load(zone).value());
    return time.ok() ? format_time(*time) : std::string("no");
  };
  EXPECT_EQ(read("%d/%m/%Y %H:%M", "5/3/2026 9:07", "Asia/Shanghai"), "2026-03-05T01:07:00.000Z");
  EXPECT_EQ(read("%d-%m-%Y", "29-02-2025"), "no");
  EXPECT_EQ(read("%m/%d/%y %I:%M %p", "12/31/99 12:05 am"), "1999-12-31T00:05:00.000Z");
  EXPECT_EQ(read("%d %b %Y", "7 September 2026"), "2026-09-07T00:00:00.000Z");
  EXPECT_EQ(read("%Y年%m月%d日", "2026年3月5日"), "2026-03-05T00:00:00.000Z");
  EXPECT_EQ(read("%Y-%m-%d %H:%M:%S.%f %z", "2026-03-05 01:02:03.5 +0800"), "2026-03-04T17:02:03.500Z");
  EXPECT_EQ(read("epoch_s", "1700000000.25"), "2023-11-14T22:13:20.250Z");
  EXPECT_EQ(read("epoch", "1700000000"), read("epoch", "1700000000000"));
  EXPECT_EQ(read("epoch_ms", "soon"), "no");
  EXPECT_EQ(read("iso8601", "2026-07-01 00:00:00", "America/New_York"), "2026-07-01T04:00:00.000Z");
  EXPECT_EQ(read("iso8601", "2026-07-01T00:00:00-02:00", "America/New_York"), "2026-07-01T02:00:00.000Z");
  EXPECT_FALSE(TimeFormat::parse("%d %m").ok());
  EXPECT_FALSE(TimeFormat::parse("%Y %").ok());
}

}  // namespace
}  // namespace furrow::collect
