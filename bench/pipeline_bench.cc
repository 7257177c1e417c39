// Events through the pipeline in process: de-duplication, identity, a shop's 20 features, outcomes, fsynced log, checkpoints.
// Callers submit batches of 100 and wait for each. pipeline_bench [EVENTS [FOLDER]]
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <vector>

#include "base/files.h"
#include "pipeline/fixture.h"

namespace {

constexpr uint64_t kBatch = 100, kPeople = 50'000;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

uint64_t bytes_in(const std::filesystem::path& folder) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) bytes += entry.is_regular_file() ? entry.file_size() : 0;
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace furrow;
  const uint64_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 500'000;
  TemporaryFolder temporary;
  const std::filesystem::path root = argc > 2 ? std::filesystem::path(argv[2]) / "pipeline_bench" : temporary.path();
  pipeline::Declarations workspace = pipeline::shop_declarations(20);
  SystemClock clock;
  Logger logger(LogLevel::kWarning);
  std::printf("| callers | events/s | CPU us an event | fsyncs | events a fsync | fsync p50 / p99 ms | commit p50 / p99 ms | log B an event | views B an event | peak MiB |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
  for (uint64_t callers : {1, 8, 64}) {
    pipeline::PipelineOptions options;
    options.data_dir = (root / std::to_string(callers)).string();
    auto opened = pipeline::Pipeline::open(workspace, options, clock, logger);
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", opened.error().message().c_str());
      return 1;
    }
    pipeline::Pipeline& pipeline = **opened;
    const auto start = std::chrono::steady_clock::now();
    const double busy = cpu_seconds();
    std::vector<std::thread> threads;
    std::atomic<uint64_t> next{0}, refused{0};
    for (uint64_t caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&] {
        for (uint64_t from; (from = next.fetch_add(kBatch)) < events;) {
          pipeline::Submission submission;
          for (uint64_t n = from; n < from + kBatch; ++n) submission.events.push_back(pipeline::shop_event(n, kPeople));
          refused += !pipeline.submit_and_wait(std::move(submission)).status.ok();
        }
      });
    }
    for (auto& thread : threads) thread.join();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), used = cpu_seconds() - busy;
    const auto& metrics = pipeline.metrics();
    const double fsyncs = static_cast<double>(metrics.fsync_latency.count()), count = static_cast<double>(events);
    auto ms = [](const Histogram& histogram, double q) { return histogram.quantile_us(q) / 1000.0; };
    if (!pipeline.drain().ok() || refused > 0) {
      std::fprintf(stderr, "%lu batches were refused\n", refused.load());
      return 1;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("| %lu | %.0f | %.1f | %.0f | %.0f | %.1f / %.1f | %.1f / %.1f | %.0f | %.0f | %ld |\n", callers, count / seconds, used / count * 1e6, fsyncs,
                count / fsyncs, ms(metrics.fsync_latency, 0.5), ms(metrics.fsync_latency, 0.99), ms(metrics.commit_latency, 0.5),
                ms(metrics.commit_latency, 0.99), static_cast<double>(bytes_in(root / std::to_string(callers) / "log")) / count,
                static_cast<double>(bytes_in(root / std::to_string(callers) / "views")) / count, usage.ru_maxrss / 1024);
    std::fflush(stdout);
    opened->reset();
    std::filesystem::remove_all(root / std::to_string(callers));
  }
  return 0;
}
