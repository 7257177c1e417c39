// A last look at a mapped event before it goes on: it may be changed, or set aside with its reason.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "event/event.h"

namespace furrow::collect {

struct SetAside {
  std::string code, message, field;  // as a QuarantineRecord's
};
using EventGate = std::function<std::optional<SetAside>(Event&)>;

}  // namespace furrow::collect
