// ValueColumn: one number a person, by dense number, in as few bytes as the numbers allow; NaN for none.
//
// Blocks of kBlock people: none with a value takes no bytes, small whole numbers one or two bytes each, anything else eight. A block
// widens when it must and never narrows. Exact: what is read is what was set. Threads: a value.
// Cost: set about 10 ns; a block is read at memory speed. Most counts of a shop take a byte a person.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

namespace furrow::profile {

class ValueColumn {
 public:
  static constexpr size_t kBlock = 4096;

  void set(uint32_t person, double value) {
    if (person / kBlock >= blocks_.size()) {
      if (std::isnan(value)) return;
      blocks_.resize(person / kBlock + 1);
    }
    blocks_[person / kBlock].set(person % kBlock, value);
  }
  double get(uint32_t person) const { return person / kBlock < blocks_.size() ? blocks_[person / kBlock].get(person % kBlock) : NAN; }
  // All of a block's values; out has kBlock elements.
  void read(size_t block, double* out) const {
    if (block < blocks_.size()) return blocks_[block].read(out);
    for (size_t i = 0; i < kBlock; ++i) out[i] = NAN;
  }
  size_t bytes() const {
    size_t total = blocks_.capacity() * sizeof(Block);
    for (const Block& block : blocks_) total += block.bytes();
    return total;
  }

 private:
  static constexpr uint8_t kNoByte = UINT8_MAX;
  static constexpr uint16_t kNoShort = UINT16_MAX;

  class Block {
   public:
    void set(size_t i, double value) {
      const Width needed = width_of(value);
      if (width_ == Width::kNone && std::isnan(value)) return;
      if (needed > width_) widen(needed);
      put(i, value);
    }
    double get(size_t i) const {
      switch (width_) {
        case Width::kNone: return NAN;
        case Width::kByte: return bytes_[i] == kNoByte ? NAN : bytes_[i];
        case Width::kShort: return shorts_[i] == kNoShort ? NAN : shorts_[i];
        case Width::kReal: return reals_[i];
      }
      return NAN;
    }
    void read(double* out) const {
      switch (width_) {
        case Width::kNone:
          for (size_t i = 0; i < kBlock; ++i) out[i] = NAN;
          return;
        case Width::kByte:
          for (size_t i = 0; i < kBlock; ++i) out[i] = bytes_[i] == kNoByte ? NAN : bytes_[i];
          return;
        case Width::kShort:
          for (size_t i = 0; i < kBlock; ++i) out[i] = shorts_[i] == kNoShort ? NAN : shorts_[i];
          return;
        case Width::kReal:
          for (size_t i = 0; i < kBlock; ++i) out[i] = reals_[i];
          return;
      }
    }
    size_t bytes() const { return width_ == Width::kNone ? 0 : width_ == Width::kByte ? kBlock : width_ == Width::kShort ? 2 * kBlock : 8 * kBlock; }

   private:
    enum class Width : uint8_t { kNone, kByte, kShort, kReal };
    static Width width_of(double value) {
      if (std::isnan(value)) return Width::kByte;
      if (!(value >= 0 && value < kNoShort) || value != std::floor(value) || std::signbit(value)) return Width::kReal;
      return value < kNoByte ? Width::kByte : Width::kShort;
    }
    void widen(Width to) {
      Block wider;
      wider.width_ = to;
      if (to == Width::kByte) wider.bytes_ = std::make_unique_for_overwrite<uint8_t[]>(kBlock);
      if (to == Width::kShort) wider.shorts_ = std::make_unique_for_overwrite<uint16_t[]>(kBlock);
      if (to == Width::kReal) wider.reals_ = std::make_unique_for_overwrite<double[]>(kBlock);
      for (size_t i = 0; i < kBlock; ++i) wider.put(i, get(i));
      *this = std::move(wider);
    }
    void put(size_t i, double value) {
      if (width_ == Width::kByte) bytes_[i] = std::isnan(value) ? kNoByte : static_cast<uint8_t>(value);
      if (width_ == Width::kShort) shorts_[i] = std::isnan(value) ? kNoShort : static_cast<uint16_t>(value);
      if (width_ == Width::kReal) reals_[i] = value;
    }

    Width width_ = Width::kNone;
    std::unique_ptr<uint8_t[]> bytes_;
    std::unique_ptr<uint16_t[]> shorts_;
    std::unique_ptr<double[]> reals_;
  };

  std::vector<Block> blocks_;
};

}  // namespace furrow::profile
