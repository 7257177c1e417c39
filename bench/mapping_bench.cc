// Rows of a CSV file into events, without the log: the reading and mapping half of an import, beside DuckDB reading the
// same file into memory as the physical limit. mapping_bench FILE [runs]; FILE is Online Retail's csv or csv.gz.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "collect/importer.h"
#include "table/database.h"

namespace {

constexpr const char* kSource = R"(name: online_retail
format: csv
map:
  type: track
  user_id: CustomerID
  time: {column: InvoiceDate}
  event: {const: Order Completed}
  where: CustomerID != null
  properties:
    order_id: InvoiceNo
    product_id: StockCode
    name: Description
    quantity: {column: Quantity, type: integer}
    price: {column: UnitPrice, type: number}
    total: {expression: Quantity * UnitPrice}
    country: Country
)";

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of the process: what one busy core would take, however many share the machine.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: mapping_bench FILE [runs]\n");
    return 2;
  }
  using namespace furrow;
  int runs = argc > 2 ? std::stoi(argv[2]) : 3;
  Diagnostics diagnostics;
  auto node = YamlNode::parse(kSource, "online_retail.yaml", diagnostics);
  auto source = collect::SourceDeclaration::load(*node);
  SystemClock clock;
  for (int run = 0; run < runs; ++run) {
    collect::ImportCounts counts;
    double cpu = cpu_seconds();
    auto start = std::chrono::steady_clock::now();
    Status status = collect::import_file(source, argv[1], "online_retail", clock, {}, [](collect::ImportBatch&&) { return Status(); }, counts);
    double seconds = seconds_since(start);
    cpu = cpu_seconds() - cpu;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("map     %8lu rows %8lu events %6lu refused  %6.2f s  %6.2f s CPU  %9.0f rows/s of CPU  peak %ld MiB%s\n", counts.rows, counts.events,
                counts.refused, seconds, cpu, static_cast<double>(counts.rows) / cpu, usage.ru_maxrss / 1024,
                status.ok() ? "" : status.error().to_string().c_str());
  }
  for (int run = 0; run < runs; ++run) {
    auto database = table::Database::open({.threads = 1, .memory_limit_bytes = size_t{2} << 30, .spill_folder = {}}).value();
    double cpu = cpu_seconds();
    auto start = std::chrono::steady_clock::now();
    auto rows = database->query("SELECT count(*), sum(length(Description)) FROM read_csv(" + table::sql_text(argv[1]) + ", all_varchar = true)");
    double seconds = seconds_since(start);
    cpu = cpu_seconds() - cpu;
    if (!rows.ok()) std::printf("%s\n", rows.error().to_string().c_str());
    else std::printf("duckdb  %8ld rows, read_csv on one thread      %6.2f s  %6.2f s CPU  %9.0f rows/s of CPU\n", rows->column(0).integer(0), seconds,
                cpu, static_cast<double>(rows->column(0).integer(0)) / cpu);
  }
  return 0;
}
