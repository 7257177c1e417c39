// Visits out of the log: what people did on the site and in the app, people being those that the log's last word has.
//
// Tracked events, pages and screens count, under their label ("Product Viewed", "$page"); identify, group and alias calls say who
// somebody is, not what they do. An event's item is its property of that name, if it is a text or a number.
// Threads: one. Memory: about 40 bytes an event. Cost: one pass over the log.
#pragma once
#include "predict/event_sequences.h"
#include "predict/training_set.h"

namespace furrow::predict {

// people: profile ids, as text. kInvalidArgument when the log has no such event.
Result<VisitTable> visits_of_log(const RecordSource& records, Duration gap, const std::string& item);
// Of one person; events in any order.
VisitTable visits_of_person(const std::vector<Event>& events, Duration gap, const std::string& item);
// Of several, numbered as they come.
VisitTable visits_of_people(const std::vector<std::vector<Event>>& people, Duration gap, const std::string& item);

}  // namespace furrow::predict
