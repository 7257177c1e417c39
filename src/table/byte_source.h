// The bytes of a file, decompressed when it is gzip (by its magic bytes, whatever its name), in a sliding window.
// UTF-16 with a byte order mark comes out as UTF-8; a UTF-8 mark is skipped. Other encodings pass unchanged.
// A gzip file of kAheadBytes or more is unpacked ahead by a thread of the source's own, with the same bytes and errors at the same places.
// Memory: the window, and 4 MiB where it is read ahead. Threads: one. Errors: kNotFound, kIo, kInvalidFile (truncated or damaged gzip).
#pragma once
#include <zlib.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table/read_ahead.h"

namespace furrow::table {

class ByteSource {
 public:
  static constexpr uint64_t kAheadBytes = uint64_t{1} << 20;
  static Result<std::unique_ptr<ByteSource>> open(const std::filesystem::path& path);
  // The same over bytes in memory; `name` stands in errors.
  static Result<std::unique_ptr<ByteSource>> over(std::string bytes, std::string name);
  ~ByteSource();
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // What has been read and not consumed.
  std::string_view window() const { return {buffer_.data() + start_, end_ - start_}; }
  // Reads more into the window (which moves); false when the file has ended.
  Result<bool> more();
  void consume(size_t bytes) { start_ += bytes; }
  bool was_utf16() const { return utf16_ != Utf16::kNo; }
  uint64_t bytes_read() const { return file_bytes_; }
  uint64_t bytes_total() const { return total_bytes_; }

 private:
  enum class Utf16 { kNo, kLittle, kBig };
  ByteSource(std::filesystem::path path, int fd, uint64_t total);
  Result<size_t> read_block(char* out);  // of kReadBytes at most; 0 at the end
  Result<size_t> read_plain(char* out, size_t room);  // decompressed; 0 at the end
  Result<size_t> read_file(char* out, size_t room);
  Status look_at_mark();
  void append_utf16();

  std::filesystem::path path_;
  int fd_;  // -1: the bytes are in memory_
  std::string memory_;
  uint64_t total_bytes_;
  std::atomic<uint64_t> file_bytes_ = 0;  // what is read ahead counts
  std::vector<char> buffer_;
  size_t start_ = 0, end_ = 0;
  bool started_ = false;
  Utf16 utf16_ = Utf16::kNo;
  std::string utf16_rest_;
  // gzip
  bool gzip_ = false, in_member_ = false, file_ended_ = false;
  z_stream stream_{};
  std::vector<char> compressed_;
  std::unique_ptr<ReadAhead> ahead_;  // last: its thread uses all that gzip needs
};

}  // namespace furrow::table
