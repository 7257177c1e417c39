// China's provinces, prefecture cities and counties with their GB/T 2260 codes, found by full and by short names.
//
// Short names are those people use: 广西, 内蒙古, 杭州, 浦东. The table is built into the program (third_party/divisions);
// names are simplified. Threads: immutable after the first call (5 ms). Cost: one hash look-up a prefix length.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace furrow::govern {

enum class DivisionLevel : uint8_t { kProvince, kCity, kDistrict };

struct Division {
  int32_t code = 0;  // 310115; a province's ends in 0000, a city's in 00
  std::string_view name;
  DivisionLevel level = DivisionLevel::kProvince;
};

const Division* find_division(int32_t code);
// Every division with that full or short name, provinces first.
std::span<const Division* const> divisions_named(std::string_view name);
// The divisions whose name is the longest prefix of `text`; `length` gets its bytes. At most those under `within`
// (a province's or city's code; 0 for all), never of a level above `from`.
std::span<const Division* const> divisions_at(std::string_view text, DivisionLevel from, int32_t within, size_t& length);
bool is_within(int32_t code, int32_t parent);

// The generated table, `code<TAB>name` a line.
std::string_view divisions_data();

}  // namespace furrow::govern
