#include "cli/commands.h"

namespace furrow::cli {

void add_all_commands(CLI::App& app, Jobs& jobs) {
  (void)app;
  (void)jobs;
  // In the order of the help page:
}

}  // namespace furrow::cli
