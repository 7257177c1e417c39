// For tests: the program as typed, in this process.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/commands.h"

namespace furrow::cli {

struct Ran {
  int exit = 0;
  std::string out, err;
};

inline Ran run(std::vector<std::string> arguments) {
  Program program("test");
  add_all_commands(program.root(), program.jobs());
  Ran ran;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  ran.exit = program.run(std::move(arguments));
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

}  // namespace furrow::cli
