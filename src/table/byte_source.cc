#include "table/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace furrow::table {
namespace {

constexpr size_t kReadBytes = size_t{1} << 20;
constexpr size_t kCompressedBytes = size_t{256} << 10;

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace

ByteSource::ByteSource(std::filesystem::path path, int fd, uint64_t total)
    : path_(std::move(path)), fd_(fd), total_bytes_(total) {}

ByteSource::~ByteSource() {
  ahead_.reset();
  if (gzip_) inflateEnd(&stream_);
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::filesystem::path& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                 fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)))
        .at(path.string());
  }
  struct stat info {};
  bool folder = ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
  std::unique_ptr<ByteSource> source(new ByteSource(path, fd, static_cast<uint64_t>(info.st_size)));
  if (folder) return Error(ErrorCode::kIo, fmt::format("{} is a folder, not a file", path.string())).at(path.string());
  FURROW_TRY(source->more());
  return source;
}

Result<std::unique_ptr<ByteSource>> ByteSource::over(std::string bytes, std::string name) {
  std::unique_ptr<ByteSource> source(new ByteSource(std::move(name), -1, bytes.size()));
  source->memory_ = std::move(bytes);
  FURROW_TRY(source->more());
  return source;
}

Result<size_t> ByteSource::read_file(char* out, size_t room) {
  if (fd_ < 0) {
    size_t n = memory_.copy(out, room, file_bytes_);
    file_bytes_ += n;
    return n;
  }
  while (true) {
    ssize_t n = ::read(fd_, out, room);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return Error(ErrorCode::kIo, fmt::format("cannot read {}: {}", path_.string(), std::strerror(errno)))
          .at(path_.string());
    }
    file_bytes_ += static_cast<uint64_t>(n);
    return static_cast<size_t>(n);
  }
}

Result<size_t> ByteSource::read_plain(char* out, size_t room) {
  if (!gzip_) return read_file(out, room);
  auto damaged = [&](const char* how) {
    return Error(ErrorCode::kInvalidFile, fmt::format("the gzip data {}: the file is cut off or damaged; copy it again", how))
        .at(path_.string());
  };
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(room);
  while (stream_.avail_out == room) {
    if (stream_.avail_in == 0 && !file_ended_) {
      FURROW_ASSIGN(size_t n, read_file(compressed_.data(), compressed_.size()));
      file_ended_ = n == 0;
      stream_.next_in = reinterpret_cast<Bytef*>(compressed_.data());
      stream_.avail_in = static_cast<uInt>(n);
    }
    if (stream_.avail_in == 0) {
      if (in_member_) return damaged("ends early");
      return size_t{0};
    }
    in_member_ = true;
    int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {  // another member may follow
      in_member_ = false;
      inflateReset(&stream_);
      // Zero padding after the last member is allowed by gzip.
      while (stream_.avail_in > 0 && *stream_.next_in == 0) {
        ++stream_.next_in;
        --stream_.avail_in;
      }
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return damaged(stream_.msg ? stream_.msg : "is damaged");
    }
  }
  return room - stream_.avail_out;
}

Result<size_t> ByteSource::read_block(char* out) {
  if (!gzip_ || fd_ < 0 || total_bytes_ < kAheadBytes) return read_plain(out, kReadBytes);
  if (!ahead_) ahead_ = std::make_unique<ReadAhead>([this](char* block, size_t room) { return read_plain(block, room); }, kReadBytes);
  return ahead_->take(out);
}

Status ByteSource::look_at_mark() {
  started_ = true;
  compressed_.resize(kCompressedBytes);
  FURROW_ASSIGN(size_t n, read_file(compressed_.data(), compressed_.size()));
  auto* first = reinterpret_cast<unsigned char*>(compressed_.data());
  if (n >= 2 && first[0] == 0x1f && first[1] == 0x8b) {
    gzip_ = true;
    FURROW_ASSERT(inflateInit2(&stream_, 15 + 16) == Z_OK);
    stream_.next_in = first;
    stream_.avail_in = static_cast<uInt>(n);
    buffer_.resize(kReadBytes);
    FURROW_ASSIGN(end_, read_plain(buffer_.data(), buffer_.size()));
  } else {
    buffer_.assign(compressed_.begin(), compressed_.begin() + static_cast<ptrdiff_t>(n));
    end_ = n;
    compressed_.clear();
    compressed_.shrink_to_fit();
  }
  auto starts = [&](std::string_view mark) { return window().substr(0, mark.size()) == mark; };
  if (starts("\xEF\xBB\xBF")) {
    consume(3);
  } else if (starts("\xFF\xFE") || starts("\xFE\xFF")) {
    utf16_ = starts("\xFF\xFE") ? Utf16::kLittle : Utf16::kBig;
    utf16_rest_ = window().substr(2);
    start_ = end_ = 0;
    append_utf16();
  }
  return {};
}

// Moves whole code points from utf16_rest_ to the window as UTF-8; unpaired surrogates become U+FFFD.
void ByteSource::append_utf16() {
  std::string utf8;
  size_t used = 0;
  auto unit = [&](size_t at) -> uint32_t {
    auto a = static_cast<unsigned char>(utf16_rest_[at]), b = static_cast<unsigned char>(utf16_rest_[at + 1]);
    return utf16_ == Utf16::kLittle ? a | (b << 8) : b | (a << 8);
  };
  while (used + 2 <= utf16_rest_.size()) {
    uint32_t c = unit(used);
    if (c >= 0xD800 && c < 0xDC00) {
      if (used + 4 > utf16_rest_.size()) break;
      uint32_t low = unit(used + 2);
      bool pair = low >= 0xDC00 && low < 0xE000;
      append_utf8(utf8, pair ? 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD);
      used += pair ? 4 : 2;
      continue;
    }
    append_utf8(utf8, c >= 0xDC00 && c < 0xE000 ? 0xFFFD : c);
    used += 2;
  }
  utf16_rest_.erase(0, used);
  if (buffer_.size() < end_ + utf8.size()) buffer_.resize(end_ + utf8.size());
  std::memcpy(buffer_.data() + end_, utf8.data(), utf8.size());
  end_ += utf8.size();
}

Result<bool> ByteSource::more() {
  if (!started_) {
    FURROW_TRY(look_at_mark());
    return !window().empty();
  }
  if (start_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
  }
  if (utf16_ != Utf16::kNo) {
    std::string block(kReadBytes, 0);
    FURROW_ASSIGN(size_t n, read_block(block.data()));
    utf16_rest_.append(block, 0, n);
    append_utf16();
    return n > 0;
  }
  if (buffer_.size() < end_ + kReadBytes) buffer_.resize(end_ + kReadBytes);
  FURROW_ASSIGN(size_t n, read_block(buffer_.data() + end_));
  end_ += n;
  return n > 0;
}

}  // namespace furrow::table
