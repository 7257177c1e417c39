// The simulated shop's people: who they are, what they like, and the true probability that a visit ends in an order.
//
// Truth (what no policy may see): with s the intent stage, o the offer shown and x the customer,
//   logit P(order | x, s, o) = stage(s) + x.propensity + effect(x, o)
//   effect(x, new_arrivals)      = 0
//   effect(x, free shipping)     = 0.8 · (x.shipping_sensitivity − 0.38)
//   effect(x, d % off)           = d/20 · (2.0 · x.price_sensitivity − 0.78)
//   effect(x, week of category c)= 1.0 · x.affinity[c] − 0.42
// so the best offer differs from person to person, and always giving the largest discount is not the best policy.
// Intent is a hidden Markov chain over visits (exploring, comparing, deciding, bought): next_stage.
// A customer is a function of (seed, index): any of them can be made alone. Threads: immutable values.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "market/catalogue.h"
#include "market/names.h"

namespace furrow::market {

enum class Stage : uint8_t { kExploring, kComparing, kDeciding, kBought };
inline constexpr size_t kStages = 4;
std::string_view to_string(Stage stage);

struct MarketOptions {
  uint64_t seed = 1;
  size_t customers = 5'000;  // at most 1,000,000
  int months = 4;            // of history, 30 days each; 1 to 24
  Time until;                // the end of the history
  bool real_dirt = false;    // behaviour records as faulty as in real companies (event_faults.h), and an eighth export: reviews
  Time since() const { return until - days(30 * months); }
};

struct Customer {
  size_t index = 0;
  Identity identity;
  bool member = false;      // has an account (a customer number)
  bool subscriber = false;  // is on the mailing list
  bool card_holder = false; // has a loyalty card
  CivilDate born{1990, 1, 1};
  Time registered;          // of members
  std::vector<std::string> devices;     // anonymous ids, one to three
  std::vector<bool> device_signs_in;    // whether the person signs in on it

  // The latent truth.
  double propensity = 0;            // normal, sd 0.35
  double price_sensitivity = 0;     // Beta(2, 3)
  double shipping_sensitivity = 0;  // Beta(2, 4)
  std::array<double, 6> affinity{}; // per category: 1 the favourite, 0.45 the second, else 0
  size_t favourite = 0, second = 1;
  double visits_per_week = 1;       // gamma, mean 1.1

  std::string customer_number() const;  // "C100042"
};

// Indices from options.customers on are strangers: people without history, card or account.
Customer make_customer(const MarketOptions& options, size_t index);

// Log-odds that the offer adds for this person over the baseline.
double offer_effect(const Customer& customer, const Offer& offer);
double order_probability(const Customer& customer, Stage stage, const Offer& offer);
// The offer with the highest order probability (stage does not change the order).
size_t best_offer(const Customer& customer);
// The stage of the next visit.
Stage next_stage(Random& random, Stage stage, bool ordered);
// A draw from the chain's long run, for people who arrive.
Stage first_stage(Random& random);

// Expected visits in [hour, hour + 1) of a person with one visit a week; `local_hour` counts hours since Monday 00:00.
double visit_intensity(size_t local_hour);

}  // namespace furrow::market
