// FrozenMap: walks a map that stands still, some entries at a time; what most Gatherings are made of (view.h).
// Threads: the one that gathers. The map may be read by others meanwhile.
#pragma once
#include <cstddef>

namespace furrow {

template <class Map>
class FrozenMap {
 public:
  explicit FrozenMap(const Map& map) : at_(map.begin()), end_(map.end()) {}
  // Calls take(key, value) for at most `entries` more; counts them off `entries`. False when all are taken.
  template <class Take>
  bool walk(size_t& entries, const Take& take) {
    for (; at_ != end_ && entries > 0; ++at_, --entries) take(at_->first, at_->second);
    return at_ != end_;
  }

 private:
  typename Map::const_iterator at_, end_;
};

}  // namespace furrow
