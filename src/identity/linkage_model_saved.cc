// What a model learned, as bytes. Frequencies of values are not part of it: they follow from the records.
#include "identity/linkage_model.h"

namespace furrow::identity {
namespace {

void write_row(ByteWriter& out, const std::vector<double>& row) {
  out.varint(row.size());
  for (double value : row) out.f64(value);
}
// False unless it has the size that the records ask for.
bool read_row(ByteReader& in, size_t size, std::vector<double>& row) {
  if (in.varint() != size || size > in.remaining() / 8) return false;
  row.resize(size);
  for (double& value : row) value = in.f64();
  return in.ok();
}

}  // namespace

void LinkModel::write(ByteWriter& out) const {
  for (const auto* rows : {&m_, &u_, &random_, &other_m_, &bits_[0], &bits_[1], &kin_, &repeats_}) {
    out.varint(rows->size());
    for (const auto& row : *rows) write_row(out, row);
  }
  write_row(out, random_told_);
  write_row(out, scale_);
  out.varint(edges_.size());
  for (const Edge& edge : edges_) {
    out.varint(edge.parent);
    out.varint(edge.child);
    write_row(out, edge.excess);
  }
  out.f64(random_total_);
  for (const auto* both : {&pairs_, &matches_, &prior_bits_, &expected_matches_, &kin_prior_, &expected_kin_}) {
    for (double value : *both) out.f64(value);
  }
  out.varint(main_);
  for (const auto& met : met_) {
    for (size_t c = 0; c < m_.size(); ++c) {
      for (size_t l = 0; l < m_[c].size(); ++l) out.u8(met[c][l] ? 1 : 0);
    }
  }
}

bool LinkModel::read(ByteReader& in) {
  std::vector<size_t> sizes;
  for (const Comparison& comparison : levels_.comparisons()) sizes.push_back(comparison.levels.size());
  for (auto* rows : {&m_, &u_, &random_, &other_m_, &bits_[0], &bits_[1], &kin_}) {
    if (in.varint() != sizes.size()) return false;
    rows->resize(sizes.size());
    for (size_t c = 0; c < sizes.size(); ++c) {
      if (!read_row(in, sizes[c], (*rows)[c])) return false;
    }
  }
  if (in.varint() != sizes.size()) return false;
  for (auto& row : repeats_) {
    if (!read_row(in, kRepeatClasses, row)) return false;
  }
  if (!read_row(in, sizes.size(), random_told_) || !read_row(in, sizes.size() + 1, scale_)) return false;
  edges_.clear();
  for (uint64_t n = in.varint(); n > 0; --n) {
    Edge edge{in.varint(), in.varint(), {}};
    if (!in.ok() || edge.parent >= sizes.size() || edge.child >= sizes.size()) return false;
    if (!read_row(in, sizes[edge.parent] * sizes[edge.child], edge.excess)) return false;
    edges_.push_back(std::move(edge));
  }
  random_total_ = in.f64();
  for (auto* both : {&pairs_, &matches_, &prior_bits_, &expected_matches_, &kin_prior_, &expected_kin_}) {
    for (double& value : *both) value = in.f64();
  }
  main_ = in.varint();
  for (auto& met : met_) {
    met.clear();
    for (size_t size : sizes) {
      met.emplace_back(size, false);
      for (size_t l = 0; l < size; ++l) met.back()[l] = in.u8() != 0;
    }
  }
  return in.ok() && main_ < 2;
}

}  // namespace furrow::identity
