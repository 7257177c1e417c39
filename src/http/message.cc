#include "http/message.h"

#include "base/json.h"

namespace furrow::http {

std::string_view to_string(Method method) {
  static constexpr std::string_view kNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return kNames[static_cast<size_t>(method)];
}

void Request::clear() {
  path.clear();
  encoded_path.clear();
  query.clear();
  body.clear();
  parameters.clear();
  user.clear();
  answers_with_round = false;
  for (auto& value : fields) value.clear();
}

Response Response::json(std::string body, int status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}

Response Response::error(const Error& error) {
  const ErrorInfo& info = error_info(error.code());
  Response response;
  response.status = info.http_status;
  // A bug's sentence is for the log, not for strangers.
  std::string_view message = info.fault == Fault::kBug ? std::string_view("a fault inside Furrow; the log has it") : error.message();
  JsonWriter writer(response.body);
  writer.begin_object().key("error").begin_object();
  writer.field("code", info.name).field("message", message).field("field", error.field());
  writer.field("docs", "/docs/errors#" + std::string(info.name));
  writer.end_object().end_object();
  if (info.http_status == 429 || info.http_status == 503) response.fields.emplace_back("Retry-After", "1");
  return response;
}

Responder::~Responder() {
  if (sink_) sink_->send(Response::error(Error(ErrorCode::kInternal, "a request was dropped without an answer")));
}

void Responder::operator()(Response response) {
  if (auto sink = std::move(sink_)) sink->send(std::move(response));
}

}  // namespace furrow::http
