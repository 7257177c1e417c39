#include "app/http_quality.h"

#include "app/http_json.h"

namespace furrow::app {

govern::QualityQuestion quality_question(const Workspace& workspace) {
  govern::QualityQuestion question;
  if (workspace.program) {
    for (std::string_view name : workspace.program->property_names()) question.used_fields.emplace(name);
  }
  for (const auto& model : workspace.models) question.outcome_events.push_back(model.intent ? model.intent->goal : model.label.event);
  return question;
}

void QualityApi::add_routes(http::Router& router) {
  router.add(http::dashboard_route(http::Method::kGet, "/v1/quality", true, [this](http::Request& request) { return quality(request); }));
}

Result<std::string> QualityApi::quality(http::Request&) {
  std::lock_guard lock(mutex_);
  if (monitor_.seen() < pipeline_.durable()) {
    FURROW_TRY(pipeline_.scan(LogPosition{monitor_.seen().value + 1}, [this](const Record& record) {
      monitor_.observe(record);
      return true;
    }));
  }
  govern::QualityQuestion question = question_;
  question.people = pipeline_.identity().people();
  std::string body;
  JsonWriter writer(body);
  govern::write_quality(monitor_.report(question), writer);
  return body;
}

}  // namespace furrow::app
