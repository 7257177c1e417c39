// furrow simulate files|live: the market twin.
#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <unistd.h>

#include "app/keys.h"
#include "base/files.h"
#include "base/json.h"
#include "cli/commands.h"
#include "market/exports.h"
#include "market/live.h"

namespace furrow::cli {
namespace {

std::atomic<bool> stop_requested{false};

struct FilesOptions {
  std::string folder, until;
  market::MarketOptions market;
  bool json = false;
};

Status simulate_files(FilesOptions options) {
  if (options.until.empty()) {
    Time now = SystemClock().now();
    options.market.until = {now.micros / days(1).micros * days(1).micros};
  } else {
    FURROW_ASSIGN(options.market.until, parse_time(options.until));
  }
  FURROW_ASSIGN(auto report, market::write_exports(options.market, options.folder));
  const auto& effects = report.effects;
  if (options.json) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().field("people", report.people).field("orders", report.orders).key("files").begin_object();
    for (const auto& [name, rows] : report.files) json.field(name, rows);
    json.end_object();
    effects.write(json);
    json.end_object();
    std::cout << out << "\n";
    return {};
  }
  std::cout << fmt::format("{} people, {} visits, {} orders from {} to {}\n", report.people, report.visits, report.orders,
                           format_time(options.market.since()), format_time(options.market.until));
  for (const auto& [name, rows] : report.files) std::cout << fmt::format("  {:<24}{:>10} rows\n", name, rows);
  std::cout << fmt::format("truth: orders per visit {:.1f} % with the baseline; at best, offers chosen per person earn {:+.1f} %\n",
                           100 * effects.baseline_rate(), 100 * effects.lift(effects.best_rate()));
  return {};
}

struct LiveCommandOptions {
  std::string url = "http://127.0.0.1:8080", workspace, market, truth, placement = "home";
  market::LiveOptions live;
  bool json = false;
};

void show_progress(const market::LiveReport& report) {
  std::cerr << fmt::format("\r{:>5.0f} s  {} visits, {} events, {} orders, true lift so far {:+.1f} % ", report.seconds, report.visits,
                           report.events, report.truth.ai_orders + report.truth.holdout_orders, 100 * report.truth.lift());
}

void print_live(const market::LiveReport& report, const market::LiveTruth& truth, const Result<market::MeasuredLift>& measured) {
  std::cout << fmt::format("{} visits in {:.0f} s, {} events, {} failed\n", report.visits, report.seconds, report.events, report.failures);
  if (report.failures) std::cout << fmt::format("  first failure: {}\n", report.first_failure);
  std::cout << fmt::format("truth:    {:+.2f} points of orders per decision for those decided for, {:+.1f} % relative ({} decisions)\n",
                           100 * truth.difference(), 100 * truth.lift(), truth.ai_decisions);
  if (!measured) {
    std::cout << fmt::format("measured: not read: {}\n", measured.error().message());
    return;
  }
  if (!measured->low || !measured->high) {
    std::cout << fmt::format("measured: {}\n", measured->message.empty() ? "too early" : measured->message);
    return;
  }
  std::cout << fmt::format("measured: {:+.2f} points, 95 % interval {:+.2f} to {:+.2f}, {:+.1f} % relative ({} decided for, {} held out)\n",
                           100 * measured->difference.value_or(0), 100 * *measured->low, 100 * *measured->high,
                           100 * measured->relative.value_or(0), measured->ai_decisions, measured->holdout_decisions);
  std::cout << (measured->covers(truth.difference()) ? "the interval covers the truth\n" : "the interval does not cover the truth\n");
}

void print_live_json(const market::LiveReport& report, const market::LiveTruth& truth, const Result<market::MeasuredLift>& measured) {
  std::string out;
  JsonWriter json(out);
  auto number = [&](const char* name, std::optional<double> value) { value ? json.field(name, *value) : json.key(name).null(); };
  json.begin_object().field("visits", report.visits).field("events", report.events).field("failures", report.failures);
  json.field("seconds", report.seconds).key("truth").begin_object();
  truth.write(json);
  json.end_object();
  if (measured) {
    json.key("measured").begin_object().field("aiDecisions", measured->ai_decisions).field("holdoutDecisions", measured->holdout_decisions);
    number("diff", measured->difference);
    number("low", measured->low);
    number("high", measured->high);
    number("anytimeLow", measured->anytime_low);
    number("anytimeHigh", measured->anytime_high);
    number("relative", measured->relative);
    json.field("enough", measured->enough).field("message", measured->message).end_object();
    json.field("covered", measured->covers(truth.difference())).field("anytimeCovered", measured->always_covers(truth.difference()));
  }
  json.end_object();
  std::cout << out << "\n";
}

Status simulate_live(LiveCommandOptions options) {
  FURROW_ASSIGN(options.live.server, ServerAddress::parse(options.url));
  auto keys = app::read_keys(options.workspace);
  if (!keys) return keys.error();
  options.live.write_key = keys->write_key;
  options.live.api_key = keys->api_key;
  options.live.placement = options.placement;
  if (options.market.empty()) options.market = options.workspace + "/data/truth_effects.json";
  FURROW_ASSIGN(options.live.market, market::read_options(options.market));
  market::LiveTruth truth;
  if (!options.truth.empty() && std::filesystem::exists(options.truth)) {
    FURROW_ASSIGN(truth, market::LiveTruth::read(options.truth));
  }
  options.live.stop = &stop_requested;
  std::signal(SIGINT, [](int) { stop_requested = true; });
  std::signal(SIGTERM, [](int) { stop_requested = true; });
  bool terminal = isatty(STDERR_FILENO);
  FURROW_ASSIGN(auto report, market::run_live(options.live, SystemClock(), terminal ? show_progress : std::function<void(const market::LiveReport&)>()));
  if (terminal) std::cerr << "\n";
  truth.add(report.truth);
  if (!options.truth.empty()) {
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    truth.write(json);
    json.end_object();
    FURROW_TRY(write_file_atomically(options.truth, out + "\n"));
  }
  HttpClient client(options.live.server);
  auto measured = market::measured_lift(client, options.live.api_key, options.placement);
  options.json ? print_live_json(report, truth, measured) : print_live(report, truth, measured);
  return {};
}

void add_files(Command simulate, Jobs& jobs) {
  auto options = std::make_shared<FilesOptions>();
  Command files = simulate.add_subcommand("files", "Write the shop's seven exports, and the truth behind them.");
  files.add_option("--out", options->folder, "The folder to write to").required();
  files.add_option("--customers", options->market.customers, "People in the market").between(1, 1'000'000).show_default();
  files.add_flag("--real-dirt", options->market.real_dirt, "Behaviour records as faulty as in real companies: clocks, shared and reset device ids, bots; and reviews, some copied");
  files.add_option("--months", options->market.months, "Months of history, 30 days each").between(1, 24).show_default();
  files.add_option("--until", options->until, "The end of the history (today 00:00 UTC when absent)");
  files.add_option("--seed", options->market.seed, "Same seed and same end, same files").show_default();
  files.add_flag("--json", options->json, "Print one JSON object");
  files.footer("Example: furrow simulate files --out shop/data --customers 5000 --seed 1");
  jobs.add(files, [options] { return simulate_files(*options); }, &options->json);
}

void add_live(Command simulate, Jobs& jobs) {
  auto options = std::make_shared<LiveCommandOptions>();
  Command live = simulate.add_subcommand("live", "Visit a running server on this machine, and compare its lift with the truth.");
  live.add_option("--url", options->url, "The server; this machine only").show_default();
  live.add_option("--workspace", options->workspace, "The workspace it serves, for its keys").required();
  live.add_option("--market", options->market, "truth_effects.json of the market (WORKSPACE/data/truth_effects.json when absent)");
  live.add_option("--placement", options->placement, "Where to ask for decisions").show_default();
  live.add_option("--rate", options->live.visits_per_second, "Visits a second").between(0.01, 10'000.0).show_default();
  live.add_option("--seconds", options->live.seconds, "How long").between(1, market::kMaxSeconds).show_default();
  live.add_option("--strangers", options->live.strangers, "Share of visits by people never seen before").between(0.0, 1.0).show_default();
  live.add_option("--connections", options->live.connections, "Connections at the same time").between(1, 64).show_default();
  live.add_option("--seed", options->live.seed, "Of the traffic").show_default();
  live.add_option("--truth", options->truth, "Keep the truth in this file; what an earlier run left there is added to");
  live.add_flag("--json", options->json, "Print one JSON object");
  live.footer("Example: furrow simulate live --workspace shop --rate 100 --seconds 60");
  jobs.add(live, [options] { return simulate_live(*options); }, &options->json);
}

}  // namespace

void add_simulate_command(Command app, Jobs& jobs) {
  Command simulate = app.add_subcommand("simulate", "The market twin: a simulated shop whose truth is known.");
  simulate.require_subcommand();
  simulate.footer("Example: furrow simulate files --out shop/data --customers 5000 --seed 1");
  add_files(simulate, jobs);
  add_live(simulate, jobs);
}

}  // namespace furrow::cli
