// Torn or damaged log records: refused, or read whole and written back to the same meaning.
#include <cstdint>
#include <cstdlib>

#include "event/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto body = furrow::decode_record({reinterpret_cast<const char*>(data), size});
  if (!body.ok()) return 0;
  std::string once = furrow::encode_record(*body);
  auto again = furrow::decode_record(once);
  if (!again.ok() || furrow::encode_record(*again) != once) std::abort();
  return 0;
}
