#include "table/encoding.h"

#include <simdjson.h>
#include <unicode/ucnv.h>
#include <unicode/utf8.h>

#include <cstring>

namespace furrow::table {

bool is_ascii(std::string_view bytes) {
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    if (word & 0x8080808080808080ULL) return false;
  }
  for (; i < bytes.size(); ++i) {
    if (static_cast<unsigned char>(bytes[i]) >= 0x80) return false;
  }
  return true;
}

bool is_clean_utf8(std::string_view bytes) {
  return !std::memchr(bytes.data(), 0, bytes.size()) && simdjson::validate_utf8(bytes.data(), bytes.size());
}

std::string clean_utf8(std::string_view bytes) {
  std::string out;
  const auto* from = reinterpret_cast<const uint8_t*>(bytes.data());
  auto size = static_cast<int32_t>(bytes.size());
  for (int32_t i = 0; i < size;) {
    int32_t start = i;
    UChar32 code_point;
    U8_NEXT(from, i, size, code_point);
    if (code_point <= 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(bytes.data() + start, static_cast<size_t>(i - start));
    }
  }
  return out;
}

Result<Encoding> parse_encoding(std::string_view name) {
  if (name == "auto") return Encoding::kAuto;
  if (name == "utf-8" || name == "utf8") return Encoding::kUtf8;
  if (name == "gb18030" || name == "gbk" || name == "gb2312") return Encoding::kGb18030;
  if (name == "mixed") return Encoding::kMixed;
  return Error(ErrorCode::kInvalidArgument,
               "\"" + std::string(name.substr(0, 32)) + "\" is not an encoding: use auto, utf-8, gb18030 or mixed");
}

RowDecoder::~RowDecoder() {
  if (converter_) ucnv_close(converter_);
}

std::string_view RowDecoder::name() const {
  if (encoding_ == Encoding::kGb18030) return "gb18030";
  return encoding_ == Encoding::kMixed ? "mixed" : "utf-8";
}

std::string_view RowDecoder::fault() const {
  if (encoding_ == Encoding::kGb18030) return "not valid GB18030, which the rest of the file is";
  if (encoding_ == Encoding::kMixed) return "neither valid UTF-8 nor valid GB18030";
  return "not valid UTF-8, which the rest of the file is";
}

std::optional<std::string_view> RowDecoder::from_gb18030(std::string_view row) {
  UErrorCode status = U_ZERO_ERROR;
  if (!converter_) {
    converter_ = ucnv_open("gb18030", &status);
    ucnv_setToUCallBack(converter_, UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    if (U_FAILURE(status)) return {};
  }
  converted_.resize(row.size() * 3 + 4);
  int32_t size = ucnv_toAlgorithmic(UCNV_UTF8, converter_, converted_.data(), static_cast<int32_t>(converted_.size()),
                                    row.data(), static_cast<int32_t>(row.size()), &status);
  if (U_FAILURE(status)) return {};
  return std::string_view(converted_.data(), static_cast<size_t>(size));
}

void RowDecoder::look_at(std::string_view window) {
  size_t utf8 = 0, gb18030 = 0;
  while (!window.empty()) {
    size_t end = window.find('\n');
    std::string_view line = window.substr(0, end);
    // The last line may be cut in the middle of a character; it counts only when it is the only one.
    if (end == std::string_view::npos && utf8 + gb18030 > 0) break;
    if (line.size() > kMaxRowBytes) line = line.substr(0, kMaxRowBytes);
    if (!is_ascii(line)) {
      if (simdjson::validate_utf8(line.data(), line.size())) {
        ++utf8;
      } else if (from_gb18030(line)) {
        ++gb18030;
      }
    }
    if (end == std::string_view::npos) break;
    window.remove_prefix(end + 1);
  }
  encoding_ = gb18030 > utf8 ? Encoding::kGb18030 : Encoding::kUtf8;
}

std::optional<std::string_view> RowDecoder::decode(std::string_view row, std::string_view window) {
  if (is_ascii(row)) return row;
  if (encoding_ == Encoding::kAuto) look_at(window);
  if (encoding_ == Encoding::kGb18030) return from_gb18030(row);
  if (simdjson::validate_utf8(row.data(), row.size())) return row;
  if (encoding_ == Encoding::kMixed) return from_gb18030(row);
  return {};
}

}  // namespace furrow::table
