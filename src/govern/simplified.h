// The simplified form of single Chinese characters, from ICU's Hant-Hans transliterator, read once into a table.
// Threads: any. Cost: the first call builds the table (about 30 ms); after that one look-up.
#pragma once

namespace furrow::govern {

char32_t simplified_of(char32_t character);        // itself when it is not traditional
bool is_only_simplified(char32_t character);       // the simplified form of some other character, and not traditional itself

}  // namespace furrow::govern
