#include "event/view.h"

#include <fmt/format.h>

namespace furrow {

std::string Digest::to_string() const { return fmt::format("{:016x}{:016x}:{}", high_, low_, count_); }

}  // namespace furrow
