// Yes and no as people and programs write them, in English, Chinese and some other languages.
#pragma once
#include <optional>
#include <string_view>

namespace furrow {

// `word` without blanks around it and in lower case: "yes", "1", "是" are true, "n", "0.0", "否" false; nothing of other words. Threads: pure.
std::optional<bool> truth_of(std::string_view word);

}  // namespace furrow
