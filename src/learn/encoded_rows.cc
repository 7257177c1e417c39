#include "learn/encoded_rows.h"

namespace furrow::learn {

Result<std::unique_ptr<EncodedRows>> EncodedRows::fit(const Dataset& data, const std::vector<std::string>& ignored, std::vector<uint32_t> rows,
                                                      std::vector<float> labels, uint64_t seed, const Encoder* known) {
  std::unique_ptr<EncodedRows> out(new EncodedRows);
  FURROW_ASSIGN(out->encoder_, Encoder::learn(data, ignored, rows, labels, seed, known, out->own_));
  FURROW_ASSIGN(out->bound_, out->encoder_.bind(data));
  out->rows_ = std::move(rows);
  out->labels_ = std::move(labels);
  return out;
}

Result<std::unique_ptr<EncodedRows>> EncodedRows::of(const Encoder& encoder, const Dataset& data, std::vector<uint32_t> rows, std::vector<float> labels) {
  FURROW_ASSERT(rows.size() == labels.size());
  std::unique_ptr<EncodedRows> out(new EncodedRows);
  out->encoder_ = encoder;
  FURROW_ASSIGN(out->bound_, out->encoder_.bind(data));
  out->rows_ = std::move(rows);
  out->labels_ = std::move(labels);
  return out;
}

template <class Place>
void EncodedRows::put_own(size_t count, Place place, float* out) const {
  for (const Encoder::OwnNumbers& own : own_) {
    float* cell = out + encoder_.inputs()[own.input].first_output;
    for (size_t k = 0; k < count; ++k, cell += columns()) {
      if (*cell == *cell) *cell = own.numbers[place(k)];
    }
  }
}

void EncodedRows::read(size_t first, size_t count, float* out) const {
  encoder_.write_rows(bound_, rows_.data() + first, count, out);
  put_own(count, [&](size_t k) { return first + k; }, out);
}

Samples EncodedRows::subset(const std::vector<uint32_t>& chosen) const {
  Samples out;
  out.columns = columns();
  out.values.resize(chosen.size() * columns());
  std::vector<uint32_t> rows;
  rows.reserve(chosen.size());
  out.labels.reserve(chosen.size());
  for (uint32_t i : chosen) {
    rows.push_back(rows_[i]);
    out.labels.push_back(labels_[i]);
    if (!weights_.empty()) out.weights.push_back(weights_[i]);
  }
  encoder_.write_rows(bound_, rows.data(), rows.size(), out.values.data());
  put_own(chosen.size(), [&](size_t k) { return chosen[k]; }, out.values.data());
  return out;
}

}  // namespace furrow::learn
