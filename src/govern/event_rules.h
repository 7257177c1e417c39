// What a workspace declares about the governance of events: `govern:` of a source, or of workspace.yaml for the tracking API.
//
//   govern: true                    # the defaults, or:
//   govern:
//     since: 2015-01-01             # earlier events are faults (pre-company)
//     country: CN                   # of telephone numbers without a country code
//     timezone: Asia/Shanghai       # of times in traits that carry none
//     invalid: empty                # a trait that is no valid value: empty (default), keep, quarantine
//     times: quarantine             # impossible times: quarantine (of files), mend (of the tracking API), keep
//     bots: quarantine              # quarantine (default), keep
//     history: true                 # of files: clocks, devices and bots by what all rows together show (default)
//     fields:                       # traits and properties, by path
//       phone: {meaning: phone, country: CN, invalid: quarantine}
//       note: {keep: true}
// Of files, cells that the source's map cannot read are read by these rules before the map judges them (cell_governor.h); what is
// left is refused, emptied or kept as the map's own `invalid` says, unless `fields` says otherwise of that field.
// Whatever is changed keeps its original and the rule's name in the event's context under "governed".
// Threads: values.
#pragma once
#include <map>
#include <string>

#include "govern/rules.h"

namespace furrow::govern {

enum class OnFault : uint8_t { kKeep, kEmpty, kMend, kQuarantine };

struct EventRules {
  CleanRules clean;  // zone, country, since; the fields are its columns
  OnFault invalid = OnFault::kEmpty;
  OnFault times = OnFault::kQuarantine;
  OnFault bots = OnFault::kQuarantine;
  bool history = true;
  std::map<std::string, OnFault, std::less<>> invalid_of;  // by field, where it says its own

  // Nothing for `govern: false`. Faults go to the node's Diagnostics. `live`: of the tracking API.
  static std::optional<EventRules> load(const YamlNode& node, bool live);
  OnFault invalid_for(std::string_view field) const;
};

}  // namespace furrow::govern
