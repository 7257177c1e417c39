#include "govern/cell_governor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "collect/row_mapper.h"

namespace furrow::govern {
namespace {

using ::testing::HasSubstr;

constexpr Time kToday{1'790'000'000'000'000};  // 2026-09-21

// Rows of a source through its map, governed.
class CellGovernorTest : public testing::Test {
 protected:
  void declare(const std::string& map, const std::string& govern = "{country: CN, since: 2015-01-01}") {
    Diagnostics faults;
    source_ = collect::SourceDeclaration::load(*YamlNode::parse("name: s\nformat: csv\ntimezone: Asia/Shanghai\nmap:\n  type: identify\n  user_id: id\n" + map, "s.yaml", faults));
    auto rules = EventRules::load(*YamlNode::parse("govern: " + govern, "s.yaml", faults)->find("govern"), false);
    ASSERT_TRUE(faults.empty()) << faults.status().error().message();
    cells_.emplace(*rules, kToday);
  }
  std::string map(const std::vector<std::string>& columns, const std::vector<std::string>& texts, bool governed = true) {
    collect::RowMapper mapper(source_, governed ? &*cells_ : nullptr);
    EXPECT_TRUE(mapper.bind(columns, "s.csv").ok());
    std::vector<table::Cell> row_cells;
    for (const std::string& text : texts) row_cells.push_back({table::Cell::Kind::kText, text});
    table::Row row;
    row.cells = row_cells;
    fault_.reset();
    switch (mapper.map(row, kToday, event_, fault_)) {
      case collect::RowMapper::Outcome::kEvent: return format_time(event_.time).substr(0, 16) + " " + event_.properties;
      case collect::RowMapper::Outcome::kSkipped: return "skipped";
      default: return fault_->field() + "|" + fault_->message();
    }
  }
  collect::SourceDeclaration source_;
  std::optional<CellGovernor> cells_;
  Event event_;
  std::optional<Error> fault_;
};

TEST_F(CellGovernorTest, ReadsTimesOfOtherFormsThanTheDeclaredOne) {
  declare("  time: {column: at, format: \"%d/%m/%Y\"}\n");
  cells_->settle();
  auto at = [&](const std::string& text) { return map({"id", "at"}, {"u", text}).substr(0, 16); };
  // A date is midnight of the source's zone, however it is written; the order of day and month is the declared one.
  for (const char* same : {"05/03/2026", "2026-03-05", "20260305", "2026年3月5日", "２０２６/3/5", "2026.3.5", "5.3.2026"}) {
    EXPECT_EQ(at(same), "2026-03-04T16:00") << same;
  }
  EXPECT_EQ(at("2026-03-05 13:07"), "2026-03-05T05:07");
  EXPECT_EQ(at("2026-03-05T13:07:00Z"), "2026-03-05T13:07");
  EXPECT_EQ(at("1772715600"), "2026-03-05T13:00");
  EXPECT_EQ(at("03/12/2026"), "2026-03-11T16:00") << "the other order is the only one that is not in the future";
  ASSERT_EQ(cells_->changes().size(), 1u);
  EXPECT_EQ(cells_->changes()[0].was, "03/12/2026");
  EXPECT_EQ(cells_->changes()[0].rule, "mend.swapped_day_month");
  EXPECT_THAT(map({"id", "at"}, {"u", "31/02/2026"}), HasSubstr("time|time: \"31/02/2026\" is not of the form %d/%m/%Y (fault.impossible_date: "));
  EXPECT_THAT(map({"id", "at"}, {"u", "2011-05-01"}), HasSubstr("fault.before_start"));
  EXPECT_THAT(map({"id", "at"}, {"u", "2044-05-01"}), HasSubstr("fault.future"));
  EXPECT_THAT(map({"id", "at"}, {"u", "soon"}), HasSubstr("validate.date"));
  EXPECT_THAT(map({"id", "at"}, {"u", "N/A"}), HasSubstr("time is empty"));
  EXPECT_THAT(map({"id", "at"}, {"u", "2026-03-05"}, false), HasSubstr("is not of the form")) << "without governance the map alone judges";
}

TEST_F(CellGovernorTest, ReadsNumbersAsTheColumnWritesThem) {
  declare("  traits: {price: {column: p, type: number}, share: {column: q, type: number}, pieces: {column: n, type: integer}}\n");
  const std::vector<std::string> columns{"id", "p", "q", "n"};
  // Percents in points, as the bare ones say; noughts say nothing.
  for (int i = 0; i < 20; ++i) map(columns, {"u", "12.50", i % 2 ? "0" : i % 4 ? "15" : "20%", "3"});
  cells_->settle();
  auto traits = [&](const std::string& p, const std::string& q, const std::string& n) { return map(columns, {"u", p, q, n}).substr(17); };
  EXPECT_EQ(traits("12.50", "15", "3"), R"({"price":12.5,"share":15,"pieces":3})");
  EXPECT_TRUE(cells_->changes().empty());
  EXPECT_EQ(traits("人民币 1,234.50", "20%", "３"), R"({"price":1234.5,"share":20,"pieces":3})");
  EXPECT_EQ(traits("(5)", "０％", "-"), R"({"price":-5,"share":0})");
  EXPECT_EQ(cells_->changes().size(), 3u);
  EXPECT_THAT(map(columns, {"u", "cheap", "1", "1"}), HasSubstr("properties.price|price: \"cheap\" is not a number (validate.number"));
  EXPECT_THAT(map(columns, {"u", "1", "1", "１.５"}), HasSubstr("is not a whole number")) << "read, and still not what is asked";
  EXPECT_THAT(map(columns, {"u", "(5)", "1", "1"}, false), HasSubstr("is not a number"));

  declare("  traits: {share: {column: q, type: number}}\n");
  for (int i = 0; i < 20; ++i) map({"id", "q"}, {"u", i % 2 ? "0.15" : "20%"});
  cells_->settle();
  EXPECT_EQ(map({"id", "q"}, {"u", "20%"}).substr(17), R"({"share":0.2})");
}

TEST_F(CellGovernorTest, TellsMembersOfAListByWhatTheyStandFor) {
  declare("  traits: {gender: {column: g, values: {女: f, F: f, 男: m, M: m}}, state: {column: s, values: {paid: Paid, 已付款: Paid, f: Failed}}}\n");
  cells_->settle();
  auto traits = [&](const std::string& g, const std::string& s) { return map({"id", "g", "s"}, {"u", g, s}).substr(17); };
  EXPECT_EQ(traits("女", "paid"), R"({"gender":"f","state":"Paid"})");
  EXPECT_TRUE(cells_->changes().empty());
  EXPECT_EQ(traits("Female", "ＰＡＩＤ"), R"({"gender":"f","state":"Paid"})");
  EXPECT_EQ(cells_->changes().size(), 2u);
  EXPECT_EQ(traits("先生", " Paid "), R"({"gender":"m","state":"Paid"})");
  EXPECT_EQ(traits("1", "N/A"), R"({"gender":"m"})");
  EXPECT_EQ(traits("blue", "female"), "{}") << "what is in no list stays out, and a list with an f in it is no list of genders";
}

TEST_F(CellGovernorTest, WhoeverReadsACellNotesIt) {
  declare("  traits: {gender: {column: g, values: {女: f, 男: m}}, price: {column: p, type: number}}\n");
  cells_->settle();
  map({"id", "g", "p"}, {"u", "女", "¥12"});
  EXPECT_TRUE(cells_->changes().empty());
  EXPECT_EQ(event_.context, R"({"mapped":[{"field":"gender","was":"女","rule":"map.values"},{"field":"price","was":"¥12","rule":"map.number"}]})");
  map({"id", "g", "p"}, {"u", "Female", "1.2万"});
  EXPECT_EQ(cells_->changes().size(), 2u);
  EXPECT_EQ(event_.context, "") << "not noted twice";
}

TEST_F(CellGovernorTest, ContactsGoToTheGovernorFirst) {
  declare("  traits: {phone: {column: p, type: phone, country: 86}, email: {column: e, type: email}}\n");
  cells_->settle();
  auto traits = [&](const std::string& p, const std::string& e) { return map({"id", "p", "e"}, {"u", p, e}); };
  EXPECT_EQ(traits("138 1234 5678", "<Ann@X.example>").substr(17), R"({"phone":"+8613812345678","email":"ann@x.example"})");
  ASSERT_EQ(cells_->changes().size(), 2u);
  EXPECT_EQ(cells_->changes()[0].was, "138 1234 5678");
  // Digits that the map alone would take, and no numbering plan knows: emptied, with what they were; the row is kept.
  EXPECT_EQ(traits("742-0071-344", "").substr(17), "{}");
  ASSERT_EQ(cells_->changes().size(), 1u);
  EXPECT_EQ(cells_->changes()[0].rule, "validate.phone");
  EXPECT_THAT(traits("call me", ""), HasSubstr("properties.phone|phone: \"call me\" is not a telephone number (validate.phone"));

  declare("  traits: {email: {column: e, type: email}, phone: {column: p, type: number}}\n", "{fields: {email: {invalid: empty}, phone: {keep: true}}}");
  cells_->settle();
  EXPECT_EQ(map({"id", "e", "p"}, {"u", "nobody", "1"}).substr(17), R"({"phone":1})") << "the rules' own word on a field stands before the map's";
  EXPECT_THAT(map({"id", "e", "p"}, {"u", "", "(1)"}), HasSubstr("is not a number")) << "kept fields are the map's alone";
}

TEST_F(CellGovernorTest, OperandsOfExpressionsAreRead) {
  declare("  where: qty > 0\n  traits: {total: {expression: qty * price}}\n");
  cells_->settle();
  EXPECT_EQ(map({"id", "qty", "price"}, {"u", "２", "¥1,200.50"}).substr(17), R"({"total":2401})");
  EXPECT_EQ(map({"id", "qty", "price"}, {"u", "０", "1"}), "skipped");
  EXPECT_EQ(map({"id", "qty", "price"}, {"u", "２", "1"}, false), "skipped");
  EXPECT_FALSE(cells_->number("3M").has_value());
}

}  // namespace
}  // namespace furrow::govern
