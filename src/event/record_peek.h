// What the first bytes of a stored record tell without decoding it, for whoever follows the log and wants few of its records.
// Threads: any. Cost: nanoseconds.
#pragma once
#include <optional>
#include <string_view>

#include "event/record.h"

namespace furrow {

// The person of an event that carries traits (identify, group); nothing for every other record.
std::optional<ProfileId> traits_told_of(std::string_view record);
bool is_split(std::string_view record);

}  // namespace furrow
