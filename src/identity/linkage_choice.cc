#include "identity/linkage_choice.h"

#include <algorithm>

namespace furrow::identity {

std::vector<LinkChoice> choose_people(const LinkIndex& index, const std::vector<LinkRow>& own, std::vector<LinkFound> found, const LinkPeople& people) {
  std::vector<LinkChoice> out;
  for (LinkFound& pair : found) {
    uint64_t person = people.person_of(pair.record);
    bool known = std::any_of(out.begin(), out.end(), [&](const LinkChoice& choice) { return choice.person == person; });
    if (!known) out.push_back({std::move(pair), person, false});
  }
  std::erase_if(out, [&](LinkChoice& choice) {
    std::vector<uint32_t> members = people.records_of(choice.person);
    if (members.size() > LinkPeople::kMostMembers) members.resize(LinkPeople::kMostMembers);
    if (std::find(members.begin(), members.end(), choice.best.record) == members.end()) members.push_back(choice.best.record);
    double sum = 0, pairs = 0;
    for (const LinkRow& row : own) {
      for (uint32_t member : members) {
        if (index.clean(row.source) && row.source == index.source_of(member)) return true;
        sum += index.weigh(row, member);
        ++pairs;
      }
    }
    choice.joins = pairs > 0 && sum / pairs > index.linked().threshold_bits;
    return false;
  });
  return out;
}

}  // namespace furrow::identity
