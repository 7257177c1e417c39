// Arbitrary bytes as a rules file and as a CSV or JSON Lines table, cleaned by `furrow clean`'s engine. Whatever they are: no crash, every row is
// in the result or rejected, and what the journal takes back has as many rows as were read well.
// Before a line "===": the rules; behind it the table. Without such a line all of it is the table, and the default rules hold.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "govern/change_journal.h"
#include "govern/clean.h"

namespace {

using namespace furrow;

constexpr std::string_view kBorder = "\n===\n";

// Memory, where there is such a folder: the targets run thousands of times.
const std::filesystem::path& folder() {
  static const std::filesystem::path path = [] {
    std::error_code fault;
    std::filesystem::path base = std::filesystem::is_directory("/dev/shm", fault) ? "/dev/shm" : std::filesystem::temp_directory_path();
    base /= "clean_fuzz_" + std::to_string(::getpid());
    std::filesystem::create_directories(base, fault);
    std::atexit([] {
      std::error_code ignored;
      std::filesystem::remove_all(folder(), ignored);
    });
    return base;
  }();
  return path;
}

void clean(const govern::CleanRules& rules, const std::string& name, std::string_view table) {
  static const ManualClock clock(time_from_milliseconds(1'780'000'000'000));
  const auto in = folder() / name, out = folder() / ("out_" + name), back = folder() / ("back_" + name), changes = folder() / "changes.csv";
  std::ofstream(in, std::ios::binary).write(table.data(), static_cast<std::streamsize>(table.size()));
  govern::CleanOptions options;
  options.rules = rules;
  options.out = out;
  options.changes = changes;
  auto report = govern::clean_file(in, options, clock);
  if (!report.ok()) return;
  if (report->rows_in != report->rows_out + report->rejected()) std::abort();
  for (const auto& column : report->columns) {
    if (column.standard_after > column.values || column.changed > report->rows_in) std::abort();
  }
  auto undone = govern::undo_changes(out, changes, back);
  if (!undone.ok()) std::abort();
  if (undone->rows != report->rows_in - report->rejected_unreadable) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  govern::CleanRules rules;
  if (size_t border = bytes.find(kBorder); border != std::string_view::npos) {
    Diagnostics diagnostics;
    auto node = YamlNode::parse(std::string(bytes.substr(0, border)), "rules.yaml", diagnostics);
    if (node) rules = govern::read_clean_rules(*node);
    if (!node || !diagnostics.empty()) rules = {};
    bytes.remove_prefix(border + kBorder.size());
  }
  clean(rules, "table.csv", bytes);
  clean(rules, "table.jsonl", bytes);
  return 0;
}
