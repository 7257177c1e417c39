// The bytes of a file, decompressed when it is gzip (by its magic bytes, whatever its name), in a sliding window.
// UTF-16 with a byte order mark comes out as UTF-8; a UTF-8 mark is skipped. Other encodings pass unchanged.
// Memory: the window. Threads: one. Errors: kNotFound, kIo, kInvalidFile (truncated or damaged gzip).
#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::table {

class ByteSource {
 public:
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
  Result<size_t> read_plain(char* out, size_t room);  // decompressed; 0 at the end
  Result<size_t> read_file(char* out, size_t room);
  Status look_at_mark();
  void append_utf16();

  std::filesystem::path path_;
  int fd_;  // -1: the bytes are in memory_
  std::string memory_;
  uint64_t total_bytes_, file_bytes_ = 0;
  std::vector<char> buffer_;
  size_t start_ = 0, end_ = 0;
  bool started_ = false;
  Utf16 utf16_ = Utf16::kNo;
  std::string utf16_rest_;
  // gzip
  bool gzip_ = false, in_member_ = false, file_ended_ = false;
  z_stream stream_{};
  std::vector<char> compressed_;
};

}  // namespace furrow::table
