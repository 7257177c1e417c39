#include "table/text_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace furrow::table {
namespace {

constexpr size_t kFlushBytes = size_t{1} << 20;

}  // namespace

TextFile::TextFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_.string() + ".part") {
  if (path_.extension() == ".gz") {
    gzip_ = gzopen(temporary_.path().c_str(), "wb6");
  } else {
    plain_ = std::fopen(temporary_.path().c_str(), "wb");
  }
  failed_ = !gzip_ && !plain_;
  if (failed_) cause_ = errno;
}

TextFile::~TextFile() {
  if (gzip_) gzclose(gzip_);
  if (plain_) std::fclose(plain_);
}

void TextFile::flush_when_full() {
  if (buffer_.size() >= kFlushBytes) flush();
}

Status TextFile::finish() {
  flush();
  if (gzip_ && gzclose(gzip_) != Z_OK) fail();
  if (plain_ && std::fclose(plain_) != 0) fail();
  gzip_ = nullptr;
  plain_ = nullptr;
  if (!failed_ && std::rename(temporary_.path().c_str(), path_.c_str()) != 0) fail();
  if (!failed_) {
    temporary_.finished();
    return {};
  }
  return Error(cause_ == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kIo,
               fmt::format("cannot write {}: {}", path_.string(), std::strerror(cause_)))
      .at(path_.string());
}

void TextFile::fail() {
  if (!failed_) cause_ = errno ? errno : EIO;
  failed_ = true;
}

void TextFile::flush() {
  if (failed_ || buffer_.empty()) return;
  size_t written = gzip_ ? static_cast<size_t>(std::max(gzwrite(gzip_, buffer_.data(), static_cast<unsigned>(buffer_.size())), 0))
                         : std::fwrite(buffer_.data(), 1, buffer_.size(), plain_);
  if (written != buffer_.size()) fail();
  buffer_.clear();
}

void append_csv_text(std::string& out, std::string_view text, char delimiter) {
  bool quote = text.empty() || text.front() == ' ' || text.back() == ' ' ||
               text.find_first_of(std::string{delimiter, '"', '\n', '\r'}) != std::string_view::npos;
  if (!quote) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace furrow::table
