// What a handler sees of HTTP: a request as views, a response as values, and the Responder that sends it.
//
// A Request and everything it views live until its Responder has responded or died. A Responder responds once, from any
// thread: on the connection's own thread at once, from another by posting to it. A Responder that dies unused answers
// 500, so that no client waits for ever. If the client is gone, the response is dropped.
// Threads: a request belongs to the thread that handles it (hand it over whole).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace furrow::http {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
std::string_view to_string(Method method);

// The header fields that Furrow reads; all others are skipped.
enum class Field : uint8_t {
  kAuthorization, kContentType, kContentEncoding, kAcceptEncoding, kCookie, kOrigin, kIfNoneMatch, kCsrfToken, kCount
};

struct Request {
  Method method = Method::kGet;
  std::string path;              // percent-decoded, without the query
  std::string encoded_path;      // as it came, where a part of it holds an escaped "/"; else empty
  std::string query;             // as it came, without the "?"
  std::string body;              // decompressed
  std::string_view client;       // address of the peer, for limits only; never logged
  Time received_at;
  std::vector<std::string> parameters;  // what the route's {…} matched, in order
  std::string user;              // who is signed in, when a session was used
  bool answers_with_round = false;  // a handler sets it that will answer in Handler::end_round

  // Whom records name as the one who asked.
  std::string actor() const { return user.empty() ? "api key" : user; }
  std::string_view field(Field f) const { return fields[static_cast<size_t>(f)]; }
  std::string fields[static_cast<size_t>(Field::kCount)];

  void clear();  // keeps the memory
};

struct Response {
  int status = 200;
  std::string_view content_type = "application/json";  // must outlive the response: a literal
  std::string body;
  std::string_view static_body;  // sent instead of `body` when not empty; must live as long as the program
  std::vector<std::pair<std::string_view, std::string>> fields;  // names must be literals
  bool cacheable = false;        // false: Cache-Control: no-store

  static Response json(std::string body, int status = 200);
  static Response empty(int status);  // 204, 304
  // The one error form, with the code's HTTP status; Retry-After where waiting helps.
  static Response error(const Error& error);
};

// Where a response goes: implemented by the connection.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  virtual void send(Response response) = 0;
};

class Responder {
 public:
  explicit Responder(std::shared_ptr<ResponseSink> sink) : sink_(std::move(sink)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder();
  void operator()(Response response);

 private:
  std::shared_ptr<ResponseSink> sink_;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Asked when the header is complete, before the body is read.
  virtual size_t body_limit(Method method, std::string_view path) const = 0;
  virtual void handle(Request& request, Responder respond) = 0;
  // What the connection answers in the handler's place (a body too large, an unknown encoding): the handler may add fields.
  // The request is as far as it was read.
  virtual void dress(const Request& /*request*/, Response& /*answer*/) const {}
  // After all requests that had arrived together were handled, on the thread that handled them, when one asked for it
  // (answers_with_round): what many share is done once.
  virtual void end_round() {}
};

}  // namespace furrow::http
