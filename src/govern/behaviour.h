// Faults that no single row shows: devices whose clock or zone is wrong, device ids shared by many people or new at every
// visit, visitors that are programs.
//
// Observe every row of an event table once, settle, then ask for each row again in the same order.
//   Clocks. When the file is in order of arrival (as logs are), the median time of the neighbouring rows is when a row
//     arrived. A device that is off by a steady amount of whole quarter hours up to 14 hours wrote local time as UTC; off by
//     another steady amount, its clock drifts: both are taken off. A row that is off by far while its device is not, or not
//     steadily, gets the time of its neighbours when they agree to within an hour.
//   Shared devices. An id with at least `shared_people` people, and more than 20 times as many as the average one.
//   Reset ids. A person with at least `reset_devices` device ids that are not shared, three quarters of them seen within two
//     hours only.
//   Bots. A user agent that says so; or two of: a rate no person keeps (events in a minute), gaps as regular as a clock's
//     (variation below 0.15), an impossible breadth (different pages in an hour), hours of the day without sleep.
// Threads: one. Memory: 12 bytes a row and about 200 a device; beyond kMostRows rows or kMostActors devices the rest is not
// judged. Cost: about 0.2 µs a row.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace furrow::govern {

struct BehaviourLimits {
  uint32_t shared_people = 5;
  uint32_t reset_devices = 4;
  uint32_t bot_events_a_minute = 60;
  uint32_t bot_pages_an_hour = 300;
  uint32_t bot_least_events = 30;
};

struct EventRow {
  std::optional<Time> time;
  std::string_view device;  // "" for none
  std::string_view person, agent, page;
};

enum BehaviourFlag : uint8_t { kSharedDevice = 1, kResetDevice = 2, kBot = 4, kFaultyClock = 8 };

struct RowVerdict {
  uint8_t flags = 0;
  std::optional<Time> mended;
  std::string_view rule;  // "mend.zone_offset", …; "" when the time is kept
};

class Behaviour {
 public:
  static constexpr size_t kMostRows = 40'000'000;
  static constexpr size_t kMostActors = 4'000'000;
  explicit Behaviour(const BehaviourLimits& limits = {});
  Behaviour(Behaviour&&) noexcept;
  Behaviour& operator=(Behaviour&&) noexcept;
  ~Behaviour();
  void observe(const EventRow& row);
  void settle();
  // Of the rows in the order they were observed.
  RowVerdict verdict(size_t row) const;

  size_t shared_devices() const;
  size_t reset_people() const;
  size_t bots() const;
  size_t faulty_clocks() const;  // devices
  bool in_arrival_order() const;
  double arrival_spread_minutes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A user agent that names a program, or a browser without a head.
bool is_bot_agent(std::string_view agent);

}  // namespace furrow::govern
