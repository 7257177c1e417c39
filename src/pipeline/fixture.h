// A small workspace and typical shop events, for the pipeline's tests and its benchmark.
#pragma once
#include <fmt/format.h>

#include <utility>

#include "base/random.h"
#include "pipeline/declarations.h"
#include "pipeline/pipeline.h"
#include "profile/feature.h"

namespace furrow::pipeline {

inline Declarations shop_declarations(size_t features = 20) {
  Declarations declared;
  constexpr std::pair<profile::Aggregate, const char*> kKinds[] = {
      {profile::Aggregate::kCount, ""}, {profile::Aggregate::kSum, "price"}, {profile::Aggregate::kMax, "price"},
      {profile::Aggregate::kDistinct, "product"}, {profile::Aggregate::kRecencyDays, ""}};
  for (size_t i = 0; i < features; ++i) {
    profile::FeatureDefinition feature;
    feature.name = fmt::format("f{}", i);
    if (i % 2 == 0) feature.events = {i % 4 == 0 ? "Product Viewed" : "Order Completed"};
    feature.aggregate = kKinds[i % 5].first;
    feature.argument = kKinds[i % 5].second;
    if (i % 3 != 0) feature.window = days(static_cast<int64_t>(1 + i * 3));
    declared.features.push_back(std::move(feature));
  }
  declared.program = profile::FeatureProgram::compile(declared.features).value();
  decide::PlacementDeclaration home;
  home.name = "home";
  home.outcome = {"Order Completed", hours(1), ""};
  declared.placements.push_back(std::move(home));
  return declared;
}

// The n-th event of a shop of `people`: mostly known visitors, some of whom sign in. The same n gives the same event.
inline Event shop_event(uint64_t n, uint64_t people, uint64_t seed = 1) {
  Random random(seed * 1'000'003 + n);
  Event event;
  uint64_t person = random.below(people);
  event.message_id = fmt::format("m-{}-{}", seed, n);
  event.anonymous_id = fmt::format("device-{}-{}", person, random.below(2));
  if (random.chance(0.5)) event.user_id = fmt::format("user-{}", person);
  event.time = {1'760'000'000'000'000 + static_cast<int64_t>(n) * 1000};
  event.received_at = event.time + milliseconds(20);
  event.source = "live";
  event.name = random.chance(0.1) ? "Order Completed" : "Product Viewed";
  event.properties = fmt::format(R"({{"product":"sku-{}","category":"shoes","price":{}.5,"quantity":{}}})", random.below(500), 1 + random.below(200), 1 + random.below(3));
  event.context = R"({"page":{"path":"/p/123","referrer":"https://search.example/"},"locale":"en-GB"})";
  return event;
}

}  // namespace furrow::pipeline
