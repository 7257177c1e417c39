// The reply of POST /v1/decide (engine.h). Its names are written as they stand: with a JSON writer's separators and escapes they took
// longer than all of its values.
#include <cmath>

#include "base/json.h"
#include "decide/engine.h"

namespace furrow::decide {
namespace {

void append_number(std::string& out, double value) { JsonWriter(out).number(value); }

void append_action(std::string& out, const DecidedAction& action) {
  out += R"({"id":)";
  append_json_text(out, action.id);
  out += R"(,"score":)";
  append_number(out, action.score);
  out += R"(,"propensity":)";
  append_number(out, action.propensity);
  out += R"(,"reasons":)";
  append_reasons(out, action);
  out += '}';
}

}  // namespace

void append_reasons(std::string& out, const DecidedAction& action) {
  out += '[';
  for (const Reason& reason : action.reasons) {
    out += &reason == action.reasons.data() ? R"({"feature":)" : R"(,{"feature":)";
    append_json_text(out, reason.feature);
    out += R"(,"value":)";
    // A reason holds a number; which action it is, is a word that the action itself knows.
    if (reason.feature == "action" && std::isnan(reason.value)) append_json_text(out, action.id);
    else append_number(out, reason.value);
    out += R"(,"contribution":)";
    append_number(out, reason.contribution);
    out += '}';
  }
  out += ']';
}

void write_reply(const DecisionRecord& record, std::string& out) {
  out += R"({"decisionId":")";
  out += record.id.to_string();
  out += R"(","profileId":)";
  if (record.profile) append_json_text(out, record.profile.to_string());
  else out += "null";
  out += R"(,"policy":)";
  append_json_text(out, record.policy);
  out += R"(,"modelVersion":)";
  if (record.model.empty()) out += "null";
  else append_json_text(out, record.model + "/" + record.model_version);
  out += record.holdout ? R"(,"holdout":true,"actions":[)" : R"(,"holdout":false,"actions":[)";
  for (const DecidedAction& action : record.actions) {
    if (&action != record.actions.data()) out += ',';
    append_action(out, action);
  }
  out += R"(],"rules":[)";
  for (const FiredRule& rule : record.rules) {
    out += &rule == record.rules.data() ? R"({"rule":)" : R"(,{"rule":)";
    append_json_text(out, rule.rule);
    out += R"(,"effect":)";
    append_json_text(out, rule.effect);
    out += R"(,"actions":[)";
    for (const auto& id : rule.actions) {
      if (&id != rule.actions.data()) out += ',';
      append_json_text(out, id);
    }
    out += "]}";
  }
  out += "]}";
}

}  // namespace furrow::decide
