// Small tables for addresses outside Chinese ones: street types, states, well-known cities, countries. Threads: any.
#pragma once
#include <string>
#include <string_view>

namespace furrow::govern {

// "st", "rd", "ave" → "street", "road", "avenue"; "" for words that are no abbreviation of one. Lower case, no full stop.
std::string_view street_type(std::string_view abbreviation);
bool is_unit_word(std::string_view word);  // apt, suite, unit, floor …
// "California", "ca", "Calif." → CA; also Australian and Canadian ones; "" for none.
std::string state_code(std::string_view text);
std::string country_of_city(std::string_view city);    // "London" → "GB"; "" when not among the well-known
std::string chinese_city_of(std::string_view pinyin);  // "Hangzhou", "xi'an" → 杭州, 西安; "" for none

}  // namespace furrow::govern
