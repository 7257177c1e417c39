// Live traffic: the shop's people visit a running server, and the truth keeps score beside it.
//
// A visit is three requests on a kept connection: a batch of page, identify and track events; POST /v1/decide for the
// home offer; a batch with `Offer Viewed` and, with the TRUE probability given the offer that the server chose,
// `Order Completed`. One order in five carries context.decisionId; the server joins the others by its outcome window.
// Everybody in the market comes once, in random order, before anybody comes again; `strangers` of the visits are new people.
// LiveTruth keeps the right answer of the lift that the server can only estimate.
// Limits: kMaxSeconds, kMaxVisits, loopback only. Threads: run_live starts `connections` threads and joins them.
// Errors: kUnavailable (server gone), kUnauthorized, or what the server said, after kMaxFailures failures in a row.
#pragma once
#include <atomic>
#include <functional>
#include <string>

#include "base/http_client.h"
#include "market/history.h"
#include "market/live_truth.h"

namespace furrow::market {

inline constexpr int kMaxSeconds = 86'400;
inline constexpr size_t kMaxVisits = 10'000'000;
inline constexpr size_t kMaxFailures = 20;

struct LiveOptions {
  ServerAddress server;
  std::string write_key, api_key;
  std::string placement = "home";
  MarketOptions market;
  uint64_t seed = 1;       // of the traffic: who comes when, and what they do
  double visits_per_second = 50;
  int seconds = 60;
  double strangers = 0.1;  // share of visits by people never seen before
  size_t connections = 4;
  const std::atomic<bool>* stop = nullptr;  // ends the traffic early, in good order
};

struct LiveReport {
  LiveTruth truth;
  size_t visits = 0, events = 0, failures = 0;
  double seconds = 0;
  std::string first_failure;
};

// `progress` is called about once a second from the calling thread.
Result<LiveReport> run_live(const LiveOptions& options, const Clock& clock, const std::function<void(const LiveReport&)>& progress = {});

}  // namespace furrow::market
