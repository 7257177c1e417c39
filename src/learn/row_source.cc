#include "learn/row_source.h"

namespace furrow::learn {

Samples RowSource::all() const {
  if (held()) return *held();
  Samples out;
  out.columns = columns();
  out.labels = labels();
  out.weights = weights();
  out.values.resize(rows() * columns());
  for (size_t first = 0; first < rows(); first += block_rows()) read(first, std::min(block_rows(), rows() - first), out.values.data() + first * columns());
  return out;
}

Samples RowSource::thinned(size_t most) const {
  std::vector<uint32_t> chosen;
  const size_t stride = std::max<size_t>(1, rows() / most);
  for (size_t i = 0; i < rows(); i += stride) chosen.push_back(static_cast<uint32_t>(i));
  return subset(chosen);
}

}  // namespace furrow::learn
