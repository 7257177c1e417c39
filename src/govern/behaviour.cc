#include "govern/behaviour.h"

#include <algorithm>
#include <cmath>

#include "base/ids.h"
#include "govern/text_form.h"

namespace furrow::govern {
namespace {

constexpr int64_t kNoTime = INT64_MIN;
constexpr uint32_t kNoActor = UINT32_MAX;
constexpr size_t kBlock = 32;
constexpr size_t kKnownAgents = 2'000, kKnownAgentBytes = 512;
constexpr int64_t kMinute = 60'000'000, kHour = 60 * kMinute;

// At most eight different hashes, then only that there were more.
struct SmallSet {
  std::array<uint32_t, 8> values{};
  uint8_t used = 0;
  uint32_t beyond = 0;  // sightings of others after eight
  void add(uint64_t hash) {
    auto value = static_cast<uint32_t>(hash >> 32) | 1u;
    for (uint8_t i = 0; i < used; ++i) {
      if (values[i] == value) return;
    }
    if (used < values.size()) values[used++] = value;
    else ++beyond;
  }
  // A floor: more than eight counts each further sighting of a stranger once, at most.
  uint32_t count() const { return used + std::min<uint32_t>(beyond, 1000); }
};

// Linear counting of distinct pages within the current hour (Whang 1990).
struct PageCounter {
  std::array<uint64_t, 16> bits{};  // 1024
  void add(uint64_t hash) { bits[hash >> 6 & 15] |= uint64_t{1} << (hash & 63); }
  double count() const {
    int set = 0;
    for (uint64_t word : bits) set += __builtin_popcountll(word);
    return set >= 1020 ? 5000 : -1024 * std::log(1 - set / 1024.0);
  }
};

struct Actor {
  SmallSet people;
  uint32_t events = 0;
  int64_t first = kNoTime, last = kNoTime, minute_start = kNoTime, hour_start = kNoTime;
  uint32_t in_minute = 0, most_in_minute = 0;
  float most_pages_in_hour = 0;
  double gap_mean = 0, gap_square = 0;
  uint32_t gaps = 0;
  int64_t day = kNoTime;
  uint32_t hours_of_day = 0;
  uint8_t most_hours_of_day = 0;
  bool agent_says_so = false;
  std::unique_ptr<PageCounter> pages;
  // Settled:
  uint8_t flags = 0;
  int64_t offset = 0;
  bool zone = false;
};

struct Person {
  SmallSet devices;
};

int64_t median_of(std::vector<int64_t>& values) {
  auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool is_bot_agent(std::string_view agent) {
  std::string plain = to_lower(agent);
  for (std::string_view word : {"bot", "crawl", "spider", "headless", "phantomjs", "selenium", "puppeteer", "playwright", "python-requests", "python-urllib", "curl/", "wget/", "scrapy",
                                "httpclient", "go-http-client", "java/", "libwww", "okhttp", "node-fetch", "axios/", "slurp", "facebookexternalhit"}) {
    if (plain.find(word) == std::string::npos) continue;
    if (word == "bot" && plain.find("cubot") != std::string::npos) continue;  // a maker of telephones
    if (word == "okhttp" && plain.find("mozilla") != std::string::npos) continue;
    return true;
  }
  return false;
}

struct Behaviour::State {
  BehaviourLimits limits;
  std::vector<int64_t> times;
  std::vector<uint32_t> owners;
  std::vector<Actor> actors;
  std::unordered_map<uint64_t, uint32_t> index;
  std::unordered_map<uint64_t, Person> people;
  std::unordered_map<uint32_t, bool> reset;  // people by their short hash
  std::unordered_map<std::string, bool, TextHash, std::equal_to<>> agents;  // whether the first ones name a program
  std::vector<uint32_t> person_of;           // short hash a row, 0 for none
  std::vector<int64_t> expected;             // per block
  int64_t spread = 0;
  bool ordered = false, any_person = false;
  size_t shared = 0, resets = 0, robots = 0, clocks = 0;

  bool names_a_program(std::string_view agent) {
    if (auto at = agents.find(agent); at != agents.end()) return at->second;
    bool yes = is_bot_agent(agent);
    if (agents.size() < kKnownAgents && agent.size() <= kKnownAgentBytes) agents.emplace(agent, yes);
    return yes;
  }

  void event(Actor& actor, const EventRow& row) {
    ++actor.events;
    if (!row.person.empty()) actor.people.add(hash64(row.person));
    if (!actor.agent_says_so && !row.agent.empty()) actor.agent_says_so = names_a_program(row.agent);
    if (!row.time) return;
    int64_t now = row.time->micros;
    if (actor.first == kNoTime) actor.first = now;
    if (actor.last != kNoTime && now >= actor.last && now - actor.last < 30 * kMinute) {
      double gap = static_cast<double>(now - actor.last) / 1e6;
      ++actor.gaps;
      double change = gap - actor.gap_mean;
      actor.gap_mean += change / actor.gaps;
      actor.gap_square += change * (gap - actor.gap_mean);
    }
    if (actor.minute_start == kNoTime || now < actor.minute_start || now - actor.minute_start >= kMinute) {
      actor.minute_start = now;
      actor.in_minute = 0;
    }
    actor.most_in_minute = std::max(actor.most_in_minute, ++actor.in_minute);
    if (!row.page.empty() && actor.events > 20) {
      if (!actor.pages) actor.pages = std::make_unique<PageCounter>();
      if (actor.hour_start == kNoTime || now < actor.hour_start || now - actor.hour_start >= kHour) {
        actor.most_pages_in_hour = std::max(actor.most_pages_in_hour, static_cast<float>(actor.pages->count()));
        *actor.pages = PageCounter{};
        actor.hour_start = now;
      }
      actor.pages->add(hash64(row.page));
    }
    int64_t day = now / days(1).micros;
    if (day != actor.day) {
      actor.day = day;
      actor.hours_of_day = 0;
    }
    actor.hours_of_day |= 1u << (now / kHour % 24 & 31);
    actor.most_hours_of_day = std::max<uint8_t>(actor.most_hours_of_day, static_cast<uint8_t>(__builtin_popcount(actor.hours_of_day)));
    actor.last = now;
  }

  // Arrival times out of the order of the file: block medians, each smoothed with its neighbours.
  void find_arrival() {
    size_t blocks = times.size() / kBlock;
    if (blocks < 8) return;
    std::vector<int64_t> medians(blocks), window;
    for (size_t b = 0; b < blocks; ++b) {
      window.clear();
      for (size_t i = b * kBlock; i < (b + 1) * kBlock; ++i) {
        if (times[i] != kNoTime) window.push_back(times[i]);
      }
      medians[b] = window.empty() ? (b ? medians[b - 1] : 0) : median_of(window);
    }
    expected.resize(blocks);
    for (size_t b = 0; b < blocks; ++b) {
      window.clear();
      for (size_t n = b < 4 ? 0 : b - 4; n <= std::min(blocks - 1, b + 4); ++n) window.push_back(medians[n]);
      expected[b] = median_of(window);
    }
    size_t falls = 0;
    for (size_t b = 1; b < blocks; ++b) falls += expected[b] < expected[b - 1] - kMinute;
    std::vector<int64_t> off;
    for (size_t i = 0; i < times.size(); i += 1 + times.size() / 100000) {
      if (times[i] != kNoTime) off.push_back(std::abs(times[i] - arrival(i)));
    }
    if (off.empty()) return;
    spread = median_of(off);
    bool spans = expected.back() - expected.front() > 20 * std::max(spread, kMinute);
    ordered = falls * 50 <= blocks && spans;
  }
  // Between the middles of two blocks, in proportion.
  int64_t arrival(size_t row) const {
    double place = (static_cast<double>(row) + 0.5) / kBlock - 0.5;
    if (place <= 0) return expected.front();
    auto b = static_cast<size_t>(place);
    if (b + 1 >= expected.size()) return expected.back();
    return expected[b] + static_cast<int64_t>((place - static_cast<double>(b)) * static_cast<double>(expected[b + 1] - expected[b]));
  }
  int64_t tolerance() const { return std::max<int64_t>(12 * kMinute, 6 * spread); }

  void settle_clocks() {
    std::vector<std::pair<uint32_t, int64_t>> off;
    for (size_t i = 0; i < times.size(); ++i) {
      if (times[i] != kNoTime && owners[i] != kNoActor) off.emplace_back(owners[i], times[i] - arrival(i));
    }
    std::sort(off.begin(), off.end());
    std::vector<int64_t> window;
    for (size_t from = 0; from < off.size();) {
      size_t to = from;
      while (to < off.size() && off[to].first == off[from].first) ++to;
      Actor& actor = actors[off[from].first];
      int64_t median = off[from + (to - from) / 2].second;
      if (to - from >= 3 && std::abs(median) > tolerance() && !(actor.flags & kSharedDevice)) {
        window.clear();
        for (size_t i = from; i < to; ++i) window.push_back(std::abs(off[i].second - median));
        int64_t wobble = median_of(window);
        if (wobble <= std::max<int64_t>(6 * kMinute, 2 * spread)) {
          int64_t quarter = 15 * kMinute;
          int64_t rounded = (median + (median > 0 ? quarter / 2 : -quarter / 2)) / quarter * quarter;
          // Whole hours are zones; quarter hours of few places: those only when the neighbours leave no doubt.
          bool hour = rounded % kHour == 0 || (rounded % (2 * quarter) == 0 && spread < 2 * kMinute);
          actor.zone = std::abs(median) <= 14 * kHour + quarter && hour && std::abs(rounded - median) <= std::max<int64_t>(4 * kMinute, 2 * spread);
          actor.offset = actor.zone ? rounded : median;
          ++clocks;
        }
      }
      from = to;
    }
  }

  void settle_devices() {
    uint64_t people_seen = 0, with_people = 0;
    for (const Actor& actor : actors) {
      people_seen += actor.people.used;
      with_people += actor.people.used > 0;
    }
    double average = with_people == 0 ? 1 : static_cast<double>(people_seen) / static_cast<double>(with_people);
    for (Actor& actor : actors) {
      if (actor.people.used >= std::min<uint32_t>(limits.shared_people, 8) && actor.people.count() >= 2.5 * average) {
        actor.flags |= kSharedDevice;
        ++shared;
      }
    }
    std::unordered_map<uint32_t, const Actor*> by_hash;
    for (const auto& [hash, place] : index) by_hash.emplace(static_cast<uint32_t>(hash >> 32) | 1u, &actors[place]);
    for (const auto& [hash, person] : people) {
      uint32_t devices = 0, once = 0;
      for (uint8_t i = 0; i < person.devices.used; ++i) {
        auto at = by_hash.find(person.devices.values[i]);
        if (at == by_hash.end() || (at->second->flags & kSharedDevice)) continue;
        ++devices;
        once += at->second->first == kNoTime || std::abs(at->second->last - at->second->first) <= 2 * kHour;
      }
      if (devices < limits.reset_devices || once * 4 < devices * 3) continue;
      reset[static_cast<uint32_t>(hash >> 32) | 1u] = true;
      ++resets;
    }
  }

  void settle_bots() {
    for (Actor& actor : actors) {
      if (actor.pages) actor.most_pages_in_hour = std::max(actor.most_pages_in_hour, static_cast<float>(actor.pages->count()));
      actor.pages.reset();
      if (actor.flags & kSharedDevice) continue;
      bool enough = actor.events >= limits.bot_least_events;
      double variation = actor.gaps >= 20 && actor.gap_mean > 0 ? std::sqrt(actor.gap_square / actor.gaps) / actor.gap_mean : 1;
      int signs = (enough && actor.most_in_minute >= limits.bot_events_a_minute) + (enough && variation < 0.15) +
                  (enough && actor.most_pages_in_hour >= static_cast<float>(limits.bot_pages_an_hour)) + (enough && actor.most_hours_of_day >= 21);
      bool extreme = actor.most_in_minute >= 4 * limits.bot_events_a_minute || (actor.gaps >= 60 && variation < 0.05);
      if (!actor.agent_says_so && signs < 2 && !extreme) continue;
      actor.flags |= kBot;
      ++robots;
    }
  }
};

Behaviour::Behaviour(const BehaviourLimits& limits) : state_(std::make_unique<State>()) { state_->limits = limits; }
Behaviour::Behaviour(Behaviour&&) noexcept = default;
Behaviour& Behaviour::operator=(Behaviour&&) noexcept = default;
Behaviour::~Behaviour() = default;

void Behaviour::observe(const EventRow& row) {
  State& s = *state_;
  if (s.times.size() >= kMostRows) return;
  uint32_t owner = kNoActor;
  if (!row.device.empty()) {
    uint64_t hash = hash64(row.device);
    auto at = s.index.find(hash);
    if (at != s.index.end()) owner = at->second;
    else if (s.actors.size() < kMostActors) {
      owner = static_cast<uint32_t>(s.actors.size());
      s.index.emplace(hash, owner);
      s.actors.emplace_back();
    }
    if (owner != kNoActor) s.event(s.actors[owner], row);
  }
  uint32_t person = 0;
  if (!row.person.empty() && !row.device.empty()) {
    uint64_t hash = hash64(row.person);
    person = static_cast<uint32_t>(hash >> 32) | 1u;
    if (s.people.size() < kMostActors || s.people.contains(hash)) {
      s.people[hash].devices.add(hash64(row.device));
    }
    s.any_person = true;
  }
  s.times.push_back(row.time ? row.time->micros : kNoTime);
  s.owners.push_back(owner);
  if (s.any_person || !s.person_of.empty()) {
    s.person_of.resize(s.times.size() - 1, 0);
    s.person_of.push_back(person);
  }
}

void Behaviour::settle() {
  State& s = *state_;
  s.settle_devices();
  s.settle_bots();
  s.find_arrival();
  if (s.ordered) s.settle_clocks();
  s.index.clear();
  s.people.clear();
}

RowVerdict Behaviour::verdict(size_t row) const {
  const State& s = *state_;
  RowVerdict out;
  if (row >= s.times.size()) return out;
  const Actor* actor = s.owners[row] == kNoActor ? nullptr : &s.actors[s.owners[row]];
  if (actor) out.flags = actor->flags;
  if (row < s.person_of.size() && s.person_of[row] != 0 && s.reset.contains(s.person_of[row])) out.flags |= kResetDevice;
  int64_t time = s.times[row];
  if (!s.ordered || time == kNoTime) return out;
  int64_t arrival = s.arrival(row), tolerance = s.tolerance();
  if (actor && actor->offset != 0 && std::abs(time - actor->offset - arrival) <= tolerance) {
    out.flags |= kFaultyClock;
    out.mended = Time{time - actor->offset};
    out.rule = actor->zone ? "mend.zone_offset" : "mend.clock_drift";
    return out;
  }
  if (std::abs(time - arrival) <= std::max<int64_t>(2 * tolerance, kHour)) return out;
  out.flags |= kFaultyClock;
  if (s.spread <= kHour) {
    out.mended = Time{arrival / 1000 * 1000};
    out.rule = "mend.arrival_order";
  }
  return out;
}

size_t Behaviour::shared_devices() const { return state_->shared; }
size_t Behaviour::reset_people() const { return state_->resets; }
size_t Behaviour::bots() const { return state_->robots; }
size_t Behaviour::faulty_clocks() const { return state_->clocks; }
bool Behaviour::in_arrival_order() const { return state_->ordered; }
double Behaviour::arrival_spread_minutes() const { return static_cast<double>(state_->spread) / kMinute; }

}  // namespace furrow::govern
