// How a verb joins the `furrow` program: one add_NAME_command per verb, listed in main.cc.
//
// A verb registers its subcommands and options on the App and, for each leaf, a job with `run`: the job's Status
// becomes the exit status (0 ok, 1 failed, 2 usage, by the error table) and its error one sentence on standard error, or
// {"error":{…}} on standard output with --json. Jobs print results on standard output and progress on standard error.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

#include "base/result.h"

namespace furrow::cli {

class Jobs {
 public:
  // Runs `job` when `leaf` was called. `json` points to the leaf's --json flag, or is null.
  void add(CLI::App* leaf, std::function<Status()> job, const bool* json = nullptr);
  int run(const CLI::App& root) const;  // the chosen leaf's job; 2 when none was chosen

 private:
  struct Entry { CLI::App* leaf; std::function<Status()> job; const bool* json; };
  std::vector<Entry> entries_;
};

}  // namespace furrow::cli
