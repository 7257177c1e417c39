#include "app/http_ledger.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/http_json.h"
#include "decide/policies.h"
#include "http/encoding.h"
#include "predict/scorer.h"

namespace furrow::app {
namespace {

void write_attribute(JsonWriter& writer, const decide::AttributeValue& value) {
  if (const auto* number = std::get_if<double>(&value)) writer.number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) writer.text(*text);
  if (const auto* flag = std::get_if<bool>(&value)) writer.boolean(*flag);
}

void write_placement(JsonWriter& writer, const decide::PlacementDeclaration& placement, std::string_view version) {
  writer.begin_object().field("name", placement.name);
  field_or_null(writer, "description", placement.description);
  field_or_null(writer, "descriptionZh", placement.description_zh);
  field_or_null(writer, "model", placement.model);
  field_or_null(writer, "modelVersion", version);
  writer.field("baseline", placement.actions.at(placement.baseline).id).key("outcome").begin_object();
  writer.field("event", placement.outcome.event).field("within", format_duration(placement.outcome.within));
  field_or_null(writer, "value", placement.outcome.value);
  writer.end_object().field("exploration", placement.exploration).field("holdout", placement.holdout);
  writer.key("actions").begin_array();
  for (const auto& action : placement.actions) {
    writer.begin_object().field("id", action.id).field("name", action.name.empty() ? action.id : action.name);
    field_or_null(writer, "nameZh", action.name_zh);
    writer.key("attributes").begin_object();
    for (const auto& [name, value] : action.attributes) {
      writer.key(name);
      write_attribute(writer, value);
    }
    writer.end_object().field("cost", action.reward_cost).end_object();
  }
  writer.end_array().key("rules").begin_array();
  for (const auto& rule : placement.rules) {
    writer.begin_object().field("name", rule.name).field("effect", decide::to_string(rule.effect)).key("actions").begin_array();
    for (size_t action : rule.actions) writer.text(placement.actions[action].id);
    writer.end_array();
    rule.effect == decide::RuleDeclaration::Effect::kBoost ? writer.field("by", rule.by) : writer.key("by").null();
    writer.field("when", rule.when ? std::string(rule.when->text()) : std::string()).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace

void LedgerApi::add_routes(http::Router& router) {
  auto add = [&](std::string pattern, bool slow, Result<std::string> (LedgerApi::*answer)(http::Request&) const) {
    router.add(http::dashboard_route(http::Method::kGet, std::move(pattern), slow, [this, answer](http::Request& request) { return (this->*answer)(request); }));
  };
  add("/v1/decisions?placement&policy&profile&limit&before", true, &LedgerApi::list);
  add("/v1/decisions/{id}", true, &LedgerApi::one);
  add("/v1/placements", false, &LedgerApi::placements);
  add("/v1/placements/{name}", false, &LedgerApi::placement);
  add("/v1/experiments", false, &LedgerApi::experiments);
  add("/v1/experiments/{name}", false, &LedgerApi::experiment);
}

Result<std::string> LedgerApi::list(http::Request& request) const {
  FURROW_ASSIGN(size_t limit, http::limit_of(request));
  decide::LedgerFilter filter;
  filter.placement = http::query_value(request.query, "placement").value_or("");
  filter.policy = http::query_value(request.query, "policy").value_or("");
  if (!filter.policy.empty() && std::find(std::begin(decide::kPolicies), std::end(decide::kPolicies), filter.policy) == std::end(decide::kPolicies)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("policy is one of {}", fmt::join(decide::kPolicies, ", "))).in_field("policy");
  }
  std::optional<DecisionId> before;
  if (auto text = http::query_value(request.query, "before")) {
    auto id = DecisionId::parse(*text);
    if (!id.ok()) return Error(ErrorCode::kInvalidArgument, "before is the `next` of the page before").in_field("before");
    before = *id;
  }
  std::vector<decide::LedgerEntry> entries;
  if (auto profile = http::query_value(request.query, "profile")) {
    auto parsed = ProfileId::parse(*profile);
    if (!parsed.ok()) return std::move(parsed).error().in_field("profile");
    ProfileId id = *parsed;
    FURROW_ASSIGN(entries, pipeline_.ledger().of_person(pipeline_.identity().canonical(id), 500));
    std::erase_if(entries, [&](const decide::LedgerEntry& entry) {
      return (before && entry.decision.id >= *before) || (!filter.placement.empty() && entry.decision.placement != filter.placement) ||
             (!filter.policy.empty() && entry.decision.policy != filter.policy);
    });
  } else {
    FURROW_ASSIGN(entries, pipeline_.ledger().recent(filter, limit + 1, before));
  }
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("decisions").begin_array();
  for (size_t i = 0; i < std::min(limit, entries.size()); ++i) write_decision_summary(writer, entries[i]);
  writer.end_array();
  field_or_null(writer, "next", entries.size() > limit ? entries[limit - 1].decision.id.to_string() : "");
  writer.end_object();
  return body;
}

void LedgerApi::write_features(JsonWriter& writer, const DecisionRecord& decision) const {
  // The names come from the model that decides now when it is the same version: an older one is no longer in memory. The baseline
  // and the hold-out use no model, and the facts are those that the placement's model would have seen.
  std::shared_ptr<const predict::Scorer> scored;
  const auto engine = engine_.get();
  const auto* placement = engine->find(decision.placement);
  const std::string& model = decision.model.empty() && placement ? placement->model : decision.model;
  for (const auto& scorer : engine->scorers()) {
    if (scorer->name() == model && scorer->feature_inputs().size() == decision.features.size()) scored = scorer;
  }
  const std::vector<std::string> names = scored ? scored->feature_names() : std::vector<std::string>();
  writer.key("features").begin_array();
  for (size_t i = 0; i < decision.features.size(); ++i) {
    writer.begin_object().field("name", scored ? names[i] : fmt::format("#{}", i + 1)).key("value");
    // Of a text its level's place is kept, which says something only to this model.
    if (scored && scored->feature_inputs()[i].text) {
      if (auto text = scored->recorded_text(scored->feature_inputs()[i], decision.features[i])) writer.text(*text);
      else writer.null();
    } else {
      writer.number(static_cast<double>(decision.features[i]));
    }
    writer.end_object();
  }
  writer.end_array();
}

Result<std::string> LedgerApi::one(http::Request& request) const {
  auto id = DecisionId::parse(request.parameters.at(0));
  if (!id.ok()) return std::move(id).error().in_field("id");
  FURROW_ASSIGN(auto entry, pipeline_.ledger().find(*id));
  if (!entry) return Error(ErrorCode::kNotFound, "there is no decision of this id");
  const DecisionRecord& d = entry->decision;
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().field("id", d.id.to_string());
  ProfileId person = d.profile ? pipeline_.identity().canonical(d.brought_by()) : d.profile;
  field_or_null(writer, "profileId", person ? person.to_string() : "");
  time_field(writer, "time", d.time);
  writer.field("placement", d.placement).field("policy", d.policy);
  field_or_null(writer, "model", d.model);
  field_or_null(writer, "modelVersion", d.model_version);
  writer.field("holdout", d.holdout).field("exploration", d.exploration);
  writer.key("context").raw(d.context.empty() ? "{}" : d.context).key("actions").begin_array();
  for (const auto& action : d.actions) {
    writer.begin_object().field("id", action.id).field("score", action.score).field("propensity", action.propensity);
    std::string reasons;
    decide::append_reasons(reasons, action);
    writer.key("reasons").raw(reasons).end_object();
  }
  writer.end_array().key("candidates").begin_array();
  for (const auto& [action, score] : d.candidates) writer.begin_object().field("id", action).field("score", score).end_object();
  writer.end_array().key("rules").begin_array();
  for (const auto& rule : d.rules) {
    writer.begin_object().field("rule", rule.rule).field("effect", rule.effect).key("actions").begin_array();
    for (const auto& action : rule.actions) writer.text(action);
    writer.end_array().end_object();
  }
  writer.end_array();
  write_features(writer, d);
  writer.key("outcomes").begin_array();
  for (const auto& outcome : entry->outcomes) {
    writer.begin_object().field("event", outcome.event);
    time_field(writer, "time", outcome.time);
    writer.field("reward", outcome.reward).field("eventPosition", outcome.event_position.value).end_object();
  }
  writer.end_array().end_object();
  return body;
}

Result<std::string> LedgerApi::placements(http::Request&) const {
  auto engine = engine_.get();
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("placements").begin_array();
  for (const auto& placement : engine->placements()) write_placement(writer, placement, engine->model_version(placement.name));
  writer.end_array().end_object();
  return body;
}

Result<std::string> LedgerApi::placement(http::Request& request) const {
  const std::string& name = request.parameters.at(0);
  auto engine = engine_.get();
  const auto* found = engine->find(name);
  if (found == nullptr) return Error(ErrorCode::kNotFound, decide::no_such_placement(name, engine->placements())).in_field("name");
  std::string body;
  JsonWriter writer(body);
  write_placement(writer, *found, engine->model_version(found->name));
  return body;
}

void LedgerApi::write_experiment(JsonWriter& writer, const ExperimentDeclaration& experiment, const decide::PlacementDeclaration& placement) const {
  auto result = pipeline_.ledger().result(placement.name).value_or(decide::PlacementResult{});
  measure::LiftOptions options{experiment.alpha, placement.holdout};
  auto lift = measure::lift(result.ai, result.holdout, metric_of(placement), options);
  writer.begin_object().field("name", experiment.name).field("placement", placement.name).field("kind", "holdout");
  writer.field("metric", outcome_in_words(placement)).key("arms").begin_array();
  write_experiment_arm(writer, "ai", 1 - placement.holdout, lift.ai);
  write_experiment_arm(writer, "holdout", placement.holdout, lift.holdout);
  writer.end_array().key("lift");
  write_lift(writer, lift);
  writer.end_object();
}

Result<std::string> LedgerApi::experiment(http::Request& request) const {
  const std::string& name = request.parameters.at(0);
  auto engine = engine_.get();
  for (const auto& experiment : experiments_) {
    const auto* placement = engine->find(experiment.placement);
    if (experiment.name != name || placement == nullptr) continue;
    std::string body;
    JsonWriter writer(body);
    write_experiment(writer, experiment, *placement);
    return body;
  }
  return Error(ErrorCode::kNotFound, fmt::format("no experiment is named \"{}\"", name)).in_field("name");
}

Result<std::string> LedgerApi::experiments(http::Request&) const {
  auto engine = engine_.get();
  std::string body;
  JsonWriter writer(body);
  writer.begin_object().key("experiments").begin_array();
  for (const auto& experiment : experiments_) {
    const auto* placement = engine->find(experiment.placement);
    if (placement != nullptr) write_experiment(writer, experiment, *placement);
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace furrow::app
