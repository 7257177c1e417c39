#include "identity/identity_person.h"

namespace furrow::identity {
namespace {

constexpr uint8_t kPersonForm = 2;

bool read_count(ByteReader& in, size_t least_bytes_each, uint64_t& count) {
  count = in.varint();
  return count <= in.remaining() / least_bytes_each;
}

}  // namespace

std::string encode_person(const Person& person) {
  std::string bytes;
  ByteWriter out(bytes);
  out.u8(kPersonForm);
  out.u64(person.first);
  out.u64(person.link.value);
  if (person.link) {
    out.u64(person.merge.value);
    out.u64(person.merged.value);
    return bytes;
  }
  out.varint(person.identifiers.size());
  for (const auto& [identifier, origin] : person.identifiers) {
    out.bytes(identifier.kind);
    out.bytes(identifier.value);
    out.u64(origin.value);
  }
  out.varint(person.members.size());
  for (ProfileId member : person.members) out.u64(member.value);
  out.varint(person.apart.size());
  for (const Apart& apart : person.apart) {
    out.u64(apart.own.value);
    out.u64(apart.other.value);
  }
  return bytes;
}

std::optional<Person> decode_person(std::string_view bytes) {
  ByteReader in(bytes);
  Person person;
  if (in.u8() != kPersonForm) return {};
  person.first = in.u64();
  person.link.value = in.u64();
  uint64_t n = 0;
  if (person.link) {
    person.merge.value = in.u64();
    person.merged.value = in.u64();
  } else {
    if (!read_count(in, 10, n)) return {};
    person.identifiers.resize(n);
    for (auto& [identifier, origin] : person.identifiers) {
      identifier.kind = in.bytes();
      identifier.value = in.bytes();
      origin.value = in.u64();
    }
    if (!read_count(in, 8, n)) return {};
    person.members.resize(n);
    for (ProfileId& member : person.members) member.value = in.u64();
    if (!read_count(in, 16, n)) return {};
    person.apart.resize(n);
    for (Apart& apart : person.apart) {
      apart.own.value = in.u64();
      apart.other.value = in.u64();
    }
  }
  return in.ok() && in.at_end() ? std::optional(std::move(person)) : std::nullopt;
}

}  // namespace furrow::identity
