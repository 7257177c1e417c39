// Chinese family names by how common they are, and the syllables of Mandarin in pinyin. Tables only. Threads: any.
#pragma once
#include <string_view>

namespace furrow::govern {

// The hundred most common ones, four fifths of all people.
bool is_common_family_name(std::string_view text);

}  // namespace furrow::govern
