// The expression language: refuses with a column inside the text, or evaluates on anything.
#include <cstdint>
#include <cstdlib>

#include "base/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow;
  auto expression = Expression::parse({reinterpret_cast<const char*>(data), size});
  if (!expression.ok()) return expression.error().message().empty() ? std::abort(), 0 : 0;
  std::vector<Value> slots;
  for (size_t i = 0; i < expression->names().size(); ++i) {
    slots.push_back(i % 4 == 0 ? Value() : i % 4 == 1 ? Value(true) : i % 4 == 2 ? Value(3.5) : Value(std::string_view("7")));
  }
  expression->matches(slots);
  return 0;
}
