// For tests: the program as typed, in this process.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace furrow::cli {

struct Ran {
  int exit = 0;
  std::string out, err;
};

inline Ran run(std::vector<std::string> arguments) {
  CLI::App app{"test"};
  app.require_subcommand(0, 1);
  Jobs jobs;
  add_all_commands(app, jobs);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants a vector
  Ran ran;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    app.parse(arguments);
    ran.exit = jobs.run(app);
  } catch (const CLI::ParseError& error) {
    ran.exit = app.exit(error) == 0 ? 0 : 2;
  }
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

}  // namespace furrow::cli
