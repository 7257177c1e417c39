#include "table/read_ahead.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "base/files.h"
#include "base/ids.h"
#include "base/random.h"
#include "table/byte_source.h"
#include "table/row_reader.h"

namespace furrow::table {
namespace {

TEST(ReadAhead, GivesBlocksInOrderAndTheErrorWhereItWasMet) {
  for (size_t wrong : {0, 1, 5, 40}) {
    size_t made = 0;
    ReadAhead ahead([&](char* out, size_t room) -> Result<size_t> {
      if (made == wrong) return Error(ErrorCode::kInvalidFile, "damaged");
      std::fill(out, out + room, static_cast<char>(made++));
      return room - made % 3;
    }, 100);
    char out[100];
    for (size_t i = 0; i < wrong; ++i) {
      auto block = ahead.take(out);
      ASSERT_TRUE(block.ok()) << i;
      EXPECT_EQ(*block, 100 - (i + 1) % 3);
      EXPECT_EQ(out[0], static_cast<char>(i));
    }
    for (int again = 0; again < 2; ++again) EXPECT_EQ(ahead.take(out).error().code(), ErrorCode::kInvalidFile);
  }
}

TEST(ReadAhead, EndsWhetherOrNotAnybodyTakes) {
  for (size_t taken : {0, 1, 9}) {
    ReadAhead ahead([](char*, size_t room) -> Result<size_t> { return room; }, 10);
    char out[10];
    for (size_t i = 0; i < taken; ++i) EXPECT_EQ(ahead.take(out).value(), 10u);
  }
  ReadAhead nothing([](char*, size_t) -> Result<size_t> { return size_t{0}; }, 10);
  char out[10];
  for (int i = 0; i < 3; ++i) EXPECT_EQ(nothing.take(out).value(), 0u);
}

// Files that are read ahead: more than kAheadBytes of what hardly packs.
class PackedFile : public testing::Test {
 protected:
  PackedFile() {
    Random random(20261123);
    while (content_.size() < 6 * ByteSource::kAheadBytes) content_ += std::to_string(lines_++) + "," + std::to_string(random.next()) + "\n";
    whole_ = write("whole.csv.gz", packed(content_));
  }
  static std::string packed(const std::string& content) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, content.size()), 0);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }
  std::filesystem::path write(const std::string& name, std::string_view bytes) {
    std::ofstream(folder_.path() / name, std::ios::binary) << bytes;
    return folder_.path() / name;
  }
  // Everything to the end or the error, which is given.
  std::string read(const std::filesystem::path& path, Status& end) {
    std::string out;
    auto source = ByteSource::open(path);
    if (!source.ok()) {
      end = source.error();
      return out;
    }
    Result<bool> more = true;
    while (true) {
      out += (*source)->window();
      (*source)->consume((*source)->window().size());
      more = (*source)->more();
      if (!more.ok()) end = more.error();
      if (!more.ok() || !*more) return out;
    }
  }
  TemporaryFolder folder_;
  std::string content_;
  size_t lines_ = 0;
  std::filesystem::path whole_;
};

TEST_F(PackedFile, ReadAheadIsTheSame) {
  ASSERT_GT(std::filesystem::file_size(whole_), ByteSource::kAheadBytes);
  Status end;
  EXPECT_TRUE(read(whole_, end) == content_);
  EXPECT_TRUE(end.ok());
  // Members one behind another, and zeros at the end.
  Status second;
  EXPECT_TRUE(read(write("two.csv.gz", read_file(whole_).value() + packed("9,9\n") + std::string(100, '\0')), second) == content_ + "9,9\n");
  EXPECT_TRUE(second.ok());
}

TEST_F(PackedFile, CutOrDamagedGivesWhatCameBeforeAndSaysSo) {
  std::string bytes = read_file(whole_).value();
  for (double share : {0.5, 0.9, 0.999}) {
    SCOPED_TRACE(share);
    size_t at = static_cast<size_t>(share * static_cast<double>(bytes.size()));
    std::string damaged = bytes;
    for (size_t i = at; i < std::min(at + 64, damaged.size()); ++i) damaged[i] = static_cast<char>(~damaged[i]);
    for (const std::string& wrong : {bytes.substr(0, at), damaged}) {
      Status end;
      std::string got = read(write("wrong.csv.gz", wrong), end);
      ASSERT_FALSE(end.ok());
      EXPECT_EQ(end.error().code(), ErrorCode::kInvalidFile);
      EXPECT_GT(got.size(), (share - 0.3) * static_cast<double>(content_.size()));
      // What stands behind the damage may come out wrong before it is noticed; all before it is right.
      size_t sure = static_cast<size_t>((share - 0.3) * static_cast<double>(content_.size()));
      EXPECT_TRUE(got.substr(0, sure) == content_.substr(0, sure));
    }
  }
}

TEST_F(PackedFile, RowsComeToTheEndOrUntilNobodyAsks) {
  auto reader = RowReader::open(whole_).value();
  Row row;
  size_t rows = 0;
  while (reader->next(row).value()) ++rows;
  EXPECT_EQ(rows, lines_ - 1);
  EXPECT_EQ(reader->bytes_read(), reader->bytes_total());
  auto left = RowReader::open(whole_).value();
  for (int i = 0; i < 200'000; ++i) ASSERT_TRUE(left->next(row).value());
}

}  // namespace
}  // namespace furrow::table
