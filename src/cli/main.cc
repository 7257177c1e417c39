// The `furrow` program: parses the command line and runs the one job that was asked for.
#include <csignal>

#include "cli/command.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  // A client that hangs up must not stop the program.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Furrow closes the marketing loop on a company's own data."};
  app.name("furrow");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", std::string("furrow ") + FURROW_VERSION);
  app.footer("Example: furrow init shop --template shop && furrow serve shop");
  furrow::cli::Jobs jobs;
  furrow::cli::add_all_commands(app, jobs);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return jobs.run(app);
}
