// A text file, gzip when its name ends in .gz, that appears under its name only when it is whole.
// Write into `buffer`, call `flush_when_full` now and then and `finish` at the end; without it, or when Ctrl-C ends the process, nothing is left behind.
// Memory: the buffer of 1 MiB. Threads: one. Errors are kept and given by `finish`: kStorageFull, kIo.
#pragma once
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "table/unfinished_file.h"

namespace furrow::table {

class TextFile {
 public:
  explicit TextFile(std::filesystem::path path);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  std::string& buffer() { return buffer_; }
  void flush_when_full();
  Status finish();

 private:
  void fail();
  void flush();
  std::filesystem::path path_;
  UnfinishedFile temporary_;
  std::string buffer_;
  gzFile gzip_ = nullptr;
  std::FILE* plain_ = nullptr;
  bool failed_ = false;
  int cause_ = 0;
};

// Quoted when it has to be (RFC 4180); an empty text is "".
void append_csv_text(std::string& out, std::string_view text, char delimiter);

}  // namespace furrow::table
