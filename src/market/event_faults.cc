#include "market/event_faults.h"

#include <fmt/format.h>

#include "base/json.h"

namespace furrow::market {
namespace {

constexpr size_t kTablets = 12;

}  // namespace

EventFaults::EventFaults(const MarketOptions& options, const Catalogue& catalogue, const std::filesystem::path& folder)
    : options_(options), catalogue_(catalogue), truth_(folder / "truth_events.csv", ExportFile::Encoding::kUtf8),
      random_(mix64(hash64("event faults", options.seed))), next_bot_(options.since()), bots_(std::max<size_t>(6, options.customers / 300)) {
  truth_.line("message,device,clock,identity,offset_seconds");
}

VisitFault EventFaults::of(const Customer& customer, const Visit& visit) {
  VisitFault fault{customer.devices[visit.device], {}, "", ""};
  Random device(hash64(fault.device, mix64(options_.seed)));
  double u = device.uniform();
  if (u < 0.10) {
    fault.offset = hours(8);
    fault.clock = "zone";
  } else if (u < 0.17) {
    auto off = static_cast<int64_t>(25 + device.below(315));
    fault.offset = minutes(device.chance(0.5) ? off : -off);
    fault.clock = "drift";
  }
  Random once(hash64("visit fault", options_.seed) + mix64(static_cast<uint64_t>(visit.time.micros)) + mix64(customer.index));
  if (once.chance(0.006)) {
    fault.clock = "broken";
    fault.offset = once.chance(0.5) ? days(365 * 12) : Time{seconds(static_cast<int64_t>(once.below(86'400))).micros} - visit.time;
  }
  if (visit.signed_in && once.chance(0.04)) {
    fault.device = fmt::format("7ab1e700{:016x}", mix64(once.below(kTablets) + options_.seed));
    fault.identity = "shared";
    if (fault.clock != "broken") {  // the tablet's clock is right
      fault.clock = "";
      fault.offset = {};
    }
  } else if (mix64(hash64("reset", options_.seed) + customer.index) % 50 == 0) {
    fault.device = fmt::format("{:024x}", mix64(hash64("new id", options_.seed) + ++resets_));
    fault.identity = "reset";
    if (fault.clock != "broken") {
      fault.clock = "";
      fault.offset = {};
    }
  }
  return fault;
}

void EventFaults::note(std::string_view message, const VisitFault& fault) {
  if (fault.clock.empty() && fault.identity.empty()) return;
  size_t at = message.find("\"messageId\":\"");
  if (at == std::string_view::npos) return;
  std::string_view id = message.substr(at + 13);
  id = id.substr(0, id.find('"'));
  truth_.line(fmt::format("{},{},{},{},{}", id, fault.device, fault.clock, fault.identity, fault.offset.micros / 1'000'000));
}

void EventFaults::bots(Time now, const std::function<void(const std::string&)>& line) {
  while (next_bot_ < now) {
    burst(random_.below(bots_), next_bot_, line);
    // Each bot comes about three times a month.
    double a_day = static_cast<double>(bots_) * 0.1;
    next_bot_ = next_bot_ + seconds(static_cast<int64_t>(random_.exponential(a_day) * 86'400));
  }
}

void EventFaults::burst(size_t bot, Time now, const std::function<void(const std::string&)>& line) {
  constexpr std::string_view kAgents[] = {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0 Safari/537.36", "python-requests/2.31.0",
                                          "Mozilla/5.0 (compatible; PriceSpider/2.1; +http://example.com/bot)"};
  std::string device = fmt::format("b07{:021x}", mix64(hash64("bot", options_.seed) + bot) >> 4);
  size_t kind = bot % 4;  // three that say so, and one that hides
  bool hides = kind == 3;
  std::string_view agent = hides ? "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36" : kAgents[kind];
  size_t events = hides ? 150 + random_.below(150) : 20 + random_.below(80);
  double gap = hides ? 0.7 : 1 + random_.uniform() * 4;
  for (size_t i = 0; i < events; ++i) {
    Time at = now + milliseconds(static_cast<int64_t>(1000 * gap * static_cast<double>(i) * (hides ? 1 : 0.8 + 0.4 * random_.uniform())));
    const Product& product = catalogue_.products()[(i * 7 + bot) % catalogue_.products().size()];
    std::string id = fmt::format("m-{:016x}", mix64(hash64("bot event", options_.seed) + ++bot_events_)), out;
    JsonWriter json(out);
    json.begin_object().field("type", "track").field("messageId", id).field("anonymousId", device).field("event", "Product Viewed");
    json.key("properties").begin_object().field("product_id", product.id).field("name", product.name_zh).field("price", product.price).end_object();
    json.key("context").begin_object().field("userAgent", agent).end_object().field("timestamp", format_time(at)).end_object();
    line(out);
    truth_.line(fmt::format("{},{},,bot,0", id, device));
  }
}

}  // namespace furrow::market
