// What kind of record some bytes of the log are, without decoding them. Threads: pure.
#pragma once
#include <string_view>

#include "event/record.h"

namespace furrow {

// The first byte of every record of this type: its place in RecordBody plus one (record.cc).
template <class Wanted, class... All>
constexpr uint8_t kind_byte(const std::variant<All...>*) {
  uint8_t at = 0;
  bool found = false;
  ((found = found || std::is_same_v<Wanted, All>, at = static_cast<uint8_t>(found ? at : at + 1)), ...);
  return static_cast<uint8_t>(at + 1);
}

template <class Wanted>
bool is_record(std::string_view bytes) {
  constexpr uint8_t kKind = kind_byte<Wanted>(static_cast<const RecordBody*>(nullptr));
  return !bytes.empty() && static_cast<uint8_t>(bytes[0]) == kKind;
}

}  // namespace furrow
