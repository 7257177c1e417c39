#include "event/view.h"

#include <fmt/format.h>

namespace furrow {

std::string Digest::to_string() const { return fmt::format("{:016x}{:016x}:{}", high_, low_, count_); }

void View::checkpoint(store::Batch& batch) {
  auto gathering = freeze();
  while (gathering->gather(batch, SIZE_MAX)) {}
}

}  // namespace furrow
