// A whole import, into a fresh data directory: file, mapping, de-duplication, identity, profiles, fsynced log; then once
// more over the same file (all duplicates), the lake, and a query. import_bench WORKSPACE SOURCE FILE
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "app/import.h"
#include "app/query.h"
#include "base/files.h"

namespace {

struct Clocks {
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  double cpu = cpu_seconds();

  static double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  }
  void print(const char* what, uint64_t rows) const {
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count(), busy = cpu_seconds() - cpu;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%-10s %8lu rows  %7.2f s  %8.0f rows/s  %7.2f s of CPU  peak %ld MiB\n", what, rows, seconds,
                static_cast<double>(rows) / seconds, busy, usage.ru_maxrss / 1024);
  }
};

int fail(const furrow::Error& error) {
  std::fprintf(stderr, "%s\n", error.to_string().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace furrow;
  if (argc != 4) {
    std::fprintf(stderr, "usage: import_bench WORKSPACE SOURCE FILE\n");
    return 2;
  }
  auto workspace = app::Workspace::load(argv[1]);
  if (!workspace.ok()) return fail(workspace.error());
  const auto* source = workspace->find_source(argv[2]);
  if (!source) return fail(Error(ErrorCode::kNotFound, "no such source"));
  TemporaryFolder folder;
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  pipeline::PipelineOptions options;
  options.data_dir = (folder.path() / "data").string();
  auto pipeline = pipeline::Pipeline::open(*workspace, options, clock, logger);
  if (!pipeline.ok()) return fail(pipeline.error());
  for (const char* what : {"import", "again"}) {
    Clocks clocks;
    app::ImportReport report;
    Status status = app::import_source(*workspace, *source, {argv[3]}, app::intake_of(**pipeline), clock, {}, report);
    if (!status.ok()) return fail(status.error());
    clocks.print(what, report.rows);
    std::printf("           %lu imported, %lu duplicates, %lu skipped, %lu quarantined\n", report.imported, report.duplicates,
                report.skipped, report.quarantined);
  }
  app::RecordScan scan = [&](LogPosition from, const auto& visit) { return (*pipeline)->scan(from, visit); };
  Clocks clocks;
  auto lake = app::Lake::open(folder.path() / "data/lake", workspace->timezone);
  if (!lake.ok()) return fail(lake.error());
  if (Status status = (*lake)->flush((*pipeline)->durable(), scan); !status.ok()) return fail(status.error());
  clocks.print("lake", (*pipeline)->durable().value);
  Clocks asked;
  auto run = app::QueryRun::start(folder.path() / "data", scan, "SELECT event, count(*) AS n FROM events GROUP BY event");
  if (!run.ok()) return fail(run.error());
  auto rows = (*run)->next();
  if (!rows.ok()) return fail(rows.error());
  asked.print("query", static_cast<uint64_t>(rows->column(1).integer(0)));
  return 0;
}
