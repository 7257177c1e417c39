// Arbitrary bytes as a CSV file and as JSON Lines, read and mapped by a source that uses every kind of rule. Whatever the
// bytes are: no crash, and every row ends as an event, a skip or a refusal.
#include <cstdint>
#include <cstdlib>

#include "collect/importer.h"
#include "collect/row_mapper.h"

namespace {

using namespace furrow;

constexpr const char* kMap = R"(
map:
  type: track
  user_id: id
  anonymous_id: {column: device, lower: true, default: nobody}
  time: {column: when, format: [iso8601, epoch, "%d/%m/%Y %H:%M", "%d %b %y %I:%M %p %z"], timezone: Asia/Shanghai, default: received}
  message_id: [id, when]
  event: {column: kind, values: {a: A, b: B}, default: C}
  where: id != "skip" or n > 3 and kind in ("a", "b")
  properties:
    n: {column: n, type: number, decimal: ","}
    i: {column: n, type: integer, invalid: empty}
    b: {column: kind, type: boolean, invalid: keep}
    j: {column: n, type: json, invalid: empty}
    t: {column: when, type: time, invalid: empty}
    phone: {column: id, type: phone, country: 86, invalid: empty}
    mail: {column: id, type: email, invalid: keep}
    twice: {expression: n * 2 + id}
)";

collect::SourceDeclaration declare(const char* format) {
  Diagnostics diagnostics;
  auto node = YamlNode::parse(std::string("name: fuzz\nencoding: mixed\nformat: ") + format + kMap, "fuzz.yaml", diagnostics);
  auto source = collect::SourceDeclaration::load(*node);
  if (!diagnostics.empty()) std::abort();
  return source;
}

void run(const collect::SourceDeclaration& source, std::string bytes) {
  auto reader = table::RowReader::over(std::move(bytes), "fuzz", {.format = source.format, .format_by_name = false, .encoding = source.encoding});
  if (!reader.ok()) return;
  collect::RowMapper mapper(source);
  table::Row row;
  Event event;
  std::optional<Error> fault;
  size_t bound = static_cast<size_t>(-1);
  while (true) {
    auto found = (*reader)->next(row);
    if (!found.ok() || !*found) return;
    if (bound != (*reader)->columns().size()) {
      bound = (*reader)->columns().size();
      if (!mapper.bind((*reader)->columns(), "fuzz").ok()) return;
    }
    if (!row.good()) continue;
    auto outcome = mapper.map(row, time_from_milliseconds(1'780'000'000'000), event, fault);
    if ((outcome == collect::RowMapper::Outcome::kRefused) != fault.has_value()) std::abort();
    if (outcome == collect::RowMapper::Outcome::kEvent && event.user_id.empty() && event.anonymous_id.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const collect::SourceDeclaration csv = declare("csv"), jsonl = declare("jsonl");
  std::string bytes(reinterpret_cast<const char*>(data), size);
  run(csv, "id,device,when,kind,n\n" + bytes);  // behind a good header, so that rows are mapped
  run(csv, bytes);
  run(jsonl, bytes);
  return 0;
}
