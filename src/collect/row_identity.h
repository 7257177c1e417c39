// A stable name for a row of a file: the same row gives the same name whenever and however the file is read again.
//
// The name is BLAKE2b over the source's name, the cells that are not empty with their column names in the order of the
// names, and the row's ordinal among equal rows of the file (unless equal rows are declared to be one).
// Memory: 8 bytes a row at half load, at most kGeneration rows in each of two generations (256 MiB): equal rows that are
// further apart than that many others count as one. None when equal rows are one. Threads: one.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "table/row_reader.h"

namespace furrow::collect {

class RowIdentity {
 public:
  static constexpr size_t kGeneration = size_t{8} << 20;

  RowIdentity(std::string source, bool identical_once) : source_(std::move(source)), once_(identical_once) {}
  void bind(const std::vector<std::string>& columns);
  void start_file();
  std::string name(const table::Row& row);  // "row_" and 32 hex digits

 private:
  // The hashes seen, open addressing; 0 stands for empty.
  class Seen {
   public:
    bool insert(uint64_t hash);  // false when it was there
    bool contains(uint64_t hash) const;
    size_t size() const { return size_; }
    void clear();

   private:
    void grow();
    std::vector<uint64_t> slots_;
    size_t size_ = 0;
  };
  uint32_t ordinal(uint64_t hash);

  std::string source_;
  bool once_;
  std::vector<std::pair<std::string, size_t>> order_;  // column names sorted, with their places
  std::string content_;
  Seen current_, previous_;
  std::unordered_map<uint64_t, uint32_t> repeated_;
};

}  // namespace furrow::collect
