// For tests: people who can be told apart, and what a source tells of one.
#pragma once
#include <fmt/format.h>

#include <string>

#include "base/random.h"
#include "event/event.h"

namespace furrow::app {

struct Facts {
  std::string name, street, town, birthday, phone;
};

inline Facts random_facts(Random& random) {
  auto word = [&](size_t letters) {
    std::string text(1, static_cast<char>('A' + random.below(26)));
    while (text.size() < letters) text += "aeioubcdglmnprst"[random.below(16)];
    return text;
  };
  Facts facts;
  facts.name = word(5);
  facts.name += " " + word(7);
  facts.street = word(8);
  facts.town = "Town" + std::to_string(random.below(40));
  const uint64_t year = random.below(60), month = random.below(12), day = random.below(28);
  facts.birthday = fmt::format("19{:02}-{:02}-{:02}", 40 + year, 1 + month, 1 + day);
  facts.phone = fmt::format("+4420{:08}", random.below(100'000'000));
  return facts;
}

inline Event identify_event(std::string source, const std::string& id, const Facts& facts, Time time) {
  Event event;
  event.type = EventType::kIdentify;
  event.message_id = event.anonymous_id = id;
  event.source = std::move(source);
  event.time = event.received_at = time;
  event.properties = fmt::format(R"({{"name":"{}","street":"{}","town":"{}","birthday":"{}","mobile":"{}"}})", facts.name, facts.street, facts.town, facts.birthday, facts.phone);
  return event;
}

}  // namespace furrow::app
