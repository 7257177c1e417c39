#include "market/export_file.h"

#include <fmt/format.h>
#include <unicode/ucnv.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace furrow::market {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

std::string to_gb18030(std::string_view utf8) {
  std::string out(utf8.size() * 2 + 16, '\0');
  UErrorCode status = U_ZERO_ERROR;
  int32_t n = ucnv_convert("GB18030", "UTF-8", out.data(), static_cast<int32_t>(out.size()), utf8.data(),
                           static_cast<int32_t>(utf8.size()), &status);
  FURROW_ASSERT(U_SUCCESS(status));
  out.resize(static_cast<size_t>(n));
  return out;
}

}  // namespace

struct ExportFile::Stream {
  gzFile gzip = nullptr;
  std::FILE* plain = nullptr;
};

ExportFile::ExportFile(std::filesystem::path path, Encoding encoding, char delimiter)
    : path_(std::move(path)), encoding_(encoding), delimiter_(delimiter), stream_(std::make_unique<Stream>()) {
  if (path_.extension() == ".gz") {
    stream_->gzip = gzopen(path_.c_str(), "wb1");
    failed_ = stream_->gzip == nullptr;
  } else {
    stream_->plain = std::fopen(path_.c_str(), "wb");
    failed_ = stream_->plain == nullptr;
  }
  if (encoding_ == Encoding::kUtf8WithMark) buffer_ = "\xef\xbb\xbf";
}

ExportFile::~ExportFile() { (void)close(); }

void ExportFile::row(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) buffer_ += delimiter_;
    const std::string& cell = cells[i];
    if (cell.find_first_of("\"\r\n") == std::string::npos && cell.find(delimiter_) == std::string::npos) {
      buffer_ += cell;
      continue;
    }
    buffer_ += '"';
    for (char c : cell) {
      if (c == '"') buffer_ += '"';
      buffer_ += c;
    }
    buffer_ += '"';
  }
  line({});
}

void ExportFile::header(const std::vector<std::string>& names) {
  row(names);
  --rows_;
}

void ExportFile::line(std::string_view text) {
  buffer_ += text;
  buffer_ += '\n';
  ++rows_;
  if (buffer_.size() >= kBufferBytes) flush();
}

// Only ever called at a line's end, so a character is never cut in two.
void ExportFile::flush() {
  if (buffer_.empty() || failed_) return;
  if (encoding_ == Encoding::kGb18030) buffer_ = to_gb18030(buffer_);
  if (stream_->gzip) {
    failed_ = gzwrite(stream_->gzip, buffer_.data(), static_cast<unsigned>(buffer_.size())) != static_cast<int>(buffer_.size());
  } else {
    failed_ = std::fwrite(buffer_.data(), 1, buffer_.size(), stream_->plain) != buffer_.size();
  }
  buffer_.clear();
}

Status ExportFile::close() {
  flush();
  if (stream_->gzip && gzclose(stream_->gzip) != Z_OK) failed_ = true;
  if (stream_->plain && std::fclose(stream_->plain) != 0) failed_ = true;
  *stream_ = {};
  if (failed_) return Error(ErrorCode::kIo, fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
  return {};
}

}  // namespace furrow::market
