// The reply of POST /v1/decide (engine.h).
#include "base/json.h"
#include "decide/engine.h"

namespace furrow::decide {

void write_reply(const DecisionRecord& record, std::string& out) {
  JsonWriter json(out);
  json.begin_object().field("decisionId", record.id.to_string());
  json.key("profileId");
  if (record.profile) json.text(record.profile.to_string());
  else json.null();
  json.field("policy", record.policy).key("modelVersion");
  if (record.model.empty()) json.null();
  else json.text(record.model + "/" + record.model_version);
  json.field("holdout", record.holdout).key("actions").begin_array();
  for (const DecidedAction& action : record.actions) {
    json.begin_object().field("id", action.id).field("score", action.score).field("propensity", action.propensity);
    json.key("reasons").begin_array();
    for (const Reason& reason : action.reasons) {
      json.begin_object().field("feature", reason.feature).field("value", reason.value);
      json.field("contribution", reason.contribution).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().key("rules").begin_array();
  for (const FiredRule& rule : record.rules) {
    json.begin_object().field("rule", rule.rule).field("effect", rule.effect).key("actions").begin_array();
    for (const auto& id : rule.actions) json.text(id);
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace furrow::decide
