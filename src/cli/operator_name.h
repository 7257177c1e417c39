// Who runs this command, for what is written down of it.
#pragma once
#include <string>

namespace furrow::cli {

// The name of the operating system's user; "command line" where it has none.
std::string operator_name();

}  // namespace furrow::cli
