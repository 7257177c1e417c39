// The `furrow` program: parses the command line and runs the one job that was asked for.
#include <csignal>

#include "cli/commands.h"

int main(int argc, char** argv) {
  // A client that hangs up must not stop the program.
  std::signal(SIGPIPE, SIG_IGN);
  furrow::cli::Program program("Furrow closes the marketing loop on a company's own data.", std::string("furrow ") + FURROW_VERSION);
  program.root().footer("Example: furrow init shop --template shop && furrow serve shop");
  furrow::cli::add_all_commands(program.root(), program.jobs());
  return program.run(std::vector<std::string>(argv + 1, argv + argc));
}
