#include "http/body.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/cut_text.h"

namespace furrow::http {
namespace {

using simdjson::dom::element;

// Nothing when the member is absent or null.
std::optional<element> find(const simdjson::dom::object& object, std::string_view member) {
  element found;
  if (object.at_key(member).get(found) || found.is_null()) return std::nullopt;
  return found;
}

}  // namespace

Error wrong_member(std::string_view member, std::string_view kind) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("{} must be {}", member, kind)).in_field(member);
}

Result<JsonBody> JsonBody::parse(std::string& body, std::initializer_list<std::string_view> members) {
  JsonBody parsed;
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  element root;
  if (auto fault = parsed.parser_->parse(body.data(), body.size(), false).get(root)) {
    return Error(ErrorCode::kInvalidJson, fmt::format("the body is not JSON: {}", simdjson::error_message(fault)));
  }
  if (root.get(parsed.object_)) return Error(ErrorCode::kInvalidArgument, "the body must be a JSON object");
  for (auto [key, value] : parsed.object_) {
    if (std::find(members.begin(), members.end(), key) == members.end()) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is not known here; known are {}", cut_text(key, 64), fmt::join(members, ", ")))
          .in_field(cut_text(key, 64));
    }
  }
  return parsed;
}

Result<std::string> JsonBody::text(std::string_view member) const {
  FURROW_ASSIGN(auto found, text_if_any(member));
  if (!found) return Error(ErrorCode::kInvalidArgument, fmt::format("{} is needed", member)).in_field(member);
  return *std::move(found);
}

Result<std::optional<std::string>> JsonBody::text_if_any(std::string_view member) const {
  auto found = find(object_, member);
  if (!found) return std::optional<std::string>();
  std::string_view value;
  if (found->get(value)) return wrong_member(member, "text");
  return std::optional<std::string>(value);
}

Result<std::optional<int64_t>> JsonBody::integer_if_any(std::string_view member) const {
  auto found = find(object_, member);
  if (!found) return std::optional<int64_t>();
  int64_t value;
  if (found->get(value)) return wrong_member(member, "a whole number");
  return std::optional<int64_t>(value);
}

Result<std::optional<double>> JsonBody::number_if_any(std::string_view member) const {
  auto found = find(object_, member);
  if (!found) return std::optional<double>();
  double value;
  if (found->get(value)) return wrong_member(member, "a number");
  return std::optional<double>(value);
}

Result<std::optional<std::vector<int64_t>>> JsonBody::integers_if_any(std::string_view member) const {
  auto found = find(object_, member);
  if (!found) return std::optional<std::vector<int64_t>>();
  simdjson::dom::array list;
  if (found->get(list)) return wrong_member(member, "a list of whole numbers");
  std::vector<int64_t> values;
  for (auto item : list) {
    int64_t value;
    if (item.get(value)) return wrong_member(member, "a list of whole numbers");
    values.push_back(value);
  }
  return std::optional(std::move(values));
}

Result<std::string> JsonBody::object_if_any(std::string_view member) const {
  auto found = find(object_, member);
  if (!found) return std::string();
  if (!found->is_object()) return wrong_member(member, "an object");
  return simdjson::minify(*found);
}

}  // namespace furrow::http
