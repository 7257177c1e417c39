#include "profile/aggregate_states.h"

namespace furrow::profile {
namespace {

template <class State>
void reset_list(std::vector<State>& states, size_t n) {
  if constexpr (requires(State& s) { s.clear(); }) {
    states.resize(n);
    for (State& state : states) state.clear();
  } else {
    states.assign(n, State{});
  }
}
template <class State>
void encode_list(const std::vector<State>& states, ByteWriter& out) {
  out.varint(states.size());
  for (const auto& state : states) state.encode(out);
}
// At least a byte a state, so a torn count cannot ask for more memory than the input is long.
template <class State>
void decode_list(std::vector<State>& states, ByteReader& in) {
  size_t n = in.varint();
  if (n > in.remaining()) n = in.remaining() + 1;  // runs the reader dry, which marks the fault
  states.resize(n);
  for (auto& state : states) state.decode(in);
}
template <class State>
void merge_list(std::vector<State>& into, const std::vector<State>& from) {
  for (size_t i = 0; i < from.size() && i < into.size(); ++i) into[i].merge(from[i]);
}
template <class State>
size_t list_bytes(const std::vector<State>& states) {
  size_t total = states.capacity() * sizeof(State);
  if constexpr (requires(const State& s) { s.bytes(); }) {
    for (const State& state : states) total += state.bytes();
  }
  return total;
}

}  // namespace

void AggregateStates::reset(const StateCounts& counts) {
  size_t kind = 0;
  std::apply([&](auto&... list) { (reset_list(list, counts[kind++]), ...); }, lists());
}
void AggregateStates::merge(const AggregateStates& other) {
  auto mine = lists();
  auto theirs = other.lists();
  [&]<size_t... I>(std::index_sequence<I...>) { (merge_list(std::get<I>(mine), std::get<I>(theirs)), ...); }(std::make_index_sequence<kStateKinds>());
}
size_t AggregateStates::bytes() const {
  return std::apply([](const auto&... list) { return (list_bytes(list) + ...); }, lists());
}
void AggregateStates::encode(ByteWriter& out) const {
  std::apply([&](const auto&... list) { (encode_list(list, out), ...); }, lists());
}
void AggregateStates::decode(ByteReader& in) {
  std::apply([&](auto&... list) { (decode_list(list, in), ...); }, lists());
}

}  // namespace furrow::profile
