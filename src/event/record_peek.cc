#include "event/record_peek.h"

namespace furrow {
namespace {

template <class Body, size_t index = 0>
constexpr uint8_t kind_of() {
  if constexpr (std::is_same_v<std::variant_alternative_t<index, RecordBody>, Body>) return index + 1;
  else return kind_of<Body, index + 1>();
}

}  // namespace

std::optional<ProfileId> traits_told_of(std::string_view record) {
  ByteReader in(record);
  if (in.u8() != kind_of<EventRecord>()) return {};
  in.u8();  // the form; both begin alike
  ProfileId profile{in.u64()};
  auto type = static_cast<EventType>(in.u8());
  if (!in.ok() || (type != EventType::kIdentify && type != EventType::kGroup)) return {};
  return profile;
}

bool is_split(std::string_view record) { return !record.empty() && static_cast<uint8_t>(record[0]) == kind_of<SplitRecord>(); }

}  // namespace furrow
