// One visit to the shop's site: what the person does before the home offer is shown, and the order that may follow.
//
// Observable behaviour carries the latent truth the way real traffic does: categories follow affinity, price sorting and
// cheap products follow price sensitivity, the number of product views, carts and checkouts follow the intent stage.
// Threads: VisitPlanner is immutable; each caller brings its own Random.
#pragma once
#include <string>
#include <vector>

#include "market/population.h"

namespace furrow::market {

struct Step {
  enum class Kind : uint8_t { kHome, kCategory, kSortByPrice, kProduct, kCart, kCheckout };
  Kind kind = Kind::kHome;
  size_t subject = 0;  // a category for kCategory and kSortByPrice, a product for kProduct and kCart
  Duration after;      // since the visit began
};

struct Visit {
  size_t customer = 0;  // index
  Time time;
  Stage stage = Stage::kExploring;
  size_t device = 0;       // into Customer::devices
  bool signed_in = false;  // events carry the customer number
  bool signs_in = false;   // an identify call is made in this visit
  std::vector<Step> steps;
  size_t offer = 0;        // into offers()
  Duration offer_after;
};

struct Order {
  Time time;
  size_t product = 0;
  int quantity = 1;
  double discount = 0;  // percent
  double total = 0;     // CNY, to the cent
};

class VisitPlanner {
 public:
  explicit VisitPlanner(const Catalogue& catalogue) : catalogue_(catalogue) {}
  // Everything but the offer. `time` is the beginning.
  Visit plan(Random& random, const Customer& customer, Stage stage, Time time) const;
  // The order of a visit that ends in one: 3 to 25 minutes after the offer was shown.
  Order order(Random& random, const Customer& customer, const Visit& visit) const;

 private:
  size_t category_for(Random& random, const Customer& customer, double loyalty) const;
  size_t product_in(Random& random, const Customer& customer, size_t category) const;
  const Catalogue& catalogue_;
};

}  // namespace furrow::market
