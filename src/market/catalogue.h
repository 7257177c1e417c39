// What the simulated shop sells, and the offers its home page may show.
//
// The catalogue is a function of the seed. Offers are fixed: their ids and attributes are those of the placement `home`
// in the shop template, so that what a policy chooses can be looked up here. Threads: immutable after construction.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace furrow::market {

struct Category {
  std::string_view key, name_zh;
  double typical_price;  // CNY, the median of its products
};
std::span<const Category> categories();  // six

struct Product {
  std::string id;        // "electronics-017"
  size_t category;       // into categories()
  std::string name, name_zh;
  double price, margin;  // CNY; margin is a share of the price
};

struct Offer {
  std::string_view id, name, name_zh;
  double discount;                 // percent off
  bool free_shipping;
  std::optional<size_t> category;  // a category's week; none: the whole shop
  std::string_view category_key() const;  // "any" when it is the whole shop
};
// Eight; the first is the baseline, `new_arrivals`.
std::span<const Offer> offers();
std::optional<size_t> find_offer(std::string_view id);

class Catalogue {
 public:
  explicit Catalogue(uint64_t seed, size_t products = 200);
  const std::vector<Product>& products() const { return products_; }
  // Indices of the category's products, cheapest first.
  const std::vector<size_t>& in_category(size_t category) const { return by_category_[category]; }

 private:
  std::vector<Product> products_;
  std::vector<std::vector<size_t>> by_category_;
};

}  // namespace furrow::market
