// A text file as some company system would write it: UTF-8 with or without a byte-order mark or GB18030, gzip when the
// name ends in .gz, rows of quoted cells. Errors are kept and given by close(). Threads: one.
#pragma once
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::market {

class ExportFile {
 public:
  enum class Encoding { kUtf8, kUtf8WithMark, kGb18030 };
  ExportFile(std::filesystem::path path, Encoding encoding, char delimiter = ',');
  ~ExportFile();
  ExportFile(const ExportFile&) = delete;
  ExportFile& operator=(const ExportFile&) = delete;

  // Cells with the delimiter, a quote or a line break are quoted (RFC 4180).
  void row(const std::vector<std::string>& cells);
  void header(const std::vector<std::string>& names);  // a row that is not counted
  void line(std::string_view text);  // as it stands, and a line break
  size_t rows() const { return rows_; }
  const std::filesystem::path& path() const { return path_; }
  Status close();

 private:
  struct Stream;
  void flush();
  std::filesystem::path path_;
  Encoding encoding_;
  char delimiter_;
  std::unique_ptr<Stream> stream_;
  std::string buffer_;
  size_t rows_ = 0;
  bool failed_ = false;
};

}  // namespace furrow::market
