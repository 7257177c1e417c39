#include "learn/pca.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learn/dense.h"

namespace furrow::learn {
namespace {

constexpr size_t kMaxPcaColumns = 2000;

double median_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return v != v; });
  if (values.empty()) return std::nan("");
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Rows in steps, so that the whole matrix is never held twice.
Dense scaled(const Dataset& data, const Pca& pca, size_t from, size_t to) {
  Dense out(to - from, pca.columns.size());
  for (size_t c = 0; c < pca.columns.size(); ++c) {
    const Column* column = data.find(pca.columns[c]);
    for (size_t row = from; row < to; ++row) {
      const double v = column && column->kind == ColumnKind::kNumber ? column->numbers[row] : std::nan("");
      const double known = std::isfinite(v) ? v : pca.medians[c];
      out(row - from, c) = (known - pca.means[c]) / pca.deviations[c];
    }
  }
  return out;
}

constexpr size_t kStep = 4096;

}  // namespace

Result<Pca> fit_pca(const Dataset& data, const PcaOptions& options) {
  Pca pca;
  for (const Column& column : data.columns) {
    if (column.kind != ColumnKind::kNumber || std::find(options.ignored.begin(), options.ignored.end(), column.name) != options.ignored.end()) continue;
    const double median = median_of(column.numbers);
    if (!std::isfinite(median)) continue;
    double mean = 0, squares = 0;
    const double n = static_cast<double>(data.rows);
    for (double v : column.numbers) mean += (std::isfinite(v) ? v : median) / n;
    for (double v : column.numbers) squares += std::pow((std::isfinite(v) ? v : median) - mean, 2);
    const double deviation = std::sqrt(squares / n);
    if (!(deviation > 1e-12 * std::max(1.0, std::fabs(mean))) || !std::isfinite(deviation)) continue;
    pca.columns.push_back(column.name);
    pca.medians.push_back(median);
    pca.means.push_back(mean);
    pca.deviations.push_back(deviation);
  }
  if (data.rows < 2 || pca.columns.empty()) {
    return Error(ErrorCode::kInvalidArgument, "principal components need two rows and a column of numbers that vary");
  }
  if (pca.columns.size() > kMaxPcaColumns) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} columns of numbers; principal components take at most {}", pca.columns.size(), kMaxPcaColumns));
  }
  const size_t width = pca.columns.size();
  Dense correlation(width, width);
  for (size_t from = 0; from < data.rows; from += kStep) {
    const Dense part = gram(scaled(data, pca, from, std::min(data.rows, from + kStep)));
    for (size_t i = 0; i < part.values.size(); ++i) correlation.values[i] += part.values[i] / static_cast<double>(data.rows);
  }
  const Eigenpairs found = symmetric_eigenpairs(correlation);
  double kept = 0;
  for (size_t i = width; i-- > 0 && pca.explained.size() < options.most && kept < options.share;) {
    std::vector<double> vector(found.vectors.column(i), found.vectors.column(i) + width);
    const double largest = *std::max_element(vector.begin(), vector.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
    if (largest < 0) std::transform(vector.begin(), vector.end(), vector.begin(), std::negate<>());
    pca.explained.push_back(std::max(0.0, found.values[i]) / static_cast<double>(width));
    pca.loadings.push_back(std::move(vector));
    kept += pca.explained.back();
  }
  return pca;
}

std::vector<std::vector<double>> Pca::transform(const Dataset& data) const {
  Dense weights(columns.size(), explained.size());
  for (size_t c = 0; c < explained.size(); ++c) std::copy(loadings[c].begin(), loadings[c].end(), weights.column(c));
  std::vector<std::vector<double>> out;
  out.reserve(data.rows);
  for (size_t from = 0; from < data.rows; from += kStep) {
    const Dense part = multiply(scaled(data, *this, from, std::min(data.rows, from + kStep)), weights);
    for (size_t row = 0; row < part.rows; ++row) {
      std::vector<double> values(explained.size());
      for (size_t c = 0; c < explained.size(); ++c) values[c] = part(row, c);
      out.push_back(std::move(values));
    }
  }
  return out;
}

}  // namespace furrow::learn
