// What goes wrong with behaviour records in real companies, with the truth of each fault: about a quarter of them are hit.
//
//   zone    one device in ten writes local time as UTC: eight hours ahead
//   drift   one in fourteen has a clock that is wrong by a steady 25 to 340 minutes
//   broken  six visits in a thousand carry a time that means nothing (years ahead, 1970)
//   shared  four visits of signed-in people in a hundred come from one of a few store tablets
//   reset   one person in fifty gets a new device id at every visit
//   bot     programs: some say so in the user agent, some only behave like it
// Faults depend on the seed and the device or visit alone. Threads: one.
#pragma once
#include <functional>
#include <string>

#include "base/random.h"
#include "market/catalogue.h"
#include "market/export_file.h"
#include "market/population.h"
#include "market/visit.h"

namespace furrow::market {

struct VisitFault {
  std::string device;        // the id that the events carry
  Duration offset;           // added to every time of the visit
  std::string_view clock;    // "zone", "drift", "broken" or ""
  std::string_view identity; // "shared", "reset" or ""
};

class EventFaults {
 public:
  EventFaults(const MarketOptions& options, const Catalogue& catalogue, const std::filesystem::path& folder);
  VisitFault of(const Customer& customer, const Visit& visit);
  // The truth of one event that a fault has hit: message,device,clock,identity,offset_seconds.
  void note(std::string_view message, const VisitFault& fault);
  // The events of bots that arrive by now; `line` takes each.
  void bots(Time now, const std::function<void(const std::string&)>& line);
  ExportFile& file() { return truth_; }

 private:
  void burst(size_t bot, Time now, const std::function<void(const std::string&)>& line);
  const MarketOptions& options_;
  const Catalogue& catalogue_;
  ExportFile truth_;
  Random random_;
  Time next_bot_;
  size_t bots_, resets_ = 0, bot_events_ = 0;
};

}  // namespace furrow::market
