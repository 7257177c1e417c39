#include "identity/people_tree.h"

#include <algorithm>

namespace furrow::identity {
namespace {

bool contains(const std::vector<ProfileId>& list, ProfileId id) { return std::find(list.begin(), list.end(), id) != list.end(); }

// Takes the elements that `leaves` holds for out of `from`, in order.
template <class Element, class Leaves>
std::vector<Element> take_out(std::vector<Element>& from, const Leaves& leaves) {
  auto stay = std::stable_partition(from.begin(), from.end(), [&](const Element& e) { return !leaves(e); });
  std::vector<Element> out(std::make_move_iterator(stay), std::make_move_iterator(from.end()));
  from.erase(stay, from.end());
  return out;
}

void keep_apart(std::vector<Apart>& list, Apart apart) {
  if (std::find(list.begin(), list.end(), apart) == list.end()) list.push_back(apart);
}

Error no_such_merge() { return Error(ErrorCode::kNotFound, "there is no such merge, or it has been undone already"); }

}  // namespace

Result<ProfileId> PeopleTree::root_of(ProfileId profile) const {
  while (profile) {
    FURROW_ASSIGN(const Person* person, get_(profile));
    if (!person || !person->link) break;
    profile = person->link;
  }
  return profile;
}

Result<bool> PeopleTree::apart(ProfileId a_root, ProfileId b_root) const {
  FURROW_ASSIGN(const Person* person, get_(a_root));
  if (!person) return false;
  const std::vector<Apart> list = person->apart;  // a copy: the pointer is good until the next look
  for (const Apart& apart : list) {
    FURROW_ASSIGN(ProfileId other, root_of(apart.other));
    if (other == b_root) return true;
  }
  return false;
}

// Turns the links from `new_root` up to the root around, so that `new_root` has none. What the root has stays where it is.
Status PeopleTree::reverse_to(ProfileId new_root) {
  ProfileId id = new_root, towards;
  LogPosition merge;
  ProfileId merged;
  while (id) {
    FURROW_ASSIGN(const Person* person, get_(id));
    if (!person) break;
    Person turned = *person;
    ProfileId next = turned.link;
    std::swap(turned.merge, merge);
    std::swap(turned.merged, merged);
    turned.link = towards;
    set_(id, std::move(turned));
    towards = id;
    id = next;
  }
  return {};
}

Result<bool> PeopleTree::join(const MergeRecord& merge, LogPosition position) {
  if (merge.from == merge.into) return false;
  FURROW_ASSIGN(const Person* found, get_(merge.from));
  Person from = found ? *found : Person{.first = position.value, .link = {}, .merge = {}, .merged = {}, .identifiers = {}, .members = {}, .apart = {}};
  FURROW_ASSIGN(found, get_(merge.into));
  Person into = found ? *found : Person{.first = position.value, .link = {}, .merge = {}, .merged = {}, .identifiers = {}, .members = {}, .apart = {}};
  if (from.link || into.link) return false;
  // A merge between them lifts what kept them apart.
  auto of = [](const Person& person, ProfileId root, ProfileId id) { return id == root || contains(person.members, id); };
  std::erase_if(from.apart, [&](const Apart& a) { return of(into, merge.into, a.other); });
  std::erase_if(into.apart, [&](const Apart& a) { return of(from, merge.from, a.other); });
  ProfileId from_link = of(from, merge.from, merge.from_link()) ? merge.from_link() : merge.from;
  ProfileId into_link = of(into, merge.into, merge.into_link()) ? merge.into_link() : merge.into;
  into.members.push_back(merge.from);
  into.members.insert(into.members.end(), from.members.begin(), from.members.end());
  into.identifiers.insert(into.identifiers.end(), from.identifiers.begin(), from.identifiers.end());
  for (const Apart& a : from.apart) keep_apart(into.apart, a);
  from.members.clear();
  from.identifiers.clear();
  from.apart.clear();
  set_(merge.from, std::move(from));
  set_(merge.into, std::move(into));
  FURROW_TRY(reverse_to(from_link));
  FURROW_ASSIGN(const Person* linking, get_(from_link));
  Person linked = *linking;
  linked.link = into_link;
  linked.merge = position;
  linked.merged = merge.from;
  set_(from_link, std::move(linked));
  return true;
}

Result<std::vector<PeopleTree::Node>> PeopleTree::tree_of(ProfileId root) const {
  std::vector<Node> nodes;
  FURROW_ASSIGN(const Person* person, get_(root));
  if (!person) return nodes;
  nodes.push_back({root, *person});
  const std::vector<ProfileId> members = person->members;
  for (ProfileId member : members) {
    FURROW_ASSIGN(const Person* one, get_(member));
    if (one) nodes.push_back({member, *one});
  }
  return nodes;
}

Result<SplitRecord> PeopleTree::sides(ProfileId root, LogPosition merge) const {
  FURROW_ASSIGN(auto nodes, tree_of(root));
  auto cut = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.person.link && n.person.merge == merge; });
  if (cut == nodes.end()) return no_such_merge();
  auto person_of = [&](ProfileId id) { return std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.id == id; }); };
  SplitRecord split;
  split.merge = merge;
  split.stays = root;
  for (const Node& node : nodes) {
    bool leaves = false;
    for (ProfileId at = node.id; at && !leaves;) {
      leaves = at == cut->id;
      auto up = person_of(at);
      at = up == nodes.end() ? ProfileId{} : up->person.link;
    }
    (leaves ? split.leaving : split.staying).push_back(node.id);
  }
  // As they were before: the profile that was merged away is a person again, when it is on that side.
  split.leaves = contains(split.leaving, cut->person.merged) ? cut->person.merged : cut->id;
  return split;
}

Result<bool> PeopleTree::part(const SplitRecord& split) {
  FURROW_ASSIGN(auto nodes, tree_of(split.stays));
  auto cut = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.person.link && n.person.merge == split.merge; });
  if (cut == nodes.end() || !contains(split.leaving, cut->id) || !contains(split.leaving, split.leaves)) return false;
  const ProfileId here = cut->id, there = cut->person.link;
  auto leaves = [&](ProfileId id) { return contains(split.leaving, id); };
  Person stays = nodes.front().person;
  auto identifiers = take_out(stays.identifiers, [&](const ListedIdentifier& listed) { return leaves(listed.origin); });
  auto members = take_out(stays.members, leaves);
  auto apart = take_out(stays.apart, [&](const Apart& a) { return leaves(a.own); });
  keep_apart(stays.apart, {there, here});
  keep_apart(apart, {here, there});
  set_(split.stays, std::move(stays));
  Person top = cut->person;
  top.link = {};
  top.merge = {};
  top.merged = {};
  set_(here, std::move(top));
  FURROW_TRY(reverse_to(split.leaves));
  FURROW_ASSIGN(const Person* found, get_(split.leaves));
  Person person = *found;
  std::erase(members, split.leaves);
  person.members = std::move(members);
  person.identifiers = std::move(identifiers);
  person.apart = std::move(apart);
  set_(split.leaves, std::move(person));
  return true;
}

Status PeopleTree::hold_apart(ProfileId one, ProfileId other) {
  for (Apart apart : {Apart{one, other}, Apart{other, one}}) {
    FURROW_ASSIGN(ProfileId root, root_of(apart.own));
    FURROW_ASSIGN(const Person* found, get_(root));
    if (!found) continue;
    Person person = *found;
    keep_apart(person.apart, apart);
    set_(root, std::move(person));
  }
  return {};
}

}  // namespace furrow::identity
