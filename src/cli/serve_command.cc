// furrow serve DIR: the live loop of a workspace over HTTP, until SIGTERM or SIGINT.
#include <csignal>
#include <cstdio>
#include <memory>

#include "app/server.h"
#include "cli/commands.h"

namespace furrow::cli {
namespace {

struct ServeOptions {
  std::string workspace;
  std::string data;
  http::HttpOptions http;
};

Status serve(const ServeOptions& asked) {
  // Blocked before any thread starts, so that every thread inherits it and only sigwait below sees them.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGTERM);
  sigaddset(&stops, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  SystemClock clock;
  Logger logger;
  FURROW_ASSIGN(auto workspace, app::Workspace::load(asked.workspace));
  app::ServerOptions options;
  options.http = asked.http;
  options.pipeline.data_dir = asked.data;
  FURROW_ASSIGN(auto server, app::Server::open(std::move(workspace), options, clock, logger));
  std::printf("listening on %s\n", server->address().c_str());
  if (auto code = server->setup_code(); !code.empty()) {
    std::printf("first sign-in at %s: setup code %s\n", server->address().c_str(), code.c_str());
  }
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stops, &signal);
  logger.info("draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  return server->stop();
}

}  // namespace

void add_serve_command(Command app, Jobs& jobs) {
  auto options = std::make_shared<ServeOptions>();
  Command serve_app = app.add_subcommand("serve", "Run a workspace's live loop: tracking, decisions, dashboard");
  serve_app.add_option("DIR", options->workspace, "The workspace (furrow init makes one)").required();
  serve_app.add_option("--port", options->http.port, "Port; 0 picks a free one").show_default();
  serve_app.add_option("--host", options->http.host, "Address to listen on").show_default();
  serve_app.add_option("--threads", options->http.threads, "I/O threads; 0 is one a core").show_default();
  serve_app.add_option("--data", options->data, "Data directory; DIR/.furrow/data unless given");
  serve_app.footer("Example: furrow serve shop --port 8080");
  jobs.add(serve_app, [options] { return serve(*options); });
}

}  // namespace furrow::cli
