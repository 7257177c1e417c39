// Routes: which handler answers which method and path, who may ask, how large a body may be, and on which threads.
//
// The border of a request: here rates are taken, credentials checked, and exceptions (bugs) become a 500 that is logged.
// Paths are exact, or have one-part holes ("/v1/profiles/{id}/events"). HEAD is answered by GET's handler. A path that is
// known under other methods gets 405 with Allow. A pattern ends in the query parameters that it takes ("/v1/decisions?limit&before");
// where a session or the api key is asked for, others are refused: a filter that is not known would give everything. Cross-origin requests are allowed on kTracking routes only, where
// browsers of other sites send to; nowhere do they get to use a cookie.
// Threads: add before the server starts; handle from any.
#pragma once
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "http/limits.h"
#include "http/message.h"
#include "http/pool.h"

namespace furrow::http {

enum class Access : uint8_t {
  kOpen,       // anybody
  kTracking,   // anybody at the door; the handler checks the write key, which may be in the body
  kApiKey,     // Bearer api key
  kDashboard,  // a session (with its CSRF token unless GET), or the api key
  kSession,    // a session alone
};

struct Route {
  Method method = Method::kGet;
  std::string pattern;  // path[?parameter[&parameter…]]
  Access access = Access::kOpen;
  std::function<void(Request&, Responder)> run;
  size_t body_limit = 16 * 1024;
  bool slow = false;  // on the pool
  std::vector<std::string> query{};  // taken from the pattern by add
};

// Checks who asks; implemented above (app/auth_gate.h).
class Gate {
 public:
  virtual ~Gate() = default;
  // Sets request.user when a session was used. kUnauthorized, kForbidden (CSRF), kTooManyRequests.
  virtual Status admit(Access access, Request& request) = 0;
};

struct RouterMetrics {
  Counter unauthorized, limited, faults;
  void declare(MetricsRegistry& registry) const;
};

class Router final : public Handler {
 public:
  Router(Gate& gate, RateLimiter& by_client, RequestPool& pool, const Logger& logger, RouterMetrics& metrics)
      : gate_(gate), by_client_(by_client), pool_(pool), logger_(logger), metrics_(metrics) {}
  void add(Route route);
  // Answers GETs that no route knows (the dashboard's files).
  void set_fallback(std::function<void(Request&, Responder)> run) { fallback_ = std::move(run); }
  // Runs at the end of a round (Handler::end_round).
  void add_round_end(std::function<void()> run) { round_ends_.push_back(std::move(run)); }
  std::vector<const Route*> routes() const;

  size_t body_limit(Method method, std::string_view path) const override;
  void handle(Request& request, Responder respond) override;
  void dress(const Request& request, Response& answer) const override;
  void end_round() override {
    for (const auto& run : round_ends_) run();
  }

 private:
  struct Match {
    const Route* route = nullptr;
    std::vector<Method> others;  // methods that the path does have, when the route is null
    bool tracking = false;
  };
  // `path` decoded, or Request::encoded_path.
  Match find(Method method, std::string_view path, std::vector<std::string>* parameters) const;
  void guard(const std::function<void(Request&, Responder)>& run, Request& request, Responder respond);
  void refuse(const Match& match, Request& request, Responder respond);

  Gate& gate_;
  RateLimiter& by_client_;
  RequestPool& pool_;
  const Logger& logger_;
  RouterMetrics& metrics_;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, std::vector<std::unique_ptr<Route>>, TextHash, std::equal_to<>> exact_;
  struct Pattern {
    std::vector<std::string> parts;  // "{…}" is a hole
    std::unique_ptr<Route> route;
  };
  std::vector<Pattern> patterns_;
  std::function<void(Request&, Responder)> fallback_;
  std::vector<std::function<void()>> round_ends_;
};

}  // namespace furrow::http
