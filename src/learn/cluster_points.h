// Rows to be grouped: a dense matrix of floats, row by row, in the encoded space that cluster_space.h makes.
// parallel_chunks cuts work over rows into pieces whose borders do not depend on the number of threads, so that sums
// taken piece by piece, in order, are the same bits on any machine width.
// Threads: Points is a value; parallel_chunks starts its own threads and joins them before it returns.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <vector>

namespace furrow::learn {

struct Points {
  size_t rows = 0, columns = 0;
  std::vector<float> values;  // rows × columns
  const float* row(size_t i) const { return values.data() + i * columns; }
  float* row(size_t i) { return values.data() + i * columns; }
  Points take(std::span<const uint32_t> chosen) const {
    Points out{chosen.size(), columns, std::vector<float>(chosen.size() * columns)};
    for (size_t i = 0; i < chosen.size(); ++i) std::copy_n(row(chosen[i]), columns, out.row(i));
    return out;
  }
};

// The rows again, for distances from all of them to one point at a time (cluster_kernel.h). Immutable once made.
class PointBlocks {
 public:
  explicit PointBlocks(const Points& points);
  size_t padded() const { return blocks_ * kBlockRows; }
  // Squared distances to `at`, each at most the row's cap; their sum. `cap` and `out`: padded() long, caps of the padding 0.
  double capped_distances(const float* at, const std::vector<float>& cap, std::vector<float>& out) const;

 private:
  static constexpr size_t kBlockRows = 64;
  size_t rows_, columns_, blocks_;
  std::vector<float> values_;
};

inline constexpr size_t kChunkRows = 16384;

// do_chunk(index, begin, end) for each chunk of `rows`. threads 0: as many as the machine has.
template <class Job>
void parallel_chunks(size_t rows, unsigned threads, Job do_chunk) {
  const size_t chunks = (rows + kChunkRows - 1) / kChunkRows;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  threads = static_cast<unsigned>(std::min<size_t>(threads, chunks));
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t c = next++; c < chunks; c = next++) do_chunk(c, c * kChunkRows, std::min(rows, (c + 1) * kChunkRows));
  };
  std::vector<std::thread> others;
  for (unsigned t = 1; t < threads; ++t) others.emplace_back(work);
  work();
  for (auto& other : others) other.join();
}

}  // namespace furrow::learn
