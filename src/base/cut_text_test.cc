#include "base/cut_text.h"

#include <gtest/gtest.h>

namespace furrow {
namespace {

TEST(CutText, NeverEndsWithinACharacter) {
  const std::string_view text = "a首é😀z";  // of 1, 3, 2, 4 and 1 bytes
  const size_t ends[] = {0, 1, 1, 1, 4, 4, 6, 6, 6, 6, 10, 11, 11};
  for (size_t bytes = 0; bytes < std::size(ends); ++bytes) EXPECT_EQ(cut_text(text, bytes), text.substr(0, ends[bytes])) << bytes;
}

TEST(CutText, OfBytesThatAreNoTextWhatWasAskedFor) {
  const std::string bytes(100, '\x80');
  EXPECT_EQ(cut_text(bytes, 64).size(), 64u);
  EXPECT_EQ(cut_text(bytes, 0).size(), 0u);
  EXPECT_EQ(cut_text("", 64), "");
}

}  // namespace
}  // namespace furrow
