#include "table/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace furrow::table {
namespace {

class FilesTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view content) {
    auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  Table read(const std::filesystem::path& path, const ReadOptions& options = {}) {
    auto table = read_table(path, options, &report_);
    EXPECT_TRUE(table.ok()) << table.error().to_string();
    return table.ok() ? std::move(*table) : Table();
  }
  ErrorCode failure(const std::filesystem::path& path) {
    auto table = read_table(path, {}, &report_);
    EXPECT_FALSE(table.ok());
    return table.ok() ? ErrorCode::kInternal : table.error().code();
  }
  TemporaryFolder folder_;
  ReadReport report_;
};

TEST_F(FilesTest, InfersTheNarrowestTypeOfEachColumn) {
  Table table = read(write("t.csv",
                           "i,n,b,when,text,id,gaps\n"
                           "1,1.5,true,2026-01-02,a,007,NA\n"
                           "-2,2,FALSE,2026-01-02 03:04:05,,123, \n"
                           ",1e3,,,\"\",999,4\n"));
  EXPECT_EQ(table.rows(), 3u);
  EXPECT_EQ(table.find("i")->type(), ColumnType::kInteger);
  EXPECT_TRUE(table.find("i")->is_null(2));
  EXPECT_EQ(table.find("n")->type(), ColumnType::kNumber);
  EXPECT_EQ(table.find("n")->number(2), 1000);
  EXPECT_EQ(table.find("b")->type(), ColumnType::kBoolean);
  EXPECT_EQ(table.find("when")->type(), ColumnType::kTimestamp);
  EXPECT_EQ(format_time(table.find("when")->time(1)), "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(table.find("text")->type(), ColumnType::kText);
  EXPECT_TRUE(table.find("text")->is_null(1));
  EXPECT_FALSE(table.find("text")->is_null(2)) << "a quoted empty text is a text";
  EXPECT_EQ(table.find("id")->type(), ColumnType::kText) << "leading zeros are an id";
  EXPECT_EQ(table.find("gaps")->type(), ColumnType::kInteger);
  EXPECT_EQ(table.find("gaps")->missing_count(), 2u);
}

TEST_F(FilesTest, TellsRepeatedNamesAndWhereTheLastRowIs) {
  EXPECT_EQ(read(write("t.csv", "a,b,a, b\n1,2,3,4\n5,6\n7,8,9,\"1\n0\"\n\n")).names(), (std::vector<std::string>{"a", "b", "a_2", "b_2"}));
  EXPECT_EQ(report_.repeated, (std::vector<std::pair<size_t, size_t>>{{2, 0}, {3, 1}}));
  EXPECT_EQ(report_.last_line, 4u);
  read(write("u.csv", "a,a_2\n1,2\n"));
  EXPECT_TRUE(report_.repeated.empty());
}

TEST_F(FilesTest, SniffsDelimitersAndTakesTheDeclaredOne) {
  EXPECT_EQ(read(write("a.csv", "x;y\n1,5;2\n3,5;4\n")).names(), (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(report_.delimiter, ';');
  EXPECT_EQ(read(write("b.csv", "x|y\n1|2\n")).column_count(), 2u);
  EXPECT_EQ(read(write("c.tsv", "x\ty\n1\t2\n")).column_count(), 2u);
  EXPECT_EQ(read(write("d.csv", "sep=;\na;b,c\n1;2\n")).names(), (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(read(write("e.csv", "only\n1\n2\n")).rows(), 2u);
  ReadOptions options;
  options.delimiter = ',';
  EXPECT_EQ(read(write("f.csv", "x;y,z\n1;2,3\n"), options).names(), (std::vector<std::string>{"x;y", "z"}));
}

TEST_F(FilesTest, QuotedFieldsHoldDelimitersQuotesAndLineBreaks) {
  Table table = read(write("q.csv", "a,b\r\n\"x,\"\"y\"\"\",\"line\nbreak\"\r\n\"\"\"\",2\r\n"));
  ASSERT_EQ(table.rows(), 2u);
  EXPECT_EQ(table.column(0).text(0), "x,\"y\"");
  EXPECT_EQ(table.column(1).text(0), "line\nbreak");
  EXPECT_EQ(table.column(0).text(1), "\"");
}

TEST_F(FilesTest, RejectsBadRowsWithLineReasonAndRawBytesAndReadsOn) {
  std::string nul("5,a\0b\n", 6);
  Table table = read(write("r.csv", "a,b\n1,\"two\nlines\"\n1,2,3\n4\n" + nul + "6,\"x\"y\n7,\"never closes\n8,fine\n"));
  EXPECT_EQ(table.rows(), 2u);
  ASSERT_EQ(report_.rejected, 5u);
  EXPECT_EQ(report_.rejects[0].line, 4u) << "the quoted line break counts";
  EXPECT_EQ(report_.rejects[0].raw, "1,2,3");
  EXPECT_NE(report_.rejects[0].reason.find("3 cells"), std::string::npos);
  EXPECT_EQ(report_.rejects[1].line, 5u);
  EXPECT_EQ(report_.rejects[2].raw, nul.substr(0, 5));
  EXPECT_EQ(report_.rejects[3].raw, "6,\"x\"y");
  EXPECT_EQ(report_.rejects[4].raw, "7,\"never closes");
  EXPECT_EQ(table.column(1).text(1), "fine");
}

TEST_F(FilesTest, ReadsUtf8WithMarkUtf16AndGb18030) {
  Table marked = read(write("bom.csv", "\xEF\xBB\xBF姓名,城市\n王伟,上海\n"));
  EXPECT_EQ(marked.names(), (std::vector<std::string>{"姓名", "城市"}));
  // 姓名,城市 / 王伟,上海 / 李娜,€? in GB18030; the four-byte form of U+1F600 at the end.
  std::string gb = "\xD0\xD5\xC3\xFB,\xB3\xC7\xCA\xD0\n\xCD\xF5\xCE\xB0,\xC9\xCF\xBA\xA3\n\xC0\xEE\xC4\xC8,\x94\x39\xFC\x36\n";
  Table converted = read(write("gb.csv", gb));
  EXPECT_EQ(report_.encoding, "gb18030");
  EXPECT_EQ(converted.names(), (std::vector<std::string>{"姓名", "城市"}));
  ASSERT_EQ(converted.rows(), 2u);
  EXPECT_EQ(converted.column(0).text(0), "王伟");
  EXPECT_EQ(converted.column(1).text(1), "😀");
  std::string utf16 = "\xFF\xFE";
  for (char c : std::string("a,b\n1,2\n")) utf16 += std::string{c, '\0'};
  Table wide = read(write("u16.csv", utf16));
  EXPECT_EQ(report_.encoding, "utf-16");
  EXPECT_EQ(wide.column(1).integer(0), 2);
}

TEST_F(FilesTest, RecognisesGb18030BehindAsciiRows) {
  std::string content = "id,name\n";
  for (int i = 0; i < 300'000; ++i) content += std::to_string(i) + ",plain\n";  // longer than a window
  content += "300000,\xCD\xF5\xCE\xB0\n";
  Table table = read(write("late.csv", content));
  EXPECT_EQ(report_.rejected, 0u);
  EXPECT_EQ(table.column(1).text(300'000), "王伟");
}

TEST_F(FilesTest, RowsInAnotherEncodingThanTheFileAreRejected) {
  Table table = read(write("mixed.csv", "名,n\n王伟,1\n\xCD\xF5\xCE\xB0,2\n李娜,3\n"));
  EXPECT_EQ(table.rows(), 2u);
  ASSERT_EQ(report_.rejected, 1u);
  EXPECT_EQ(report_.rejects[0].line, 3u);
  EXPECT_NE(report_.rejects[0].reason.find("UTF-8"), std::string::npos);
  auto reader = RowReader::open(folder_.path() / "mixed.csv", {.encoding = Encoding::kMixed});
  Row row;
  ASSERT_TRUE(reader.ok());
  for (std::string_view name : {"王伟", "王伟", "李娜"}) {
    ASSERT_TRUE((*reader)->next(row).value());
    ASSERT_TRUE(row.good()) << row.fault;
    EXPECT_EQ(row.cells[0].text, name);
  }
}

TEST_F(FilesTest, HeaderOnlyIsNoRowsAndAnEmptyFileIsAnError) {
  Table table = read(write("h.csv", "a,b\n"));
  EXPECT_EQ(table.rows(), 0u);
  EXPECT_EQ(table.column_count(), 2u);
  EXPECT_EQ(failure(write("e.csv", "")), ErrorCode::kInvalidFile);
  EXPECT_EQ(failure(write("blank.csv", "\n\n")), ErrorCode::kInvalidFile);
  EXPECT_EQ(failure(write("e.jsonl", "")), ErrorCode::kInvalidFile);
  EXPECT_EQ(failure(folder_.path() / "none.csv"), ErrorCode::kNotFound);
  EXPECT_EQ(failure(write("x.pdf", "a")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(failure(write("x.parquet", "not parquet")), ErrorCode::kInvalidFile);
}

TEST_F(FilesTest, RepeatedAndEmptyColumnNamesBecomeDistinct) {
  EXPECT_EQ(read(write("d.csv", "a, a ,,b\n1,2,3,4\n")).names(), (std::vector<std::string>{"a", "a_2", "column_3", "b"}));
}

TEST_F(FilesTest, JsonLinesFlattenObjectsAndGrowColumns) {
  Table table = read(write("t.jsonl",
                           "{\"id\":9007199254740993,\"who\":{\"name\":\"王\"},\"tags\":[1, 2]}\n"
                           "[1]\n{broken\n\n"
                           "{\"late\":true,\"id\":2,\"code\":\"12\"}\n"));
  EXPECT_EQ(table.names(), (std::vector<std::string>{"id", "who.name", "tags", "late", "code"}));
  EXPECT_EQ(table.find("id")->integer(0), 9007199254740993) << "beyond what a double holds";
  EXPECT_EQ(table.find("tags")->text(0), "[1,2]");
  EXPECT_EQ(table.find("late")->type(), ColumnType::kBoolean);
  EXPECT_TRUE(table.find("late")->is_null(0));
  EXPECT_EQ(table.find("code")->type(), ColumnType::kText) << "JSON says it is a text";
  ASSERT_EQ(report_.rejected, 2u);
  EXPECT_EQ(report_.rejects[0].line, 2u);
  EXPECT_EQ(report_.rejects[1].line, 3u);
}

TEST_F(FilesTest, LongNumbersKeepEveryDigit) {
  Table table = read(write("t.csv", "order,cents,big,mixed\n20261122001234567890,9223372036854775807,100000000000000000000,9223372036854775807\n7,1,0.5,0.5\n"));
  EXPECT_EQ(table.column(0).type(), ColumnType::kText);
  EXPECT_EQ(table.column(0).to_text(0), "20261122001234567890");
  EXPECT_EQ(table.column(1).to_text(0), "9223372036854775807");
  EXPECT_EQ(table.column(2).type(), ColumnType::kNumber) << "a double holds it exactly";
  EXPECT_EQ(table.column(3).to_text(0), "9223372036854775807");
}

TEST_F(FilesTest, WholeNumbersHaveNoExponent) {
  Table table = read(write("t.jsonl", "{\"id\":100000.0,\"x\":0.5}\n{\"id\":1767225600000.0,\"x\":2e5}\n"));
  EXPECT_EQ(table.find("id")->type(), ColumnType::kInteger);
  EXPECT_EQ(table.find("id")->to_text(0), "100000");
  EXPECT_EQ(table.find("id")->to_text(1), "1767225600000");
  EXPECT_EQ(table.find("x")->to_text(1), "200000");
  ASSERT_TRUE(write_table(table, folder_.path() / "o.csv").ok());
  EXPECT_EQ(read_file(folder_.path() / "o.csv").value(), "id,x\n100000,0.5\n1767225600000,200000\n");
}

TEST_F(FilesTest, JsonMembersMayStandInAnyOrder) {
  std::string lines;
  for (int i = 0; i < 50; ++i) {
    std::string n = std::to_string(i);
    lines += i % 3 == 0   ? "{\"a\":" + n + ",\"o\":{\"x\":" + n + ",\"y\":1},\"b\":2}\n"
             : i % 3 == 1 ? "{\"b\":2,\"a\":" + n + "}\n"
                          : "{\"o\":{\"y\":1,\"x\":" + n + "},\"c\":3,\"a\":" + n + ",\"new" + n + "\":0,\"b\":2}\n";
  }
  Table table = read(write("t.jsonl", lines));
  ASSERT_EQ(table.rows(), 50u);
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(table.find("a")->to_text(i), std::to_string(i));
    EXPECT_EQ(table.find("b")->to_text(i), "2");
    EXPECT_EQ(table.find("c")->is_null(i), i % 3 != 2);
    EXPECT_EQ(table.find("o.x")->to_text(i), i % 3 == 1 ? "" : std::to_string(i));
    EXPECT_EQ(table.find("new2")->is_null(i), i != 2);
  }
}

TEST_F(FilesTest, EveryFormatReadsBackWhatWasWritten) {
  Table table = read(write("t.csv", "i,n,b,t,when\n1,0.1,true,\"a,\"\"b\n\",2026-01-02T03:04:05.006Z\n,,,,\n3,-2e-9,false,\"\",2026-01-03\n"));
  for (const char* name : {"o.csv", "o.tsv", "o.jsonl", "o.parquet", "o.csv.gz", "o.jsonl.gz"}) {
    SCOPED_TRACE(name);
    auto path = folder_.path() / name;
    ASSERT_TRUE(write_table(table, path).ok());
    Table back = read(path);
    ASSERT_EQ(back.rows(), table.rows());
    ASSERT_EQ(back.names(), table.names());
    for (size_t c = 0; c < table.column_count(); ++c) {
      EXPECT_EQ(back.column(c).type(), table.column(c).type());
      for (size_t r = 0; r < table.rows(); ++r) {
        EXPECT_EQ(back.column(c).is_null(r), table.column(c).is_null(r));
        EXPECT_EQ(back.column(c).to_text(r), table.column(c).to_text(r));
      }
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      EXPECT_NE(entry.path().extension(), ".part");
    }
  }
  EXPECT_EQ(write_table(table, folder_.path() / "none" / "o.csv").error().code(), ErrorCode::kIo);
}

TEST_F(FilesTest, TruncatedGzipGivesItsRowsAndThenSaysSo) {
  std::string content = "a,b\n";
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i * 7919 % 100003) + ",x\n";
  Table table = read(write("t.csv", content));
  auto whole = folder_.path() / "w.csv.gz";
  ASSERT_TRUE(write_table(table, whole).ok());
  std::string bytes = read_file(whole).value();
  auto cut = write("cut.csv.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_EQ(failure(cut), ErrorCode::kInvalidFile);
  auto reader = RowReader::open(cut);
  ASSERT_TRUE(reader.ok());
  Row row;
  size_t rows = 0;
  Result<bool> more = true;
  while ((more = (*reader)->next(row)).ok() && *more) ++rows;
  EXPECT_GT(rows, 50'000u);
  EXPECT_EQ(more.error().code(), ErrorCode::kInvalidFile);
}

TEST_F(FilesTest, RowsLongerThanTheLimitAreRejectedAndTheNextIsRead) {
  std::string big(kMaxRowBytes + 10, 'x');
  Table table = read(write("long.csv", "a,b\n1," + big + "\n2,y\n"));
  EXPECT_EQ(table.rows(), 1u);
  EXPECT_GE(report_.rejected, 1u);
  EXPECT_EQ(table.column(1).text(0), "y");
  std::string fits(kMaxRowBytes - 2, 'x');
  EXPECT_EQ(read(write("fits.csv", "a,b\n1," + fits + "\n")).rows(), 1u);
}

TEST_F(FilesTest, AStandaloneRowReadsBackAsItself) {
  for (const char* name : {"s.csv", "s.jsonl", "s.parquet"}) {
    SCOPED_TRACE(name);
    Table table = read(write("in.csv", "姓名,n,when\n\"王,\"\"伟\",1,2026-01-02T00:00:00.000Z\n李娜,2,2026-01-03T00:00:00.000Z\n"));
    ASSERT_TRUE(write_table(table, folder_.path() / name).ok());
    auto reader = RowReader::open(folder_.path() / name).value();
    Row row;
    ASSERT_TRUE(reader->next(row).value());
    RowReaderOptions options{.format = format_of(name).value(), .format_by_name = false};
    auto again = RowReader::over(reader->standalone(), "row", options);
    ASSERT_TRUE(again.ok()) << again.error().to_string();
    Row copy;
    ASSERT_TRUE((*again)->next(copy).value());
    ASSERT_EQ((*again)->columns(), reader->columns());
    for (size_t c = 0; c < 2; ++c) EXPECT_EQ(copy.cells[c].text, row.cells[c].text);
    EXPECT_FALSE((*again)->next(copy).value());
  }
}

TEST_F(FilesTest, NumbersRowsAsTheFileDoes) {
  Table table = read(write("t.csv", "a,b\nragged\n1,x\n2,y\ntoo,many,cells\nragged\n3,z\n"));
  ASSERT_EQ(table.rows(), 3u);
  EXPECT_EQ(report_.number_in_file(0), 2u);
  EXPECT_EQ(report_.number_in_file(1), 3u);
  EXPECT_EQ(report_.number_in_file(2), 6u);
  read(write("whole.csv", "a\n1\n2\n"));
  EXPECT_EQ(report_.number_in_file(1), 2u);
}

TEST_F(FilesTest, JsonNumbersOfManyDigitsStayTheirDigits) {
  Table table = read(write("t.jsonl", "{\"order\":1234567890123456789012345,\"n\":1}\n{\"order\":1e999,\"n\":2}\n{\"order\":7,\"n\":3}\n"));
  EXPECT_EQ(report_.rejected, 0u);
  ASSERT_EQ(table.rows(), 3u);
  EXPECT_EQ(table.find("order")->text(0), "1234567890123456789012345");
  EXPECT_EQ(table.find("order")->text(1), "1e999");
}

}  // namespace
}  // namespace furrow::table
