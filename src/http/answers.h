// How routes answer: small pieces that most of them share.
// Threads: pure functions.
#pragma once
#include <functional>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace furrow::http {

// `limit` of the query: 1 to 500, 50 unless given. kInvalidArgument otherwise.
Result<size_t> limit_of(const Request& request);

// A route answered by a function that cannot wait; `slow` puts it on the pool.
Route dashboard_route(Method method, std::string pattern, bool slow, std::function<Result<std::string>(Request&)> answer);

}  // namespace furrow::http
