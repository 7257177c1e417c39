// k-means on 1 M rows × 20 columns, k = 10, beside two limits in the same run: Lloyd's step in plain loops, and one pass over
// the rows at the memory's speed. `cluster_bench FILE` leaves the rows as raw floats for bench/cluster_peer.py (scikit-learn).
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <fstream>

#include "base/random.h"
#include "learn/cluster_agreement.h"
#include "learn/cluster_kmeans.h"

namespace {

using namespace furrow;
using namespace furrow::learn;

constexpr size_t kRows = 1'000'000, kColumns = 20, kGroups = 10;

double processor_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto of = [](timeval t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

template <class Work>
void timed(const char* name, Work work) {
  const auto start = std::chrono::steady_clock::now();
  const double before = processor_seconds();
  const std::string what = work();
  fmt::print("{:<34} {:7.3f} s wall {:7.3f} s processor  {}\n", name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
             processor_seconds() - before, what);
}

Points rows(double deviation, std::vector<uint32_t>& truth) {
  Random random(42);
  std::vector<double> centres(kGroups * kColumns);
  for (double& c : centres) c = random.normal();
  Points out{kRows, kColumns, std::vector<float>(kRows * kColumns)};
  truth.resize(kRows);
  for (size_t i = 0; i < kRows; ++i) {
    truth[i] = static_cast<uint32_t>(random.below(kGroups));
    for (size_t j = 0; j < kColumns; ++j) out.row(i)[j] = static_cast<float>(centres[truth[i] * kColumns + j] + deviation * random.normal());
  }
  return out;
}

double plain_step(const Points& points, const std::vector<float>& centres) {
  double inertia = 0;
  for (size_t i = 0; i < points.rows; ++i) {
    float least = 1e30f;
    for (size_t c = 0; c < kGroups; ++c) {
      float d = 0;
      for (size_t j = 0; j < kColumns; ++j) d += (points.row(i)[j] - centres[c * kColumns + j]) * (points.row(i)[j] - centres[c * kColumns + j]);
      least = std::min(least, d);
    }
    inertia += least;
  }
  return inertia;
}

}  // namespace

int main(int argc, char** argv) {
  for (double deviation : {0.5, 1.0}) {
    std::vector<uint32_t> truth;
    const Points points = rows(deviation, truth);
    fmt::print("{} rows x {}, k = {}, groups of deviation {} about centres of deviation 1\n", kRows, kColumns, kGroups, deviation);
    KMeans result;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      timed("k_means", [&] {
        KMeansOptions options;
        options.seed = seed;
        result = k_means(points, kGroups, options);
        return fmt::format("inertia {:.6e}, {} steps over all rows, adjusted Rand with the truth {:.4f}", result.inertia, result.iterations, adjusted_rand(result.labels, truth));
      });
    }
    timed("one plain Lloyd step, one thread", [&] { return fmt::format("inertia {:.6e}", plain_step(points, result.centres)); });
    std::vector<float> copy(points.values.size());
    timed("one copy of the rows", [&] {
      std::memcpy(copy.data(), points.values.data(), copy.size() * sizeof(float));
      return fmt::format("{}", copy[copy.size() / 2] > 0 ? "" : " ");
    });
    if (argc > 1) std::ofstream(fmt::format("{}.{}", argv[1], deviation), std::ios::binary).write(reinterpret_cast<const char*>(points.values.data()), static_cast<std::streamsize>(points.values.size() * sizeof(float)));
  }
}
