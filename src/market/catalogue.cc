#include "market/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"

namespace furrow::market {
namespace {

constexpr std::array<Category, 6> kCategories{{
    {"electronics", "数码", 460},
    {"beauty", "美妆", 150},
    {"sports", "运动", 210},
    {"home", "家居", 120},
    {"clothing", "服饰", 170},
    {"books", "图书", 45},
}};

constexpr std::array<Offer, 8> kOffers{{
    {"new_arrivals", "New arrivals", "新品上市", 0, false, {}},
    {"free_shipping", "Free shipping", "全场包邮", 0, true, {}},
    {"ten_off", "10 % off", "九折优惠", 10, false, {}},
    {"twenty_off", "20 % off", "八折优惠", 20, false, {}},
    {"electronics_week", "Electronics week", "数码周", 0, false, 0},
    {"beauty_week", "Beauty week", "美妆周", 0, false, 1},
    {"sports_week", "Sports week", "运动周", 0, false, 2},
    {"home_week", "Home week", "家居周", 0, false, 3},
}};

struct Thing {
  std::string_view name, name_zh;
};
constexpr std::array<std::array<Thing, 6>, 6> kThings{{
    {{{"Headphones", "耳机"}, {"Power Bank", "充电宝"}, {"Keyboard", "键盘"}, {"Smart Watch", "智能手表"}, {"Speaker", "音箱"}, {"Webcam", "摄像头"}}},
    {{{"Face Cream", "面霜"}, {"Lipstick", "口红"}, {"Shampoo", "洗发水"}, {"Sun Screen", "防晒霜"}, {"Perfume", "香水"}, {"Face Mask", "面膜"}}},
    {{{"Yoga Mat", "瑜伽垫"}, {"Running Shoes", "跑鞋"}, {"Racket", "球拍"}, {"Water Bottle", "运动水壶"}, {"Backpack", "背包"}, {"Dumbbells", "哑铃"}}},
    {{{"Table Lamp", "台灯"}, {"Pillow", "枕头"}, {"Tea Set", "茶具"}, {"Storage Box", "收纳箱"}, {"Towel", "毛巾"}, {"Vase", "花瓶"}}},
    {{{"T-Shirt", "T恤"}, {"Jacket", "外套"}, {"Jeans", "牛仔裤"}, {"Dress", "连衣裙"}, {"Scarf", "围巾"}, {"Sweater", "毛衣"}}},
    {{{"Novel", "小说"}, {"Cookbook", "菜谱"}, {"Atlas", "地图册"}, {"Picture Book", "绘本"}, {"Biography", "传记"}, {"Dictionary", "词典"}}},
}};
constexpr std::array<Thing, 8> kStyles{{{"Classic", "经典"}, {"Light", "轻便"}, {"Bamboo", "竹纹"}, {"Studio", "工作室"}, {"Mini", "迷你"},
                                        {"Family", "家庭装"}, {"Deluxe", "豪华"}, {"Everyday", "日常"}}};

}  // namespace

std::span<const Category> categories() { return kCategories; }
std::span<const Offer> offers() { return kOffers; }
std::string_view Offer::category_key() const { return category ? kCategories[*category].key : "any"; }

std::optional<size_t> find_offer(std::string_view id) {
  for (size_t i = 0; i < kOffers.size(); ++i) {
    if (kOffers[i].id == id) return i;
  }
  return {};
}

Catalogue::Catalogue(uint64_t seed, size_t products) : by_category_(kCategories.size()) {
  Random random(hash64("catalogue", seed));
  for (size_t i = 0; i < products; ++i) {
    size_t category = i % kCategories.size(), ordinal = i / kCategories.size();
    const Thing& thing = kThings[category][ordinal % kThings[category].size()];
    const Thing& style = kStyles[random.below(kStyles.size())];
    double price = kCategories[category].typical_price * std::exp(0.6 * random.normal());
    Product product;
    product.id = fmt::format("{}-{:03}", kCategories[category].key, ordinal);
    product.category = category;
    product.name = fmt::format("{} {} {}", style.name, thing.name, ordinal + 1);
    product.name_zh = fmt::format("{}{} {}号", style.name_zh, thing.name_zh, ordinal + 1);
    product.price = std::max(5.0, std::round(price)) - 0.1;
    product.margin = random.uniform(0.15, 0.55);
    products_.push_back(std::move(product));
    by_category_[category].push_back(i);
  }
  for (auto& list : by_category_) {
    std::sort(list.begin(), list.end(), [&](size_t a, size_t b) {
      return std::pair(products_[a].price, a) < std::pair(products_[b].price, b);
    });
  }
}

}  // namespace furrow::market
