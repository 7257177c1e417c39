#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <deque>

#include "base/number_text.h"

namespace furrow {
namespace {

constexpr int kMaxJsonDepth = 16;
constexpr size_t kMaxLeaves = 512;

bool plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

// Of eight bytes at once: the high bit of each that is 0x80 or more, below 0x20, a quote or a backslash. The first mark is
// exact; a borrow may set others behind it. (Mycroft's test for a zero byte; the first byte is the lowest.)
uint64_t marks(uint64_t bytes) {
  static_assert(std::endian::native == std::endian::little);
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  auto zero = [](uint64_t x) { return (x - kOnes) & ~x; };
  return (bytes | (bytes - kOnes * 0x20) | zero(bytes ^ (kOnes * '"')) | zero(bytes ^ (kOnes * '\\'))) & kHigh;
}

// How many bytes at the start stand for themselves.
size_t plain_prefix(std::string_view text) {
  size_t at = 0;
  for (uint64_t bytes = 0; at + sizeof bytes <= text.size(); at += sizeof bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (uint64_t found = marks(bytes)) return at + static_cast<size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && plain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  const size_t before = plain_prefix(text);
  const size_t at = out.size();
  out.resize(at + before + 1);
  out[at] = '"';
  if (before > 0) std::memcpy(out.data() + at + 1, text.data(), before);
  text.remove_prefix(before);
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  int32_t size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    const size_t some = plain_prefix(text.substr(static_cast<size_t>(i)));
    out.append(text.data() + i, some);
    i += static_cast<int32_t>(some);
    if (i == size) break;
    unsigned char c = bytes[i];
    if (c >= 0x80) {
      int32_t from = i;
      UChar32 code_point;
      U8_NEXT(bytes, i, size, code_point);
      if (code_point < 0) {
        out += "\xEF\xBF\xBD";
      } else {
        out.append(text.data() + from, static_cast<size_t>(i - from));
      }
      continue;
    }
    ++i;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out += '"';
}

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}
JsonWriter& JsonWriter::begin_object() { separate(); out_ += '{'; needs_comma_ = false; return *this; }
JsonWriter& JsonWriter::end_object() { out_ += '}'; needs_comma_ = true; return *this; }
JsonWriter& JsonWriter::begin_array() { separate(); out_ += '['; needs_comma_ = false; return *this; }
JsonWriter& JsonWriter::end_array() { out_ += ']'; needs_comma_ = true; return *this; }
JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_text(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::text(std::string_view value) { separate(); append_json_text(out_, value); return *this; }
JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  char buffer[32];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out_.append(buffer, static_cast<size_t>(end - buffer));
  return *this;
}
JsonWriter& JsonWriter::integer(int64_t value) {
  separate();
  char buffer[24];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out_.append(buffer, static_cast<size_t>(end - buffer));
  return *this;
}
JsonWriter& JsonWriter::boolean(bool value) { separate(); out_ += value ? "true" : "false"; return *this; }
JsonWriter& JsonWriter::null() { separate(); out_ += "null"; return *this; }
JsonWriter& JsonWriter::raw(std::string_view json) { separate(); out_ += json; return *this; }
JsonWriter& JsonWriter::value(const Value& value) {
  if (value.is_bool()) return boolean(value.boolean());
  if (value.is_number()) return number(value.number());
  if (value.is_text()) return text(value.text());
  return null();
}

struct Fields::Impl {
  simdjson::dom::parser parser;
  std::string padded;
  std::deque<std::string> owned;  // nested paths; a deque keeps addresses

  // An id of 18 digits stays the text that it is, and not the next number that a double has.
  template <typename Whole>
  Value whole(Whole number) {
    const auto value = static_cast<double>(number);
    if (std::fabs(value) < kWholeDigits) return Value(value);
    char digits[24];
    auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    const std::string_view text(digits, static_cast<size_t>(end - digits));
    if (!loses_digits(text, value)) return Value(value);
    return Value(std::string_view(owned.emplace_back(text)));
  }

  Status walk(const simdjson::dom::object& object, std::string_view prefix, int depth,
              std::vector<std::pair<std::string_view, Value>>& leaves) {
    if (depth > kMaxJsonDepth) {
      return Error(ErrorCode::kInvalidJson, fmt::format("objects are nested deeper than {}", kMaxJsonDepth));
    }
    for (auto [key, element] : object) {
      std::string_view path = key;
      if (!prefix.empty()) path = owned.emplace_back(fmt::format("{}.{}", prefix, key));
      Value value;
      switch (element.type()) {
        case simdjson::dom::element_type::OBJECT:
          FURROW_TRY(walk(element.get_object().value_unsafe(), path, depth + 1, leaves));
          continue;
        case simdjson::dom::element_type::ARRAY:
          value = Value(std::string_view(owned.emplace_back(simdjson::minify(element))));
          break;
        case simdjson::dom::element_type::STRING: value = Value(element.get_string().value_unsafe()); break;
        case simdjson::dom::element_type::BOOL: value = Value(element.get_bool().value_unsafe()); break;
        case simdjson::dom::element_type::NULL_VALUE: break;
        case simdjson::dom::element_type::INT64: value = whole(element.get_int64().value_unsafe()); break;
        case simdjson::dom::element_type::UINT64: value = whole(element.get_uint64().value_unsafe()); break;
        default: value = Value(element.get_double().value_unsafe());
      }
      if (leaves.size() == kMaxLeaves) {
        return Error(ErrorCode::kInvalidJson, fmt::format("more than {} properties", kMaxLeaves));
      }
      leaves.emplace_back(path, value);
    }
    return {};
  }
};

Fields::Fields() : impl_(std::make_unique<Impl>()) {}
Fields::~Fields() = default;
Fields::Fields(Fields&&) noexcept = default;
Fields& Fields::operator=(Fields&&) noexcept = default;

Status Fields::parse(std::string_view json) {
  leaves_.clear();
  impl_->owned.clear();
  if (json.empty()) return {};
  impl_->padded.assign(json);
  impl_->padded.reserve(json.size() + simdjson::SIMDJSON_PADDING);
  simdjson::dom::element root;
  auto failure = impl_->parser.parse(impl_->padded.data(), json.size(), false).get(root);
  if (failure) return Error(ErrorCode::kInvalidJson, fmt::format("not JSON: {}", simdjson::error_message(failure)));
  simdjson::dom::object object;
  if (root.get(object)) return Error(ErrorCode::kInvalidJson, "a JSON object is needed here");
  FURROW_TRY(impl_->walk(object, {}, 1, leaves_));
  std::sort(leaves_.begin(), leaves_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return {};
}

Value Fields::get(std::string_view path) const {
  auto at = std::lower_bound(leaves_.begin(), leaves_.end(), path,
                             [](const auto& leaf, std::string_view wanted) { return leaf.first < wanted; });
  return at != leaves_.end() && at->first == path ? at->second : Value();
}

}  // namespace furrow
