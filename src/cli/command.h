// How a verb joins the `furrow` program: one add_NAME_command per verb, listed in commands.cc.
//
// A verb adds its subcommands and options to a Command and, for each leaf, a job to the Jobs: the job's Status becomes
// the exit status (0 ok, 1 failed, 2 usage, by the error table) and its error one sentence on standard error, or
// {"error":{…}} on standard output with --json. Jobs print results on standard output and progress on standard error.
//
// CLI11 does the parsing and the help pages. It is a library of headers, three seconds of every file that includes it, so
// command.cc alone does.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace furrow::cli {

// A handle, cheap to copy; it lives as long as the Program.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  Option required() const;
  Option between(double low, double high) const;  // both included
  Option needs(Option other) const;               // may only be given together with `other`
  Option list() const;                            // one word, its values separated by commas
  Option show_default() const;                    // the variable's value at this moment, on the help page

 private:
  CLI::Option* option_;
};

// The program or one of its verbs; a handle, cheap to copy.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}
  Command add_subcommand(const std::string& name, const std::string& description) const;
  // `name` is "--flag", or "WORD" for one by position. `value` must outlive the run, and keeps what it holds when the
  // option is not given. T: string, int, int64_t, uint16_t, uint64_t, unsigned, double, optional<uint64_t>, or a vector of
  // strings or uint64_t (another needs its line in command.cc).
  template <typename T>
  Option add_option(const std::string& name, T& value, const std::string& description) const;
  Option add_flag(const std::string& name, bool& value, const std::string& description) const;
  void require_subcommand() const;                // without one, the help page and exit 2
  void footer(const std::string& example) const;  // closes the help page

 private:
  friend class Jobs;
  CLI::App* app_;
};

class Jobs {
 public:
  // Runs `job` when `leaf` was called. `json` points to the leaf's --json flag, or is null.
  void add(Command leaf, std::function<Status()> job, const bool* json = nullptr);
  int run(Command root) const;  // the chosen leaf's job; 2 when none was chosen

 private:
  struct Entry { CLI::App* leaf; std::function<Status()> job; const bool* json; };
  std::vector<Entry> entries_;
};

// The whole command line.
class Program {
 public:
  explicit Program(const std::string& description, const std::string& version = "");
  ~Program();
  Command root() const { return Command(app_.get()); }
  Jobs& jobs() { return jobs_; }
  // Parses the words after the program's name and runs what they ask for; returns the exit status.
  int run(std::vector<std::string> arguments);

 private:
  std::unique_ptr<CLI::App> app_;
  Jobs jobs_;
};

}  // namespace furrow::cli
