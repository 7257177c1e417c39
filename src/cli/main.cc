// The `furrow` program: parses the command line and runs the one job that was asked for.
#include <csignal>

#include "cli/commands.h"
#include "cli/interrupt.h"

// Freed memory goes back to the system on a thread of the allocator's own: else whoever allocates next pays for it, up to 30 ms within a turn.
extern "C" {
const char* malloc_conf = "background_thread:true";
}

int main(int argc, char** argv) {
  // A client that hangs up must not stop the program.
  std::signal(SIGPIPE, SIG_IGN);
  furrow::cli::remove_unfinished_files_when_interrupted();
  furrow::cli::Program program("Furrow closes the marketing loop on a company's own data.", std::string("furrow ") + FURROW_VERSION);
  program.root().footer("Example: furrow init shop --template shop && furrow serve shop");
  furrow::cli::add_all_commands(program.root(), program.jobs());
  return program.run(std::vector<std::string>(argv + 1, argv + argc));
}
