// Files as strangers bring them: what `furrow link` reads them as, and what it writes.
#include "identity/linkage_files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unicode/unistr.h>

#include <map>

#include "base/files.h"
#include "base/random.h"

namespace furrow::identity {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// 60 people with Chinese names and phones; every second one twice, the second time with another city.
Rows people(const std::string& id) {
  constexpr std::string_view kFamily[] = {"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"}, kGiven[] = {"伟", "芳", "娜", "敏", "静", "磊", "洋", "艳", "军", "杰"};
  constexpr std::string_view kCities[] = {"北京", "上海", "广州", "深圳", "杭州"};
  Random random(5);
  Rows rows;
  for (size_t i = 0; i < 60; ++i) {
    std::string name = fmt::format("{}{}{}", kFamily[random.below(10)], kGiven[random.below(10)], kGiven[random.below(10)]);
    std::string phone = fmt::format("138{:08}", random.below(100'000'000)), born = fmt::format("{}-{:02}-{:02}", 1950 + random.below(50), 1 + random.below(12), 1 + random.below(28));
    for (size_t n = 0; n < 1 + i % 2; ++n) rows.push_back({fmt::format("{}{}", id, rows.size()), name, phone, born, std::string(kCities[random.below(5)])});
  }
  return rows;
}

std::string text_of(const std::vector<std::string>& header, const Rows& rows, char delimiter = ',') {
  std::string out;
  auto add = [&](const std::vector<std::string>& cells) {
    for (size_t c = 0; c < cells.size(); ++c) out += (c > 0 ? std::string(1, delimiter) : "") + cells[c];
    out += '\n';
  };
  if (!header.empty()) add(header);
  for (const auto& row : rows) add(row);
  return out;
}

class LinkageFiles : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::filesystem::path path = folder_.path() / name;
    EXPECT_TRUE(write_file_atomically(path, bytes).ok());
    return path;
  }
  Result<LinkFilesReport> linked(std::vector<std::filesystem::path> files, std::vector<std::string> ids = {}) {
    LinkFilesRequest request;
    request.files = std::move(files);
    request.config.ids = std::move(ids);
    request.clusters = folder_.path() / "people.csv";
    request.pairs = folder_.path() / "pairs.csv";
    return link_files(request);
  }
  // The rows of what was written, without the header, which is checked.
  Rows written(const std::string& name, const std::vector<std::string>& columns) {
    auto table = table::read_table(folder_.path() / name, {.delimiter = 0, .text_columns = {}, .infer_types = false});
    EXPECT_TRUE(table.ok()) << table.error().message();
    std::vector<std::string> names;
    for (const auto& column : table->columns()) names.push_back(column.name());
    EXPECT_EQ(names, columns);
    Rows rows(table->rows());
    for (size_t row = 0; row < rows.size(); ++row) {
      for (const auto& column : table->columns()) rows[row].push_back(column.to_text(row));
    }
    return rows;
  }
  Rows clusters() { return written("people.csv", {"source", "id", "person"}); }
  Rows pairs() { return written("pairs.csv", {"left_source", "left_id", "right_source", "right_id", "probability", "evidence"}); }
  // Each person twice is found, and next to nobody else is joined: few names, and some who were born in one year.
  void expect_people(const std::string& source) {
    Rows rows = clusters();
    ASSERT_EQ(rows.size(), 90u);
    std::map<std::string, size_t> size;
    for (const auto& row : rows) {
      EXPECT_EQ(row[0], source);
      ++size[row[2]];
    }
    EXPECT_NEAR(static_cast<double>(size.size()), 60, 2);
    EXPECT_NEAR(static_cast<double>(pairs().size()), 30, 2);
  }
  TemporaryFolder folder_;
};

TEST_F(LinkageFiles, EncodingsDelimitersAndOddColumns) {
  const std::vector<std::string> chinese{"编号", "姓名", "手机", "生日", "城市"};
  std::string plain = text_of(chinese, people("p"));
  std::string gb(plain.size() * 2, '\0');
  gb.resize(static_cast<size_t>(icu::UnicodeString::fromUTF8(plain).extract(0, INT32_MAX, gb.data(), static_cast<uint32_t>(gb.size()), "gb18030")));
  struct Form { std::string name, bytes; };
  Rows empty = people("p"), doubled = people("p");
  for (auto& row : empty) row.emplace_back("");
  for (auto& row : doubled) row.push_back(row[1]);
  const Form forms[] = {{"plain.csv", plain}, {"bom.csv", "\xef\xbb\xbf" + plain}, {"gb.csv", gb}, {"semicolons.csv", text_of(chinese, people("p"), ';')},
                        {"empty.csv", text_of({"编号", "姓名", "手机", "生日", "城市", "备注"}, empty)},
                        {"doubled.csv", text_of({"编号", "姓名", "手机", "生日", "城市", "姓名"}, doubled)}};
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    auto report = linked({write(form.name, form.bytes)}, {"编号"});
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(report->sources[0].id_column, "编号");
    EXPECT_TRUE(report->notes.empty());
    expect_people(form.name.substr(0, form.name.find('.')));
    EXPECT_EQ(clusters()[0][1], "p0");
  }
}

TEST_F(LinkageFiles, ARecordInPlaceOfAHeaderIsTold) {
  Rows rows = people("p");
  auto report = linked({write("bare.csv", text_of({}, rows))});
  ASSERT_TRUE(report.ok()) << report.error().message();
  ASSERT_EQ(report->notes.size(), 1u);
  EXPECT_NE(report->notes[0].find("bare"), std::string::npos);
  EXPECT_EQ(clusters().size(), 89u);
  EXPECT_EQ(clusters()[0][1], "1");
}

TEST_F(LinkageFiles, OneRowAndNone) {
  const std::vector<std::string> header{"id", "name", "phone", "born", "city"};
  Rows rows = people("p"), none;
  auto whole = write("whole.csv", text_of(header, rows)), empty = write("none.csv", text_of(header, none));
  auto one = write("one.csv", text_of(header, {{"x", rows[7][1], rows[7][2], rows[7][3], rows[7][4]}}));
  auto again = write("again.csv", text_of(header, {{"y", rows[7][1], rows[7][2], rows[7][3], rows[7][4]}}));
  ASSERT_TRUE(linked({empty}).ok());
  EXPECT_EQ(clusters().size(), 0u);
  EXPECT_EQ(pairs().size(), 0u);
  auto report = linked({one});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(clusters(), (Rows{{"one", "x", "1"}}));
  report = linked({whole, empty});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(clusters().size(), rows.size());
  report = linked({whole, one});
  ASSERT_TRUE(report.ok()) << report.error().message();
  Rows found = clusters();
  EXPECT_EQ(found.back()[2], found[7][2]);
  report = linked({one, again});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(clusters(), (Rows{{"one", "x", "1"}, {"again", "y", "1"}}));
}

TEST_F(LinkageFiles, AMissingIdIsTheRowsNumber) {
  Rows rows = people("p");
  rows[3][0].clear();
  auto report = linked({write("a.csv", text_of({"id", "name", "phone", "born", "city"}, rows))});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(clusters()[3][1], "4");
  report = linked({folder_.path() / "a.csv"}, {"nummer"});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message().find("nummer"), std::string::npos);
}

TEST_F(LinkageFiles, RowsAreNumberedAsInTheFile) {
  Rows rows = people("p");
  for (auto& row : rows) row.erase(row.begin());
  rows.insert(rows.begin() + 1, {"ragged"});
  auto report = linked({write("a.csv", text_of({"name", "phone", "born", "city"}, rows))});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(clusters()[0][1], "1");
  EXPECT_EQ(clusters()[1][1], "3") << "the second could not be read";
}

TEST_F(LinkageFiles, ARowTenThousandTimesIsOnePerson) {
  const std::vector<std::string> header{"code", "name", "phone", "born", "city"};
  Rows rows = people("p"), same;
  const std::vector<std::string> row = rows[7];
  for (size_t n = 0; n < 10'000; ++n) {
    rows.push_back(row);
    rows.back()[0] = same.emplace_back(row)[0] = fmt::format("c{}", n);
  }
  auto report = linked({write("copies.csv", text_of(header, rows))}, {"code"});
  ASSERT_TRUE(report.ok()) << report.error().message();
  Rows found = clusters();
  ASSERT_EQ(found.size(), 10'090u);
  for (size_t n = 90; n < found.size(); ++n) ASSERT_EQ(found[n][2], found[7][2]) << n;
  EXPECT_NEAR(static_cast<double>(report->people), 60, 5);
  report = linked({write("same.csv", text_of(header, same))}, {"code"});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_EQ(report->people, 1u);
  // A name and a town alone: as many namesakes live there.
  Rows namesakes;
  Random random(9);
  for (size_t n = 0; n < 4'000; ++n) namesakes.push_back({fmt::format("n{}", n), fmt::format("王{}", random.below(40)), "", "", fmt::format("town{}", random.below(20))});
  report = linked({write("namesakes.csv", text_of(header, namesakes))}, {"code"});
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_GT(report->people, 3'000u);
}

}  // namespace
}  // namespace furrow::identity
