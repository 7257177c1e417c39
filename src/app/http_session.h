// Signing in and out of the dashboard over HTTP: GET and POST /v1/setup, GET, POST and DELETE /v1/session.
// Password work runs on the pool. Threads: any.
#pragma once
#include "app/auth_gate.h"
#include "http/router.h"

namespace furrow::app {

class SessionApi {
 public:
  explicit SessionApi(Users& users) : users_(users) {}
  void add_routes(http::Router& router);

 private:
  Users& users_;
};

}  // namespace furrow::app
